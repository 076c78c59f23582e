"""The fan's studio in a real browser: a sentence, its recipe, a refusal with the nearest, a render, and A beside B."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from ritornello.settings import Settings
from ritornello.web.serving import crew_of
from ritornello.web.site import create_site
from ritornello.workflows.demo import cast
from ritornello.workflows.house import House
from tests.studio_doors.house import MAKER
from tests.web.conftest import Watched, serve, watched
from tests.web.house import link
from tests.web.test_gallery import violations

__all__ = ["watched"]
STUDIO = f"/songs/{cast.RECORDING_ID}/studio"
PLACES = "DE, US"


@pytest.fixture(scope="module")
def site(house: House) -> Iterator[str]:
    settings = Settings(home=house.home, workers=1, _env_file=None)  # type: ignore[call-arg]
    crew = crew_of(house, settings, lambda: cast.ASKED)
    crew.start()
    yield from serve(create_site(settings, house=house, now=lambda: cast.ASKED))
    crew.stop()


def come_in(page: Page, site: str, house: House, email: str) -> None:
    page.goto(site + link(house, email, cast.ASKED))
    page.get_by_role("button", name=re.compile("Continue as")).click()


def wish(page: Page, sentence: str) -> None:
    page.get_by_label("In a sentence").fill(sentence)
    page.get_by_label("Where it shall go").fill(PLACES)
    page.get_by_role("button", name="Propose a recipe").click()


@pytest.mark.parametrize(
    "watched", [{"scheme": "light"}, {"scheme": "dark", "width": 390}], indirect=True, ids=["light", "dark and small"]
)
def test_from_a_wish_to_a_render_beside_the_original(watched: Watched, site: str, house: House) -> None:
    page = watched.page
    come_in(page, site, house, "owner@example.org")
    page.goto(f"{site}/songs/{cast.RECORDING_ID}")
    page.get_by_role("link", name="Make something of it").click()
    assert violations(page) == []

    wish(page, "make it better")
    expect(page.get_by_role("heading", name="One question first")).to_be_visible()
    wish(page, "sing it like Adele")
    expect(page.get_by_role("heading", name="Not like this")).to_be_visible()

    wish(page, "remix, 60% faster")
    expect(page.get_by_text("Not as it stands")).to_be_visible()
    row = page.get_by_role("row", name=re.compile("^Speed"))
    expect(row).to_contain_text("+60 %")
    expect(page.get_by_role("heading", name="The nearest that is allowed")).to_be_visible()
    assert violations(page) == []

    wish(page, "remix, 7% faster, with echo")
    expect(page.get_by_text("Yes, as it stands")).to_be_visible()
    assert "say=remix" in page.url  # the wish stands in the address
    expect(page.get_by_role("list").filter(has_text="7 % faster, keeping the pitch").first).to_be_visible()
    page.get_by_label(re.compile("my own work")).check()
    page.get_by_role("button", name="Take the licence and render").click()
    expect(page).to_have_url(re.compile("/studio/renders/"))
    expect(page.get_by_role("button", name="Original")).to_be_visible(timeout=60_000)
    expect(page.get_by_role("link", name="Download (FLAC)")).to_be_visible()
    assert violations(page) == []
    assert watched.complaints == []


def test_a_fan_makes_within_their_licence_and_for_nobody_else(watched: Watched, site: str, house: House) -> None:
    page = watched.page
    come_in(page, site, house, MAKER)
    page.goto(f"{site}{STUDIO}?say=remix%2C+2%25+slower")
    expect(page.get_by_label("Made by")).to_have_count(0)
    expect(page.get_by_role("heading", name="May it be made?")).to_be_visible()
    assert violations(page) == []
    assert watched.complaints == []
