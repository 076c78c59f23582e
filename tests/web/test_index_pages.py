"""What can be found, by its page and its interface; and files that no service should fall over."""

from __future__ import annotations

import io
import re
import socket
import struct
import threading
import wave
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import soundfile
from fastapi.testclient import TestClient
from playwright.sync_api import expect

from ritornello.api import uploads
from ritornello.people import service
from ritornello.people.model import Identity
from ritornello.people.roles import Role
from ritornello.settings import Settings
from ritornello.web.site import create_site
from ritornello.workflows.house import House
from tests.identify import houses, music
from tests.web.conftest import Watched, serve
from tests.web.test_gallery import violations

ORG = "org_index"
AT = datetime(2026, 7, 10, 12, tzinfo=UTC)
UPLOAD_MIB = 2


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> House:
    return houses.with_songs(tmp_path_factory.mktemp("index"), ORG, 1, 2)


@pytest.fixture(scope="module")
def settings(home: House) -> Settings:
    return Settings(home=home.home, upload_limit_mib=UPLOAD_MIB, _env_file=None)  # type: ignore[call-arg]


@pytest.fixture(scope="module")
def key(home: House) -> str:
    with home.work(ORG) as work:
        person = service.admit(work.people, ORG, "program@example.org", "Program", [Role.OWNER], AT)
        owner = Identity(ORG, person.id, frozenset({Role.OWNER}), None, "")
        made, _ = service.give_key(work.people, owner, "program", [Role.OWNER], AT)
        work.commit()
    return made


@pytest.fixture(scope="module")
def client(home: House, settings: Settings, key: str) -> TestClient:
    site = create_site(settings, house=home, now=lambda: AT)
    return TestClient(site, headers={"Authorization": f"Bearer {key}"})


@pytest.fixture(scope="module")
def site(home: House, settings: Settings) -> Iterator[str]:
    yield from serve(create_site(settings, house=home, now=lambda: AT))


def part(seed: int) -> bytes:
    out = io.BytesIO()
    soundfile.write(out, music.cut(music.song(seed), 3, 13), music.RATE, format="WAV", subtype="PCM_16")
    return out.getvalue()


def asked(client: TestClient, content: bytes, door: str = "/api/v1/identify") -> list[str]:
    answer = client.post(door, files={"file": ("a.wav", content)})
    assert answer.status_code == 200, answer.text
    return [one["recording"] for one in answer.json()["found"]]


def test_the_index_by_its_interface(client: TestClient) -> None:
    assert asked(client, part(2)) == ["rec_2"]
    assert client.delete("/api/v1/index/DE-A41-26-00002").json() == {"recording": "rec_2"}
    assert asked(client, part(2)) == []
    standing = client.get("/api/v1/index").json()
    assert standing["found"] == 1 and [one["recording"] for one in standing["kept_out"]] == ["rec_2"]
    assert client.delete("/api/v1/index/rec_9").status_code == 404
    name = client.post("/api/v1/index/snapshots").json()["snapshot"]
    assert client.put("/api/v1/index/rec_2").json() == {"recording": "rec_2"}
    job = client.post("/api/v1/index", json={"anew": False})
    assert job.status_code == 202
    done = client.get(f"/api/v1/index/jobs/{job.json()['id']}").json()
    assert (done["state"], done["result"]) == ("done", {"found": 2})
    assert asked(client, part(2)) == ["rec_2"]
    assert client.post(f"/api/v1/index/snapshots/{name}/restored").json() == {"found": 1}
    assert client.post("/api/v1/index/snapshots/elsewhere/restored").status_code == 422
    assert client.post(f"/api/v1/index/jobs/{job.json()['id']}/cancel").json()["state"] == "done"
    assert client.get("/api/v1/index/jobs/job_none").status_code == 404
    client.post("/api/v1/index", json={"anew": True, "density": "light"})
    standing = client.get("/api/v1/index").json()
    assert (standing["behind"], standing["density"]) == ([], "light")
    assert {one["density"]: one["recordings"] for one in standing["parts"]} == {"full": 0, "light": 2}
    assert client.post("/api/v1/index", json={"density": "thin"}).status_code == 422
    assert asked(client, part(2)) == ["rec_2"]


def test_the_index_by_its_page(watched: Watched, site: str, home: House) -> None:
    with home.work(ORG) as work:
        person = service.admit(work.people, ORG, "dana@example.org", "Dana", [Role.OWNER], AT)
        token, _ = service.make_sign_in_link(work.people, ORG, person.id, AT, timedelta(hours=1))
        work.commit()
    page = watched.page
    page.goto(f"{site}/sign-in/{token}")
    page.get_by_role("button", name=re.compile("Continue as")).click()
    page.goto(f"{site}/matches")
    page.get_by_role("link", name="what can be found").click()
    expect(page.get_by_text("2 recordings can be found")).to_be_visible()
    expect(page.get_by_text("It is in line with the catalogue.")).to_be_visible()
    page.get_by_role("button", name="Keep it as it stands").click()
    expect(page.get_by_role("status")).to_contain_text("The index is kept as")
    page.get_by_label("Take a recording out").fill("rec_9")
    page.get_by_role("button", name="Take it out").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("No recording of this house: rec_9")
    page.get_by_label("Take a recording out").fill("DEA412600001")
    page.get_by_role("button", name="Take it out").press("Enter")
    expect(page.get_by_text("taken out by a person")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Put Song 1 back").press("Enter")
    expect(page.get_by_text("not in the index")).to_be_visible()
    page.get_by_label("What is heard is kept").select_option("full")
    page.get_by_role("button", name="Bring it in line").press("Enter")
    expect(page.get_by_text("Done", exact=True)).to_be_visible(timeout=60_000)
    expect(page.get_by_text("2 recordings can be found")).to_be_visible()
    kept = page.get_by_role("region", name="How it is kept")
    expect(kept.get_by_role("rowheader")).to_have_text(["full"])  # the light segment that lost one was merged
    page.get_by_role("button", name=re.compile("Put 2026.* back")).first.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("recordings can be found")
    assert violations(page) == []
    assert [one for one in watched.complaints if "422" not in one] == []


def test_a_long_file_by_its_interface(client: TestClient, home: House) -> None:
    sent = client.post("/api/v1/identify/jobs", files={"file": ("set.wav", part(2))})
    assert sent.status_code == 202 and sent.json()["state"] == "queued"
    address = f"/api/v1/identify/jobs/{sent.json()['id']}"
    done = client.get(address).json()
    assert (done["state"], done["progress_permille"]) == ("done", 1000)
    assert done["result"]["answer"]["file"] == "set.wav"
    assert [one["recording"] for one in done["result"]["answer"]["found"]] == ["rec_2"]
    assert client.post(f"{address}/cancel").json()["state"] == "done"
    assert client.get("/api/v1/identify/jobs/job_none").status_code == 404
    data = {"channel": "UC-long", "plays": "7"}
    sent = client.post("/api/v1/matches/jobs", files={"file": ("set.wav", part(2))}, data=data)
    found = client.get(f"/api/v1/identify/jobs/{sent.json()['id']}").json()["result"]["match"]
    assert client.get(f"/api/v1/matches/{found}").json()["channel"] == "UC-long"
    failed = client.post("/api/v1/identify/jobs", files={"file": ("set.wav", b"words")})
    told = client.get(f"/api/v1/identify/jobs/{failed.json()['id']}").json()
    assert told["state"] == "failed" and "not audio" in told["error"]


def test_a_long_file_by_its_page(
    watched: Watched, site: str, home: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is heard beside the request; the page tells how far it is, and a person may stop it."""
    from ritornello.workflows import look_into

    monkeypatch.setattr(look_into, "LONG_SECONDS", 8.0)
    heard, go_on, reached = look_into.take_in_match, threading.Event(), threading.Event()

    def slowly(*args: object, **more: object) -> object:
        report = more["report"]

        def told(done: float, words: str) -> None:
            report(1.0 if words.startswith("comparing") else done, words)  # type: ignore[operator]
            if words.startswith("comparing from 0:02"):
                reached.set()
                assert go_on.wait(30)
                report(1.0, words)  # type: ignore[operator]

        return heard(*args, **{**more, "report": told})  # type: ignore[arg-type]

    monkeypatch.setattr(look_into, "take_in_match", slowly)
    with home.work(ORG) as work:
        person = service.admit(work.people, ORG, "lou@example.org", "Lou", [Role.OWNER], AT)
        token, _ = service.make_sign_in_link(work.people, ORG, person.id, AT, timedelta(hours=1))
        work.commit()
    page = watched.page
    page.goto(f"{site}/sign-in/{token}")
    page.get_by_role("button", name=re.compile("Continue as")).click()
    path = tmp_path / "a long set.wav"
    path.write_bytes(part(1))
    for stop in (True, False):
        go_on.clear()
        reached.clear()
        page.goto(f"{site}/matches")
        page.get_by_label("Audio file").set_input_files(path)
        page.get_by_label("Channel").fill("UC-set")
        page.get_by_role("button", name="Look into it").click()
        expect(page.get_by_role("heading", name="a long set.wav")).to_be_visible()
        assert reached.wait(30)
        expect(page.get_by_text("comparing from 0:02")).to_be_visible()
        assert page.get_by_role("progressbar").or_(page.locator("meter, progress")).count() == 1
        assert violations(page) == []
        if stop:
            page.get_by_role("button", name="Stop it").press("Enter")
            go_on.set()
            expect(page.get_by_text("Stopped; nothing of the file is kept")).to_be_visible()
        else:
            go_on.set()
            page.get_by_role("link", name="See what is in it").click()
            expect(page.get_by_role("region", name="What is in it")).to_be_visible()
    assert not list((home.home / "identify" / f"{ORG}.waiting").glob("*"))
    assert watched.complaints == []


def wav(samples: np.ndarray, kind: str = "FLOAT") -> bytes:
    out = io.BytesIO()
    soundfile.write(out, samples, 22_050, format="WAV", subtype=kind)
    return out.getvalue()


def lying(declared: int) -> bytes:
    """A WAV file of a tenth of a second whose header declares so many bytes of sound."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setparams((1, 2, 22_050, 0, "NONE", ""))
        file.writeframes(bytes(4_410))
    content = bytearray(out.getvalue())
    content[4:8] = struct.pack("<I", min(declared + 36, 2**32 - 1))
    content[40:44] = struct.pack("<I", min(declared, 2**32 - 1))
    return bytes(content)


def with_one(value: float) -> np.ndarray:
    samples = music.cut(music.song(1), 0, 5).copy()
    samples[9_000] = value
    return samples


def test_a_mash_up_is_divided_by_seconds_and_the_rest_is_put_down_to_nobody(
    watched: Watched, client: TestClient, site: str, home: House
) -> None:
    """Song 1 from 0 to 16 s, song 2 from 8 to 24 s, a stranger from 24 to 36 s."""
    made = np.zeros(36 * music.RATE)
    for seed, start, length in ((1, 0, 16), (2, 8, 16), (23, 24, 12)):
        clip = music.cut(music.song(seed), 2, 2 + length)
        made[start * music.RATE : (start + length) * music.RATE] += clip / clip.std()
    out = io.BytesIO()
    soundfile.write(out, 0.2 * made / made.std(), music.RATE, format="WAV", subtype="PCM_16")
    told = client.post("/api/v1/matches", files={"file": ("mash-up.wav", out.getvalue())}, data={"channel": "UC-mash"})
    answer = told.json()["answer"]
    assert {one["recording"] for one in answer["found"]} == {"rec_1", "rec_2"}
    assert answer["duration_shares_permille"] == pytest.approx({"rec_1": 500, "rec_2": 500}, abs=60)
    assert answer["unknown_ms"] == pytest.approx(12_000, abs=2_000)
    spans = {one["recording"]: one["query_ms"] for one in answer["passages"]}
    assert spans["rec_1"] == pytest.approx([0, 16_000], abs=1_500)
    assert spans["rec_2"] == pytest.approx([8_000, 24_000], abs=1_500)

    with home.work(ORG) as work:
        person = service.admit(work.people, ORG, "ada@example.org", "Ada", [Role.OWNER], AT)
        token, _ = service.make_sign_in_link(work.people, ORG, person.id, AT, timedelta(hours=1))
        work.commit()
    page = watched.page
    page.goto(f"{site}/sign-in/{token}")
    page.get_by_role("button", name=re.compile("Continue as")).click()
    page.goto(f"{site}/matches/{told.json()['match']['id']}")
    found = page.get_by_role("region", name="What is in it")
    expect(found.get_by_text("Song 1", exact=True)).to_be_visible()
    expect(found.get_by_text("Song 2", exact=True)).to_be_visible()
    expect(found.get_by_role("heading", name="Nothing that is known")).to_be_visible()
    expect(found.get_by_text(re.compile("Two at once.*Song 1 and Song 2"))).to_be_visible()
    assert page.locator(".match-bars .unknown").count() == 1
    assert violations(page) == []
    assert [one for one in watched.complaints if "422" not in one] == []


HOSTILE: dict[str, tuple[bytes, str]] = {
    "words": (b"these are words", "not audio"),
    "empty": (b"", "empty"),
    "zeros": (bytes(70_000), "not audio"),
    "too short": (wav(music.cut(music.song(1), 0, 2)), "at least 3 seconds"),
    "silent": (wav(np.zeros(22_050 * 5)), "silent"),
    "not a number": (wav(with_one(np.nan)), "no sound"),
    "endless": (wav(with_one(np.inf)), "no sound"),
    "integers called floats": (wav(with_one(30_000.0)), "no sound"),
    "a thousand million samples": (lying(2_000_000_000), "truncated"),
    "four thousand million bytes": (lying(2**32 - 1), "silent"),
    "a header and nothing": (b"RIFF\xff\xff\xff\x7fWAVEfmt ", ""),
    "half an Ogg page": (b"OggS" + bytes(5_000), ""),
    "an archive": (b"PK\x03\x04" + bytes(3_000), "not audio"),
    "a page": (b"<html><body>404</body></html>", "not audio"),
}


@pytest.mark.parametrize("what", HOSTILE)
@pytest.mark.parametrize("door", ["/api/v1/identify", "/api/v1/matches", "/matches"])
def test_a_hostile_file_is_told_what_is_wrong_and_the_service_goes_on(client: TestClient, door: str, what: str) -> None:
    content, words = HOSTILE[what]
    answer = client.post(door, files={"file": (f"{what}.wav", content)}, follow_redirects=False)
    assert answer.status_code == 422, answer.text
    assert words in answer.text
    assert client.get("/api/v1/health").json()["status"] == "ok"
    assert not list(Path(client.app.state.installation.house.home).glob("tmp*")), "nothing of it is left"  # type: ignore[attr-defined]


def test_a_flac_that_declares_more_than_anybody_hears_is_refused_before_it_is_read(client: TestClient) -> None:
    out = io.BytesIO()
    soundfile.write(out, with_one(0.0), 22_050, format="FLAC", subtype="PCM_16")
    content = bytearray(out.getvalue())
    # STREAMINFO: 36 bits of the number of samples, in the last nibble of byte 21 and bytes 22 to 25
    content[21] |= 0x0F
    content[22:26] = b"\xff\xff\xff\xff"
    answer = client.post("/api/v1/identify", files={"file": ("long.flac", bytes(content))})
    assert answer.status_code == 422 and answer.json()["mend"]
    assert asked(client, part(1)) == ["rec_1"]


def test_an_upload_without_end_is_cut_off(site: str, key: str) -> None:
    host, port = site.removeprefix("http://").split(":")
    head = (
        f"POST /api/v1/identify HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: Bearer {key}\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\n"
    )
    with socket.create_connection((host, int(port)), timeout=30) as raw:
        raw.sendall(f"{head}Content-Length: {10**12}\r\n\r\n".encode())
        assert raw.recv(4_096).startswith(b"HTTP/1.1 413"), "refused before anything of it came"
    with socket.create_connection((host, int(port)), timeout=30) as raw:
        raw.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
        form = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'
        sent, piece = 0, b"\0" * 65_536
        try:
            raw.sendall(b"%x\r\n%s\r\n" % (len(form), form))
            while sent < (UPLOAD_MIB + 20) << 20:
                raw.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
                sent += len(piece)
            told = raw.recv(4_096)
        except (BrokenPipeError, ConnectionResetError):
            told = b""
    assert told == b"" or told.startswith(b"HTTP/1.1 413")
    with socket.create_connection((host, int(port)), timeout=30) as raw:
        raw.sendall(f"GET /api/v1/health HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n".encode())
        assert b'"ok"' in b"".join(iter(lambda: raw.recv(4_096), b""))


def test_a_file_waits_for_its_turn_and_is_told_when_none_comes(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "PATIENCE", 0.05)
    here = client.app.state.installation  # type: ignore[attr-defined]
    turns = 0
    while here.listening.acquire(blocking=False):
        turns += 1
    try:
        answer = client.post("/api/v1/identify", files={"file": ("a.wav", part(1))})
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
        assert client.get("/api/v1/health").status_code == 200
    finally:
        for _ in range(turns):
            here.listening.release()
    assert asked(client, part(1)) == ["rec_1"]
