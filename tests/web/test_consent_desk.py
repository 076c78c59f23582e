"""The desk of consent as people use it: a real server and browser, from the invitation to the counter, the approval by
one key, the withdrawal, and the sheet; and every page of it is open to everybody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from ritornello.people import service as people
from ritornello.people.roles import Role
from ritornello.settings import Settings
from ritornello.store import database
from ritornello.store.blobs import Blobs
from ritornello.web.site import create_site
from ritornello.workflows import ask_holders
from ritornello.workflows.approve import ask_approval
from ritornello.workflows.ask import ask
from ritornello.workflows.contract_register import register_contract
from ritornello.workflows.demo import answers, cast
from ritornello.workflows.house import House
from tests.api.test_contracts import DRAFT
from tests.web import house
from tests.web.conftest import Watched, serve
from tests.web.test_gallery import violations

NOW = cast.DELIVERED
NOOR = "noor@example.org"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("desk")
    engine = database.open_engine(f"sqlite:///{folder / 'records.sqlite'}", durable=False)
    database.create_all(engine)
    for name in ("keys", "lake"):
        (folder / name).mkdir()
    made = House(folder, engine, Blobs(str(folder / "blobs")), folder / "lake", folder / "keys")
    house.fill(made)
    register_contract(made, cast.ORGANISATION, DRAFT, NOW)
    with made.work(cast.ORGANISATION) as work:
        people.admit(
            work.people, cast.ORGANISATION, NOOR, "Noor Haddad", [Role.APPROVER], cast.REGISTERED, cast.WRITER_B
        )
        for offer in work.consent.offers_of_holder(cast.WRITER_B):
            terms = offer.terms.adjust({"moderation.mode": "pre_approval"})
            work.consent.add_offer(offer.next_version(cast.ASKED, terms=terms))
        original = work.catalogue.recording(house.ORIGINAL_ID)
        work.commit()
    assert original is not None
    request = answers.where_all_answered(answers.remix_request(original, house.PLAN)).changed(at=NOW)
    (decision,) = ask(made, cast.ORGANISATION, [request])
    ask_approval(made, cast.ORGANISATION, decision.id, NOW)
    yield made
    engine.dispose()


@pytest.fixture(scope="module")
def site(home: House) -> Iterator[str]:
    settings = Settings(home=home.home, _env_file=None)  # type: ignore[call-arg]
    yield from serve(create_site(settings, house=home, now=lambda: NOW))


def come_in(page: Page, site: str, home: House, email: str = "rights_manager@example.org") -> None:
    page.goto(site + house.link(home, email, NOW))
    page.get_by_role("button", name=re.compile("Continue as")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Catalogue")


def test_invited_countered_and_granted_without_an_account(
    watched: Watched, site: str, home: House, browser: Browser
) -> None:
    page = watched.page
    come_in(page, site, home)
    page.goto(f"{site}/songs/{house.ORIGINAL_ID}")
    page.get_by_role("link", name="Ask whoever has not answered").click()
    expect(page.get_by_role("heading", name="Do the shares add up?")).to_be_visible()
    for right in ("rearrange the music", "reproduce the song"):
        page.get_by_label(f"Ask Kawabe Music Publishing to {right}").check()
    page.get_by_role("button", name="Make their links").click()
    expect(page.get_by_role("status")).to_contain_text("2 invitations are out")
    first = page.get_by_role("textbox", name="Link for Kawabe Music Publishing to rearrange the music").input_value()
    second = page.get_by_role("textbox", name="Link for Kawabe Music Publishing to reproduce the song").input_value()
    paths = [site + "/answer/" + one.partition("/answer/")[2] for one in (first, second)]

    context = browser.new_context()
    stranger = context.new_page()
    stranger.goto(paths[0])
    assert violations(stranger) == []
    expect(stranger.get_by_role("heading", level=1)).to_contain_text("rearrange the music of Ritornello")
    stranger.get_by_label("I would agree to other terms").check()
    stranger.get_by_text("Propose other terms").click()
    stranger.get_by_label("The maker's share", exact=True).fill("7.5")
    stranger.get_by_label("Sign with your name").fill("Rei Kawabe")
    stranger.get_by_role("button", name="Sign and send").click()
    expect(stranger.get_by_text("1 other holder is asked again")).to_be_visible()
    assert violations(stranger) == []

    stranger.goto(paths[1])
    expect(stranger.get_by_text("The terms changed after this link was sent")).to_be_visible()
    expect(stranger.get_by_text("The maker gets 7.5 %.").first).to_be_visible()
    stranger.get_by_label("I agree to exactly these terms").check()
    stranger.get_by_label("Sign with your name").fill("Rei Kawabe")
    stranger.get_by_role("button", name="Sign and send").click()
    expect(stranger.get_by_text("You agreed")).to_be_visible()
    stranger.goto(paths[1])
    expect(stranger.get_by_role("heading", level=1)).to_have_text("This has been answered")
    context.close()

    page.goto(f"{site}/consent/invitations")
    expect(page.get_by_role("region", name="Invitations")).to_contain_text("Agreed to other terms")
    assert watched.complaints == []


def test_an_approver_listens_and_answers_by_one_key(watched: Watched, site: str, home: House) -> None:
    page = watched.page
    come_in(page, site, home, NOOR)
    page.goto(f"{site}/consent/approvals")
    waiting = page.locator("tbody tr").count()
    page.locator("tbody th a").first.click()
    expect(page.get_by_role("slider", name="Place in the original")).to_be_visible()
    expect(page.get_by_role("slider", name="Place in the remix")).to_be_visible()
    expect(page.get_by_role("heading", name="What was really changed")).to_be_visible()
    page.keyboard.press("r")
    expect(page.get_by_label("or because of")).to_be_focused()
    page.get_by_role("heading", level=1).click()
    page.keyboard.press("a")
    expect(page.get_by_role("status").first).to_contain_text("Approved")
    page.goto(f"{site}/consent/approvals")
    expect(page.locator("tbody tr")).to_have_count(waiting - 1)
    assert watched.complaints == []


def test_the_editor_speaks_while_it_is_filled_in(watched: Watched, site: str, home: House) -> None:
    page = watched.page
    come_in(page, site, home)
    page.goto(f"{site}/consent/offers/new?id={house.ORIGINAL_ID}&preset=LISTEN-EDIT")
    panel = page.locator("#panel")
    expect(panel).to_contain_text("speed and pitch edits")
    page.get_by_label("Who answers").fill("Kawabe Music Publishing")
    page.get_by_label("Where", exact=True).fill("JP")
    tempo = page.get_by_role("group", name="Tempo")
    tempo.get_by_label("to").fill("33")
    expect(panel).to_contain_text("+33 %")
    expect(panel.locator("audio")).to_have_count(4)
    tempo.get_by_label("to").fill("very fast")
    expect(panel).to_contain_text("cannot be read")
    page.get_by_role("button", name="Record this offer").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was written")
    assert [one for one in watched.complaints if "422" not in one] == []


def test_taking_back_shows_before_it_does(watched: Watched, site: str, home: House) -> None:
    page = watched.page
    come_in(page, site, home)
    page.goto(f"{site}/consent/offers?holder={cast.PERFORMER}")
    page.locator("tbody th a").first.click()
    page.get_by_role("link", name="Take it back").click()
    expect(page.get_by_role("heading", name="What stays")).to_be_visible()
    expect(page.get_by_text("Ritornello (Night Bus Remix)")).to_be_visible()
    page.get_by_label("Why (for the file)").fill("a new label")
    page.get_by_label("I have seen what stays").check()
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_role("status")).to_contain_text("It ends on 2026-07-20")
    assert watched.complaints == []


def test_a_sheet_goes_in_and_comes_back_out(watched: Watched, site: str, home: House, tmp_path: Path) -> None:
    page = watched.page
    come_in(page, site, home)
    page.goto(f"{site}/consent/sheets")
    sheet = tmp_path / "offers.csv"
    sheet.write_text(
        "asset;type;territory;who;scope;fan_share;from;until;holder;rights\n"
        f"DEXX12600001;SPEED_PITCH;BR;subscribers;platform;7,5;2026-06-01;;{cast.LABEL};M_USE\n"
        "DEXX1260001;REMIX;BR;subscribers;platform;7,5;2026-06-01;;;\n",
        encoding="utf-8",
    )
    page.get_by_label("The sheet (CSV or XLSX)").set_input_files(sheet)
    page.get_by_role("button", name="Look at it").click()
    expect(page.get_by_role("region", name="Findings")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Record the 1 good row").click()
    expect(page.get_by_role("status")).to_contain_text("1 offers are recorded, 1 rows were left out")
    page.get_by_role("button", name=re.compile("Take it back")).click()
    expect(page.get_by_role("status")).to_contain_text("1 offers ended")
    assert watched.complaints == []


@pytest.mark.parametrize("watched", [{"scheme": "light"}, {"scheme": "dark"}, {"width": 390}], indirect=True)
def test_every_page_of_the_desk_is_open_to_everybody(
    watched: Watched, site: str, home: House, request: pytest.FixtureRequest
) -> None:
    scheme = request.node.callspec.params["watched"]
    rules = None if scheme == {"scheme": "light"} else ["color-contrast", "target-size", "scrollable-region-focusable"]
    page = watched.page
    come_in(page, site, home)
    with home.work(cast.ORGANISATION, read_only=True) as work:
        offer = work.consent.offers_of_holder(cast.PUBLISHER)[-1]
    asked = ask_holders.invitations(home, cast.ORGANISATION, NOW)
    paths = [
        "/consent",
        "/consent/offers",
        "/consent/offers/new",
        f"/consent/offers/new?id={house.ORIGINAL_ID}&preset=CO-PILOT",
        f"/consent/offers/{offer.id}",
        f"/consent/offers/{offer.id}/withdraw",
        "/consent/invitations",
        f"/consent/songs/{house.ORIGINAL_ID}",
        "/consent/approvals?show=all",
        "/consent/contracts",
        "/consent/contracts/2019/114",
        "/consent/contracts/new",
        "/consent/coverage?territories=DE,JP&act=make",
        "/consent/blocked?territories=JP&type=REMIX&act=make",
        "/consent/sheets",
        f"/consent/day?day=2026-06-20&song={house.ORIGINAL_ID}&act=make",
        "/consent/stops",
        "/consent/most-favoured",
        *(one.path for one in asked[:1]),
    ]
    wrong: dict[str, list[str]] = {}
    for path in paths:
        page.goto(site + path)
        page.evaluate("document.fonts.ready")
        found = violations(page, rules)
        spill = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if spill > 0:
            found.append(f"the page is {spill} pixels wider than the screen")
        if found:
            wrong[path] = found
    assert not wrong, "\n".join(f"{name}\n  " + "\n  ".join(found) for name, found in wrong.items())
