"""Found use, by its pages: a file is looked into, heard against our recording, offered a licence, and accepted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
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

    page.context.clear_cookies()
    page.goto(f"{site}/found/{token}")
    expect(page.get_by_role("heading", name="The terms")).to_be_visible()
    assert violations(page) == []
    _accept(page)
    expect(page.get_by_text(re.compile("It waits for .*UNMEASURED"))).to_be_visible()
    said = page.get_by_text(re.compile("See decision|see decision")).inner_text()
    approve(home, re.search(r"dec_\w+", said)[0], AT)  # type: ignore[index]
    _accept(page)
    expect(page.get_by_text("It is licensed.")).to_be_visible()
    assert violations(page) == []
    assert {row.channel for row in lists_of(home, cast.ORGANISATION, AT.date(), AT)} == {"UC-quick"}
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
    page.evaluate(
        """() => { window.heard = []; const play = HTMLMediaElement.prototype.play;
        HTMLMediaElement.prototype.play = function () { window.heard.push(this); return play.call(this); }; }"""
    )
    page.get_by_role("button", name="Both at once").click()
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function("() => window.heard.length >= 2 && window.heard.every((one) => one.currentTime > 1.2)")
    file, ours = page.evaluate(
        """() => window.heard.slice(0, 2).map((one) => [one.currentTime, one.playbackRate, one.paused])"""
    )
    page.get_by_role("button", name="Pause").click()
    assert not file[2] and not ours[2]
    assert file[1] == 1 and ours[1] == pytest.approx(1.06, abs=0.01)
    assert ours[0] == pytest.approx(file[0] * 1.06, abs=0.3)


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
