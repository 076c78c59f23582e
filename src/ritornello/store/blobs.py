"""Blobs: audio and files by the hash of their bytes, in a local folder or any object storage that fsspec knows.

A blob's key is the SHA-256 of its content, 64 hexadecimal digits, so writing the same bytes twice stores them once and
a changed byte is found. Nothing half-written is ever seen: a local file appears by a rename, an object by one PUT.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import IO, cast

import fsspec
from fsspec.implementations.local import LocalFileSystem

CHUNK = 1 << 20
_KEY = re.compile(r"[0-9a-f]{64}")


class BlobError(Exception):
    """A blob is missing, or its bytes are not those that its key promises."""


class Blobs:
    """Content-addressed bytes below one address.

    Args:
        url: a folder, or an fsspec address such as `s3://bucket/prefix` or `memory://name`.
        cache: where `local_path` keeps copies of remote blobs; a folder in the system's temporary one by default.
    """

    def __init__(self, url: str, *, cache: Path | None = None) -> None:
        self._files, root = fsspec.core.url_to_fs(url)
        self._root = str(root).rstrip("/")
        self._local = isinstance(self._files, LocalFileSystem)
        self._cache = cache or Path(tempfile.gettempdir()) / f"ritornello-blobs-{os.getuid()}"

    def put(self, data: bytes) -> str:
        """Store bytes; returns their key."""
        return self.put_chunks([data])

    def put_file(self, path: Path) -> str:
        """Store a file's bytes, read in pieces; returns their key."""
        with path.open("rb") as file:
            return self.put_chunks(iter(lambda: file.read(CHUNK), b""))

    def put_chunks(self, chunks: Iterable[bytes]) -> str:
        """Store a stream of bytes; returns their key. When the stream fails, nothing stays behind."""
        folder = Path(self._root) if self._local else self._cache
        folder.mkdir(parents=True, exist_ok=True)
        part = folder / f".part-{secrets.token_hex(8)}"
        try:
            digest = hashlib.sha256()
            with part.open("xb") as file:
                for chunk in chunks:
                    digest.update(chunk)
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            key = digest.hexdigest()
            if not self.exists(key):
                self._bring_in(part, key)
            return key
        finally:
            part.unlink(missing_ok=True)

    def _bring_in(self, part: Path, key: str) -> None:
        target = self._path(key)
        if self._local:
            Path(target).parent.mkdir(parents=True, exist_ok=True)
            part.chmod(0o444)
            part.replace(target)
        else:
            self._files.makedirs(target.rsplit("/", 1)[0], exist_ok=True)
            self._files.put_file(str(part), target)

    def exists(self, key: str) -> bool:
        """Whether the blob is there."""
        return bool(self._files.exists(self._path(key)))

    def size(self, key: str) -> int:
        """How many bytes the blob has.

        Raises:
            BlobError: it is missing.
        """
        try:
            return int(self._files.size(self._path(key)))
        except FileNotFoundError as missing:
            raise self._missing(key) from missing

    def open(self, key: str) -> IO[bytes]:
        """The blob as a readable, seekable file.

        Raises:
            BlobError: it is missing.
        """
        try:
            return cast(IO[bytes], self._files.open(self._path(key), "rb"))
        except FileNotFoundError as missing:
            raise self._missing(key) from missing

    def read(self, key: str) -> bytes:
        """The whole blob, checked against its key.

        Raises:
            BlobError: it is missing, or its bytes have changed.
        """
        with self.open(key) as file:
            data = file.read()
        if hashlib.sha256(data).hexdigest() != key:
            raise BlobError(f"the blob {key} has changed at rest below {self._root}; bring it back from a backup")
        return data

    def local_path(self, key: str) -> Path:
        """A path on this machine with the blob's bytes, to be read only; a remote blob is fetched once.

        Raises:
            BlobError: it is missing.
        """
        if self._local:
            path = Path(self._path(key))
            if not path.is_file():
                raise self._missing(key)
            return path
        path = self._cache / key
        if not path.is_file():
            self._cache.mkdir(parents=True, exist_ok=True)
            part = self._cache / f".part-{secrets.token_hex(8)}"
            try:
                self._files.get_file(self._path(key), str(part))
                part.replace(path)
            except FileNotFoundError as missing:
                raise self._missing(key) from missing
            finally:
                part.unlink(missing_ok=True)
        return path

    def remove(self, key: str) -> None:
        """Take the blob away (erasure, retention); one that is not there is no error."""
        (self._cache / key).unlink(missing_ok=True)
        if self.exists(key):
            self._files.rm_file(self._path(key))

    def _path(self, key: str) -> str:
        if not _KEY.fullmatch(key):
            raise BlobError(f"{key!r} is not a blob's key: a key is the 64 hexadecimal digits of a SHA-256")
        return f"{self._root}/{key[:2]}/{key[2:4]}/{key}"

    def _missing(self, key: str) -> BlobError:
        return BlobError(f"there is no blob {key} below {self._root}")
