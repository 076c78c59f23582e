"""The way through the house as a person goes it: a real server, a real database filled by the workflows, a browser."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from ritornello.settings import Settings
from ritornello.store import database
from ritornello.store.blobs import Blobs
from ritornello.web.site import create_site
from ritornello.workflows.demo import cast
from ritornello.workflows.house import House
from tests.web import house
from tests.web.conftest import Watched, serve
from tests.web.test_gallery import violations


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("home")
    engine = database.open_engine(f"sqlite:///{folder / 'records.sqlite'}", durable=False)
    database.create_all(engine)
    for name in ("keys", "lake"):
        (folder / name).mkdir()
    made = House(folder, engine, Blobs(str(folder / "blobs")), folder / "lake", folder / "keys")
    house.fill(made)
    house.settle(made)
    yield made
    engine.dispose()


@pytest.fixture(scope="module")
def site(home: House) -> Iterator[str]:
    settings = Settings(home=home.home, _env_file=None)  # type: ignore[call-arg]
    yield from serve(create_site(settings, house=home, now=lambda: cast.RUN_ON))


def come_in(page: Page, site: str, home: House, email: str = "owner@example.org") -> None:
    page.goto(site + house.link(home, email, cast.RUN_ON))
    page.get_by_role("button", name=re.compile("Continue as")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Catalogue")


def test_from_the_link_to_the_proof_of_a_cent(watched: Watched, site: str, home: House) -> None:
    page = watched.page
    come_in(page, site, home)
    page.get_by_role("link", name="Ritornello", exact=True).nth(1).click()
    expect(page.get_by_role("heading", name="Who may remix this?")).to_be_visible()
    expect(page.get_by_text("Kawabe Music Publishing").first).to_be_visible()
    assert violations(page) == []

    page.get_by_role("link", name="Why it was allowed").click()
    expect(page.get_by_text("Signature holds, and it is not revoked")).to_be_visible()
    assert violations(page) == []

    page.goto(f"{site}/songs/{house.ORIGINAL_ID}/tree")
    page.locator("svg.tree a").nth(1).focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(house.REMIX_ID))

    page.get_by_role("link", name="Runs").click()
    page.get_by_role("link", name="July 2026").click()
    expect(
        page.get_by_text("Everything received equals everything payable, held and kept, to the cent.")
    ).to_be_visible()
    expect(page.get_by_text("Used where the licence does not reach")).to_be_visible()
    assert violations(page) == []

    page.get_by_role("link", name="Open the statement of quietfox").click()
    page.locator("details.line summary").nth(0).click()
    expect(page.get_by_text("The rows below are all of them, and they add up.")).to_be_visible()
    expect(page.get_by_text("Checked here and now")).to_be_visible()
    expect(page.get_by_text("The lines add up to the root that was logged")).to_be_visible()
    assert violations(page) == []
    assert watched.complaints == []


def test_the_song_sounds_and_changes_voice(watched: Watched, site: str, home: House) -> None:
    page = watched.page
    come_in(page, site, home)
    page.goto(f"{site}/songs/{house.ORIGINAL_ID}")
    page.get_by_role("slider", name="Place in the remix").focus()
    page.keyboard.press("Space")
    expect(page.locator("[data-time]")).not_to_have_text("0:00")
    page.keyboard.press("x")
    assert page.get_by_role("button", name="Original").get_attribute("aria-pressed") == "true"
    page.get_by_role("button", name="Pause").click()
    assert watched.complaints == []


def test_filters_have_an_address_and_downloads_have_the_figures(watched: Watched, site: str, home: House) -> None:
    page = watched.page
    come_in(page, site, home)
    page.get_by_label("Title, artist or ISRC").fill("ilse")
    page.get_by_label("Who may remix this?").select_option("wait")
    page.get_by_role("button", name="Show").click()
    assert page.url.endswith("/?q=ilse&state=wait")
    expect(page.get_by_text("1 recording", exact=True)).to_be_visible()
    page.goto(f"{site}/?q=nothing+like+it")
    expect(page.get_by_text("No recording fits these words")).to_be_visible()
    page.goto(f"{site}/statements")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV table").click()
    text = download.value.path().read_text(encoding="utf-8-sig")
    assert text.startswith("id,payee,period,earned,earned_currency,paid,paid_currency,why_not")
    assert "quietfox" in text
    assert watched.complaints == []


def test_the_fan_sees_the_fan_s_part(watched: Watched, site: str, home: House) -> None:
    page = watched.page
    come_in(page, site, home, house.MAKER)
    navigation = page.get_by_role("navigation", name="Main")
    expect(navigation.get_by_role("link")).to_have_text(["Catalogue", "Decisions", "Statements"])
    page.goto(f"{site}/statements")
    expect(page.locator("tbody tr")).to_have_count(1)
    refused = page.goto(f"{site}/runs")
    assert refused is not None
    assert refused.status == 403
    expect(page.get_by_role("heading", level=1)).to_have_text("Not yours to open")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    page.goto(f"{site}/songs/{house.ORIGINAL_ID}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
