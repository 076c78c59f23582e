"""A maker's desk over REST: takes, drafts, scores, stems, foreign files; whose it is, and hostile files at each."""

from __future__ import annotations

import io
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import soundfile
from fastapi.testclient import TestClient

from ritornello.people import service
from ritornello.people.model import Identity
from ritornello.people.roles import Capability, Role, may
from ritornello.settings import Settings
from ritornello.studio.operations import OPERATIONS
from ritornello.web.serving import crew_of
from ritornello.web.site import create_site
from ritornello.workflows.demo import cast
from ritornello.workflows.house import House
from tests.api.studio_table import DESK
from tests.studio_doors.house import MAKER
from tests.web.house import link

ADDRESS = "http://testserver"
HERE = {"recording_id": cast.RECORDING_ID}
S = "/api/v1/studio"


@dataclass
class Desk:
    fan: TestClient
    staff: TestClient
    keys: dict[Role, TestClient]


@pytest.fixture(scope="module")
def desk(house: House) -> Iterator[Desk]:
    settings = Settings(home=house.home, base_url=ADDRESS, upload_limit_mib=64, _env_file=None)  # type: ignore[call-arg]
    app = create_site(settings, house=house, now=lambda: cast.ASKED)
    keys: dict[Role, TestClient] = {}
    with house.work(cast.ORGANISATION) as work:
        for role in Role:
            person = work.people.person_by_email("owner@example.org")
            assert person is not None
            owner = Identity(cast.ORGANISATION, person.id, frozenset({Role.OWNER}), None, "")
            key, _ = service.give_key(
                *(work.people, owner, role.value, [role], cast.REGISTERED),
                service=cast.ALPHA if role is Role.SERVICE else None,
            )
            keys[role] = TestClient(app, ADDRESS, headers={"Authorization": f"Bearer {key}"})
        work.commit()
    fan = TestClient(app, ADDRESS, headers={"Origin": ADDRESS})
    fan.post(link(house, MAKER, cast.ASKED))
    crew = crew_of(house, settings, lambda: cast.ASKED)
    crew.start()
    yield Desk(fan, keys[Role.RIGHTS_MANAGER], keys)
    crew.stop()


def ended(client: TestClient, job: Any, where: str = "jobs") -> Any:
    for _ in range(900):
        told = client.get(f"{S}/{where}/{job['id']}").json()
        if told["state"] in ("done", "failed", "cancelled"):
            return told
        time.sleep(0.1)
    raise AssertionError(told)


def wav(seconds: float = 2.0, hertz: float = 220.0) -> bytes:
    t = np.arange(int(seconds * 44_100)) / 44_100
    file = io.BytesIO()
    soundfile.write(file, (0.2 * np.sin(2 * np.pi * hertz * t)).astype(np.float32), 44_100, format="WAV")
    return file.getvalue()


def sent(name: str, content: bytes) -> dict[str, Any]:
    return {"file": (name, content, "audio/wav")}


@pytest.mark.parametrize("role", list(Role))
def test_the_desk_is_for_those_who_make(desk: Desk, role: Role) -> None:
    for door in DESK:
        method, path = door.split(" ")
        path = path.replace("{recording_id}", "rec_nowhere").replace("{paper_id}", "pap_x").replace("{job_id}", "x")
        status = desk.keys[role].request(method, path).status_code
        makes = may([role], Capability.MAKE_DERIVATIVE)
        assert (status == 403) != makes and status != 401 and status < 500, f"{role} at {door}: {status}"


def test_a_take_is_its_makers_and_needs_the_declaration(desk: Desk) -> None:
    without = desk.fan.post(f"{S}/takes", data={**HERE, "declaration": "whatever"}, files=sent("me.wav", wav()))
    assert without.status_code == 422 and "I sang or played this myself" in without.text
    kept = desk.fan.post(f"{S}/takes", data={**HERE, "declaration": "own_performance"}, files=sent("me.wav", wav()))
    assert kept.status_code == 201, kept.text
    take = kept.json()
    assert take["document"]["ms"] == 2000 and "audio_key" not in take["document"]
    assert desk.fan.get(f"{S}/takes/{take['id']}/sound").content == wav()
    assert [one["id"] for one in desk.fan.get(f"{S}/papers", params={**HERE, "kind": "take"}).json()] == [take["id"]]
    for other in (desk.staff, desk.keys[Role.FAN]):
        assert other.get(f"{S}/papers/{take['id']}").status_code == 404
        assert other.get(f"{S}/takes/{take['id']}/sound").status_code == 404
        assert other.get(f"{S}/papers", params=HERE).json() == []
        plan = {**HERE, "plan": {"kind": "sing"}, "take": take["id"]}
        person = {"person": {"id": cast.FAN}} if other is desk.staff else {}
        assert other.post(f"{S}/proposals", json={**plan, **person}).status_code in (404, 422)
    assert desk.fan.delete(f"{S}/papers/{take['id']}").status_code == 204
    assert desk.fan.delete(f"{S}/papers/{take['id']}").status_code == 404


def test_drafts_are_kept_under_a_name(desk: Desk) -> None:
    for tempo in (1010, 1020):
        document = {"plan": {"kind": "remix", "tempo_permille": tempo}}
        kept = desk.fan.put(f"{S}/drafts", json={**HERE, "name": "night", "document": document}).json()
    (listed,) = desk.fan.get(f"{S}/papers", params={**HERE, "kind": "draft"}).json()
    assert listed["name"] == "night" and listed["id"] == kept["id"]
    assert desk.fan.get(f"{S}/papers/{kept['id']}").json()["document"]["plan"]["tempo_permille"] == 1020
    huge = {**HERE, "name": "big", "document": {"x": "y" * 300_000}}
    assert desk.fan.put(f"{S}/drafts", json=huge).status_code == 413
    nowhere = {"recording_id": "rec_nowhere", "name": "x", "document": {}}
    assert desk.fan.put(f"{S}/drafts", json=nowhere).status_code == 404


def test_a_song_is_written_down_corrected_and_its_cover_made_again(desk: Desk) -> None:
    assert desk.fan.get(f"{S}/scores/{cast.RECORDING_ID}").status_code in (200, 404)
    done = ended(desk.fan, desk.fan.post(f"{S}/scores/{cast.RECORDING_ID}/writing", json={}).json())
    assert done["state"] == "done" and done["result"]["bars"] > 8, done
    score = desk.fan.get(f"{S}/scores/{cast.RECORDING_ID}").json()["document"]
    score["chords"][0][2] = score["chords"][0][4] = (score["chords"][0][2] + 2) % 12  # a person knows better
    wrong = {**score, "chords": [[0, 0, 99, "nope", 0]]}
    told = desk.fan.put(f"{S}/scores/{cast.RECORDING_ID}", json={"score": wrong})
    assert told.status_code == 422 and "chords[0]" in told.text
    assert desk.fan.put(f"{S}/scores/{cast.RECORDING_ID}", json={"score": score}).status_code == 200
    assert desk.fan.get(f"{S}/scores/{cast.RECORDING_ID}").json()["document"]["chords"] == score["chords"]
    assert desk.staff.get(f"{S}/scores/{cast.RECORDING_ID}").status_code == 404
    for sheet, start in (("score.mid", b"MThd"), ("score.musicxml", b"<?xml"), ("score.json", b"{")):
        assert desk.fan.get(f"{S}/scores/{cast.RECORDING_ID}/{sheet}").content.startswith(start)
        assert desk.staff.get(f"{S}/scores/{cast.RECORDING_ID}/{sheet}").status_code == 404
    assert desk.fan.get(f"{S}/scores/{cast.RECORDING_ID}/score.pdf").status_code == 422
    again = desk.fan.post(f"{S}/scores/{cast.RECORDING_ID}/writing", json={})
    assert again.status_code == 202 and again.json()["id"] != done["id"]  # what was done is listened to again
    ended(desk.fan, again.json())
    words = {**HERE, "words": "Come back to me tonight\nnever let me go", "language": "en"}
    told = desk.fan.post(f"{S}/lyrics", json=words).json()
    assert len(told["lyrics_sha256"]) == 64 and len(told["adapted_fit"]) == 2


def test_words_are_kept_with_title_and_credits_and_findings_by_field(desk: Desk) -> None:
    door = f"{S}/words/{cast.RECORDING_ID}"
    words = {"words": "[la:es]\nVuelve a mí", "title": "Vuelve", "credits": "lyricist: Ana Prado"}
    kept = desk.fan.put(door, json=words).json()
    assert kept["document"]["language"] == "es" and kept["document"]["credits"] == "lyricist: Ana Prado"
    assert desk.fan.get(door).json() == kept
    held = desk.fan.post(f"{S}/lyrics", json={**HERE, **words}).json()
    assert held["lyrics_sha256"] == kept["document"]["lyrics_sha256"] and held["adapted"]["title"] == "Vuelve"
    assert desk.staff.get(door).status_code == 404
    wrong = desk.fan.put(door, json={"words": "", "language": "klingon", "credits": "Ana"})
    assert wrong.status_code == 422
    assert [one["where"] for one in wrong.json()["errors"]] == ["words", "language", "credits"]
    assert desk.fan.get(door).json() == kept
    assert desk.fan.put(f"{S}/words/rec_nowhere", json=words).status_code == 404


def test_faders_are_those_of_delivered_stems_and_no_voice_is_faked(desk: Desk) -> None:
    told = desk.fan.get(f"{S}/recordings/{cast.RECORDING_ID}/stems").json()
    assert set(told["parts"]) == {"drums", "bass", "harmony", "lead"} and told["delivered"]
    assert "no vocal fader" in told["no_vocal_fader"]
    assert desk.fan.get(f"{S}/recordings/rec_nowhere/stems").status_code == 404


def test_stems_are_checked_against_their_master(desk: Desk, house: House) -> None:
    folder = house.home / "arriving"
    files = [("stems", (f"{part}.flac", (folder / f"{part}.flac").read_bytes(), "audio/flac"))
             for part in ("drums", "bass", "harmony", "lead")]  # fmt: skip
    good = desk.fan.post(f"{S}/stems/checks", data=HERE, files=files).json()
    assert good["accepted"] and good["residual_db"] < -40
    missing = desk.fan.post(f"{S}/stems/checks", data=HERE, files=files[1:]).json()
    assert not missing["accepted"] and missing["findings"]
    assert desk.fan.post(f"{S}/stems/checks", files=files).status_code == 422


def test_every_stem_that_cannot_be_heard_is_told_by_its_part_and_its_name(desk: Desk) -> None:
    files = [("stems", ("drums.wav", b"RIFF\0\0\0\0WAVE", "audio/wav")), ("stems", ("bass.wav", b"no", "audio/wav"))]
    told = desk.fan.post(f"{S}/stems/checks", data=HERE, files=files)
    assert told.status_code == 422
    assert {one["where"]: one["what"].split(":")[0] for one in told.json()["errors"]} == {
        "stems.drums": "drums.wav",
        "stems.bass": "bass.wav",
    }


def test_each_kinds_room_is_told_with_its_reasons(desk: Desk) -> None:
    where = {"territories": "DE, US", "services": cast.ALPHA}
    asked = f"{S}/recordings/{cast.RECORDING_ID}/rooms"
    person = {"person": cast.FAN}
    every = {one["kind"]: one for one in desk.fan.get(asked, params=where).json()}
    assert set(every) == set(desk.fan.get(f"{S}/vocabulary").json()["kinds"])
    assert every["mashup"]["answer"] == "impossible" and every["mashup"]["errors"][0]["where"] == "plan.other"
    assert all(one["reasons"] or one["errors"] for one in every.values() if one["bounds"] is None)
    (cover,) = desk.fan.get(asked, params={**where, "kind": "cover"}).json()
    assert cover["answer"] == "deny" and cover["reasons"] and cover["parts"] == []
    assert desk.fan.get(asked, params={"kind": "sonata"}).status_code == 422
    assert desk.fan.get(f"{S}/recordings/rec_nowhere/rooms").status_code == 404
    assert desk.fan.get(asked, params={"person": "pty_somebody"}).status_code == 403
    assert desk.staff.get(asked, params={**where, **person, "kind": "remix"}).status_code == 200


def test_a_part_is_handed_out_only_where_it_may_be_moved(desk: Desk) -> None:
    part = f"{S}/recordings/{cast.RECORDING_ID}/stems/drums/sound"
    room = {one["kind"]: one for one in desk.fan.get(f"{S}/recordings/{cast.RECORDING_ID}/rooms").json()}["remix"]
    may_hear = room["answer"] == "allow" and "drums" in room["parts"]
    assert desk.fan.get(part).status_code == (200 if may_hear else 403)
    assert desk.fan.get(f"{S}/recordings/{cast.RECORDING_ID}/stems/tuba/sound").status_code == 404


def test_a_model_that_is_not_here_is_refused_with_its_install_line_before_a_licence_is_taken(
    desk: Desk, house: House
) -> None:
    person = {"person": {"id": cast.FAN, "tier": "subscribers", "country": "DE", "age": 24, "verified": True}}
    for_sale = {"territories": "DE, US", "services": [cast.ALPHA], **person}
    plain = desk.staff.post(f"{S}/proposals", json={**HERE, **for_sale, "plan": {"kind": "remix"}}).json()
    recipe = plain["proposal"]["recipe"]
    p = {"part": "drums", "provider": "demucs", "weights": "ab" * 32, "terms": "noncommercial"}
    recipe["nodes"].append({"id": "heard", "op": "separate", "in": ["s0"], "p": p})
    recipe["nodes"].append({"id": "both", "op": "mix", "in": [recipe["out"]["node"], "heard"], "p": {}})
    recipe["out"]["node"] = "both"
    with house.work(cast.ORGANISATION, read_only=True) as work:
        before = len(work.consent.licences_of_maker(cast.FAN))
    order = {**HERE, **for_sale, "recipe": recipe, "own_work": True}
    p["terms"] = "commercial"
    missing = desk.staff.post(f"{S}/renders", json=order)
    assert missing.status_code == 409 and "pip install" in missing.json()["detail"], missing.text
    with house.work(cast.ORGANISATION, read_only=True) as work:
        assert len(work.consent.licences_of_maker(cast.FAN)) == before


def test_what_a_recipe_may_hold_is_told_with_its_ranges(desk: Desk) -> None:
    told = {one["op"]: one for one in desk.fan.get(f"{S}/operations").json()}
    assert set(told) == set(OPERATIONS)
    assert told["tempo"]["parameters"]["permille"] == {"type": "integer", "from": 250, "to": 4000}
    assert told["separate"]["ai"] == "assistive" and told["generate"]["ai"] == "generative"
    assert told["fade"]["parameters"]["in_ms"]["default"] == 0
    numbers = desk.fan.get(f"{S}/vocabulary").json()["numbers"]
    assert numbers["bpm"] == [40, 240]


def test_stems_that_pass_are_packed_as_a_job(desk: Desk, house: House) -> None:
    folder = house.home / "arriving"
    files = [("stems", (f"{part}.flac", (folder / f"{part}.flac").read_bytes(), "audio/flac"))
             for part in ("drums", "bass", "harmony", "lead")]  # fmt: skip
    job = desk.fan.post(f"{S}/stems/packages", data={**HERE, "terms": "For this contest."}, files=files)
    assert job.status_code == 202, job.text
    done = ended(desk.fan, job.json())
    assert done["state"] == "done" and done["result"]["accepted"], done
    assert "package_key" not in done["result"] and set(done["result"]["levels"]) == {"drums", "bass", "harmony", "lead"}
    archive = desk.fan.get(f"{S}/stems/packages/{job.json()['id']}/archive")
    assert archive.content[:2] == b"PK" and "Ritornello-stems.zip" in archive.headers["content-disposition"]
    assert desk.keys[Role.FAN].get(f"{S}/stems/packages/{job.json()['id']}/archive").status_code == 404
    missing = desk.fan.post(f"{S}/stems/packages", data=HERE, files=files[1:])
    failed = ended(desk.fan, missing.json())
    assert failed["state"] == "done" and not failed["result"]["accepted"] and failed["result"]["findings"]
    assert desk.fan.get(f"{S}/stems/packages/{missing.json()['id']}/archive").status_code == 409
    assert desk.fan.post(f"{S}/stems/packages", files=files).status_code == 422


def test_a_foreign_file_is_measured_and_unmeasured_never_passes(desk: Desk, house: House) -> None:
    content = (house.home / "arriving" / "mix.flac").read_bytes()
    data = {"parents": ["DEXX12600001"]}
    job = desk.fan.post(f"{S}/measurements", data=data, files=sent("mix.flac", content))
    assert job.status_code == 202, job.text
    done = ended(desk.fan, job.json())
    assert done["state"] == "done", done
    assert done["result"]["measurement"]["tempo_permille"] == pytest.approx(1000, abs=2)
    assert done["result"]["passes"] is False and "confidence" in " ".join(done["result"]["words"])
    assert desk.fan.post(f"{S}/measurements", data={"parents": ["XX"]}, files=sent("a.wav", wav())).status_code == 404
    gone = {**data, "licence": "lic_none"}
    assert desk.fan.post(f"{S}/measurements", data=gone, files=sent("a.wav", wav())).status_code == 409
    assert desk.keys[Role.FAN].get(f"{S}/jobs/{job.json()['id']}").status_code == 404


def hostile() -> dict[str, bytes]:
    good = wav(1.0)
    absurd = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 2**32 - 1, b"WAVE", b"fmt ", 16, 1, 2, 44_100, 176_400, 4, 16,
                         b"data", 4_000_000_000)  # fmt: skip
    nan = io.BytesIO()
    soundfile.write(nan, np.full(44_100, np.nan, np.float32), 44_100, format="WAV", subtype="FLOAT")
    flac = bytearray(b"fLaC" + bytes([0x80, 0, 0, 34]) + struct.pack(">HH", 4096, 4096) + bytes(6))
    flac += (44_100 << 44 | 1 << 41 | 15 << 36 | 10**9).to_bytes(8, "big") + bytes(16)  # a thousand million samples
    return {"text.wav": b"this is no audio at all", "empty.wav": b"", "cut.wav": good[:30], "absurd.wav": absurd,
            "nan.wav": nan.getvalue(), "declared.flac": bytes(flac)}  # fmt: skip


@pytest.mark.parametrize("name", list(hostile()))
def test_hostile_files_are_refused_at_every_upload(desk: Desk, name: str) -> None:
    content = hostile()[name]
    before = {one["id"] for one in desk.fan.get(f"{S}/papers", params=HERE).json()}
    doors: list[tuple[str, dict[str, Any], Any]] = [
        ("takes", {**HERE, "declaration": "own_performance"}, sent(name, content)),
        ("measurements", {"parents": ["DEXX12600001"]}, sent(name, content)),
        ("stems/checks", HERE, [("stems", (name, content, "audio/wav"))]),
    ]
    for path, data, files in doors:
        told = desk.fan.post(f"{S}/{path}", data=data, files=files)
        assert told.status_code == 422 and told.json().get("mend"), f"{path}: {told.status_code} {told.text}"
    assert {one["id"] for one in desk.fan.get(f"{S}/papers", params=HERE).json()} == before
