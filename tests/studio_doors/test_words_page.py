"""The lyric workspace in a real browser: brought in, written line by line, kept, opened again; findings."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import FilePayload, expect

from ritornello.workflows.demo import cast
from ritornello.workflows.house import House
from tests.studio_doors.house import MAKER
from tests.studio_doors.pages import IDS, LIGHT_AND_SMALL, looked_at
from tests.studio_doors.test_page import STUDIO, come_in, site
from tests.web.conftest import Watched, watched

__all__ = ["site", "watched"]
LRC = "[ti:Vuelve]\n[au:Ana Prado]\n[la:es]\n[00:01.00]Vuelve a mí\n[00:06.50]" + "corazón " * 20


@pytest.mark.parametrize("watched", LIGHT_AND_SMALL, indirect=True, ids=IDS)
def test_words_are_written_line_by_line_kept_and_opened_again(watched: Watched, site: str, house: House) -> None:
    page = watched.page
    come_in(page, site, house, MAKER)
    page.goto(site + STUDIO)
    page.get_by_role("link", name="Words", exact=True).click()
    for paper in house_papers(house):
        with house.work(cast.ORGANISATION) as work:
            work.studio.drop_paper(paper, cast.FAN)
            work.commit()
    page.reload()
    looked_at(page, "words-empty")
    page.get_by_label("The words as they are", exact=True).fill("Come back to me\nI wait tonight")
    page.get_by_label("The original's language").select_option("en")
    file: FilePayload = {"name": "song.lrc", "mimeType": "text/plain", "buffer": LRC.encode()}
    page.get_by_label("Your words from a file").set_input_files(file)
    page.get_by_role("button", name="Hold them against the tune").click()
    expect(page.get_by_label("Title")).to_have_value("Vuelve", timeout=60_000)
    expect(page.get_by_label("Credits")).to_have_value("lyricist: Ana Prado")
    expect(page.get_by_label("Your language")).to_have_value("es")
    first = page.get_by_label("Line 1, for Come back to me")
    expect(first).to_have_value("Vuelve a mí")
    expect(page.get_by_text("syllables too many")).to_be_visible()
    before = page.locator(".hash").inner_text()
    second = page.get_by_label(re.compile("for I wait tonight"))
    second.focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("espero")
    expect(page.get_by_text("syllables too many")).to_have_count(0)  # told while it is written
    expect(page.locator(".hash")).not_to_have_text(before)
    page.get_by_role("button", name="Keep them").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("These words are kept on your desk")).to_be_visible()
    page.get_by_text("What they mean").press("Enter")
    page.get_by_label("Back-translation").fill("One line only")
    page.get_by_role("button", name="Keep them").press("Enter")
    expect(page.locator("#e-back")).to_contain_text("xplains 1 of 2 lines")
    page.get_by_label("Back-translation").fill("Come back to me\nI wait here")
    looked_at(page, "words-meant")
    page.get_by_role("button", name="Keep them").press("Enter")
    expect(page.get_by_text("These words are kept on your desk")).to_be_visible()
    expect(page.get_by_label("Back-translation")).to_have_value("Come back to me\nI wait here")
    expect(page.get_by_label(re.compile("for I wait tonight"))).to_have_value("espero")
    expect(page.locator("del", has_text="I wait tonight")).to_be_visible()
    looked_at(page, "words-kept")
    with page.expect_download() as got:
        page.get_by_role("link", name=re.compile("CSV")).click()
    assert "espero" in got.value.path().read_text(encoding="utf-8-sig")
    page.get_by_role("link", name="Make a cover with these words").click()
    digest = house_words(house)
    assert f"lyrics={digest}" in page.url and "language=es" in page.url
    assert all("422" in one for one in watched.complaints), watched.complaints


def test_every_finding_stands_at_its_field_and_nothing_is_kept(watched: Watched, site: str, house: House) -> None:
    page = watched.page
    come_in(page, site, house, MAKER)
    page.goto(f"{site}/songs/{cast.RECORDING_ID}/lyrics")
    kept = house_papers(house)
    file: FilePayload = {"name": "song.lrc", "mimeType": "text/plain", "buffer": b"ab\xff\xfe"}
    if kept:
        page.get_by_text("Bring other words in, all at once").click()
    page.get_by_label("Your words from a file").set_input_files(file)
    page.get_by_role("button", name="Keep them").click()
    expect(page.locator("#e-words")).to_contain_text("is no UTF-8 text at byte 2")
    page.get_by_label("Your words", exact=True).fill("Vuelve a mí")
    page.get_by_label("Credits").fill("Ana Prado")
    page.get_by_role("button", name="Keep them").click()
    expect(page.get_by_label("Credits")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#e-credits")).to_contain_text("a role, a colon and a name")
    expect(page.get_by_text("Nothing was kept")).to_be_visible()
    looked_at(page, "words-wrong")
    assert house_papers(house) == kept


def house_papers(house: House) -> list[str]:
    with house.work(cast.ORGANISATION, read_only=True) as work:
        return [one.id for one in work.studio.papers(cast.FAN, cast.RECORDING_ID, "words")]


def house_words(house: House) -> str:
    with house.work(cast.ORGANISATION, read_only=True) as work:
        (paper,) = work.studio.papers(cast.FAN, cast.RECORDING_ID, "words")
    return str(paper.document["lyrics_sha256"])
