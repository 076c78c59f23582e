"""What a file's header promises against what the file holds.

Decoders are forgiving: they shorten a truncated file without a word, so that a song would lose its end unnoticed.
These checks read the few header bytes themselves (RIFF/RF64, AIFF, Ogg, the Xing frame of MP3) and never trust a
declared length for anything but this comparison. FLAC needs no check here: its frame count is compared after decoding.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

UNKNOWN_LENGTH = {0, 0xFFFFFFFF, 0x7FFFFFFF, 0x7FFFF000, 0x7FFFFFFE}
"""Sizes that writers to a pipe leave in a RIFF header because they cannot go back: they promise nothing."""
_MAX_CHUNKS = 1000
_OGG_TAIL = 2 * 65_307  # a page is at most 65 307 bytes, so the last whole page starts within twice that


@dataclass(frozen=True, slots=True)
class Promise:
    """``declared`` and ``present`` bytes of sound data; ``layout`` is the channel mask of a WAVE file (0 = unsaid)."""

    declared: int = 0
    present: int = 0
    layout: int = 0
    ended: bool = True

    @property
    def kept(self) -> bool:
        return self.ended and self.present >= self.declared


def read_promise(path: Path) -> Promise:
    """What the header of ``path`` declares; formats that declare nothing comparable give an empty promise."""
    size = path.stat().st_size
    with path.open("rb") as file:
        magic = file.read(12)
        if magic[:4] in (b"RIFF", b"RF64") and magic[8:] == b"WAVE":
            return _riff(file, size, wide=magic[:4] == b"RF64")
        if magic[:4] == b"FORM" and magic[8:] in (b"AIFF", b"AIFC"):
            (declared,) = struct.unpack(">I", magic[4:8])
            return Promise(declared + 8, size)
        if magic[:4] == b"OggS":
            return _ogg(file, size)
        if magic[:3] == b"ID3" or (len(magic) > 1 and magic[0] == 0xFF and magic[1] & 0xE0 == 0xE0):
            return _mp3(file, size)
    return Promise()


def _riff(file: BinaryIO, size: int, *, wide: bool) -> Promise:
    layout, data64 = 0, 0
    for _ in range(_MAX_CHUNKS):
        head = file.read(8)
        if len(head) < 8:
            break
        name, length = head[:4], struct.unpack("<I", head[4:])[0]
        if name == b"data":
            if wide and length == 0xFFFFFFFF:
                length = data64
            present = size - file.tell()
            return Promise(0 if length in UNKNOWN_LENGTH else length, present, layout)
        body = file.read(min(length, 64))
        if name == b"ds64" and len(body) >= 16:
            data64 = struct.unpack("<Q", body[8:16])[0]
        if name == b"fmt " and len(body) >= 24 and struct.unpack("<H", body[:2])[0] == 0xFFFE:
            layout = struct.unpack("<I", body[20:24])[0]
        file.seek(length - len(body) + (length & 1), 1)
    return Promise(1, 0, layout)  # no data chunk before the end: the sound itself is missing


def _ogg(file: BinaryIO, size: int) -> Promise:
    """The last page must be whole and must carry the end-of-stream flag (RFC 3533, section 6)."""
    file.seek(max(0, size - _OGG_TAIL))
    tail = file.read(_OGG_TAIL)
    at = tail.rfind(b"OggS")
    while at >= 0:
        page = tail[at:]
        if len(page) >= 27 and page[4] == 0 and len(page) >= 27 + page[26]:
            needed = 27 + page[26] + sum(page[27 : 27 + page[26]])
            return Promise(needed, len(page), ended=bool(page[5] & 0x04))
        if len(page) < 27 + 255:
            return Promise(27, len(page), ended=False)
        at = tail.rfind(b"OggS", 0, at)
    return Promise(1, 0, ended=False)


def _mp3(file: BinaryIO, size: int) -> Promise:
    """The Xing/Info frame of an MP3 may declare the bytes of the whole stream; LAME and libsndfile write it."""
    file.seek(0)
    head = file.read(10)
    start = 0
    if head[:3] == b"ID3" and len(head) == 10:
        start = 10 + sum((byte & 0x7F) << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True))
    file.seek(start)
    frame = file.read(256)
    for tag in (b"Xing", b"Info"):
        at = frame.find(tag)
        if 0 < at <= 64 and len(frame) >= at + 16:
            (flags,) = struct.unpack(">I", frame[at + 4 : at + 8])
            if flags & 2:
                offset = at + 8 + (4 if flags & 1 else 0)
                (declared,) = struct.unpack(">I", frame[offset : offset + 4])
                # some encoders count the header frame and some do not: one frame is no truncation
                return Promise(max(0, declared - 2048), size - start)
    return Promise()
