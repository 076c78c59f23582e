"""What machines did is told the same everywhere: recipe, render, publish sheet, delivery message, signed file."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any

import c2pa
import numpy as np
import pytest
from lxml import etree

from ritornello.analysis.model import Analysis, Audio
from ritornello.catalogue.model import Recording
from ritornello.consent.licence import Contribution, NewRecording, Ownership
from ritornello.proof import sha256_hex
from ritornello.proof.signing import Signed
from ritornello.provenance import certificates
from ritornello.provenance.manifest import verify
from ritornello.studio import machine_help
from ritornello.studio.bounds import Bounds
from ritornello.studio.neural import registry
from ritornello.studio.reading import parse
from ritornello.studio.recipe import Recipe
from ritornello.workflows.ask import ask
from ritornello.workflows.clear_for_delivery import Cleared, clear_for_delivery
from ritornello.workflows.demo import answers, cast, delivery, story
from ritornello.workflows.house import House
from ritornello.workflows.make_derivative import Made, Naming, license_decision, make_derivative
from ritornello.workflows.route_matches import publish_sheet
from tests.studio_doors import house as made_house

WEIGHTS = {"provider": "demucs", "weights": "ab" * 32, "terms": "commercial"}
MELODY = {"provider": "musicgen_melody", "weights": "cd" * 32, "terms": "commercial"}
SPLIT = {"node": "drums", "op": "separate", "ai": "assistive", "by": "demucs", "weights": "ab" * 32}
MADE = {"node": "strings", "op": "generate", "ai": "generative", "by": "musicgen_melody", "weights": "cd" * 32}
NODES: dict[str, list[dict[str, Any]]] = {
    "none": [{"id": "drums", "op": "stem", "in": ["s0"], "p": {"part": "drums", "provider": "hpss"}}],
    "assistive": [{"id": "drums", "op": "separate", "in": ["s0"], "p": {"part": "drums", **WEIGHTS}}],
    "generative": [
        {"id": "drums", "op": "separate", "in": ["s0"], "p": {"part": "drums", **WEIGHTS}},
        {"id": "strings", "op": "generate", "in": ["s0"], "p": {"prompt": "warm strings", "seconds": 2, **MELODY}},
    ],
}
STEPS: dict[str, list[dict[str, str]]] = {"none": [], "assistive": [SPLIT], "generative": [SPLIT, MADE]}
GENERATED_MEDIA = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"


class Stand:
    """Stands for both trained models: a part is a quarter of the sound, what is made is a quiet tone."""

    def separator(self, *named: str) -> Stand:
        return self

    def generator(self, *named: str) -> Stand:
        return self

    def separate(self, audio: Audio, seed: int, progress: Callable[[float], None]) -> Mapping[str, Audio]:
        part = Audio((audio.samples / 4).astype(np.float32), audio.rate)
        return dict.fromkeys(("drums", "bass", "other", "vocals"), part)

    def generate(self, melody: Audio, prompt: str, seconds: float, *more: object) -> Audio:
        wave = 0.02 * np.sin(np.arange(int(seconds * melody.rate)) / 30)
        return Audio(np.column_stack([wave, wave]).astype(np.float32), melody.rate)


@dataclass(frozen=True)
class Licensed:
    house: House
    licence: Signed


@pytest.fixture(scope="module")
def licensed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Licensed]:
    """A house whose holders let a generative model take part, and the licence that says so."""
    house = made_house.opened(tmp_path_factory.mktemp("disclosed"))
    made_house.fill(house, bars=8)
    with house.work(cast.ORGANISATION) as work:
        original = work.catalogue.recording(cast.RECORDING_ID)
        assert original is not None
        for answer in answers.ANSWERS:
            offer = answers.offer_of(answer, original)
            terms = offer.terms.adjust({"transformation.ai": "generative"})
            later = cast.ANSWERED + timedelta(hours=1)
            newer = replace(offer, terms=terms, version=2, replaces=offer.content_hash, recorded_at=later)
            work.consent.add_offer(newer)
        work.distribution.set_prefix(cast.LABEL, cast.ISRC_PREFIX, cast.REGISTERED)
        heard = work.studio.heard(cast.RECORDING_ID)
        work.commit()
    assert heard is not None
    plan = replace(story.planned(original, Analysis.from_document(heard.analysis)), ai="generative")
    request = answers.where_all_answered(answers.remix_request(original, plan))
    (decision,) = ask(house, cast.ORGANISATION, (request,))
    accepted = Contribution(
        ownership=Ownership.HOUSE_OWNS,
        own_work_warranty=True,
        accepted_at=cast.ASKED,
        evidence_sha256=sha256_hex(b"mine"),
        moral_rights={"DE": "kept", "US": "waived"},
    )
    owner = NewRecording(owner=cast.LABEL, administrator=cast.LABEL)
    licence = license_decision(
        house, cast.ORGANISATION, decision, contribution=accepted, new_recording=owner, at=cast.ASKED
    )
    yield Licensed(house, licence)
    house.engine.dispose()


def recipe_of(ai: str, original: Recording, analysis: Analysis) -> Recipe:
    source = {
        "id": "s0",
        "kind": "recording",
        "pcm_sha256": original.pcm_sha256,
        "frames": analysis.frames,
        "vocal_part": "",
        "beats": [int(beat) for beat in analysis.beats],
        "downbeats": [int(beat) for beat in analysis.downbeats],
    }
    beat = {"id": "beat", "op": "groove", "in": ["s0"], "p": {"style": "backbeat"}}
    layers = [node["id"] for node in NODES[ai]]
    levels = [0, -600, *[-900] * len(layers)]
    mix = {"id": "all", "op": "mix", "in": ["s0", "beat", *layers], "p": {"centidb": levels}}
    return parse({"v": 1, "sources": [source], "nodes": [beat, *NODES[ai], mix], "out": {"node": "all"}})


def made_with(ai: str, here: Licensed, monkeypatch: pytest.MonkeyPatch) -> tuple[Made, Cleared]:
    monkeypatch.setattr(registry, "neural_of", lambda folder: Stand())

    def cook(analysis: Analysis, original: Recording, bounds: Bounds) -> Recipe:
        return recipe_of(ai, original, analysis)

    naming = Naming("Ritornello", f"quietfox {ai} remix", cast.FAN, year=2026)
    made = make_derivative(here.house, cast.ORGANISATION, here.licence, cook, naming, cast.ASKED)
    delivery.prepare(here.house)
    cleared = clear_for_delivery(
        here.house, cast.ORGANISATION, made.recording.id, tuple(cast.SERVICES), cast.DELIVERED, by="per_test"
    )
    return made, cleared


def actions_in(path: Path, root: str) -> list[dict[str, Any]]:
    """The actions of the signed file as c2pa itself reads them."""
    with c2pa.Reader("audio/flac", BytesIO(path.read_bytes())) as reader:
        document = json.loads(reader.json())
    active = document["manifests"][document["active_manifest"]]
    return next(a["data"]["actions"] for a in active["assertions"] if a["label"].startswith("c2pa.actions"))


@pytest.mark.parametrize(
    ("ai", "share", "words"),
    [
        ("none", "None", "No generative AI was used."),
        ("assistive", "None", "No generative AI was used. Software helped to analyse or separate the sound."),
        ("generative", "Partly", "A generative model took part."),
    ],
)
def test_the_class_goes_from_the_recipe_to_the_message_and_the_signed_file(
    ai: str, share: str, words: str, licensed: Licensed, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, cleared = made_with(ai, licensed, monkeypatch)

    # the render's own record
    assert (made.render.manifest["ai"], made.render.manifest["ai_steps"]) == (ai, STEPS[ai])

    # the publish sheet
    with licensed.house.work(cast.ORGANISATION, read_only=True) as work:
        sheet = publish_sheet(work, made.recording.id, cast.DELIVERED)
    assert sheet is not None
    assert (sheet.ai, list(sheet.ai_steps)) == (ai, STEPS[ai])
    shared = {one.right: Fraction(0) for one in sheet.expected}
    for one in sheet.expected:
        shared[one.right] += one.share
    assert shared and set(shared.values()) == {Fraction(1)} and not sheet.expected_trouble

    # the delivery message
    root = etree.fromstring((cleared.folder / "NewReleaseMessage.xml").read_bytes())
    assert [one.text for one in root.iter("ContainsAI")] == [share, share]
    machines = [one for one in root.iter("Contributor") if one.findtext("SpecialContributor") == "GenerativeAI"]
    told = [(one.findtext("Role/Value"), one.findtext("AiContribution")) for one in machines]
    assert told == ([("Musician", "All")] if ai == "generative" else [])

    # the signed files, read back by c2pa
    certificate = certificates.load(licensed.house.key_folder)
    verdict = verify(cleared.folder / "preview.mp3", certificate.root)
    assert verdict
    assert verdict.statement is not None
    assert verdict.statement["ai"]["disclosure"] == ai
    assert verdict.statement["ai"]["words"] == words
    assert verdict.statement["ai"].get("steps", []) == STEPS[ai]
    acted = actions_in(cleared.folder / "master.flac", certificate.root)
    agents = [one["softwareAgent"]["name"] for one in acted if "softwareAgent" in one]
    assert agents == [step["by"] for step in STEPS[ai]]
    sources = {one.get("digitalSourceType") for one in acted}
    assert (GENERATED_MEDIA in sources) == (ai == "generative")


def test_a_derivative_tells_on_what_its_parent_discloses() -> None:
    own = {"ai": "none", "ai_steps": []}
    parents = {"rec_one": {"ai": "generative", "ai_steps": [MADE]}, "rec_two": {"ai": "none"}}
    child = machine_help.disclosed(own, parents)
    assert child == {"ai": "generative", "ai_steps": [{"recording": "rec_one", **MADE}]}
    grandchild = machine_help.disclosed({"ai": "assistive", "ai_steps": [SPLIT]}, {"rec_child": child})
    assert grandchild["ai_steps"] == [SPLIT, {"recording": "rec_one", **MADE}]
    assert machine_help.disclosed(own, {}) == own


def test_a_step_that_nobody_reads_discloses_nothing(licensed: Licensed) -> None:
    with licensed.house.work(cast.ORGANISATION, read_only=True) as work:
        original, heard = work.catalogue.recording(cast.RECORDING_ID), work.studio.heard(cast.RECORDING_ID)
    assert original is not None
    assert heard is not None
    whole = recipe_of("generative", original, Analysis.from_document(heard.analysis))
    assert machine_help.ai_class(whole) == "generative"
    assert machine_help.ai_class(replace(whole, out=replace(whole.out, node="beat"))) == "none"
