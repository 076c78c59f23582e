"""A report without a rate of exchange in the browser: seen, fixed, and carried on to the file that corrects it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from ritornello.people.roles import Role
from tests.api.test_exchange import in_dollars
from tests.api.test_money_doors import ONE, Desk, open_desk
from tests.web.conftest import Watched, serve
from tests.web.test_gallery import violations
from tests.web.test_money_desk import come_in, until_over
from tests.workflows import books


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    made = open_desk(tmp_path_factory.mktemp("desk"))
    yield made
    made.house.engine.dispose()


@pytest.fixture(scope="module")
def site(desk: Desk) -> Iterator[str]:
    yield from serve(desk.site)


def test_a_rate_is_fixed_on_the_page_of_its_report(watched: Watched, site: str, desk: Desk) -> None:
    page, file = watched.page, in_dollars(desk)
    come_in(page, site, desk, "finance@quay.example")
    page.goto(f"{site}/usage/suspense")
    expect(page.get_by_role("heading", name="Without a rate of exchange")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("link", name="Fix a rate on usd.csv").click()
    expect(page.get_by_text(re.compile("nothing of its period can be run"))).to_be_visible()
    assert violations(page) == []
    field = page.get_by_label("EUR for one USD")
    field.fill("0.9")
    page.get_by_label("Whose rate", exact=True).fill("the bank")
    field.press("Enter")
    expect(page.get_by_text("The rate is fixed; the next run of its period takes it")).to_be_visible()
    row = page.get_by_role("region", name="Rates of exchange").get_by_role("row").nth(1)
    expect(row).to_contain_text("0.9")
    expect(row).to_contain_text("the bank")
    page.goto(f"{site}/usage/suspense")
    expect(page.get_by_role("heading", name="Without a rate of exchange")).to_have_count(0)

    # a corrected file comes: the rate of the file that it corrects is proposed, and stays with it
    better = books.report(desk.folder / "better.csv", [("Song", ONE[1], 900, "700.00")])
    better.write_text(better.read_text().replace("EUR", "USD"))
    page.goto(f"{site}/usage/files/{file}")
    expect(page.get_by_label("Rates into EUR, where it needs any")).to_have_value("USD=0.9")
    page.get_by_label("The corrected file").set_input_files(better)
    page.get_by_role("button", name="Take the correction in").click()
    until_over(page, "Done")
    (one,) = desk.client(Role.FINANCE).get("/api/v1/usage/rates").json()
    assert (one["name"], one["rate"], one["provider"]) == ("better.csv", "0.9", "the bank")
    page.goto(f"{site}/usage/files/{file}")
    expect(page.get_by_text("It no longer counts")).to_be_visible()
    assert page.get_by_role("button", name="Fix it").count() == 0
    assert violations(page) == []
    assert watched.complaints == []


@pytest.mark.parametrize("watched", [{"scheme": "dark", "width": 360}], indirect=True)
def test_the_page_of_a_report_fits_a_small_dark_screen(watched: Watched, site: str, desk: Desk) -> None:
    page = watched.page
    come_in(page, site, desk, "owner@quay.example")
    for one in desk.client(Role.FINANCE).get("/api/v1/usage/files?superseded=true").json():
        page.goto(f"{site}/usage/files/{one['id']}")
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth + 1")
        assert violations(page) == []
