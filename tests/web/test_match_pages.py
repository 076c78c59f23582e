"""Found use, by its pages: a file is looked into, heard against our recording, offered a licence, and accepted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import soxr
from fastapi.testclient import TestClient
from playwright.sync_api import Page, expect

from ritornello.analysis import decode
from ritornello.cli import identify as identify_command
from ritornello.cli import matches as matches_command
from ritornello.people import service
from ritornello.people.model import Identity
from ritornello.people.roles import Role
from ritornello.settings import Settings
from ritornello.web.site import create_site
from ritornello.workflows.demo import cast
from ritornello.workflows.house import House
from ritornello.workflows.identify_audio import index_catalogue
from ritornello.workflows.service_lists import lists_of
from ritornello.workflows.take_in_matches import take_in_match
from tests.identify import houses, music
from tests.web.conftest import Watched, serve
from tests.web.test_gallery import violations
from tests.workflows.test_matches import SONG_SECONDS, approve, faster

AT = datetime(2026, 7, 10, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> House:
    made = houses.with_open_song(tmp_path_factory.mktemp("matches"), SONG_SECONDS)
    index_catalogue(made, cast.ORGANISATION)
    return made


@pytest.fixture(scope="module")
def sign_in(home: House) -> str:
    with home.work(cast.ORGANISATION) as work:
        person = service.admit(work.people, cast.ORGANISATION, "dana@example.org", "Dana", [Role.OWNER], AT)
        token, _ = service.make_sign_in_link(work.people, cast.ORGANISATION, person.id, AT, timedelta(hours=1))
        work.commit()
    return token


@pytest.fixture
def sign_in_again(home: House) -> str:
    with home.work(cast.ORGANISATION) as work:
        person = service.admit(work.people, cast.ORGANISATION, "dana@example.org", "Dana", [Role.OWNER], AT)
        token, _ = service.make_sign_in_link(work.people, cast.ORGANISATION, person.id, AT, timedelta(hours=1))
        work.commit()
    return token


@pytest.fixture(scope="module")
def site(home: House) -> Iterator[str]:
    settings = Settings(home=home.home, _env_file=None)  # type: ignore[call-arg]
    yield from serve(create_site(settings, house=home, now=lambda: AT))


def test_found_use_becomes_licensed_use_by_the_pages(
    watched: Watched, site: str, home: House, sign_in: str, tmp_path: Path
) -> None:
    page = watched.page
    page.goto(f"{site}/sign-in/{sign_in}")
    page.get_by_role("button", name=re.compile("Continue as")).click()
    page.get_by_role("link", name="Matches", exact=True).click()
    expect(page.get_by_text("Nothing found yet")).to_be_visible()
    assert violations(page) == []
    _look_into(page, faster(tmp_path / "Open Song (quick).wav"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Open Song (quick).wav")
    expect(page.get_by_text("+1.0 semitones, 1.06 times as fast").first).to_be_visible()
    expect(page.get_by_role("radio", name=re.compile("Offer a licence"))).to_be_checked()
    expect(page.get_by_role("radio", name=re.compile("allow-list"))).to_be_disabled()
    assert violations(page) == []
    _both_sound_at_once(page)
    page.get_by_label("Why").fill("Fans may do this here.")
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_text("Offered a licence")).to_be_visible()
    page.get_by_label("They are").select_option("subscribers")
    page.get_by_label("Country").fill("DE")
    page.get_by_label("Age", exact=True).fill("25")
    page.get_by_label("Verified by the service").check()
    page.get_by_role("button", name="Make the link").click()
    link = page.get_by_label("The link").input_value()
    assert violations(page) == []
    token = link.rpartition("/")[2]

    match_page, signed_in = page.url.removesuffix("/link"), page.context.cookies()
    page.context.clear_cookies()
    page.goto(f"{site}/found/{token}")
    expect(page.get_by_role("heading", name="The terms")).to_be_visible()
    expect(page.get_by_text(re.compile("0:00 to 0:3. is Open Song from 0:00"))).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Decline the terms").click()
    expect(page.get_by_text("You declined these terms")).to_be_visible()
    assert violations(page) == []
    _accept(page)
    expect(page.get_by_text(re.compile("It waits for .*UNMEASURED"))).to_be_visible()
    said = page.get_by_text(re.compile("See decision|see decision")).inner_text()
    approve(home, re.search(r"dec_\w+", said)[0], AT)  # type: ignore[index]
    _accept(page)
    expect(page.get_by_text("It is licensed.")).to_be_visible()
    assert violations(page) == []
    assert {row.channel for row in lists_of(home, cast.ORGANISATION, AT.date(), AT)} == {"UC-quick"}

    page.context.add_cookies(signed_in)  # type: ignore[arg-type]
    page.goto(match_page)
    expect(page.get_by_role("radio", name="Claim it")).to_be_disabled()
    page.get_by_label("Who lets go of it").select_option(cast.LABEL)
    page.get_by_label("Who said so, and how").fill("The label, by mail.")
    page.get_by_role("button", name="Write it down").click()
    expect(page.get_by_text("The label, by mail.")).to_be_visible()
    assert page.get_by_label("Who lets go of it").locator(f"option[value={cast.LABEL}]").count() == 0
    assert violations(page) == []
    assert watched.complaints == [one for one in watched.complaints if "422" in one]


def _look_into(page: Page, path: Path) -> None:
    page.get_by_label("Audio file").set_input_files(path)
    page.get_by_label("Service where it stands").fill(cast.ALPHA)
    page.get_by_label(re.compile("^Channel")).fill("UC-quick")
    page.get_by_label("Plays there").fill("1,200")
    page.get_by_role("button", name="Look into it").click()


def _accept(page: Page) -> None:
    page.get_by_label("Your name, as it stands in the credits").fill("Quick")
    page.get_by_label("What this version is called").fill("Quick version")
    page.get_by_label("What I added is my own work").check()
    page.get_by_role("button", name="Accept and license it").click()


def _both_sound_at_once(page: Page) -> None:
    """The recording sounds along at the speed and the place that it has in the file."""
    _listening(page)
    page.get_by_role("button", name="Both at once").click()
    page.get_by_role("button", name="Play", exact=True).click()
    file, ours = _sounding(page, 1.2)
    page.get_by_role("button", name="Pause").click()
    assert file["rate"] == 1 and ours["rate"] == pytest.approx(1.06, abs=0.01)
    assert ours["at"] == pytest.approx(file["at"] * 1.06, abs=0.3)


def _listening(page: Page) -> None:
    """From here on the page tells what sounds: every element that was ever asked to play."""
    page.evaluate(
        """() => { window.heard = []; const play = HTMLMediaElement.prototype.play;
        HTMLMediaElement.prototype.play = function () {
            if (!window.heard.includes(this)) window.heard.push(this); return play.call(this); }; }"""
    )


def _sounding(page: Page, after: float) -> tuple[dict[str, float], dict[str, float]]:
    """Place (s) and rate of the file and of our recording, once both have sounded beyond that second of the file."""
    page.wait_for_function(
        """(after) => window.heard.length >= 2 && window.heard.every((one) => !one.paused && !one.seeking)
        && window.heard[0].currentTime > after""",
        arg=after,
    )
    file, ours = page.evaluate(
        """() => window.heard.slice(0, 2).map((one) => ({at: one.currentTime, rate: one.playbackRate}))"""
    )
    return file, ours


@pytest.mark.parametrize("watched", [{}, {"scheme": "dark", "width": 360}], indirect=True)
@pytest.mark.parametrize("by", [1.25, 0.8])
def test_both_play_in_sync_at_the_offset_of_the_answer_by_keyboard(
    watched: Watched, site: str, home: House, sign_in_again: str, tmp_path: Path, by: float
) -> None:
    cut = music.cut(music.song(1, SONG_SECONDS), 12, 36)
    moved = np.asarray(soxr.resample(cut, music.RATE * by, music.RATE))
    path = decode.write(tmp_path / f"part {by}.wav", music.audio(moved))
    taken = take_in_match(home, cast.ORGANISATION, path, AT)
    assert taken.match is not None
    (placed,) = taken.match.answer["passages"]
    assert placed["time_scale_ppm"] == pytest.approx(1e6 / by, rel=0.01)
    (start, _), (there, _) = placed["query_ms"], placed["reference_ms"]
    assert there / 1000 == pytest.approx(12 + start / 1000 * by, abs=0.2), "it begins at 0:12 of our recording"

    page = watched.page
    page.context.set_default_timeout(20_000)
    page.goto(f"{site}/sign-in/{sign_in_again}")
    page.get_by_role("button", name=re.compile("Continue as")).click()
    page.goto(f"{site}/matches/{taken.match.id}")
    _listening(page)
    page.get_by_role("button", name="Both at once").focus()
    page.keyboard.press("Space")
    expect(page.get_by_role("button", name="Both at once")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Play", exact=True).focus()
    page.keyboard.press("Enter")
    for after in (start / 1000 + 1.0, 6.0):
        if after == 6.0:  # a jump by keyboard takes both along
            page.get_by_role("slider", name=re.compile("found file", re.IGNORECASE)).focus()
            page.keyboard.press("PageDown")
            page.keyboard.press("Home")
            page.wait_for_function("() => window.heard[0].currentTime < 3")
            after = start / 1000 + 1.5
        file, ours = _sounding(page, after)
        assert (file["rate"], ours["rate"]) == (1, pytest.approx(by, abs=0.01))
        expected = there / 1000 + (file["at"] - start / 1000) * by
        assert ours["at"] == pytest.approx(expected, abs=0.3)
    page.get_by_role("button", name="Pause").focus()
    page.keyboard.press("Enter")
    page.wait_for_function("() => window.heard.every((one) => one.paused)")
    assert violations(page) == []
    assert watched.complaints == []


def test_what_cannot_be_heard_is_told_and_keeps_nothing(site: str, home: House, sign_in: str, tmp_path: Path) -> None:
    settings = Settings(home=home.home, upload_limit_mib=1, _env_file=None)  # type: ignore[call-arg]
    app = create_site(settings, house=home, now=lambda: AT)
    with home.work(cast.ORGANISATION) as work:
        person = service.admit(work.people, cast.ORGANISATION, "program@example.org", "Program", [Role.OWNER], AT)
        owner = Identity(cast.ORGANISATION, person.id, frozenset({Role.OWNER}), None, "")
        key, _ = service.give_key(work.people, owner, "program", [Role.OWNER], AT)
        work.commit()
    client = TestClient(app, headers={"Authorization": f"Bearer {key}"})
    before = client.get("/api/v1/matches").json()
    wrong = {
        "no audio": (b"these are words", 422),
        "empty": (b"", 422),
        "too large": (b"\0" * (1 << 20) + b"\0", 413),
        "too short": (decode.write(tmp_path / "s.wav", music.audio(music.cut(music.song(1), 0, 1))).read_bytes(), 422),
    }
    for name, (content, status) in wrong.items():
        for door in ("identify", "matches"):
            answer = client.post(f"/api/v1/{door}", files={"file": (f"{name}.wav", content)})
            assert answer.status_code == status, (name, answer.text)
            assert answer.json()["mend"]
    assert client.get("/api/v1/matches").json() == before
    assert not list(home.home.glob("tmp*"))


def test_watching_a_folder_hears_each_file_once(
    home: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arrivals = tmp_path / "arrivals"
    arrivals.mkdir()
    faster(arrivals / "arrived.wav", 1.08)
    decode.write(arrivals / "other.wav", music.song(12))
    (arrivals / "broken.wav").write_text("no sound")
    for _ in range(2):
        identify_command.watch(arrivals, cast.ALPHA, 1.0, True, cast.ORGANISATION, home.home)
    told = capsys.readouterr()
    assert told.out.count("arrived.wav") == 1 and "mat_" in told.out
    assert told.out.count("other.wav: nothing of the catalogue") == 1
    assert told.err.count("broken.wav") == 1
    matches_command.listed("", cast.ORGANISATION, home.home, as_json=True)
    assert "arrived.wav" in capsys.readouterr().out
