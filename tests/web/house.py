"""A small house for page tests: the demo's cast and answers, real decisions, a licence, and a derivative with its
lineage. Only the sound is made up (two tones with a drawn-up analysis), so that filling it takes no time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from ritornello.catalogue import service as catalogue
from ritornello.catalogue.model import Credit, Recording, Stem
from ritornello.catalogue.shares import sheet
from ritornello.consent.licence import Contribution, NewRecording, Ownership
from ritornello.consent.requests import Plan
from ritornello.people import service as people
from ritornello.people.roles import Role
from ritornello.proof import sha256_hex
from ritornello.studio.records import Heard, Render
from ritornello.workflows import ask
from ritornello.workflows.demo import answers, cast
from ritornello.workflows.house import House
from ritornello.workflows.make_derivative import edges_of, license_decision
from tests.studio.recipes import remix
from tests.web import examples
from tests.web.conftest import tone

ORIGINAL_ID, REMIX_ID = "rec_demo_ritornello", "rec_demo_remix"
RATE = 44_100
SECONDS = 60
MAKER = "maker@example.org"
PLAN = Plan(tempo_permille=60, key_cents=200, structure="reorder", original_permille=800, added_permille=200)


def fill(house: House) -> None:
    """Everything up to a derivative that is linked to its original."""
    found(house)
    with house.work(cast.ORGANISATION) as work:
        original = _register(house, work)
        work.commit()
    request = answers.remix_request(original, PLAN)
    every = (request, answers.too_fast(request), answers.where_all_answered(request))
    decisions = ask.ask(house, cast.ORGANISATION, every)
    signed = license_decision(
        house,
        cast.ORGANISATION,
        decisions[2],
        contribution=Contribution(
            Ownership.MAKER_LICENSES_BACK, own_work_warranty=True, accepted_at=cast.ASKED, evidence_sha256="cd" * 32
        ),
        new_recording=NewRecording(cast.LABEL, cast.LABEL),
        at=cast.ASKED,
    )
    with house.work(cast.ORGANISATION) as work:
        _make(house, work, original, signed.payload)
        work.log.sign_head(house.keys(cast.ASKED), cast.ASKED)
        work.commit()


def found(house: House) -> None:
    """The organisation and its people: an owner, an auditor, and the fan who made the remix."""
    with house.work(cast.ORGANISATION) as work:
        people.found_organisation(work.people, cast.ORGANISATION, cast.ORGANISATION_NAME, cast.REGISTERED)
        for role in Role:
            party = cast.FAN if role is Role.FAN else None
            email = MAKER if role is Role.FAN else f"{role}@example.org"
            name = role.value.replace("_", " ").capitalize()
            people.admit(work.people, cast.ORGANISATION, email, name, [role], cast.REGISTERED, party)
        work.commit()


def link(house: House, email: str, at: Any) -> str:
    """A sign-in link's path for one of them."""
    with house.work(cast.ORGANISATION) as work:
        person = work.people.person_by_email(email)
        assert person is not None
        token, _ = people.make_sign_in_link(work.people, cast.ORGANISATION, person.id, at, timedelta(hours=1))
        work.commit()
    return f"/sign-in/{token}"


def _register(house: House, work: Any) -> Recording:
    for player in cast.PLAYERS:
        people.register_party(work.people, player.details.party_id, player.kind, cast.REGISTERED)
        people.record_details(work.people, player.details, cast.REGISTERED)
    work.catalogue.save_work(cast.WORK)
    audio = tone(SECONDS, 220)
    original = replace(
        cast.recording("Ritornello"),
        duration_ms=SECONDS * 1000,
        pcm_sha256=sha256_hex(audio),
        audio_key=house.blobs.put(audio),
    )
    work.catalogue.save_recording(original)
    for part in ("drums", "bass", "harmony", "lead"):
        work.catalogue.save_stem(Stem(f"stm_{part}", original.id, part, original.audio_key or "", "b" * 64))
    assets = {"master": original.id, "composition": cast.WORK.id}
    for right, rows in cast.SHEETS:
        stated = sheet(assets[right.value], right, rows(), recorded_at=cast.REGISTERED, source="label")
        catalogue.record_sheet(work.catalogue, stated)
    work.studio.save_heard(_heard(original.id, SECONDS, 100_000, 9))
    for answer in answers.ANSWERS:
        work.consent.add_offer(answers.offer_of(answer, original))
    for licence in answers.service_licences():
        work.consent.add_service_licence(licence, cast.REGISTERED)
    return original


def _heard(recording_id: str, seconds: int, milli_bpm: int, tonic: int) -> Heard:
    beat = RATE * 60_000 // milli_bpm
    frames = seconds * RATE
    third = frames // 3
    analysis = {
        "v": 1,
        "rate": RATE,
        "frames": frames,
        "tempo": {"milli_bpm": milli_bpm, "confidence": 900, "constant": True, "alternatives": []},
        "metre": 4,
        "metre_confidence": 900,
        "key": {"tonic": tonic, "mode": "minor", "confidence": 800, "tuning_centi_cents": 0},
        "loudness": {"centi_lufs": -1260, "centi_dbtp": -110},
        "beats": list(range(0, frames, beat)),
        "downbeats": list(range(0, frames, 4 * beat)),
        "chords": [],
        "sections": [[0, third, "A"], [third, 2 * third, "B"], [2 * third, frames, "A"]],
    }
    shape = (0.5, 0.6, 0.95, 0.9, 0.55, 0.6)
    return Heard(recording_id, "ab" * 32, analysis, examples.peaks(tonic, shape, 1800), cast.REGISTERED)


def _make(house: House, work: Any, original: Recording, licence: Any) -> None:
    recipe = remix()
    seconds = SECONDS * 1000 // 1060
    derivative = replace(
        original,
        id=REMIX_ID,
        title="Ritornello",
        version_title="Night Bus Remix",
        isrc=None,
        performers=(*original.performers, Credit(cast.FAN, "Remixer")),
        duration_ms=seconds * 1000,
        audio_key=house.blobs.put(tone(seconds, 247)),
        kind="derivative",
        derivative_type="REMIX",
    )
    manifest = {
        "v": 1,
        "recipe": recipe.to_document(),
        "bounds": licence["bounds"],
        "output": {"rate": RATE, "beats": [], "downbeats": [], "frames": seconds * RATE},
    }
    measurement = {
        "tempo_permille": 1060,
        "key_cents": 200,
        "reordered_permille": 500,
        "kept_permille": 1000,
        "used_ms": SECONDS * 1000,
        "original_permille": 780,
        "added_permille": 220,
        "margin_permille": 20,
        "vocals": "none",
        "lufs_centi": -1400,
        "dbtp_centi": -120,
        "structure": "reorder",
        "confidence": {"tempo": 950, "key": 900, "structure": 950, "share": 900},
    }
    work.catalogue.save_recording(derivative)
    work.studio.save_heard(_heard(REMIX_ID, seconds, 106_000, 11))
    work.studio.add_render(
        Render(REMIX_ID, licence["id"], recipe.id, manifest, measurement, cast.ASKED, {"s0": original.id})
    )
    catalogue.link(work.catalogue, REMIX_ID, edges_of(work, licence, REMIX_ID), cast.ASKED)
