"""A foreign file in a real browser: measured with its confidence, held against a licence, approval where unmeasured."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from ritornello.analysis import decode
from ritornello.analysis.model import Audio
from ritornello.studio.demo import performance
from ritornello.workflows.demo import cast
from ritornello.workflows.house import House
from tests.studio_doors.pages import IDS, LIGHT_AND_SMALL, looked_at
from tests.studio_doors.test_page import come_in, site
from tests.web.conftest import Watched, watched

__all__ = ["site", "watched"]
PAGE = "/studio/measurements"


@pytest.fixture(scope="module")
def faster(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The song as somebody played it 6 % faster; about nobody's licence."""
    stems = performance.play(performance.Take(110, 0, bars=12)).values()
    mix = Audio(sum(stems, start=next(iter(stems)) * 0), performance.RATE)
    return decode.write(tmp_path_factory.mktemp("foreign") / "faster.flac", mix, "flac24")


@pytest.fixture(scope="module")
def licence(house: House) -> str:
    """A licence for the song alone, as the fan has it after a render."""
    from ritornello.consent.requests import Person
    from ritornello.identifiers.territories import TerritorySet
    from ritornello.studio.plan import Plan
    from ritornello.workflows.studio_desk import Where, propose_derivative
    from ritornello.workflows.studio_orders import order_render

    person = Person(cast.FAN, tier="subscribers", country="DE", age=24, verified=True)
    where = Where(person, TerritorySet.parse("DE, US"))
    plan = Plan("remix", tempo_permille=1020)
    offered = propose_derivative(house, cast.ORGANISATION, cast.RECORDING_ID, plan, where, cast.ASKED)
    recipe = offered.proposal.recipe
    taken = order_render(house, cast.ORGANISATION, cast.RECORDING_ID, recipe, where, cast.ASKED, own_work=True)
    return taken.licence_id


@pytest.mark.parametrize("watched", LIGHT_AND_SMALL, indirect=True, ids=IDS)
def test_a_file_is_measured_and_held_against_a_licence(
    watched: Watched, site: str, house: House, licence: str, faster: Path
) -> None:
    page = watched.page
    come_in(page, site, house, "owner@example.org")
    page.goto(site + PAGE)
    looked_at(page, "measure-empty")
    page.get_by_label("The file").set_input_files(house.home / "arriving" / "mix.flac")
    page.get_by_label("The licence that it shall keep").fill(licence)
    page.get_by_label("Its originals").select_option(cast.RECORDING_ID)
    page.get_by_role("button", name="Measure it").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="What was measured")).to_be_visible(timeout=90_000)
    row = page.get_by_role("row", name=re.compile("^Tempo"))
    expect(row).to_contain_text("%")
    expect(page.get_by_role("heading", name="Against the licence")).to_be_visible()
    looked_at(page, "measured")
    with page.expect_download() as got:
        page.get_by_role("link", name=re.compile("CSV")).click()
    assert "Tempo" in got.value.path().read_text(encoding="utf-8-sig")
    assert watched.complaints == []


def test_what_goes_beyond_and_what_cannot_be_measured_is_told_apart(
    watched: Watched, site: str, house: House, licence: str, tmp_path: Path
) -> None:
    """A file in which nothing of the song is found is unmeasured: it needs an approval, and never passes."""
    import numpy as np

    page = watched.page
    come_in(page, site, house, "owner@example.org")
    noise = np.random.default_rng(3).normal(0, 0.05, (44_100 * 12, 2)).astype(np.float32)
    stranger = decode.write(tmp_path / "stranger.flac", Audio(noise, 44_100), "flac24")
    page.goto(site + PAGE)
    page.get_by_label("The file").set_input_files(stranger)
    page.get_by_label("The licence that it shall keep").fill(licence)
    page.get_by_label("Or by ISRC or id").fill("DE-XX1-26-00001")
    page.get_by_role("button", name="Measure it").click()
    expect(page.get_by_role("heading", name="What was measured")).to_be_visible(timeout=90_000)
    expect(page.get_by_text("could not be measured").first).to_be_visible()
    expect(page.get_by_text("It keeps within the licence")).to_have_count(0)
    expect(page.locator(".verdict.ask, .verdict.no")).to_be_visible()


def test_what_is_wrong_is_told_at_its_field(watched: Watched, site: str, house: House, faster: Path) -> None:
    page = watched.page
    come_in(page, site, house, "owner@example.org")
    page.goto(site + PAGE)
    page.get_by_role("button", name="Measure it").click()
    expect(page.locator("#e-file")).to_be_visible()
    expect(page.locator("#e-parents")).to_be_visible()
    looked_at(page, "measure-wrong")
    page.get_by_label("The file").set_input_files(faster)
    page.get_by_label("Or by ISRC or id").fill("XX")
    page.get_by_role("button", name="Measure it").click()
    expect(page.locator("#e-others")).to_contain_text("no recording of this house")
    page.get_by_label("The file").set_input_files(faster)
    page.get_by_label("Or by ISRC or id").fill("DE-XX1-26-00001")
    page.get_by_label("The licence that it shall keep").fill("lic_none")
    page.get_by_role("button", name="Measure it").click()
    expect(page.locator("#e-licence")).to_contain_text("not on file")
