"""The score in a real browser: ordered, seen, heard against the recording, corrected by keyboard, rendered."""

from __future__ import annotations

import io
import json
import re

import mido
import pytest
from playwright.sync_api import expect

from ritornello.studio.score import Score
from ritornello.workflows.demo import cast
from ritornello.workflows.house import House
from tests.studio_doors.house import MAKER
from tests.studio_doors.pages import IDS, LIGHT_AND_SMALL, looked_at
from tests.studio_doors.test_page import come_in, site
from tests.web.conftest import Watched, watched

__all__ = ["site", "watched"]
SCORE = f"/songs/{cast.RECORDING_ID}/score"


@pytest.mark.parametrize("watched", LIGHT_AND_SMALL, indirect=True, ids=IDS)
def test_a_song_is_written_down_and_corrected_by_keyboard(watched: Watched, site: str, house: House) -> None:
    page = watched.page
    come_in(page, site, house, MAKER)
    drop_scores(house)
    page.goto(site + SCORE)
    looked_at(page, "score-empty")
    page.get_by_role("button", name="Write it down").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Written down, and on your desk")).to_be_visible(timeout=90_000)
    before = score_of(house)
    page.get_by_role("navigation", name="Bars").get_by_role("link").last.click()
    expect(page.get_by_role("heading", name=re.compile("Bars .* to 12"))).to_be_visible()
    page.get_by_role("navigation", name="Bars").get_by_role("link").first.click()
    looked_at(page, "score")

    page.get_by_label("Pitch of tone 1", exact=True).fill("H4")
    page.get_by_label("Symbol of chord 1", exact=True).fill("Xm")
    page.get_by_label("by beats").fill("many")
    page.get_by_role("button", name="Keep the correction").click()
    expect(page.locator("#e-tone-1")).to_contain_text("is no pitch")
    expect(page.locator("#e-bar-lines")).to_be_visible()
    expect(page.get_by_label("Pitch of tone 1", exact=True)).to_have_attribute("aria-invalid", "true")
    looked_at(page, "score-wrong")
    assert score_of(house) == before

    page.get_by_label("Pitch of tone 1", exact=True).fill("G5")
    page.get_by_label("Symbol of chord 1", exact=True).fill("Dm7")
    page.get_by_label("by beats").fill("0")
    name = page.get_by_label("Name of section 1", exact=True)
    name.focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("Verse")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Name of section 1", exact=True)).to_have_value("Verse")
    expect(page.get_by_role("alert")).to_have_count(0)
    after = score_of(house)
    assert after.tune[0].pitch == 79 and after.chords[0].chord.name == "Dm7" and after.sections[0].label == "Verse"
    assert after.tune[1:] == before.tune[1:] and after.bars == before.bars
    with page.expect_download() as got:
        page.get_by_role("link", name="MIDI").click()
    song = mido.MidiFile(file=io.BytesIO(got.value.path().read_bytes()))
    assert next(one.note for one in song.tracks[1] if one.type == "note_on" and one.velocity) == 79
    with page.expect_download() as got:
        page.get_by_role("link", name="MusicXML").click()
    assert b"<score-partwise" in got.value.path().read_bytes()
    with page.expect_download() as got:
        page.get_by_role("link", name="JSON").click()
    assert Score.from_document(json.loads(got.value.path().read_text())) == after
    assert watched.complaints == [] or all("422" in one for one in watched.complaints)


def test_the_score_sounds_in_the_time_of_the_recording(watched: Watched, site: str, house: House) -> None:
    page = watched.page
    come_in(page, site, house, MAKER)
    page.goto(site + SCORE)
    play = page.get_by_role("button", name="Play", exact=True)
    play.click()
    expect(page.get_by_role("button", name="Stop", exact=True)).to_be_visible()
    expect(page.locator("[data-score-time]")).to_have_text(re.compile(r"^(0\.[5-9]|[1-9])"))
    drift = page.evaluate(
        "Math.abs(document.querySelector('[data-score-audio]').currentTime"
        " - JSON.parse(document.querySelector('[data-score]').dataset.score).from / 1000"
        " - Number.parseFloat(document.querySelector('[data-score-time]').textContent))"
    )
    assert drift < 0.25, drift
    page.get_by_role("button", name="Score", exact=True).click()
    assert page.evaluate("document.querySelector('[data-score-audio]').volume") == 0
    page.get_by_role("button", name="Recording", exact=True).click()
    assert page.evaluate("document.querySelector('[data-score-audio]').volume") == 1
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(play).to_be_visible()
    assert watched.complaints == []


def test_writing_down_can_be_stopped(watched: Watched, site: str, house: House) -> None:
    page = watched.page
    come_in(page, site, house, MAKER)
    drop_scores(house)
    page.goto(site + SCORE)
    page.get_by_label("Tempo, where listening errs").fill("104")
    page.get_by_role("button", name="Write it down").click()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text(re.compile("Stopped; nothing was kept|Written down, and on"))).to_be_visible(timeout=60_000)


def drop_scores(house: House) -> None:
    with house.work(cast.ORGANISATION) as work:
        for one in work.studio.papers(cast.FAN, cast.RECORDING_ID, "score"):
            work.studio.drop_paper(one.id, cast.FAN)
        work.commit()


def score_of(house: House) -> Score:
    with house.work(cast.ORGANISATION, read_only=True) as work:
        (paper,) = work.studio.papers(cast.FAN, cast.RECORDING_ID, "score")
    return Score.from_document(paper.document)
