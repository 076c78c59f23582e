"""The people of a house in the browser: let in by role, come in by a link, withdrawn; the last owner stays."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.api.test_money_doors import Desk, open_desk
from tests.web.conftest import Watched, serve
from tests.web.test_gallery import violations
from tests.web.test_money_desk import come_in


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    made = open_desk(tmp_path_factory.mktemp("desk"))
    yield made
    made.house.engine.dispose()


@pytest.fixture(scope="module")
def site(desk: Desk) -> Iterator[str]:
    yield from serve(desk.site)


def test_somebody_is_let_in_and_withdrawn(watched: Watched, site: str, desk: Desk, browser: Browser) -> None:
    page = watched.page
    come_in(page, site, desk, "owner@quay.example")
    page.get_by_role("link", name="People").click()
    assert violations(page) == []
    page.get_by_label("E-mail").fill("nia@quay.example")
    page.get_by_label("Name", exact=True).fill("Nia New")
    page.get_by_role("button", name="Let them in").click()
    expect(page.get_by_role("alert")).to_contain_text("needs at least one role")
    expect(page.get_by_label("E-mail")).to_have_value("nia@quay.example")
    assert violations(page) == []
    page.get_by_role("group", name="Roles", exact=True).get_by_label(re.compile("Finance")).check()
    page.get_by_role("button", name="Let them in").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Nia New may now do what Finance may")

    row = page.get_by_role("listitem").filter(has_text="nia@quay.example")
    row.get_by_text("Change Nia New").press("Enter")
    row.get_by_role("button", name="Make a link to come in by for Nia New").click()
    link = page.get_by_role("textbox", name="The link").input_value()
    assert violations(page) == []
    hers = browser.new_context().new_page()
    hers.goto(f"{site}/sign-in/{link.rpartition('/')[2]}")
    hers.get_by_role("button", name=re.compile("Continue as")).click()
    hers.goto(f"{site}/runs")
    expect(hers.get_by_role("heading", name="Runs")).to_be_visible()
    assert hers.get_by_role("link", name="People").count() == 0

    row.get_by_text("Change Nia New").click()
    row.get_by_label("Paid as").fill("Nobody At All")
    row.get_by_role("button", name="Keep what Nia New is paid as").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("is no party of this house")
    row.get_by_text("Change Nia New").click()
    row.get_by_label("Paid as").fill("Mina Holt")
    row.get_by_role("button", name="Keep what Nia New is paid as").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Nia New is paid as Mina Holt")
    expect(row).to_contain_text("paid as Mina Holt")

    row.get_by_text("Change Nia New").click()
    assert violations(page) == []
    row.get_by_role("button", name="Withdraw Nia New").click()
    expect(page.get_by_role("status")).to_contain_text("Nia New is withdrawn")
    expect(page.get_by_role("list", name="Everybody who comes in").get_by_text("nia@quay.example")).to_have_count(0)
    acts = page.get_by_role("region", name="Acts")
    expect(acts.get_by_role("row").filter(has_text="withdrawn")).to_contain_text("Nia New")
    hers.goto(f"{site}/runs")
    expect(hers.get_by_text("You are not signed in here")).to_be_visible()
    hers.context.close()

    mine = page.get_by_role("listitem").filter(has_text="owner@quay.example")
    mine.get_by_text("Change owner").click()
    expect(mine.get_by_text("The only owner cannot be withdrawn")).to_be_visible()
    assert mine.get_by_role("button", name=re.compile("Withdraw")).count() == 0
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").first.click()
    assert b"finance@quay.example" in download.value.path().read_bytes()
    assert all("422" in one for one in watched.complaints), watched.complaints


def test_somebody_is_erased_only_when_it_is_meant(watched: Watched, site: str, desk: Desk) -> None:
    page = watched.page
    come_in(page, site, desk, "owner@quay.example")
    page.goto(f"{site}/people")
    page.get_by_label("E-mail").fill("gus@quay.example")
    page.get_by_label("Name", exact=True).fill("Gus Gone")
    page.get_by_role("group", name="Roles", exact=True).get_by_label(re.compile("Fan")).check()
    page.get_by_role("button", name="Let them in").press("Enter")
    row = page.get_by_role("listitem").filter(has_text="gus@quay.example")
    row.get_by_text("Change Gus Gone").press("Enter")
    expect(row.get_by_label("Paid as")).to_have_value("Gus Gone")
    row.get_by_text("Erase Gus Gone for good").press("Enter")
    erase = row.get_by_role("button", name="Erase Gus Gone")
    erase.click()
    expect(page.get_by_role("status")).not_to_contain_text("erased")
    row.get_by_label(re.compile("name, address and bank of Gus Gone")).check()
    row.get_by_label(re.compile("I am sure")).check()
    assert violations(page) == []
    erase.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Gus Gone is erased")
    assert "Gus Gone" not in page.get_by_role("list", name="Everybody who comes in").inner_text()
    assert "gus@quay.example" not in page.content()
    assert watched.complaints == []


@pytest.mark.parametrize("watched", [{"scheme": "dark", "width": 360}], indirect=True)
def test_the_page_fits_a_small_dark_screen(watched: Watched, site: str, desk: Desk) -> None:
    page = watched.page
    come_in(page, site, desk, "owner@quay.example")
    page.goto(f"{site}/people")
    page.get_by_text("What each role may do").click()
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth + 1")
    assert violations(page) == []
