"""What a finished render can be taken away as, over the interface: its notes as written, its report, its words."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import mido
import music21
import pytest
from fastapi.testclient import TestClient

from ritornello.jobs import Worker
from ritornello.people.roles import Role
from ritornello.store.job_queue import DatabaseQueue
from ritornello.workflows.studio_jobs import handlers_of
from tests.api.conftest import HERE, Installed, install
from tests.api.test_arrivals import FACTS, bring, files

S = "/api/v1/studio"
OPEN: dict[str, Any] = {
    "types.allowed": ["COVER_SAME", "STYLE_LOCALE", "REHARMONISE", "LYRIC_TRANSLATION"],
    "transformation.min_original_permille": 0,
    "transformation.max_added_permille": 1000,
    "transformation.vocals": ["keep", "remove", "replace"],
    "transformation.reharmonise": True,
    "voice.own_voice_required": False,
    "lyrics.change": "translate",
    "lyrics.languages": ["pt"],
    "lyrics.lyricist_approval": False,
    "lyrics.back_translation_check": False,
    "who.subscribers_only": False,
    "who.min_age": 0,
    "limits.first_n_approval": 0,
    "moderation.mode": "none",
}
__all__ = ["files"]


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    made = install(tmp_path_factory.mktemp("renders"))
    yield made
    made.house.engine.dispose()


@pytest.fixture(scope="module")
def song(here: Installed, files: dict[str, bytes]) -> str:
    """A song whose holders let fans play it anew, brought and opened over the interface."""
    owner = here.client(here.keys[HERE, Role.OWNER])
    works = [{**FACTS["works"][0], "language": "en"}]
    shares = [*FACTS["shares"][:2], {"right": "composition", "party": "writer", "share": "1"}]
    made = bring(owner, {**FACTS, "works": works, "shares": shares}, files["mix"]).json()
    assert owner.get(f"/api/v1/recordings/arrivals/{made['job']['id']}").json()["state"] == "done"
    draft = {
        **{"preset": "FAN-REMIX", "adjust": OPEN, "reach": {"level": "recording", "id": made["recording_id"]}},
        **{
            "territories": "WW",
            "valid_from": "2026-01-01",
            "evidence": {"how": "individual_express", "sha256": "ab" * 32},
        },
    }
    for holder, rights in (
        ("writer", ["C_ARR", "C_MECH", "C_PERF", "C_LYR", "A_MORAL"]),
        ("band", ["P_ECON", "P_MORAL", "NAME"]),
    ):
        kept = owner.post("/api/v1/offers", json={**draft, "holder": made["parties"][holder], "rights": rights})
        assert kept.status_code == 200, kept.text
    return str(made["recording_id"])


@pytest.fixture(scope="module")
def fan(here: Installed) -> TestClient:
    owner = here.client(here.keys[HERE, Role.OWNER])
    made = owner.post(
        "/api/v1/members", json={"email": "fox@fans.example", "name": "quietfox", "roles": ["fan"]}
    ).json()
    browser = TestClient(here.app, "http://testserver", headers={"Origin": "http://testserver"})
    browser.post(owner.post(f"/api/v1/members/{made['id']}/link").json()["link"].removeprefix("http://testserver"))
    secret = browser.post("/api/v1/me/keys", json={"name": "app"}).json()["secret"]
    return here.client(secret)


def made_of(
    here: Installed, fan: TestClient, song: str, plan: dict[str, Any], **order: Any
) -> tuple[dict[str, Any], Any]:
    """The proposal of a plan and its finished render, ordered by the fan's own program."""
    told = fan.post(f"{S}/proposals", json={"recording_id": song, "plan": plan}).json()
    assert told.get("ready"), (told["reasons"], told["refusals"])
    body = {"recording_id": song, "recipe": told["proposal"]["recipe"], "own_work": True, **order}
    taken = fan.post(f"{S}/renders", json=body)
    assert taken.status_code == 202, taken.text
    job = taken.json()["render"]["id"]
    assert fan.get(f"{S}/renders/{job}/files").status_code == 409
    Worker(DatabaseQueue(here.house.engine), handlers_of(here.house, here.clock), name="w", clock=here.clock).run_all()
    for _ in range(100):
        done = fan.get(f"{S}/renders/{job}").json()
        if done["state"] not in ("queued", "running"):
            break
        time.sleep(0.1)
    assert done["state"] == "done", done
    return told, done


def test_the_notes_of_a_cover_are_the_same_in_recipe_midi_and_lead_sheet(
    here: Installed, fan: TestClient, song: str, tmp_path: Path
) -> None:
    told, done = made_of(here, fan, song, {"kind": "cover", "style": "bossa_nova", "key_cents": 200})
    address = f"{S}/renders/{done['id']}/files"
    names = ["recipe.json", "performance.mid", "lead-sheet.musicxml", "score.json", "report.json"]
    assert fan.get(address).json() == {"files": names}
    got = {name: fan.get(f"{address}/{name}") for name in names}
    assert {one.status_code for one in got.values()} == {200}
    assert fan.get(f"{address}/stems.zip").status_code == 404

    (performed,) = [one for one in got["recipe.json"].json()["nodes"] if one["op"] == "perform"]
    assert got["recipe.json"].json() == told["proposal"]["recipe"]
    score = got["score.json"].json()
    tune = [(start, pitch) for start, _, pitch, *_ in score["tune"]]
    # MIDI: every note that is played begins at its tick with its key
    midi = mido.MidiFile(file=io.BytesIO(got["performance.mid"].content))
    heard = set()
    for track in midi.tracks:
        at = 0
        for message in track:
            at += message.time
            if message.type == "note_on" and message.velocity:
                heard.add((at, message.note))
    assert heard == {(start, pitch) for _, start, _, pitch, _ in performed["p"]["notes"]}
    # MusicXML: music21 reads the tune that the score holds, within a tick
    sheet = music21.converter.parseData(got["lead-sheet.musicxml"].text, format="musicxml")
    read = [
        (float(note.getOffsetInHierarchy(sheet)) * 960, note.pitch.midi)
        for note in sheet.recurse().notes
        if isinstance(note, music21.note.Note) and not (note.tie is not None and note.tie.type in ("stop", "continue"))
    ]
    assert [pitch for _, pitch in read] == [pitch for _, pitch in tune]
    assert max(abs(at - start) for (at, _), (start, _) in zip(read, tune, strict=True)) <= 1
    # the report tells what was measured, and so does the render itself
    report = got["report.json"].json()
    assert report["measured"] == done["measured"] and report["recipe_id"] == told["proposal"]["recipe_id"]
    assert abs(report["measured"]["lufs_centi"] + 1400) <= 20


def test_other_words_bring_their_title_credits_language_and_script(here: Installed, fan: TestClient, song: str) -> None:
    said = {
        **{"words": "O mar que vai e vem\nme leva para casa", "language": "pt", "title": "Mar baixo", "script": "Latn"},
        **{"credits": "lyricist: Ana Prado\ntranslator: Rui Melo", "original": "The sea", "original_language": "en"},
    }
    kept = fan.put(f"{S}/words/{song}", json=said)
    assert kept.status_code == 200, kept.text
    sha = kept.json()["document"]["lyrics_sha256"]
    plan = {"kind": "localise", "market": "BR", "language": "pt", "lyrics": sha}
    told, done = made_of(here, fan, song, plan)
    assert "LYRIC_TRANSLATION" in told["proposal"]["types"] and told["title"].endswith(")")
    recording = done["result"]["recording_id"]
    assert fan.get(f"/api/v1/recordings/{recording}").json()["title"] == "Mar baixo"
    words = {
        **{"title": "Mar baixo", "language": "pt", "script": "Latn", "lyrics_sha256": sha},
        "credits": [["lyricist", "Ana Prado"], ["translator", "Rui Melo"]],
    }
    assert fan.get(f"/api/v1/recordings/{recording}/publish-sheet").json()["words"] == words
    assert fan.get(f"{S}/renders/{done['id']}/files/report.json").json()["manifest"]["words"] == words


def test_a_refusal_names_the_recording_that_is_not_open(
    here: Installed, fan: TestClient, song: str, files: dict[str, bytes]
) -> None:
    owner = here.client(here.keys[HERE, Role.OWNER])
    facts = {**FACTS, "isrc": "DEFE12600077", "title": "Closed"}
    closed = bring(owner, facts, files["drums"]).json()["recording_id"]
    plan = {"kind": "cover", "style": "cumbia", "groove": closed}
    told = fan.post(f"{S}/proposals", json={"recording_id": song, "plan": plan}).json()
    assert not told["ready"]
    silent = {one["recording"] for one in told["reasons"] if one["code"] == "HOLDER_SILENT"}
    assert closed in silent


def test_what_is_wrong_is_told_whole_and_by_name(here: Installed, fan: TestClient, song: str) -> None:
    unknown = fan.post(f"{S}/proposals", json={"recording_id": song, "plan": {"kind": "mashup", "other": "rec_no"}})
    assert unknown.status_code == 404 and "rec_no is not in the catalogue" in unknown.json()["detail"]
    _, done = made_of(here, fan, song, {"kind": "cover", "style": "country"})
    score = fan.get(f"{S}/renders/{done['id']}/files/score.json").json()
    late = [*score["beats"][:-1], score["rate"] * 3600]
    refused = fan.put(f"{S}/scores/{song}", json={"score": {**score, "beats": late}})
    assert refused.status_code == 422, refused.text
    (one,) = refused.json()["errors"]
    assert one["where"] == f"beats[{len(late) - 1}]" and "3600.0 s of a recording of" in one["what"]
    chord = [score["chords"][0][0], score["chords"][0][1], 0, "H#7", 0]
    refused = fan.put(f"{S}/scores/{song}", json={"score": {**score, "beats": [-1], "chords": [chord]}})
    assert {one["where"] for one in refused.json()["errors"]} == {"beats", "chords[0]"}
    assert fan.get(f"{S}/scores/{song}").status_code == 404  # nothing was kept of them
