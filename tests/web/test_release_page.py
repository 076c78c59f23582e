"""A fan's derivative cleared on its page: all that is in the way, the holder's word, the particulars, the package."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import timedelta
from importlib import resources
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from ritornello.people import service
from ritornello.settings import Settings
from ritornello.web.site import create_site
from ritornello.workflows.demo import cast, delivery
from ritornello.workflows.house import House
from ritornello.workflows.make_derivative import Made
from ritornello.workflows.prepare_release import OWN_FILE
from tests.studio_doors import unheard
from tests.web.conftest import Watched, serve
from tests.web.test_gallery import violations

SHOTS = os.environ.get("RELEASE_SHOTS")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = unheard.filled(tmp_path_factory.mktemp("release"))
    (made.home / OWN_FILE).write_bytes(resources.files("ritornello.workflows.demo").joinpath(OWN_FILE).read_bytes())
    yield made
    made.engine.dispose()


@pytest.fixture(scope="module")
def made(house: House) -> Made:
    return unheard.remix(house)


@pytest.fixture(scope="module")
def site(house: House) -> Iterator[str]:
    settings = Settings(home=house.home, _env_file=None)  # type: ignore[call-arg]
    yield from serve(create_site(settings, house=house, now=lambda: cast.DELIVERED))


def enter(page: Page, site: str, house: House, email: str) -> None:
    person = unheard.member(house, email)
    with house.work(cast.ORGANISATION) as work:
        token, _ = service.make_sign_in_link(
            work.people, cast.ORGANISATION, person.person_id, cast.DELIVERED, timedelta(hours=1)
        )
        work.commit()
    page.goto(f"{site}/sign-in/{token}")
    page.get_by_role("button", name=re.compile("Continue as")).click()


def seen(page: Page, name: str) -> None:
    assert violations(page) == []
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)


def test_a_derivative_is_cleared_by_its_page(watched: Watched, site: str, house: House, made: Made) -> None:
    page, door = watched.page, f"{site}/songs/{made.recording.id}/release"
    enter(page, site, house, "distributor@example.org")
    page.goto(f"{site}/songs/{made.recording.id}/gate")
    page.get_by_role("link", name="Clear for delivery").click()
    expect(page.get_by_role("heading", name="Clear for delivery")).to_be_visible()
    expect(page.get_by_text("nobody yet")).to_be_visible()
    expect(page.get_by_text("What became of the voice could not be measured.")).to_be_visible()
    assert page.get_by_role("button", name="Approve it").count() == 0, "a distributor rules on nothing"
    seen(page, "before")

    page.get_by_role("button", name="Clear it for these").click()
    expect(page.get_by_role("alert")).to_contain_text("3 things are in the way. Nothing was written.")
    page.get_by_label("DDEX party id (DPID)").fill("PADPIDA2013020802X")
    page.get_by_label("Name", exact=True).fill("Saltmarsh Recordings")
    page.get_by_role("button", name="Send as this").click()
    expect(page.get_by_role("alert")).to_contain_text("its check character is X")
    page.get_by_label("DDEX party id (DPID)").fill(delivery.LABEL_DPID)
    page.get_by_label("Name", exact=True).fill("Saltmarsh Recordings")
    page.get_by_role("button", name="Send as this").click()
    page.get_by_label("ISRC registrant prefix").fill(cast.ISRC_PREFIX)
    page.get_by_role("button", name="Number from this range").click()
    expect(page.get_by_text("given when it is cleared")).to_be_visible()
    page.get_by_label("Product code (UPC or EAN)").fill("036000291452")
    page.get_by_role("button", name="Keep these").click()
    expect(page.get_by_label("Product code (UPC or EAN)")).to_have_value("036000291452")

    enter(page, site, house, "approver@example.org")
    page.goto(door)
    expect(page.get_by_text("You cannot rule on it: what became of a voice is heard by a holder")).to_be_visible()
    enter(page, site, house, unheard.PERFORMER)
    page.goto(door)
    page.get_by_label(re.compile("^Why")).focus()
    page.keyboard.type("I heard both; it is fine.")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("approved", exact=True)).to_be_visible()
    seen(page, "approved")

    enter(page, site, house, "distributor@example.org")
    page.goto(door)
    page.get_by_role("button", name="Clear it for these").click()
    expect(page.get_by_text("Packed", exact=True)).to_be_visible(timeout=120_000)
    page.reload()
    expect(page.get_by_role("heading", name="What was packed")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="licence.json").click()
    assert "payload" in Path(download.value.path()).read_text()
    seen(page, "packed")
    page.emulate_media(color_scheme="dark")
    seen(page, "packed-dark")
    page.set_viewport_size({"width": 390, "height": 800})
    seen(page, "packed-phone")
    page.get_by_label("As it stood at the end of").fill("2026-06-10")
    page.get_by_role("button", name="Show").click()
    assert page.get_by_role("button", name="Clear it for these").count() == 0, "the past is only read"
