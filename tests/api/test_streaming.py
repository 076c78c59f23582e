"""Ranges as RFC 9110 §14 gives them: the examples of the standard, and every cut of a small file."""

from __future__ import annotations

import hashlib
import io
from typing import IO

import pytest
from fastapi import FastAPI, Request, Response
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from ritornello.api import errors
from ritornello.api.streaming import read_range, stream

DATA = bytes(range(256)) * 40
KEY = hashlib.sha256(DATA).hexdigest()


class Shelf:
    """A shelf with one blob."""

    def exists(self, key: str) -> bool:
        return key == KEY

    def size(self, key: str) -> int:
        return len(DATA)

    def open(self, key: str) -> IO[bytes]:
        return io.BytesIO(DATA)


@pytest.fixture(scope="module")
def client() -> TestClient:
    app = FastAPI()
    errors.install(app)

    @app.api_route("/audio/{key}", methods=["GET", "HEAD"])
    def audio(key: str, request: Request) -> Response:
        return stream(request, Shelf(), key, "audio/flac")

    return TestClient(app, raise_server_exceptions=False)


@pytest.mark.parametrize(
    ("asked", "size", "part"),
    [
        ("bytes=0-499", 10000, (0, 500)),
        ("bytes=500-999", 10000, (500, 1000)),
        ("bytes=-500", 10000, (9500, 10000)),
        ("bytes=9500-", 10000, (9500, 10000)),
        ("bytes=-20000", 10000, (0, 10000)),
        ("bytes=10000-", 10000, None),
        ("bytes=-0", 10000, None),
        ("bytes=5-3", 10000, (0, 10000)),
        ("bytes=0-0,-1", 10000, (0, 10000)),
        ("chapters=1", 10000, (0, 10000)),
        ("", 10000, (0, 10000)),
    ],
)
def test_ranges_are_read_as_the_standard_reads_them(asked: str, size: int, part: tuple[int, int] | None) -> None:
    assert read_range(asked, size) == part


@given(st.integers(0, 12000), st.integers(0, 12000))
def test_a_range_gives_those_bytes_and_says_so(start: int, end: int) -> None:
    part = read_range(f"bytes={start}-{end}", len(DATA))
    if start >= len(DATA) and end >= start:
        assert part is None
    elif end >= start:
        assert part is not None
        assert DATA[part[0] : part[1]] == DATA[start : end + 1]


def test_whole_part_and_nothing(client: TestClient) -> None:
    whole = client.get(f"/audio/{KEY}")
    assert (whole.status_code, whole.content) == (200, DATA)
    assert whole.headers["accept-ranges"] == "bytes"
    part = client.get(f"/audio/{KEY}", headers={"Range": "bytes=100-199"})
    assert (part.status_code, part.content) == (206, DATA[100:200])
    assert part.headers["content-range"] == f"bytes 100-199/{len(DATA)}"
    assert part.headers["content-length"] == "100"
    beyond = client.get(f"/audio/{KEY}", headers={"Range": "bytes=99999-"})
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{len(DATA)}")
    assert client.get(f"/audio/{KEY}", headers={"If-None-Match": f'"{KEY}"'}).status_code == 304
    changed = client.get(f"/audio/{KEY}", headers={"Range": "bytes=0-9", "If-Range": '"other"'})
    assert (changed.status_code, len(changed.content)) == (200, len(DATA))
    head = client.head(f"/audio/{KEY}")
    assert (head.content, head.headers["content-length"]) == (b"", str(len(DATA)))
    assert client.get("/audio/none").status_code == 404
