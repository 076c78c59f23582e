"""What the studio can be asked for beyond kinds: another song's groove, swing on sound, levels, a new order, words.

Nothing is heard of a song before its holders allow it: the decoder is counted.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ritornello.analysis import decode
from ritornello.consent.codes import Outcome
from ritornello.consent.requests import Person
from ritornello.identifiers.territories import TerritorySet
from ritornello.studio.plan import PlanError, plan_of
from ritornello.studio.reading import parse
from ritornello.studio.recipe import Recipe, RecipeError
from ritornello.workflows.demo import cast
from ritornello.workflows.house import House
from ritornello.workflows.studio_desk import Offered, Where, check_recipe, propose_derivative
from ritornello.workflows.studio_orders import order_render
from ritornello.workflows.studio_songs import read_sentence
from tests.studio.test_chat import Model
from tests.studio.test_chat import served as served
from tests.studio_doors import house as made
from tests.studio_doors.test_commands import WHERE, run, told

__all__ = ["run"]
FAN = Person(cast.FAN, tier="subscribers", country="DE", age=24, verified=True)
HERE = Where(FAN, TerritorySet.parse("DE, US"), (cast.ALPHA, cast.BETA))


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("two")
    opened = made.opened(folder)
    made.fill(opened)
    made.second_song(opened, folder / "second")
    yield opened
    opened.engine.dispose()


def proposed(house: House, plan: Mapping[str, Any]) -> Offered:
    return propose_derivative(house, cast.ORGANISATION, cast.RECORDING_ID, plan_of(plan), HERE, cast.ASKED)


def node(recipe: Recipe, op: str) -> Mapping[str, Any]:
    return next(dict(one.p) for one in recipe.nodes if one.op == op)


def test_no_song_lends_its_groove_or_is_mashed_before_its_holders_allow_it(
    two: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[Path] = []
    read = decode.read

    def counted(path: Path) -> Any:
        heard.append(path)
        return read(path)

    monkeypatch.setattr(decode, "read", counted)
    borrowed = {"kind": "edit", "groove": made.SECOND}
    for plan in (borrowed, {"kind": "mashup", "other": made.SECOND}):
        refused = proposed(two, plan)
        assert refused.decision is not None and refused.decision.outcome is Outcome.DENY
        assert not refused.ready and heard == []
        assert "nothing was listened to" in " ".join(refused.proposal.notes)

    made.answer_for(two, made.SECOND)
    allowed = proposed(two, borrowed)
    assert allowed.ready, allowed.to_document()
    assert len(heard) == 1  # the lender, once; the song itself is not heard for a recipe
    assert allowed.decision is not None and set(allowed.decision.request.sources) == {cast.RECORDING_ID, made.SECOND}
    recipe = allowed.proposal.recipe
    steps = node(recipe, "groove_from")["steps"]
    assert len(steps) == 16 and any(late or accent for late, accent in steps)
    assert [source.id for source in recipe.sources] == ["s0", "lender"]


def test_a_groove_from_the_song_itself_or_in_another_metre_is_told(two: House) -> None:
    with pytest.raises(PlanError, match="that of the song itself"):
        proposed(two, {"kind": "edit", "groove": cast.RECORDING_ID})


def test_swing_levels_and_order_stand_in_the_recipe(house: House) -> None:
    plan = {"kind": "edit", "feel": "swing", "levels": {"drums": -600, "lead": -9600}, "sections": [2, 1]}
    recipe = proposed(house, plan).proposal.recipe
    assert node(recipe, "swing")["to_permille"] == 667
    parts = next(one for one in recipe.nodes if one.op == "mix")
    assert dict(zip(parts.inputs, parts.p["centidb"], strict=True)) == {"drums": -600, "bass": 0, "harmony": 0}
    first, second = node(recipe, "sequence")["slices"]
    assert first[0] == second[1] > 0  # the second section is played before the first
    remix = proposed(house, {"kind": "remix", "sections": [3, 1, 1]}).proposal.recipe
    assert len(node(remix, "sequence")["slices"]) == 3


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        ({"kind": "edit", "levels": {"vocals": -300}}, "vocals cannot be taken apart: delivered are"),
        ({"kind": "edit", "sections": [99]}, "this song has"),
        ({"kind": "nightcore", "sections": [1]}, "no other order"),
        ({"kind": "cover", "levels": {"drums": 0}}, "no parts of the recording"),
        ({"kind": "edit", "lyrics": "ab" * 32}, "cannot be sung"),
        ({"kind": "nightcore", "feel": "half_time"}, "cannot be half time"),
        ({"kind": "edit", "feel": "straight"}, "so is the recording"),
    ],
)
def test_a_wish_that_cannot_be_held_is_told_and_never_passed_over(
    house: House, plan: dict[str, Any], words: str
) -> None:
    with pytest.raises(PlanError, match=words):
        proposed(house, plan)


def test_half_time_replaces_the_drums_of_the_recording(house: House) -> None:
    recipe = proposed(house, {"kind": "edit", "feel": "half_time"}).proposal.recipe
    assert node(recipe, "groove")["style"] == "half_time"
    assert "drums" not in {one.p.get("part") for one in recipe.nodes}


def test_words_travel_as_their_hash(run: Any, tmp_path: Path) -> None:
    words = tmp_path / "words.txt"
    words.write_text("Über die Felder geht der Wind\n", encoding="utf-8")
    out = tmp_path / "recipe.json"
    run("make", "cover", cast.RECORDING_ID, "--words", words, "--language", "de", *WHERE, "--dry-run",
        "--recipe-out", out)  # fmt: skip
    recipe = json.loads(out.read_text())
    assert len(recipe["lyrics"]) == 64 and "Felder" not in out.read_text()


def test_the_command_takes_grooves_levels_and_sections(run: Any, house: House, tmp_path: Path) -> None:
    song, lender = tmp_path / "song.flac", house.home / "arriving" / "drums.flac"
    song.write_bytes((house.home / "arriving" / "mix.flac").read_bytes())
    out = tmp_path / "recipe.json"
    seen = run("make", "edit", song, "--groove", lender, "--sections", "2,1", "--dry-run", "--recipe-out", out)
    assert seen.exit_code == 0, told(seen)
    assert {one["op"] for one in json.loads(out.read_text())["nodes"]} >= {"groove_from", "sequence"}
    assert "write a part and decibels" in told(run("make", "edit", song, "--level", "drums", "--dry-run"))
    assert "section numbers" in told(run("make", "edit", song, "--sections", "a,b", "--dry-run"))
    alone = told(run("make", "edit", song, "--level", "vocals=-3", "--dry-run"))
    assert "delivered no stems" in alone and "no fader is faked" in alone


def test_providers_are_listed_with_their_licences(run: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / "weights" / "demucs"
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(b"weights")
    card = {"provider": "demucs", "weights_licence": "CC-BY-NC-4.0", "commercial_ok": True}
    (folder / "weights.json").write_text(json.dumps(card))
    monkeypatch.setenv("RITORNELLO_NEURAL_WEIGHTS", str(tmp_path / "weights"))
    separation, generation = json.loads(run("studio", "providers", "--json").stdout)
    assert (separation["code_licence"], separation["weights_licence"]) == ("MIT", "CC-BY-NC-4.0")
    assert separation["commercial_ok"] is False and len(separation["weights_sha256"]) == 64
    assert "requirements-neural.lock" in separation["install"] and not separation["ready"]
    assert generation["weights_sha256"] is None and "no musicgen_melody/" in generation["trouble"]
    assert "noncommercial use only" in run("studio", "providers").stdout


def test_a_configured_model_reads_what_the_grammar_asks_back(house: House, served: Model) -> None:
    from ritornello.studio.chat import ChatModel

    asked = replace(house, chat=ChatModel(served.address, "any"))

    def read(sentence: str) -> Any:
        return read_sentence(asked, cast.ORGANISATION, cast.RECORDING_ID, sentence)

    served.says = json.dumps({"kind": "nightcore"})
    found = read("make it sparkle and shine for the tiny phones")
    assert found.plan == plan_of({"kind": "nightcore"})
    served.says = json.dumps({"kind": "mashup", "other": "rec_of_somebody_else"})
    assert read("something entirely strange please").plan is None
    served.status = 500
    broken = read("something entirely strange please")
    assert broken.plan is None and "status 500" in " ".join(one.ask for one in broken.questions)
    assert read("remix, 4% faster").plan == plan_of({"kind": "remix", "tempo_permille": 1040})


def prompted(house: House, prompt: str) -> dict[str, Any]:
    """A recipe as somebody writes it by hand: a trained model is asked with a prompt of theirs."""
    with house.work(cast.ORGANISATION, read_only=True) as work:
        original = work.catalogue.recording(cast.RECORDING_ID)
        heard = work.studio.heard(cast.RECORDING_ID)
    assert original is not None
    assert heard is not None
    model = {"provider": "musicgen_melody", "weights": "ab" * 32, "terms": "commercial"}
    source = {"id": "s0", "kind": "recording", "pcm_sha256": original.pcm_sha256, "frames": heard.analysis["frames"]}
    made = {"id": "new", "op": "generate", "in": ["s0"], "p": {"prompt": prompt, "seconds": 2, **model}}
    mix = {"id": "all", "op": "mix", "in": ["s0", "new"], "p": {}}
    return {"v": 1, "sources": [source], "nodes": [made, mix], "out": {"node": "all"}}


def exclude(house: House, word: str) -> None:
    """Everybody's newest answer with one excluded word."""
    with house.work(cast.ORGANISATION) as work:
        for offer in work.consent.newest_offers():
            terms = offer.terms.adjust({"exclusions.terms": frozenset({word})})
            newer = replace(offer, terms=terms, version=offer.version + 1, replaces=offer.content_hash)
            work.consent.add_offer(newer)
        work.commit()


def test_a_hand_written_recipe_says_no_more_than_a_sentence_may(two: House, tmp_path: Path) -> None:
    exclude(two, "white lies")
    with two.work(cast.ORGANISATION) as work:
        work.catalogue.save_recording(
            replace(
                cast.recording("Elsewhere"), id="rec_else", isrc="DEXX12600088", main_artist=cast.FAN, performers=()
            )
        )
        work.commit()
    other = cast.NAMES[cast.FAN]  # an artist of another song
    for text, term in ((f"strings by {other}", other), ("strings full of white lies", "white lies")):
        read = read_sentence(two, cast.ORGANISATION, cast.RECORDING_ID, text)
        assert [one.term for one in read.refusals] == [term]
        recipe = parse(prompted(two, text))
        with pytest.raises(RecipeError) as refused:
            check_recipe(two, cast.ORGANISATION, cast.RECORDING_ID, recipe, HERE, cast.ASKED)
        assert [one.where for one in refused.value.findings] == ["nodes[0].p.prompt"]
        assert f"“{term}”" in str(refused.value)
    plain = parse(prompted(two, "warm strings"))
    with pytest.raises(RecipeError) as named:
        order_render(
            two, cast.ORGANISATION, cast.RECORDING_ID, plain, HERE, cast.ASKED, title=f"{other} at night", own_work=True
        )
    assert [one.where for one in named.value.findings] == ["title"]
    offered = check_recipe(two, cast.ORGANISATION, cast.RECORDING_ID, plain, HERE, cast.ASKED)
    assert offered.decision is not None and {"warm", "strings"} <= offered.decision.request.plan.words


def test_the_command_line_names_the_term_and_where_it_stands(
    two: House, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, run: Any
) -> None:
    monkeypatch.setenv("RITORNELLO_HOME", str(two.home))
    written = tmp_path / "recipe.json"
    written.write_text(json.dumps(prompted(two, "strings in the style of somebody")))
    song = two.home / "arriving" / "mix.flac"
    for place in (cast.RECORDING_ID, str(song)):
        seen = run("make", "recipe", place, "--recipe", written, *(WHERE if place != str(song) else ()), "--dry-run")
        assert seen.exit_code == 1
        assert "nodes[0].p.prompt: “in the style of somebody”" in told(seen)
