"""A recording is brought over the interface: facts, sound and stems, from an empty house to one that can be asked."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import soundfile
from fastapi.testclient import TestClient

from ritornello.analysis import decode
from ritornello.analysis.model import Audio
from ritornello.catalogue.model import RightType
from ritornello.people.roles import Role
from ritornello.studio.demo import performance
from tests.api.conftest import ADDRESS, ELSEWHERE, HERE, Installed, install

FACTS: dict[str, Any] = {
    "isrc": "DE-FE1-26-00001",
    "title": "Low Tide",
    "artist": "band",
    "label": "label",
    "year": 2026,
    "parties": [
        {"reference": "label", "name": "Fells Recordings", "kind": "company", "country": "DE"},
        {"reference": "band", "name": "The Cairns", "kind": "group"},
        {"reference": "writer", "name": "Mira Holm"},
    ],
    "works": [{"title": "Low Tide", "iswc": "T-034.524.680-1", "writers": [{"party": "writer", "role": "Composer"}]}],
    "shares": [
        {"right": "master", "party": "label", "share": "2/3"},
        {"right": "master", "party": "band", "share": "1/3"},
        {"right": "composition", "party": "writer", "share": "1", "territories": "WW ex JP"},
    ],
}


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    made = install(tmp_path_factory.mktemp("arrivals"))
    yield made
    made.house.engine.dispose()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Eight bars of the demo's song as a mix and its stems, FLAC."""
    folder = tmp_path_factory.mktemp("files")
    stems = performance.play(performance.Take(104, 0, bars=8))
    parts = {name: Audio(samples, performance.RATE) for name, samples in stems.items()}
    parts["mix"] = Audio(sum(stems.values(), start=np.zeros_like(stems["drums"])), performance.RATE)
    return {name: decode.write(folder / f"{name}.flac", one, "flac24").read_bytes() for name, one in parts.items()}


def bring(client: TestClient, facts: object, sound: bytes | None = None, stems: dict[str, bytes] | None = None) -> Any:
    sent = [] if sound is None else [("file", ("song.flac", sound))]
    sent += [("stems", (f"{name}.flac", one)) for name, one in (stems or {}).items()]
    return client.post("/api/v1/recordings", data={"facts": json.dumps(facts)}, files=sent or None)


def told(answer: Any) -> set[str]:
    assert answer.status_code == 422, answer.text
    return {one["where"] for one in answer.json()["errors"]}


def test_everything_that_is_wrong_is_told_at_once_and_nothing_is_written(here: Installed) -> None:
    owner = here.client(here.keys[HERE, Role.OWNER])
    wrong = {
        **FACTS,
        "isrc": "DE-FE1-26-1",
        "year": "last",
        "colour": "red",
        "parties": [{"reference": "a", "name": "A", "kind": "robot"}, {"reference": "a", "name": "B"}, 7],
        "works": [{"iswc": "T-1", "writers": [{"party": "writer"}]}],
        "shares": [
            {"right": "film", "party": "writer", "share": 0.5},
            {"right": "master", "share": "4/3", "territories": "Atlantis", "valid_from": "soon"},
            {"right": "master", "party": "a", "share": "1", "valid_from": "2026-02-01", "valid_to": "2026-01-01"},
        ],
    }
    assert told(bring(owner, wrong)) == {
        *("isrc", "year", "colour", "parties", "parties[0].kind", "parties[2]", "works[0].title", "works[0].iswc"),
        *("works[0].writers[0].role", "shares[0].right", "shares[0].share", "shares[1].party", "shares[1].share"),
        *("shares[1].territories", "shares[1].valid_from", "shares[2].valid_to"),
    }
    (isrc,) = [one["what"] for one in bring(owner, wrong).json()["errors"] if one["where"] == "isrc"]
    assert isrc.count("such as QZ-ABC-26-00001") == 1, isrc  # how to mend it is told once
    assert told(bring(owner, {**FACTS, "works": []})) == {"works"}
    assert told(bring(owner, {**FACTS, "title": "", "artist": ""})) == {"title", "artist"}
    assert told(bring(owner, {**FACTS, "label": "nobody"})) == {"parties"}
    assert told(bring(owner, [FACTS])) == {"facts"}
    text = owner.post("/api/v1/recordings", data={"facts": "{"})
    assert text.status_code == 422 and "no JSON" in text.json()["detail"]
    # both files are damaged: each is told
    assert told(bring(owner, FACTS, b"RIFF\0\0\0\0WAVE", {"drums": b"hello", "Bass": b""[:0] or b"x"})) == {
        *("file", "stems.drums", "stems.Bass"),
    }
    assert told(bring(owner, FACTS, None, {"drums": b"x"})) == {"stems"}
    assert owner.get("/api/v1/recordings").json() == []
    with here.house.work(HERE, read_only=True) as work:
        assert list(work.people.parties()) == [] and list(work.catalogue.works()) == []


def test_from_an_empty_house_to_a_song_with_its_stems(here: Installed, files: dict[str, bytes]) -> None:
    owner = here.client(here.keys[HERE, Role.RIGHTS_MANAGER])
    stems = {name: one for name, one in files.items() if name != "mix"}
    made = bring(owner, FACTS, files["mix"], stems)
    assert made.status_code == 202, made.text
    first = made.json()
    assert (first["isrc"], first["remarks"]) == ("DEFE12600001", [])
    heard = owner.get(f"/api/v1/recordings/arrivals/{first['job']['id']}").json()
    assert heard["state"] == "done", heard
    assert abs(heard["result"]["bpm"] - 104) < 0.2 and heard["result"]["beats_per_bar"] == 4
    song = owner.get(f"/api/v1/recordings/{first['recording_id']}").json()
    assert song["title"] == "Low Tide" and abs(song["duration_ms"] - heard["result"]["duration_ms"]) <= 1
    faders = owner.get(f"/api/v1/studio/recordings/{first['recording_id']}/stems").json()
    assert set(faders["parts"]) == set(stems) and faders["delivered"]
    with here.house.work(HERE, read_only=True) as work:
        owned = {
            (one.right_type.value, str(one.share)) for one in work.catalogue.shares_of(song["id"], RightType.MASTER)
        }
        written = work.catalogue.shares_of(first["work_ids"][0], RightType.COMPOSITION)
        names = {one.details.name for one in work.people.details_of_all()}
    assert owned == {("master", "2/3"), ("master", "1/3")} and str(written[0].share) == "1"
    assert {"Fells Recordings", "The Cairns", "Mira Holm"} <= names

    assert [one["role"] for one in song["performers"]] == ["MainArtist"]  # the artist, who performs
    assert set(first["parties"]) == {"label", "band", "writer"} and song["label"] == first["parties"]["label"]

    # told again: the same job, no second recording, no second statement of shares
    again = bring(owner, FACTS, files["mix"], stems).json()
    assert (again["recording_id"], again["job"]["id"]) == (first["recording_id"], first["job"]["id"])
    with here.house.work(HERE, read_only=True) as work:
        assert len(list(work.catalogue.shares_of(song["id"], RightType.MASTER))) == 2
    # known by its ISRC, it needs no other facts; its sound stays the one that recipes and licences name
    assert bring(owner, {"isrc": "DEFE12600001"}).json()["job"] is None
    assert told(bring(owner, {"isrc": "DEFE12600001"}, files["drums"])) == {"file"}
    assert len(owner.get("/api/v1/recordings").json()) == 1
    kind = {**FACTS, "parties": [{"reference": "band", "name": "The Cairns", "kind": "person"}]}
    assert told(bring(owner, kind)) == {"parties[0].kind"}


def test_who_performs_is_told_afterwards_and_stays(here: Installed) -> None:
    owner = here.client(here.keys[HERE, Role.OWNER])
    song = bring(owner, {**FACTS, "isrc": "DE-FE1-26-00007"}).json()["recording_id"]
    with here.house.work(HERE) as work:  # as sheets register it: with nobody who performs
        registered = work.catalogue.recording(song)
        assert registered is not None
        work.catalogue.save_recording(replace(registered, performers=()))
        work.commit()
    told_later = {"isrc": "DEFE12600007", "performers": [{"party": "band", "role": "MainArtist"}]}
    band = bring(owner, told_later).json()["parties"]["band"]
    assert [one["party_id"] for one in owner.get(f"/api/v1/recordings/{song}").json()["performers"]] == [band]
    other = {"isrc": "DEFE12600007", "performers": [{"party": "writer", "role": "Guitar"}]}
    bring(owner, other)
    assert [one["party_id"] for one in owner.get(f"/api/v1/recordings/{song}").json()["performers"]] == [band]


def test_a_silent_stem_is_refused_before_anything_is_written(here: Installed, files: dict[str, bytes]) -> None:
    sheet = io.BytesIO()
    soundfile.write(sheet, np.zeros((44_100 * 5, 2)), 44_100, format="WAV")
    owner = here.client(here.keys[HERE, Role.OWNER])
    again = {**FACTS, "isrc": "DE-FE1-26-00008"}
    assert told(bring(owner, again, files["mix"], {"drums": sheet.getvalue()})) == {"stems.drums"}
    assert "DEFE12600008" not in {one["isrc"] for one in owner.get("/api/v1/recordings").json()}


def test_shares_that_claim_too_much_are_remarked(here: Installed) -> None:
    owner = here.client(here.keys[HERE, Role.OWNER])
    shares = [{"right": "master", "party": one, "share": "3/4"} for one in ("label", "band")]
    made = bring(owner, {**FACTS, "isrc": "DEFE12600002", "shares": shares}).json()
    assert len(made["remarks"]) == 1 and "50 % is claimed twice" in made["remarks"][0], made


def test_who_may_bring_and_whose_it_is(here: Installed) -> None:
    fan = here.client(here.keys[HERE, Role.FAN])
    assert bring(fan, FACTS).status_code == 403
    other = here.client(here.keys[ELSEWHERE, Role.OWNER])
    made = bring(other, FACTS).json()
    assert made["job"] is None
    assert [one["id"] for one in other.get("/api/v1/recordings").json()] == [made["recording_id"]]
    assert made["work_ids"] and other.get("/api/v1/recordings").json()[0]["main_artist"].startswith("pty_")


def test_a_brought_recording_can_be_stopped_and_brought_again(here: Installed, files: dict[str, bytes]) -> None:
    owner = here.client(here.keys[HERE, Role.OWNER])
    unknown = owner.post("/api/v1/recordings/arrivals/job_none/cancel")
    assert unknown.status_code == 404
    done = bring(owner, {**FACTS, "isrc": "DEFE12600003"}, files["mix"]).json()["job"]
    assert owner.post(f"/api/v1/recordings/arrivals/{done['id']}/cancel").json()["state"] == "done"


def signed_in(here: Installed) -> TestClient:
    browser = TestClient(here.app, ADDRESS, headers={"Origin": ADDRESS})
    browser.post(here.link(Role.OWNER))
    return browser


def test_a_recording_is_brought_by_page(here: Installed, files: dict[str, bytes]) -> None:
    browser = signed_in(here)
    assert "/catalogue/new" in browser.get("/").text
    form = {
        **{"isrc": "DE-FE1-26-00009", "title": "High Tide", "artist": "The Terns", "label": "Kelp Music"},
        **{"year": "2026", "language": "en", "writers": "Mira Holm; Lyricist\nOda Vik", "companies": "Kelp Music"},
        "owners": "master; Kelp Music; 1\ncomposition; Oda Vik; 1/2\ncomposition; Mira Holm; 1/2; WW ex JP",
    }
    wrong = browser.post("/catalogue/new", data={**form, "isrc": "1", "owners": "film; nobody; 1", "year": "last"})
    assert wrong.status_code == 422
    for field in ("isrc", "owners", "year"):
        assert f'id="e-{field}"' in wrong.text, field
    assert "The Terns" in wrong.text  # what was written stands there still
    damaged = browser.post("/catalogue/new", data=form, files={"file": ("x.wav", b"words")})
    assert damaged.status_code == 422 and 'id="e-file"' in damaged.text

    watched = browser.post("/catalogue/new", data=form, files={"file": ("song.flac", files["mix"])})
    assert watched.status_code == 200 and "/catalogue/arrivals/" in str(watched.url), watched.text
    page = browser.get(str(watched.url)).text
    assert "In the catalogue" in page and "beats per minute" in page
    song = next(one for one in browser.get("/api/v1/recordings").json() if one["isrc"] == "DEFE12600009")
    shown = browser.get(f"/songs/{song['id']}").text
    for words in ("High Tide", "The Terns", "Kelp Music", "Oda Vik"):
        assert words in shown, words
    with here.house.work(HERE, read_only=True) as work:
        kinds = {one.details.name: work.people.party(one.details.party_id) for one in work.people.details_of_all()}
        assert kinds["Kelp Music"] is not None and kinds["Kelp Music"].kind.value == "company"
        assert kinds["Oda Vik"] is not None and kinds["Oda Vik"].kind.value == "person"
        written = work.catalogue.work(song["work_ids"][0])
    assert written is not None and written.language == "en"
    assert {one.role for one in written.writers} == {"Lyricist", "Composer"}
