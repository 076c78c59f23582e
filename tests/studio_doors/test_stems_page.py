"""Stems in a real browser: each checked against its master, the null test by section, the contest package."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from ritornello.analysis import decode
from ritornello.analysis.model import Audio
from ritornello.workflows.house import House
from tests.studio_doors.house import MAKER
from tests.studio_doors.pages import IDS, LIGHT_AND_SMALL, looked_at
from tests.studio_doors.test_page import come_in, site
from tests.web.conftest import Watched, watched

__all__ = ["site", "watched"]
PAGE = "/studio/stems"
PARTS = ("drums", "bass", "harmony", "lead")


def files(house: House) -> dict[str, Path]:
    return {part: house.home / "arriving" / f"{part}.flac" for part in PARTS}


@pytest.mark.parametrize("watched", LIGHT_AND_SMALL, indirect=True, ids=IDS)
def test_good_stems_pass_and_are_packed(watched: Watched, site: str, house: House) -> None:
    page = watched.page
    come_in(page, site, house, MAKER)
    page.goto(site + PAGE)
    looked_at(page, "stems-empty")
    page.get_by_label("The stems").set_input_files(list(files(house).values()))
    page.get_by_label("Or the recording that it is").select_option(label="Ritornello")
    page.get_by_role("button", name="Check them").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="They pass")).to_be_visible(timeout=90_000)
    expect(page.get_by_text("Nothing wrong was found")).to_have_count(4)
    page.get_by_text("In figures").click()
    assert page.get_by_text("adds up", exact=True).count() == 4  # a tail of reverb behind 27.7 s: four of ten seconds
    looked_at(page, "stems-pass")
    page.get_by_label("Title").fill("Ritornello")
    page.get_by_label("Under which words they are given").fill("For this contest only.")
    page.get_by_role("button", name="Make the package").click()
    link = page.get_by_role("link", name="Download Ritornello-stems.zip")
    expect(link).to_be_visible(timeout=90_000)
    with page.expect_download() as got:
        link.click()
    archive = zipfile.ZipFile(io.BytesIO(got.value.path().read_bytes()))
    names = [Path(one).name for one in archive.namelist()]
    assert sum(one.endswith(".wav") for one in names) == 5 and "package.json" in names
    assert b"For this contest only." in archive.read(next(one for one in archive.namelist() if one.endswith(".txt")))
    assert watched.complaints == []


@pytest.mark.parametrize("watched", LIGHT_AND_SMALL, indirect=True, ids=IDS)
def test_bad_stems_are_told_one_by_one(watched: Watched, site: str, house: House, tmp_path: Path) -> None:
    page = watched.page
    given = files(house)
    bass, lead = decode.read(given["bass"]), decode.read(given["lead"])
    turned = decode.write(tmp_path / "bass.flac", Audio(-bass.samples, bass.rate), "flac24")
    silent = decode.write(tmp_path / "Vocals 1.flac", Audio(np.zeros_like(lead.samples), lead.rate), "flac24")
    again = tmp_path / "pad.flac"
    again.write_bytes(given["lead"].read_bytes())
    short = decode.write(tmp_path / "harmony.flac", decode.read(given["harmony"]).__class__(
        decode.read(given["harmony"]).samples[: bass.rate * 8], bass.rate), "flac24")  # fmt: skip
    come_in(page, site, house, MAKER)
    page.goto(site + PAGE)
    page.get_by_label("The stems").set_input_files([given["drums"], turned, silent, given["lead"], again, short])
    page.get_by_label("The master that they make").set_input_files(house.home / "arriving" / "mix.flac")
    page.get_by_role("button", name="Check them").click()
    expect(page.get_by_role("heading", name="Not like this")).to_be_visible(timeout=90_000)
    for stem, words in (
        ("Vocals 1", "is silent"), ("Vocals 1", "name is not a plain"), ("pad", "is the same as lead"),
        ("harmony", "long against the master"),
    ):  # fmt: skip
        expect(page.get_by_role("row", name=re.compile(f"^{stem}"))).to_contain_text(words, ignore_case=True)
    expect(page.get_by_text(re.compile("Master minus stems leaves .* dB, more than"))).to_be_visible()
    expect(page.get_by_role("button", name="Make the package")).to_have_count(0)
    looked_at(page, "stems-fail")
    page.goto(site + PAGE)
    page.get_by_label("The stems").set_input_files([given["drums"], turned, given["harmony"], given["lead"]])
    page.get_by_label("The master that they make").set_input_files(house.home / "arriving" / "mix.flac")
    page.get_by_role("button", name="Check them").click()
    expect(page.get_by_role("row", name=re.compile("^bass"))).to_contain_text("inverted polarity", timeout=90_000)
    with page.expect_download() as got:
        page.get_by_role("link", name=re.compile("CSV")).click()
    assert "has inverted polarity" in got.value.path().read_text(encoding="utf-8-sig")
    assert watched.complaints == []


def test_what_is_wrong_with_the_files_is_told_at_its_field(
    watched: Watched, site: str, house: House, tmp_path: Path
) -> None:
    page = watched.page
    come_in(page, site, house, MAKER)
    page.goto(site + PAGE)
    page.get_by_role("button", name="Check them").click()
    expect(page.locator("#e-files")).to_be_visible()
    expect(page.locator("#e-master")).to_be_visible()
    looked_at(page, "stems-wrong")
    page.get_by_label("The stems").set_input_files(
        {"name": "drums.wav", "mimeType": "audio/wav", "buffer": b"this is no audio"}
    )
    page.get_by_label("Or the recording that it is").select_option(label="Ritornello")
    page.get_by_role("button", name="Check them").click()
    expect(page.locator("#e-files")).to_be_visible()
    expect(page.locator("#e-master")).to_have_count(0)
