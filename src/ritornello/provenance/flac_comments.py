"""Vorbis comments of a FLAC file: read, and written in place of those that were there.

A FLAC file is "fLaC", metadata blocks (a byte of type with a last-one flag, three bytes of length), then frames of
sound, which are copied as they are. Comments are little-endian lengths and UTF-8 `NAME=value`
(xiph.org/vorbis/doc/v-comment.html). A manifest may stand before the file as an ID3 header; reading steps over it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence

_MARK = b"fLaC"
_PADDING, _COMMENTS = 1, 4
_VENDOR = b"Ritornello"
_LONGEST = (1 << 24) - 1


class NotFlac(ValueError):
    """The bytes are no FLAC file; the message says where they end to be one."""


def read(content: bytes) -> dict[str, list[str]]:
    """Name (in capitals) to its values, in the order of the file; empty without comments."""
    found: dict[str, list[str]] = {}
    for kind, body in _blocks(content)[0]:
        if kind == _COMMENTS:
            for name, value in _comments(body):
                found.setdefault(name.upper(), []).append(value)
    return found


def written(content: bytes, comments: Sequence[tuple[str, str]]) -> bytes:
    """The file with exactly these comments; every other block and the sound stay as they are."""
    blocks, sound = _blocks(content)
    lines = [f"{name}={value}".encode() for name, value in comments]
    body = struct.pack("<I", len(_VENDOR)) + _VENDOR + struct.pack("<I", len(lines))
    body += b"".join(struct.pack("<I", len(line)) + line for line in lines)
    kept = [(kind, data) for kind, data in blocks if kind not in (_PADDING, _COMMENTS)]
    kept.insert(1, (_COMMENTS, body))
    out = [_MARK]
    for number, (kind, data) in enumerate(kept):
        if len(data) > _LONGEST:
            raise NotFlac("its comments are longer than a block can be")
        last = 0x80 if number == len(kept) - 1 else 0
        out += [bytes([kind | last]), len(data).to_bytes(3, "big"), data]
    return b"".join([*out, sound])


def _blocks(content: bytes) -> tuple[list[tuple[int, bytes]], bytes]:
    """The metadata blocks (type, body) and the sound behind them."""
    at = _after_id3(content)
    if content[at : at + 4] != _MARK:
        raise NotFlac("it does not begin as a FLAC file")
    at += 4
    blocks: list[tuple[int, bytes]] = []
    while True:
        head = content[at : at + 4]
        size = int.from_bytes(head[1:4], "big")
        body = content[at + 4 : at + 4 + size]
        if len(head) < 4 or len(body) < size:
            raise NotFlac("it ends within its metadata")
        blocks.append((head[0] & 0x7F, body))
        at += 4 + size
        if head[0] & 0x80:
            return blocks, content[at:]


def _after_id3(content: bytes) -> int:
    if content[:3] != b"ID3" or len(content) < 10:
        return 0
    size = 0
    for byte in content[6:10]:
        size = size << 7 | byte & 0x7F
    return 10 + size


def _comments(body: bytes) -> Iterator[tuple[str, str]]:
    try:
        (vendor,) = struct.unpack_from("<I", body, 0)
        (count,) = struct.unpack_from("<I", body, 4 + vendor)
        at = 8 + vendor
        for _ in range(count):
            (size,) = struct.unpack_from("<I", body, at)
            line = body[at + 4 : at + 4 + size].decode("utf-8", "replace")
            at += 4 + size
            name, equals, value = line.partition("=")
            if equals:
                yield name, value
    except struct.error as error:
        raise NotFlac("its comments are damaged") from error
