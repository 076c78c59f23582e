"""The studio's desk in a real browser: controls that stop at the consent, parts heard at once, undo, drafts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from ritornello.settings import Settings
from ritornello.web.site import create_site
from ritornello.workflows.demo import cast
from ritornello.workflows.house import House
from tests.studio_doors import house as made
from tests.studio_doors.house import MAKER
from tests.studio_doors.pages import IDS, LIGHT_AND_SMALL, looked_at
from tests.studio_doors.test_page import come_in
from tests.web.conftest import Watched, serve, watched

__all__ = ["watched"]
STUDIO = f"/songs/{cast.RECORDING_ID}/studio"
SPEED_STOPS = "It stops here. The holders of this song allow -15 to +15 % (Speed)."


@pytest.fixture(scope="module")
def site(house: House) -> Iterator[str]:
    settings = Settings(home=house.home, _env_file=None)  # type: ignore[call-arg]
    yield from serve(create_site(settings, house=house, now=lambda: cast.ASKED))


def desk(watched: Watched, site: str, house: House, wish: str = "") -> Page:
    page = watched.page
    come_in(page, site, house, "owner@example.org")
    page.goto(f"{site}{STUDIO}?places=DE%2C+US{wish}")
    expect(page.get_by_text("May be made within these bounds.")).to_be_visible(timeout=20_000)
    return page


@pytest.mark.parametrize("watched", LIGHT_AND_SMALL, indirect=True, ids=IDS)
def test_a_control_stops_where_the_consent_stops_and_says_why(watched: Watched, site: str, house: House) -> None:
    page = desk(watched, site, house)
    slider = page.get_by_role("slider", name="Speed, by slider")
    slider.focus()
    page.keyboard.press("End")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_label("Speed", exact=True)).to_have_value("15")
    expect(page.get_by_text(SPEED_STOPS)).to_be_visible()
    expect(
        page.locator("#answer").get_by_text("Yes, as it stands")
    ).to_be_visible()  # the licence check has answered by itself
    page.get_by_label("Pitch", exact=True).fill("7")
    page.get_by_label("Pitch", exact=True).press("Tab")
    expect(page.get_by_label("Pitch", exact=True)).to_have_value("3")
    expect(
        page.get_by_text("It stops here. The holders of this song allow -3 to +3 semitones (Pitch).")
    ).to_be_visible()
    page.get_by_label("Harmony", exact=True).focus()
    assert page.locator("#w-harmony option[value=tritone]").is_disabled()
    looked_at(page, "studio-stops")
    assert watched.complaints == []


def test_a_kind_that_is_not_offered_says_so_before_anything_is_asked(watched: Watched, site: str, house: House) -> None:
    page = desk(watched, site, house)
    page.get_by_label("Kind", exact=True).focus()
    expect(page.locator("#w-kind option[value=reharmonise]")).to_have_text(re.compile("not offered"), timeout=20_000)
    page.get_by_label("Kind", exact=True).select_option("reharmonise")
    expect(
        page.get_by_text("Not as it stands: this type of derivative is not offered: reharmonised version.").first
    ).to_be_visible()
    expect(page.get_by_role("slider", name="Speed, by slider")).to_be_disabled()
    assert watched.complaints == []


def test_parts_are_heard_at_once_and_undone(watched: Watched, site: str, house: House) -> None:
    page = desk(watched, site, house, "&kind=remix")
    with page.expect_response(re.compile("/studio/parts/lead")) as heard:
        page.get_by_role("button", name="Leave out drums").click()
    assert heard.value.status == 200
    expect(page.locator("[data-heard-now]")).to_have_text("Heard now: levels.")
    assert page.locator("input[name=levels]").input_value() == "drums -96"
    page.get_by_role("slider", name="Place in the original").focus()
    page.keyboard.press("Space")
    expect(page.locator("[data-time]")).not_to_have_text("0:00")  # the parts sound, and the clock is theirs
    page.keyboard.press("x")
    expect(page.get_by_text("You hear the song as it is.")).to_be_visible()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Undo").click()
    assert page.locator("input[name=levels]").input_value() == ""
    expect(page.get_by_role("button", name="Leave out drums")).to_have_attribute("aria-pressed", "false")
    page.get_by_role("button", name="Redo").click()
    assert page.locator("input[name=levels]").input_value() == "drums -96"
    assert watched.complaints == []


def test_sections_change_places_by_key(watched: Watched, site: str, house: House) -> None:
    page = desk(watched, site, house, "&kind=edit")
    page.get_by_role("button", name=re.compile("^Part A 0:00, place 1 of 2")).focus()
    page.keyboard.press("ArrowRight")
    assert page.locator("input[name=sections]").input_value() == "2 1"
    expect(page.get_by_role("button", name=re.compile("^Part A 0:00, place 2 of 2"))).to_be_focused()
    page.keyboard.press("Delete")
    assert page.locator("input[name=sections]").input_value() == "2"
    page.get_by_label("In a sentence").focus()
    page.get_by_role("button", name="Undo").click()
    assert page.locator("input[name=sections]").input_value() == "2 1"
    assert watched.complaints == []


def test_a_sentence_sets_the_controls_and_they_can_be_changed(watched: Watched, site: str, house: House) -> None:
    page = desk(watched, site, house)
    page.get_by_label("In a sentence").fill("remix, 4% faster, without drums, with echo")
    page.get_by_role("button", name="Propose a recipe").click()
    expect(page.get_by_label("Kind", exact=True)).to_have_value("remix")
    expect(page.get_by_label("Speed", exact=True)).to_have_value("4")
    expect(page.get_by_label("Effect", exact=True)).to_have_value("echo")
    expect(page.get_by_text("Also wished: without drums.")).to_be_visible()
    expect(page.get_by_text("May be made within these bounds.")).to_be_visible()
    page.get_by_label("Speed", exact=True).fill("")
    page.get_by_label("Speed", exact=True).press("Tab")
    expect(page.get_by_role("list").filter(has_text="4 % faster")).to_have_count(0)
    assert "heard=remix" in page.url and "tempo=&" in page.url
    assert watched.complaints == []


def test_a_draft_opens_again_at_its_own_address_for_its_maker_alone(watched: Watched, site: str, house: House) -> None:
    page = desk(watched, site, house, "&kind=remix&tempo=4")
    page.get_by_label("Name of the draft").fill("Four faster")
    page.get_by_role("button", name="Keep as a draft").click()
    expect(page).to_have_url(re.compile(r"draft=pap_"))
    address = page.url
    page.goto(f"{site}{STUDIO}")
    page.get_by_role("link", name="Four faster").click()
    expect(page).to_have_url(address)
    expect(page.get_by_label("Speed", exact=True)).to_have_value("4")
    looked_at(page, "studio-draft")
    page.get_by_role("button", name="Sign out").click()
    come_in(page, site, house, MAKER)
    assert page.goto(address).status == 404  # type: ignore[union-attr]
    come_in(page, site, house, "owner@example.org")
    page.goto(address)
    page.get_by_role("button", name="Throw away the draft Four faster").click()
    expect(page.get_by_role("heading", name="Your drafts")).to_have_count(0)


def test_a_part_is_not_handed_out_where_nobody_has_said_yes(watched: Watched, tmp_path: Path) -> None:
    alone = made.opened(tmp_path)  # a house in which nobody has taken a licence yet
    made.fill(alone)
    settings = Settings(home=alone.home, _env_file=None)  # type: ignore[call-arg]
    page = watched.page
    for site in serve(create_site(settings, house=alone, now=lambda: cast.ASKED)):
        come_in(page, site, alone, "owner@example.org")
        closed = page.request.get(f"{site}{STUDIO}/parts/lead?places=JP")
        assert closed.status == 403 and "may not be heard on its own" in closed.text()
        assert page.request.get(f"{site}{STUDIO}/parts/vocals?places=DE").status == 404
        assert page.request.get(f"{site}{STUDIO}/parts/lead?places=DE").status == 200
    alone.engine.dispose()
