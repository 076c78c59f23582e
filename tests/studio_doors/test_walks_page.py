"""A fan's whole way in a real browser, under a licence of the house: from a wish, a corrected score, a take or words to
the finished sound, its files and its publish sheet."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

import mido
import music21
import numpy as np
import pytest
import soxr
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
from tests.studio_doors import open_house
from tests.studio_doors.pages import looked_at
from tests.studio_doors.test_page import come_in
from tests.studio_doors.test_takes_page import with_microphone
from tests.web.conftest import Watched, serve, watched

__all__ = ["watched", "with_microphone"]
SONG = f"/songs/{cast.RECORDING_ID}"
STUDIO = f"{SONG}/studio"
DARK_AND_SMALL = pytest.mark.parametrize(
    "watched", [{"scheme": "dark", "width": 360}], indirect=True, ids=["dark and small"]
)


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    opened = open_house.opened(tmp_path_factory.mktemp("walks"), bars=8)
    yield opened
    opened.engine.dispose()


@pytest.fixture(scope="module")
def site(wide: House) -> Iterator[str]:
    settings = Settings(home=wide.home, workers=1, _env_file=None)  # type: ignore[call-arg]
    crew = crew_of(wide, settings, lambda: cast.ASKED)
    crew.start()
    yield from serve(create_site(settings, house=wide, now=lambda: cast.ASKED))
    crew.stop()


def take_licence(page: Page) -> None:
    page.get_by_label(re.compile("my own work")).check()
    page.get_by_role("button", name="Take the licence and render").click()
    expect(page).to_have_url(re.compile("/studio/renders/"))


def made_of_it(page: Page, name: str = "") -> None:
    """The render has come to its end, and can be heard: its sound has a length."""
    expect(page.get_by_role("link", name="Download (FLAC)")).to_be_visible(timeout=120_000)
    address = page.locator('[data-wave="derivative"]').get_attribute("data-audio")
    seconds = page.evaluate(
        """address => new Promise((told, failed) => { const sound = new Audio(address);
        sound.onloadedmetadata = () => told(sound.duration); sound.onerror = () => failed("cannot be heard"); })""",
        address,
    )
    assert seconds > 5
    if name:
        looked_at(page, name)


def file_of(page: Page, name: str) -> bytes:
    with page.expect_download() as got:
        page.get_by_role("link", name=name, exact=True).click()
    return got.value.path().read_bytes()


def asked(page: Page, site: str, wish: str) -> None:
    page.goto(f"{site}{STUDIO}?{wish}")
    expect(page.get_by_role("heading", name="May it be made?")).to_be_visible(timeout=60_000)


def say(page: Page, sentence: str) -> None:
    page.get_by_label("In a sentence").fill(sentence)
    page.get_by_role("button", name="Propose a recipe").click()


# ── from what stands there to what is heard ──


def test_a_corrected_score_becomes_a_cover_by_keyboard_alone(watched: Watched, site: str, wide: House) -> None:
    """A tone, a chord and a section are corrected; what was corrected stands in the files of the finished cover."""
    page = watched.page
    come_in(page, site, wide, made.MAKER)
    page.goto(site + SONG)
    expect(page.get_by_text("Ilse Varga").first).to_be_visible()  # a fan knows the artist by name
    expect(page.get_by_text("Nobody has been asked")).to_have_count(0)
    looked_at(page, "walk-song")
    page.get_by_role("link", name="Open the studio").press("Enter")
    expect(page.get_by_label("Where it shall go")).to_have_value("WW ex JP")  # nobody has answered for Japan
    page.get_by_role("link", name="Written down").press("Enter")
    page.get_by_role("button", name="Write it down").press("Enter")
    expect(page.get_by_text("Written down, and on your desk")).to_be_visible(timeout=90_000)
    for field, text in (
        ("Pitch of tone 1", "G5"),
        ("Symbol of chord 1", "Dm7"),
        ("Name of section 1", "Verse"),
    ):
        page.get_by_label(field, exact=True).focus()
        page.keyboard.press("Control+a")
        page.keyboard.type(text)
    page.get_by_role("button", name="Keep it and make a cover of it").press("Enter")
    expect(page.get_by_text("Yes, as it stands")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("Nothing of the recording sounds in it, only the song.")).to_be_visible()
    looked_at(page, "walk-cover-proposed")
    page.get_by_label("What you call it").focus()
    page.keyboard.type("At the second try")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    made_of_it(page, "walk-cover")
    expect(page.get_by_role("heading", name=re.compile("At the second try"))).to_be_visible()

    notes = mido.MidiFile(file=io.BytesIO(file_of(page, "MIDI")))
    assert any(one.type == "note_on" and one.note == 79 and one.velocity for track in notes.tracks for one in track)
    sheet = music21.converter.parseData(file_of(page, "Lead sheet (MusicXML)").decode(), format="musicxml")
    flat = sheet.flatten()
    assert next(iter(flat.notes.getElementsByClass(music21.note.Note))).pitch.midi == 79
    assert next(iter(flat.getElementsByClass(music21.harmony.ChordSymbol))).figure == "Dm7"
    score = json.loads(file_of(page, "Score (JSON)"))
    assert "Verse" in json.dumps(score["sections"])

    page.get_by_role("link", name="Its page, with what was measured").press("Enter")
    expect(page.get_by_text("0 %: nothing of the recording is in it")).to_be_visible()
    page.get_by_role("link", name="Publish sheet").press("Enter")
    expect(page.get_by_text("Worldwide ex Japan")).to_be_visible()
    looked_at(page, "walk-cover-publish")
    assert watched.complaints == []


def test_a_take_is_sung_over_the_arrangement_and_nothing_of_the_master_is_in_it(
    with_microphone: Browser, site: str, wide: House, tmp_path: Path
) -> None:
    """One take is recorded in the page and one brought as a file; the one that is the tune is laid and rendered."""
    page = with_microphone.new_page()
    come_in(page, site, wide, made.MAKER)
    page.goto(f"{site}{SONG}/takes")
    page.get_by_role("button", name="Record", exact=True).click()
    expect(page.locator("[data-record-time]")).to_have_text(re.compile(r"^[2-9]\.\d s$"), timeout=20_000)
    page.get_by_role("button", name="Stop", exact=True).click()
    page.get_by_label("What you call it").fill("Only a tone")
    keep_take(page)
    expect(page.get_by_role("heading", name="Only a tone")).to_be_visible()
    page.get_by_role("link", name="Over an arrangement").click()
    expect(page.get_by_text(re.compile("the take was not recognised"))).to_be_visible(timeout=60_000)
    looked_at(page, "walk-take-unknown")

    lead = performance.play(performance.Take(104, 0, bars=8))["lead"]
    late = np.concatenate((lead[: round(0.4 * performance.RATE)] * 0, lead))
    sung = decode.write(tmp_path / "mine.flac", Audio(late, performance.RATE), "flac24")
    page.goto(f"{site}{SONG}/takes")
    page.get_by_label("The take as a file").set_input_files(sung)
    page.get_by_label("What you call it").fill("Mine")
    keep_take(page)
    mine = page.get_by_role("listitem").filter(has=page.get_by_role("heading", name="Mine", exact=True))
    mine.get_by_role("link", name="Over an arrangement").click()
    expect(page.get_by_text("Yes, as it stands")).to_be_visible(timeout=90_000)
    expect(page.get_by_text("Nothing of the recording sounds in it, only the song.")).to_be_visible()
    take_licence(page)
    made_of_it(page, "walk-sung")
    report = json.loads(file_of(page, "Report"))
    assert report["measured"]["original_permille"] == 0
    assert not any(one.startswith("recording.") for one in report["manifest"]["uses"])
    page.get_by_role("link", name="Its page, with what was measured").click()
    expect(page.get_by_text("0 %: nothing of the recording is in it")).to_be_visible()
    page.close()


def keep_take(page: Page) -> None:
    page.get_by_label(re.compile("I sang or played this myself")).check()
    page.get_by_role("button", name="Keep the take").click()


@DARK_AND_SMALL
def test_words_in_another_language_go_from_the_workspace_to_the_publish_sheet(
    watched: Watched, site: str, wide: House
) -> None:
    page = watched.page
    come_in(page, site, wide, made.MAKER)
    page.goto(f"{site}{SONG}/lyrics")
    page.get_by_label("The words as they are", exact=True).fill("Come back to me\nI wait tonight")
    page.get_by_label("The original's language").select_option("en")
    page.get_by_label("Your words", exact=True).fill("Vuelve a mí\nespero aquí")
    page.get_by_label("Your language").select_option("es")
    page.get_by_label("Title").fill("Vuelve")
    page.get_by_label("Credits").fill("lyricist: Ana Prado")
    page.get_by_role("button", name="Keep them").click()
    page.get_by_role("link", name="Make a cover with these words").click()
    page.get_by_label("Kind", exact=True).select_option("localise")
    page.get_by_label("Style", exact=True).select_option("bossa_nova")
    page.get_by_role("button", name="Propose a recipe").click()
    expect(page.get_by_text(re.compile("with other words, sung in Spanish"))).to_be_visible(timeout=60_000)
    take_licence(page)
    made_of_it(page, "walk-localised")
    page.get_by_role("link", name="Its page, with what was measured").click()
    page.get_by_role("link", name="Publish sheet").click()
    expect(page.get_by_text("Ana Prado")).to_be_visible()
    expect(page.get_by_text("Spanish, Latin")).to_be_visible()
    looked_at(page, "walk-localised-publish")
    assert watched.complaints == []


# ── a sentence ──


@pytest.mark.parametrize(
    ("sentence", "plan"),
    [
        ("nightcore with a long reverb", "Nightcore: a quarter faster and as much higher, with reverb."),
        ("radio edit of 10 seconds", "A radio edit, at most 0:10 long."),
        ("slow bossa nova, keep the voice, for Brazil", "15 % slower, the voice stays, for Brazil."),
        ("más lento y con eco", "10 % slower, with echo."),
        ("hazlo un 6 % más rápido, sin batería", "6 % faster, without drums."),
    ],
)
def test_a_sentence_is_laid_open_and_rendered(
    watched: Watched, site: str, wide: House, sentence: str, plan: str
) -> None:
    page = watched.page
    come_in(page, site, wide, made.MAKER)
    page.goto(site + STUDIO)
    say(page, sentence)
    expect(page.get_by_text(plan)).to_be_visible(timeout=60_000)
    take_licence(page)
    made_of_it(page)
    assert watched.complaints == []


def test_a_forbidden_name_gets_no_recipe(watched: Watched, site: str, wide: House) -> None:
    page = watched.page
    come_in(page, site, wide, made.MAKER)
    page.goto(site + STUDIO)
    say(page, "sing it like Adele")
    expect(page.get_by_role("heading", name="Not like this")).to_be_visible()
    expect(page.get_by_role("button", name="Take the licence and render")).to_have_count(0)
    looked_at(page, "walk-forbidden")


# ── kinds of the recording itself ──


def test_a_remix_is_stopped_in_the_middle_and_goes_on(watched: Watched, site: str, wide: House) -> None:
    """Levels, speed and pitch at once; what was finished before the stop is not made again."""
    page = watched.page
    come_in(page, site, wide, made.MAKER)
    wish = "kind=remix&tempo=6&key=2&levels=drums+-3%2C+lead+1"
    asked(page, site, wish)
    expect(page.get_by_text("A remix, 6 % faster, 2 semitones higher, drums -3 dB, lead +1 dB.")).to_be_visible()
    take_licence(page)
    expect(page.get_by_role("heading", name="On its way")).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("heading", name="Stopped")).to_be_visible(timeout=60_000)
    looked_at(page, "walk-stopped")
    page.get_by_role("button", name="Go on with it").click()
    made_of_it(page, "walk-remix")
    expect(page.get_by_text(re.compile("110.* BPM"))).to_be_visible()
    assert watched.complaints == []


@DARK_AND_SMALL
@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ("kind=nightcore", "Nightcore: a quarter faster and as much higher."),
        ("kind=extended&more=%7B%22bars%22%3A2%7D", "An extended mix, 2 bars."),
        (f"kind=mashup&other={made.SECOND}", "A mash-up with another song, with Undertow."),
    ],
    ids=["nightcore", "extended", "mash-up"],
)
def test_a_kind_is_made_to_its_end(watched: Watched, site: str, wide: House, wish: str, words: str) -> None:
    page = watched.page
    come_in(page, site, wide, made.MAKER)
    asked(page, site, wish)
    expect(page.get_by_text(words)).to_be_visible()
    take_licence(page)
    made_of_it(page, f"walk-{wish.split('=')[1].split('&')[0]}")
    assert watched.complaints == []


def test_what_is_refused_is_made_as_the_nearest_and_a_file_is_held_against_its_licence(
    watched: Watched, house: House, tmp_path: Path
) -> None:
    """Too fast is refused before anything is rendered, the nearest is taken by one click; then a copy that somebody
    sped up elsewhere is measured against the licence that came of it."""
    page = watched.page
    settings = Settings(home=house.home, workers=1, _env_file=None)  # type: ignore[call-arg]
    crew = crew_of(house, settings, lambda: cast.ASKED)
    crew.start()
    for site in serve(create_site(settings, house=house, now=lambda: cast.ASKED)):
        come_in(page, site, house, "owner@example.org")
        asked(page, site, "kind=remix&tempo=60&places=DE%2C+US")
        expect(page.get_by_text("Not as it stands")).to_be_visible()
        expect(page.get_by_role("row", name=re.compile(r"^Speed \+60 % -15 % to \+15 % \+15 %"))).to_be_visible()
        page.get_by_label(re.compile("my own work")).check()
        page.get_by_role("button", name="Render the nearest one").click()
        expect(page).to_have_url(re.compile("/studio/renders/"))
        made_of_it(page)
        report = json.loads(file_of(page, "Report"))
        assert report["measured"]["tempo_permille"] == pytest.approx(1150, abs=3)

        heard = decode.read(house.home / "arriving" / "mix.flac")
        quicker = soxr.resample(heard.samples, heard.rate * 1.25, heard.rate)
        file = decode.write(tmp_path / "nightcore.flac", Audio(quicker.astype(np.float32), heard.rate), "flac24")
        page.goto(f"{site}/studio/measurements?parent={cast.RECORDING_ID}&licence={report['licence_id']}")
        page.get_by_label("The file").set_input_files(file)
        page.get_by_role("button", name="Measure it").click()
        expect(page.get_by_role("heading", name="Against the licence")).to_be_visible(timeout=90_000)
        expect(page.get_by_role("row", name=re.compile(r"^Tempo \+25"))).to_be_visible()
        expect(page.get_by_text("It goes beyond the licence")).to_be_visible()
        speed = page.get_by_role("listitem").filter(has_text="Speed")
        expect(speed).to_contain_text(re.compile(r"\+25.* % was measured, allowed: -15 % to \+15 %"))
        looked_at(page, "walk-measured")
        noise = np.random.default_rng(3).normal(0, 0.05, (heard.rate * 8, 2)).astype(np.float32)
        stranger = decode.write(tmp_path / "stranger.flac", Audio(noise, heard.rate), "flac24")
        page.goto(f"{site}/studio/measurements?parent={cast.RECORDING_ID}&licence={report['licence_id']}")
        page.get_by_label("The file").set_input_files(stranger)
        page.get_by_role("button", name="Measure it").click()
        unmeasured = page.get_by_text(re.compile("could not be measured, so somebody has to approve it"))
        expect(unmeasured.first).to_be_visible(timeout=90_000)
        looked_at(page, "walk-unmeasured")
    crew.stop()
