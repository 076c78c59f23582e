"""A blob as an answer that can be asked for in parts (RFC 9110 §14), so that a player can jump within a recording.

One range is served; several at once, or one that cannot be read, get the whole, as the standard allows. A blob's key is
the hash of its bytes, so the key is the entity tag and the content never changes under it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO, Protocol

from fastapi import Request
from fastapi.responses import Response, StreamingResponse

from ritornello.api.errors import NotFound

PIECE = 1 << 16
_STARTS = (
    (b"fLaC", "audio/flac"),
    (b"OggS", "audio/ogg"),
    (b"RIFF", "audio/wav"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
    (b"\xff\xf3", "audio/mpeg"),
)
_RANGE = re.compile(r"bytes=(\d*)-(\d*)", re.ASCII)


class Readable(Protocol):
    def exists(self, key: str) -> bool: ...
    def size(self, key: str) -> int: ...
    def open(self, key: str) -> IO[bytes]: ...


def stream(request: Request, blobs: Readable, key: str, media_type: str, *, name: str = "") -> Response:
    """The blob, whole (200), in part (206), unchanged since the reader has it (304), or out of range (416).

    `name` makes it a download under that name. Raises `NotFound` where the blob is missing.
    """
    if not blobs.exists(key):
        raise NotFound("file")
    headers = {"Accept-Ranges": "bytes", "ETag": f'"{key}"', "Cache-Control": "private, max-age=3600"}
    if name:
        headers["Content-Disposition"] = f'attachment; filename="{_plain(name)}"'
    if f'"{key}"' in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    size = blobs.size(key)
    asked = request.headers.get("range", "")
    if request.headers.get("if-range", f'"{key}"') != f'"{key}"':
        asked = ""
    part = read_range(asked, size)
    if part is None:
        headers["Content-Range"] = f"bytes */{size}"
        return Response(status_code=416, headers=headers)
    start, end = part
    headers["Content-Length"] = str(end - start)
    status = 200
    if (start, end) != (0, size) or _RANGE.fullmatch(asked):
        status, headers["Content-Range"] = 206, f"bytes {start}-{end - 1}/{size}"
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers, media_type=media_type)
    return StreamingResponse(_pieces(blobs, key, start, end), status, headers=headers, media_type=media_type)


def media_type(blobs: Readable, key: str) -> str:
    """What kind of audio a blob is, by its first bytes."""
    with blobs.open(key) as file:
        start = file.read(4)
    return next((kind for sign, kind in _STARTS if start.startswith(sign)), "application/octet-stream")


def read_range(asked: str, size: int) -> tuple[int, int] | None:
    """The half-open range that a Range header asks of `size` bytes; all for none; None where none of it exists."""
    found = _RANGE.fullmatch(asked.strip())
    if not found or found.group(1) == found.group(2) == "":
        return 0, size
    first, last = found.groups()
    if not first:
        return (max(size - int(last), 0), size) if int(last) and size else None
    start = int(first)
    if last and int(last) < start:
        return 0, size
    return (start, min(int(last) + 1, size) if last else size) if start < size else None


def _pieces(blobs: Readable, key: str, start: int, end: int) -> Iterator[bytes]:
    with blobs.open(key) as file:
        file.seek(start)
        left = end - start
        while left > 0 and (piece := file.read(min(PIECE, left))):
            left -= len(piece)
            yield piece


def _plain(name: str) -> str:
    """A file name without what would end a header or a path."""
    return re.sub(r"[^A-Za-z0-9._ -]", "_", name)[:120] or "file"
