"""ID3v2.4 text frames of an MP3 file (id3.org/id3v2.4.0-structure): read, and written in place of all tags there were.

A tag is "ID3", version, flags, a size of four seven-bit bytes, then frames of the same sizes: an id, two flag bytes,
and for text one byte of encoding (3 is UTF-8) before the words. The sound behind it is copied as it is; an ID3v1 tag at
the end of the file goes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

OWN = "TXXX"
_ENCODINGS = {0: "latin-1", 1: "utf-16", 2: "utf-16-be", 3: "utf-8"}
_V1 = 128


class NotMp3(ValueError):
    """The bytes are no MP3 file, or its tag is damaged."""


def read(content: bytes) -> list[tuple[str, str, str]]:
    """Frame id, description (of TXXX frames, else empty) and text, in the order of the file."""
    start = _sound_at(content)
    _must_be_sound(content, start)
    found = []
    for frame, body in _frames(content[:start]):
        if not frame.startswith("T") or not body:
            continue
        words = body[1:].decode(_ENCODINGS.get(body[0], "latin-1"), "replace")
        if frame == OWN:
            name, _, text = words.partition("\0")
            found.append((frame, name, text.rstrip("\0")))
        else:
            found.append((frame, "", words.rstrip("\0")))
    return found


def written(content: bytes, frames: Sequence[tuple[str, str, str]]) -> bytes:
    """The file with exactly these text frames (id, description, text)."""
    start = _sound_at(content)
    _must_be_sound(content, start)
    end = len(content) - _V1 if content[-_V1:-125] == b"TAG" else len(content)
    body = b""
    for frame, name, text in frames:
        words = b"\x03" + (f"{name}\0{text}" if frame == OWN else text).encode()
        body += frame.encode("ascii") + _seven(len(words)) + b"\0\0" + words
    return b"ID3\x04\0\0" + _seven(len(body)) + body + content[start:end]


def _sound_at(content: bytes) -> int:
    """Where the sound begins: behind every ID3v2 tag."""
    at = 0
    while content[at : at + 3] == b"ID3" and len(content) >= at + 10:
        at += 10 + _number(content[at + 6 : at + 10]) + (10 if content[at + 5] & 0x10 else 0)
    return at


def _must_be_sound(content: bytes, at: int) -> None:
    """An MPEG audio frame begins with eleven set bits and has layer III."""
    head = content[at : at + 2]
    if len(head) < 2 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0 or head[1] & 0x06 != 0x02:
        raise NotMp3("no MPEG layer III sound begins where it should")


def _frames(tag: bytes) -> Iterator[tuple[str, bytes]]:
    at = 10
    while at + 10 <= len(tag) and tag[at : at + 4].isalnum():
        size = _number(tag[at + 4 : at + 8]) if tag[3] == 4 else int.from_bytes(tag[at + 4 : at + 8], "big")
        yield tag[at : at + 4].decode("ascii"), tag[at + 10 : at + 10 + size]
        at += 10 + size


def _seven(number: int) -> bytes:
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))


def _number(seven: bytes) -> int:
    value = 0
    for byte in seven:
        value = value << 7 | byte & 0x7F
    return value
