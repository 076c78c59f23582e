"""The quarter of `tests.workflows.quarter` with keyboard and mouse: July from its reports to a line that is proven,
then the month that is corrected backwards, each step by whoever may take it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from ritornello.people.roles import Role
from ritornello.proof.signing import TrustedKeys
from ritornello.settings import Settings
from ritornello.statements.proofs import check
from ritornello.store import database
from ritornello.store.blobs import Blobs
from ritornello.web.site import create_site
from ritornello.workflows import people_desk
from ritornello.workflows.house import House
from tests.web.conftest import Watched, serve
from tests.web.test_gallery import violations
from tests.web.test_money_desk import until_over
from tests.workflows import quarter
from tests.workflows.books import Moments

ORG = quarter.ORGANISATION


class Office:
    """A house that has moved in, with a licensed remix and July's undisputed reports, and its papers."""

    def __init__(self, folder: Path) -> None:
        engine = database.open_engine(f"sqlite:///{folder / 'records.sqlite'}", durable=False)
        database.create_all(engine)
        for name in ("keys", "lake"):
            (folder / name).mkdir()
        self.house = House(folder, engine, Blobs(str(folder / "blobs")), folder / "lake", folder / "keys")
        self.papers, self.moments = quarter.write(folder / "papers"), Moments(quarter.START)
        quarter.founded(self.house, {"fin": Role.FINANCE, "sec": Role.FINANCE})
        self.parties, self.licence = quarter.settled_in(self.house, self.papers, self.moments)
        settings = Settings(home=folder, _env_file=None)  # type: ignore[call-arg]
        self.site = create_site(settings, house=self.house, now=self.moments)

    def come_in(self, page: Page, site: str, who: str) -> None:
        page.context.clear_cookies()
        with self.house.work(ORG, read_only=True) as work:
            person = people_desk.person_of(work, f"{who}@quay.example")
        page.goto(people_desk.sign_in_link(self.house, ORG, person, site, self.moments(), timedelta(hours=9), person))
        page.get_by_role("button", name=re.compile("Continue as")).click()


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    made = Office(tmp_path_factory.mktemp("office"))
    yield made
    made.house.engine.dispose()


@pytest.fixture(scope="module")
def site(office: Office) -> Iterator[str]:
    yield from serve(office.site)


def take_in(page: Page, site: str, file: Path, source: str, rates: str = "") -> None:
    page.goto(f"{site}/usage")
    page.get_by_label("Files of one delivery").set_input_files(file)
    page.get_by_label("Who sent it").select_option(source)
    if rates:
        page.get_by_text("Period, exchange, correction").click()
        page.get_by_label("Rates into EUR").fill(rates)
    page.get_by_role("button", name="Take it in").press("Enter")
    until_over(page, "Done")


def run(page: Page, site: str, period: str) -> str:
    page.goto(f"{site}/runs")
    page.get_by_label("Run a period").fill(period)
    page.keyboard.press("Enter")
    until_over(page, "Done")
    page.get_by_role("link", name="Open the run").click()
    return page.url


def test_a_quarter_in_the_browser(watched: Watched, site: str, office: Office) -> None:
    page, papers = watched.page, office.papers
    office.moments.at = office.moments.at.replace(month=8, day=10)
    office.come_in(page, site, "fin")
    page.goto(f"{site}/usage")
    page.get_by_label("Files of one delivery").set_input_files(papers / "kid-july-wrong.csv")
    page.get_by_label("Who sent it").select_option("kid")
    page.get_by_role("button", name="Take it in").click()
    until_over(page, "is not an amount with a decimal point")
    take_in(page, site, papers / "kid-july.csv", "kid", "USD=0.92")

    page.goto(f"{site}/usage")
    page.get_by_label("The sheet").set_input_files(papers / "bay-july.csv")
    page.get_by_role("button", name="Propose a mapping").click()
    expect(page.get_by_text("Which service is the sheet about?")).to_be_visible()
    page.get_by_label("Title", exact=True).select_option("Stück")
    page.get_by_role("button", name="Confirm the mapping").click()
    assert page.get_by_label("Service, where it names none").evaluate("field => field.validity.valueMissing")
    page.get_by_label("Service, where it names none").fill("bay")
    page.get_by_role("button", name="Confirm the mapping").click()
    expect(page.get_by_text("can be taken in now")).to_be_visible()
    take_in(page, site, papers / "bay-july.csv", "bay", "CHF=1.05, USD=0.92")
    page.goto(f"{site}/usage/suspense")
    expect(page.get_by_text("Lantern")).to_be_visible()
    assert violations(page) == []

    address = run(page, site, "2026-07")
    for _ in range(2):
        page.get_by_label(re.compile("why may it wait")).first.fill("Lantern is registered in August")
        page.get_by_role("button", name="Record why").first.click()
    page.get_by_role("link", name="Compare with the last run").click()
    expect(page.get_by_text("There is no earlier run: everything is new.")).to_be_visible()
    page.goto(address)
    page.get_by_role("button", name="I have reviewed it").click()
    office.come_in(page, site, "sec")
    page.goto(address)
    page.get_by_role("button", name="Approve", exact=True).click()
    page.get_by_role("button", name="Post it into the books").click()
    page.get_by_role("button", name="Close and write the statements").click()
    until_over(page, "Done")
    expect(page.get_by_text("5 statements are written")).to_be_visible()

    # a payee's line, down to the consents, and its proof
    page.goto(f"{site}/statements")
    page.get_by_role("link", name="Nia Fan").first.click()
    line = page.locator("details.line").first
    line.locator("summary").press("Enter")
    expect(line.get_by_text("kid-july.csv")).to_be_visible()  # opened in place, down to the row
    page.goto(f"{site}{(line.get_attribute('data-drill') or '').removesuffix('/part')}")
    expect(page.get_by_text("Which rests on 3 holders who agreed")).to_be_visible()
    expect(page.get_by_text("Checked here and now")).to_be_visible()
    assert violations(page) == []
    link = page.get_by_role("link", name="The proof of this line").get_attribute("href")
    proof = page.request.get(f"{site}{link}").body()
    assert check(proof, TrustedKeys.from_document(page.request.get(f"{site}/api/v1/keys").json())).holds
    page.goto(f"{address}/payouts")
    expect(page.get_by_role("row").filter(has_text="Mina Holt")).to_contain_text("72.79")

    # what was wrong is corrected backwards, and August takes back more than it brings
    office.moments.at = office.moments.at.replace(month=9, day=8)
    office.come_in(page, site, "sec")
    page.goto(f"{site}/registering")
    page.get_by_label("The sheets, all of them together").set_input_files(papers / "august-changes.xlsx")
    page.get_by_role("button", name="Look at it, and write nothing").click()
    expect(page.get_by_text(re.compile("To be run again once this is registered: 2026-07"))).to_be_visible()
    page.get_by_role("button", name="Register it").click()
    expect(page.get_by_text("Registered; run again to pay the difference: 2026-07")).to_be_visible()
    office.come_in(page, site, "fin")
    page.goto(f"{site}/usage/suspense")
    page.get_by_role("button", name=re.compile("[Mm]atch")).click()
    address = run(page, site, "2026-07")
    page.get_by_role("link", name="Compare with the last run").click()
    held = page.get_by_role("row").filter(has_text="no_asset")
    expect(held).to_contain_text("−7.15")
    page.goto(address)
    page.get_by_role("button", name="I have reviewed it").click()
    office.come_in(page, site, "sec")
    page.goto(address)
    page.get_by_role("button", name="Approve", exact=True).click()
    page.get_by_role("button", name="Post it into the books").click()
    take_in(page, site, papers / "kid-august.csv", "kid", "USD=0.90")
    address = run(page, site, "2026-08")
    page.get_by_role("button", name="I have reviewed it").click()
    office.come_in(page, site, "fin")
    page.goto(address)
    page.get_by_role("button", name="Approve", exact=True).click()
    page.get_by_role("button", name="Post it into the books").click()
    page.get_by_role("button", name="Close and write the statements").click()
    until_over(page, "Done")
    page.goto(f"{address}/payouts")
    row = page.get_by_role("row").filter(has_text="North Masters")
    expect(row).to_contain_text("is owed back and is taken from what comes next")
    assert violations(page) == []
    page.goto(f"{site}/statements")
    page.get_by_role("link", name="Mina Holt").first.click()
    expect(page.get_by_text("Carried in")).to_be_visible()  # the little that July, corrected, took back
    assert violations(page) == []
    assert watched.complaints == []


@pytest.mark.parametrize("watched", [{"scheme": "dark", "width": 360}], indirect=True)
def test_its_pages_fit_a_small_dark_screen(watched: Watched, site: str, office: Office) -> None:
    page = watched.page
    office.come_in(page, site, "fin")
    with office.house.work(ORG, read_only=True) as work:
        runs = work.royalty.runs()
    paths = ["/usage", "/usage/suspense", "/runs", "/statements", *(f"/runs/{one.id}/payouts" for one in runs)]
    for path in paths:
        page.goto(f"{site}{path}")
        assert not page.evaluate("document.documentElement.scrollWidth > innerWidth + 1"), path
        assert violations(page) == [], path
