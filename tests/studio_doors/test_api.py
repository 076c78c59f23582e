"""The studio over REST, with the crew of workers that the application has: propose, refuse, render, follow, cancel."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi.testclient import TestClient

from ritornello.people import service
from ritornello.people.model import Identity
from ritornello.people.roles import Role
from ritornello.settings import Settings
from ritornello.web.serving import crew_of
from ritornello.web.site import create_site
from ritornello.workflows.demo import cast
from ritornello.workflows.house import House
from tests.studio_doors.house import MAKER
from tests.web.house import link

ADDRESS = "http://testserver"
FAN = {"id": cast.FAN, "tier": "subscribers", "country": "DE", "age": 24, "verified": True}
WHERE = {"recording_id": cast.RECORDING_ID, "territories": "DE, US", "services": ["alpha", "beta"]}


@dataclass
class Doors:
    staff: TestClient
    fan: TestClient


@pytest.fixture(scope="module")
def doors(house: House) -> Iterator[Doors]:
    settings = Settings(home=house.home, base_url=ADDRESS, workers=1, _env_file=None)  # type: ignore[call-arg]
    app = create_site(settings, house=house, now=lambda: cast.ASKED)
    with house.work(cast.ORGANISATION) as work:
        person = work.people.person_by_email("rights_manager@example.org")
        assert person is not None
        owner = Identity(cast.ORGANISATION, person.id, frozenset({Role.OWNER}), None, "")
        key, _ = service.give_key(work.people, owner, "studio", [Role.RIGHTS_MANAGER], cast.REGISTERED)
        work.commit()
    staff = TestClient(app, ADDRESS, headers={"Authorization": f"Bearer {key}"})
    fan = TestClient(app, ADDRESS, headers={"Origin": ADDRESS})
    fan.post(link(house, MAKER, cast.ASKED))
    crew = crew_of(house, settings, lambda: cast.ASKED)
    crew.start()
    yield Doors(staff, fan)
    crew.stop()


def ended(client: TestClient, job_id: str) -> Any:
    for _ in range(600):
        told = client.get(f"/api/v1/studio/renders/{job_id}").json()
        if told["state"] in ("done", "failed", "cancelled"):
            return told
        time.sleep(0.1)
    raise AssertionError(f"the render did not end: {told}")


def test_from_a_sentence_to_a_file(doors: Doors) -> None:
    read = doors.staff.post(
        "/api/v1/studio/sentences", json={"recording_id": cast.RECORDING_ID, "sentence": "remix, 4% faster"}
    ).json()
    assert read["plan"] == {"kind": "remix", "tempo_permille": 1040}
    told = doors.staff.post("/api/v1/studio/proposals", json={**WHERE, "person": FAN, "plan": read["plan"]}).json()
    assert told["ready"] and told["proposal"]["lines"], told
    order = {**WHERE, "person": FAN, "recipe": told["proposal"]["recipe"], "own_work": True, "title": "Tide"}
    taken = doors.staff.post("/api/v1/studio/renders", json=order)
    assert taken.status_code == 202, taken.text
    done = ended(doors.staff, taken.json()["render"]["id"])
    assert (done["state"], done["progress_permille"]) == ("done", 1000), done
    sound = doors.staff.get(f"/api/v1/studio/renders/{done['id']}/sound", headers={"Range": "bytes=0-3"})
    assert (sound.status_code, sound.content) == (206, b"fLaC")
    # the maker has a licence now: what it covers is proposed and ordered by the fan alone, and followed by them
    own = doors.fan.post(
        "/api/v1/studio/proposals",
        json={**WHERE, "plan": {"kind": "remix", "tempo_permille": 1010}},
    ).json()
    assert own["ready"] and own["licence_id"] == taken.json()["licence_id"]
    assert doors.fan.get(f"/api/v1/studio/renders/{done['id']}").status_code == 200


def test_a_refusal_names_the_term_and_the_nearest_before_rendering(doors: Doors) -> None:
    plan = {"kind": "remix", "tempo_permille": 1500}
    told = doors.staff.post("/api/v1/studio/proposals", json={**WHERE, "person": FAN, "plan": plan}).json()
    (tempo,) = [one for one in told["refusals"] if one["term"] == "tempo_permille"]
    assert tempo["asked"] == 1500 and tempo["nearest"] < 1500
    order = {**WHERE, "person": FAN, "recipe": told["proposal"]["recipe"], "own_work": True}
    refused = doors.staff.post("/api/v1/studio/renders", json=order)
    assert refused.status_code == 409 and any("tempo_permille" in one["what"] for one in refused.json()["errors"])
    nearest = {**order, "recipe": told["nearest"]["recipe"]}
    assert doors.staff.post("/api/v1/studio/checks", json={**WHERE, "person": FAN, "recipe": nearest["recipe"]}).json()[
        "ready"
    ]


def test_what_cannot_be_made_is_told_with_every_finding(doors: Doors) -> None:
    wrong = doors.staff.post(
        "/api/v1/studio/proposals", json={**WHERE, "person": FAN, "plan": {"kind": "hologram", "bpm": 1}}
    )
    assert wrong.status_code == 422 and {one["where"] for one in wrong.json()["errors"]} == {"plan.kind", "plan.bpm"}
    voice = doors.staff.post("/api/v1/studio/proposals", json={**WHERE, "person": FAN, "plan": {"kind": "a_cappella"}})
    assert voice.status_code == 422 and "which stem is sung" in voice.text
    broken = {**WHERE, "person": FAN, "recipe": {"v": 1, "nodes": "x"}}
    assert doors.staff.post("/api/v1/studio/checks", json=broken).status_code == 422
    unknown = {**WHERE, "recording_id": "rec_nowhere", "person": FAN, "plan": {"kind": "remix"}}
    assert doors.staff.post("/api/v1/studio/proposals", json=unknown).status_code == 404


def test_a_fan_makes_for_nobody_else_and_claims_nothing(doors: Doors) -> None:
    for person in ({"id": "pty_somebody"}, FAN):
        told = doors.fan.post("/api/v1/studio/proposals", json={**WHERE, "person": person, "plan": {"kind": "remix"}})
        assert told.status_code == 403


def test_a_running_render_is_cancelled_and_taken_up_again(doors: Doors) -> None:
    plan = {"kind": "remix", "tempo_permille": 970, "key_cents": -100, "effects": []}
    told = doors.staff.post("/api/v1/studio/proposals", json={**WHERE, "person": FAN, "plan": plan}).json()
    order = {**WHERE, "person": FAN, "recipe": told["proposal"]["recipe"], "own_work": True}
    job = doors.staff.post("/api/v1/studio/renders", json=order).json()["render"]
    doors.staff.post(f"/api/v1/studio/renders/{job['id']}/cancel")
    assert ended(doors.staff, job["id"])["state"] == "cancelled"
    assert doors.staff.get(f"/api/v1/studio/renders/{job['id']}/sound").status_code == 409
    again = doors.staff.post("/api/v1/studio/renders", json=order).json()["render"]
    assert again["id"] == job["id"]
    assert ended(doors.staff, job["id"])["state"] == "done"
