"""The release gate by its page and its interface: heard, blocked with its seconds, ruled on, read again on a day."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import numpy as np
import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import Page, expect

from ritornello.people import service
from ritornello.people.roles import Role
from ritornello.settings import Settings
from ritornello.web.site import create_site
from ritornello.workflows.house import House
from tests.identify import houses, music
from tests.identify.houses import AT
from tests.web.conftest import Watched, serve
from tests.web.test_gallery import violations
from tests.workflows.test_identify_audio import faster

ORG = "org_gate_pages"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> House:
    made = houses.with_songs(tmp_path_factory.mktemp("gate"), ORG, 1, 3)
    sampled = np.concatenate([faster(1), music.cut(music.song(3), 2, 16)])
    houses.derive(made, ORG, "rec_sampled", "REMIX", ["rec_1"], music.audio(sampled))
    houses.derive(made, ORG, "rec_buried", "REMIX", ["rec_1"], music.audio(music.cut(music.song(22), 2, 16)))
    return made


@pytest.fixture(scope="module")
def site(home: House) -> Iterator[str]:
    settings = Settings(home=home.home, _env_file=None)  # type: ignore[call-arg]
    yield from serve(create_site(settings, house=home, now=lambda: AT))


def _heard(page: Page) -> None:
    page.get_by_role("button", name=re.compile("^Hear it")).click()
    expect(page.get_by_text("Heard", exact=True)).to_be_visible(timeout=60_000)
    page.reload()


def test_the_gate_is_walked_by_its_pages(watched: Watched, site: str, home: House) -> None:
    with home.work(ORG) as work:
        person = service.admit(work.people, ORG, "dana@example.org", "Dana", [Role.OWNER], AT)
        token, _ = service.make_sign_in_link(work.people, ORG, person.id, AT, timedelta(hours=1))
        work.commit()
    page = watched.page
    page.goto(f"{site}/sign-in/{token}")
    page.get_by_role("button", name=re.compile("Continue as")).click()
    page.goto(f"{site}/songs/rec_sampled/gate")
    expect(page.get_by_text("It was not heard yet")).to_be_visible()
    assert violations(page) == []
    _heard(page)
    expect(page.get_by_text("It is blocked")).to_be_visible()
    expect(page.get_by_text(re.compile(r"Song 3 is heard at 0:1\d to 0:2\d \(its 0:0\d to 0:1\d\)"))).to_be_visible()
    expect(page.get_by_text("its recording is in it")).to_be_visible()
    assert page.get_by_role("button", name="Let it pass").count() == 0, "nobody lets an uncleared sample pass"
    assert violations(page) == []

    page.goto(f"{site}/songs/rec_buried/gate")
    _heard(page)
    expect(page.get_by_text("It waits for a person")).to_be_visible()
    assert violations(page) == []
    # the ruling is taken by keyboard alone
    page.get_by_label(re.compile("^Why")).focus()
    page.keyboard.type("It is there backwards, from 0:09 on.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("It passes")).to_be_visible()
    expect(page.get_by_role("heading", name="What was ruled")).to_be_visible()
    page.get_by_label("As it stood at the end of").fill("2026-05-31")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("It was not heard yet")).to_be_visible()
    assert page.get_by_role("button", name=re.compile("Hear it")).count() == 0, "the past is only read"
    assert violations(page) == []


def test_the_gate_for_programs(home: House) -> None:
    houses.derive(home, ORG, "rec_sent", "REMIX", ["rec_1"], music.audio(music.cut(music.song(22), 3, 17)))
    settings = Settings(home=home.home, _env_file=None)  # type: ignore[call-arg]
    key = houses.key_of(home, ORG)
    client = TestClient(create_site(settings, house=home, now=lambda: AT), headers={"Authorization": f"Bearer {key}"})
    door = "/api/v1/recordings/rec_sent/gate"
    assert client.get(door).json()["verdict"] is None
    ruling = {"code": "declared_not_found", "original": "rec_1", "passes": False, "reason": "it is not in it"}
    early = client.post(f"{door}/rulings", json=ruling)
    assert early.status_code == 422 and "hear it at the gate first" in early.json()["mend"]
    ordered = client.post(door)
    assert ordered.status_code == 202
    job = client.get(f"/api/v1/gate/jobs/{ordered.json()['id']}").json()
    assert job["state"] == "done" and job["result"]["verdict"] == "waits_for_a_person"
    told = client.post(f"{door}/rulings", json=ruling).json()
    assert told["verdict"] == "refused" and told["rulings"][0]["reason"] == "it is not in it"
    assert client.get(door, params={"at": "2026-05-31"}).json()["hearing"] is None
    for name in ("rec_1", "rec_nobody"):
        assert client.get(f"/api/v1/recordings/{name}/gate").status_code == 404
        assert client.post(f"/api/v1/recordings/{name}/gate").status_code == 404
