"""A take in a real browser: recorded, declared, kept, laid over an arrangement and over the recording."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from ritornello.analysis import decode
from ritornello.analysis.model import Audio
from ritornello.settings import Settings
from ritornello.studio.demo import performance
from ritornello.web.serving import crew_of
from ritornello.web.site import create_site
from ritornello.workflows.demo import cast
from ritornello.workflows.house import House
from tests.studio_doors import house as made
from tests.studio_doors.pages import IDS, LIGHT_AND_SMALL, looked_at
from tests.studio_doors.test_page import come_in
from tests.web.conftest import Watched, serve, watched

__all__ = ["watched"]
TAKES = f"/songs/{cast.RECORDING_ID}/takes"
DECLARED = re.compile("I sang or played this myself")


@pytest.fixture(scope="module")
def singing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house of its own, whose holders let people sing the song themselves, also over the recording."""
    opened = made.opened(tmp_path_factory.mktemp("takes"))
    made.fill(opened)
    made.allow_covers(opened)
    yield opened
    opened.engine.dispose()


@pytest.fixture(scope="module")
def site(singing: House) -> Iterator[str]:
    settings = Settings(home=singing.home, workers=1, _env_file=None)  # type: ignore[call-arg]
    crew = crew_of(singing, settings, lambda: cast.ASKED)
    crew.start()
    yield from serve(create_site(settings, house=singing, now=lambda: cast.ASKED))
    crew.stop()


@pytest.fixture(scope="module")
def sung(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tune of the song as somebody plays it who comes in after 600 ms."""
    lead = performance.play(performance.Take(104, 0, bars=12))["lead"]
    late = lead[: lead.shape[0] // 2] * 0
    samples = np.concatenate((late[: round(0.6 * performance.RATE)], lead))
    return decode.write(tmp_path_factory.mktemp("sung") / "mine.flac", Audio(samples, performance.RATE), "flac24")


@pytest.fixture(scope="module")
def with_microphone(browser: Browser) -> Iterator[Browser]:
    """A browser of the same kind whose microphone is a tone of its own."""
    fake = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
    plain = ["--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required", "--mute-audio"]
    opened = browser.browser_type.launch(executable_path="/usr/bin/chromium", args=[*plain, *fake])
    yield opened
    opened.close()


def test_a_take_is_recorded_declared_and_kept(with_microphone: Browser, site: str, singing: House) -> None:
    page = with_microphone.new_page()
    complaints: list[str] = []
    page.on("console", lambda one: complaints.append(one.text) if one.type == "error" else None)
    come_in(page, site, singing, made.MAKER)
    page.goto(site + TAKES)
    page.get_by_role("button", name="Record", exact=True).click()
    expect(page.locator("[data-record-time]")).to_have_text(re.compile(r"^[1-9]\.\d s$"))
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.locator("[data-record-hear]")).to_be_visible()
    page.get_by_label("What you call it").fill("First go")
    page.get_by_role("button", name="Keep the take").click()
    assert papers(singing) == []  # not without the declaration, and what was recorded is still there
    expect(page.locator("[data-record-hear]")).to_be_visible()
    page.get_by_label(DECLARED).check()
    page.get_by_role("button", name="Keep the take").click()
    expect(page.get_by_role("heading", name="First go")).to_be_visible()
    (paper,) = papers(singing)
    assert paper.document["ms"] > 900 and paper.document["declaration"] == "own_performance"
    page.get_by_role("button", name="Throw First go away").click()
    expect(page.get_by_text("No take yet")).to_be_visible()
    assert all("422" in one for one in complaints), complaints
    page.close()


@pytest.mark.parametrize("watched", LIGHT_AND_SMALL, indirect=True, ids=IDS)
def test_a_file_that_is_no_audio_is_told_at_its_field(watched: Watched, site: str, singing: House) -> None:
    page = watched.page
    come_in(page, site, singing, made.MAKER)
    page.goto(site + TAKES)
    page.get_by_label("The take as a file").set_input_files(
        {"name": "me.wav", "mimeType": "audio/wav", "buffer": b"this is no audio"}
    )
    page.get_by_label(DECLARED).check()
    page.get_by_role("button", name="Keep the take").click()
    expect(page.locator("#e-file")).to_be_visible()
    looked_at(page, "takes-wrong")
    assert papers(singing) == []


def brought(page: Page, site: str, house: House, sung: Path) -> None:
    """The owner's desk with one take on it: staff act for a maker of the house."""
    come_in(page, site, house, "owner@example.org")
    page.goto(site + TAKES)
    while page.get_by_role("button", name=re.compile("^Throw")).count():
        page.get_by_role("button", name=re.compile("^Throw")).first.click()
    page.get_by_label("The take as a file").set_input_files(sung)
    page.get_by_label("What you call it").fill("Mine")
    page.get_by_label(DECLARED).check()
    page.get_by_role("button", name="Keep the take").click()
    expect(page.get_by_role("heading", name="Mine")).to_be_visible()


@pytest.mark.parametrize("watched", LIGHT_AND_SMALL, indirect=True, ids=IDS)
def test_over_the_recording_the_master_is_used_and_the_offset_moved(
    watched: Watched, site: str, singing: House, sung: Path
) -> None:
    page = watched.page
    brought(page, site, singing, sung)
    looked_at(page, "takes")
    page.get_by_role("link", name="Over the recording").click()
    page.get_by_label("Where it shall go").fill("WW")
    page.get_by_role("button", name="Propose a recipe").click()
    expect(page.get_by_role("heading", name="The proposal")).to_be_visible(timeout=90_000)
    expect(page.get_by_text("Not as it stands")).to_be_visible()  # not in the whole world, and so unheard
    expect(page.locator("[data-overlay-offset]")).to_have_count(0)
    page.get_by_role("link", name="Make it for fewer places: worldwide ex Japan").click()
    expect(page.get_by_label("Where it shall go")).to_have_value("WW ex JP", timeout=60_000)
    expect(page.get_by_text("The recording itself sounds in it, so its owners are asked as well.")).to_be_visible()
    expect(page.get_by_text(re.compile("recognised in it"))).to_be_visible()
    found = float(page.locator("[data-overlay-offset]").inner_text().removesuffix(" s"))
    assert found == pytest.approx(-0.6, abs=0.06)
    page.get_by_role("button", name="10 ms later").click()
    expect(page.get_by_label("It begins at")).to_have_value(re.compile(r"^-5[6-9]\d$"))
    page.get_by_role("button", name="Hear it there").click()
    expect(page.get_by_role("button", name="Stop", exact=True)).to_be_visible()
    page.get_by_role("button", name="Stop", exact=True).click()
    page.get_by_role("button", name="Propose a recipe").click()
    expect(page.get_by_text("Yes, as it stands")).to_be_visible(timeout=60_000)
    expect(page.get_by_text(re.compile("said by you"))).to_be_visible()
    looked_at(page, "takes-over-recording")
    page.get_by_label(re.compile("my own work")).check()
    page.get_by_role("button", name="Take the licence and render").click()
    expect(page).to_have_url(re.compile("/studio/renders/"), timeout=60_000)
    expect(page.get_by_role("link", name="Download (FLAC)")).to_be_visible(timeout=120_000)
    assert {"recording", "contribution"} in kinds_heard(singing), "the recording and the take, both"
    assert watched.complaints == []


def test_over_an_arrangement_no_master_is_used_and_it_is_rendered(
    watched: Watched, site: str, singing: House, sung: Path
) -> None:
    page = watched.page
    brought(page, site, singing, sung)
    page.get_by_role("link", name="Over an arrangement").click()
    page.get_by_label("Where it shall go").fill("DE, US")
    page.get_by_role("button", name="Propose a recipe").click()
    expect(page.get_by_text("Yes, as it stands")).to_be_visible(timeout=90_000)
    expect(page.get_by_text("Nothing of the recording sounds in it, only the song.")).to_be_visible()
    page.get_by_label(re.compile("my own work")).check()
    page.get_by_role("button", name="Take the licence and render").click()
    expect(page).to_have_url(re.compile("/studio/renders/"))
    expect(page.get_by_role("link", name="Download (FLAC)")).to_be_visible(timeout=90_000)
    assert watched.complaints == []


def kinds_heard(house: House) -> list[set[str]]:
    """The kinds of source that each derivative was made of."""
    with house.work(cast.ORGANISATION, read_only=True) as work:
        made_of = (work.studio.render(one.id) for one in work.catalogue.recordings() if one.kind == "derivative")
        return [{source["kind"] for source in one.manifest["recipe"]["sources"]} for one in made_of if one is not None]


def papers(house: House) -> list[object]:
    with house.work(cast.ORGANISATION, read_only=True) as work:
        return list(work.studio.papers(cast.FAN, cast.RECORDING_ID, "take"))
