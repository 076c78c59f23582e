"""Blobs: by the hash of their bytes, stored once, never half-written, in a folder or in object storage."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.store.blobs import BlobError, Blobs

MISSING = "0" * 64


@pytest.fixture(params=["folder", "bucket"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    in_folder = request.param == "folder"
    address = str(tmp_path / "blobs") if in_folder else f"{request.getfixturevalue('bucket')}/masters"
    return Blobs(address, cache=tmp_path / "cache")


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_a_blob_is_known_by_the_hash_of_its_bytes(blobs: Blobs, tmp_path: Path) -> None:
    data = b"RIFF" * 1000
    key = blobs.put(data)
    assert key == hashlib.sha256(data).hexdigest()
    assert blobs.exists(key) and blobs.size(key) == 4000 and blobs.read(key) == data
    assert blobs.local_path(key).read_bytes() == data
    with blobs.open(key) as file:
        file.seek(3996)
        assert file.read() == b"RIFF"
    source = tmp_path / "take.wav"
    source.write_bytes(data)
    assert blobs.put_file(source) == key


@given(st.lists(st.binary(max_size=50), max_size=8))
def test_how_bytes_are_cut_makes_no_difference(chunks: list[bytes]) -> None:
    blobs = Blobs("memory://cut")
    assert blobs.put_chunks(chunks) == blobs.put(b"".join(chunks))


def test_the_same_bytes_are_stored_once(tmp_path: Path) -> None:
    blobs = Blobs(str(tmp_path / "blobs"))
    with ThreadPoolExecutor(4) as pool:
        keys = set(pool.map(blobs.put, [b"same"] * 8))
    assert len(keys) == 1 and len(files(tmp_path)) == 1


def test_a_stream_that_breaks_leaves_nothing(blobs: Blobs, tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield b"x" * 100_000
        raise OSError("the line went dead")

    with pytest.raises(OSError, match="went dead"):
        blobs.put_chunks(broken())
    assert files(tmp_path) == []


def test_bytes_that_changed_at_rest_are_found(tmp_path: Path) -> None:
    blobs = Blobs(str(tmp_path / "blobs"))
    key = blobs.put(b"true")
    path = blobs.local_path(key)
    assert path.stat().st_mode & 0o222 == 0  # read-only, so nobody edits a master by mistake
    path.unlink()
    path.write_bytes(b"fals")
    with pytest.raises(BlobError, match="has changed at rest"):
        blobs.read(key)


@pytest.mark.parametrize("ask", ["size", "read", "open", "local_path"])
def test_what_is_missing_is_told_by_its_key(blobs: Blobs, ask: str) -> None:
    assert not blobs.exists(MISSING)
    with pytest.raises(BlobError, match=MISSING):
        getattr(blobs, ask)(MISSING)


@pytest.mark.parametrize("key", ["", "../../etc/passwd", "A" * 64, "0" * 63])
def test_what_is_no_key_reaches_no_file(blobs: Blobs, key: str) -> None:
    with pytest.raises(BlobError, match="is not a blob's key"):
        blobs.read(key)


def test_a_removed_blob_is_gone_also_from_the_cache(blobs: Blobs, tmp_path: Path) -> None:
    key = blobs.put(b"a payee's form")
    blobs.local_path(key)
    blobs.remove(key)
    blobs.remove(key)
    assert not blobs.exists(key) and files(tmp_path) == []
