"""A sheet's bytes, piece by piece, as UTF-8 without marks, ready for the compiled reader.

A sheet that turns out not to be UTF-8 is Windows-1252 as a whole (`messages.sheets.decoded` reads it so too); the
reader then begins again.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ritornello.messages.sheets import SheetError

PIECE = 8 * 2**20
"""Bytes that are looked at together; no row is longer."""

_SLACK = 16


class NotUtf8(Exception):
    """The bytes are not UTF-8, although the first of them were."""


def pieces(path: Path, encoding: str, name: str) -> Iterator[tuple[NDArray[np.uint8], int, bool, list[int]]]:
    """Buffers with as much spare room again, how many bytes are in them, and whether they are the last.

    The consumer writes into the list how many of the bytes it has used; the rest stand first in the next piece.

    Raises:
        SheetError: NUL bytes, or a row that is longer than a piece.
        NotUtf8: only where `encoding` is "utf-8".
    """
    buffer = np.empty(2 * PIECE + _SLACK, np.uint8)
    kept = 0
    with path.open("rb") as stream:
        source = _utf8(stream.read(3), stream, name) if encoding == "utf-8" else _recoded(stream, encoding)
        for chunk, last in source:
            size = kept + len(chunk)
            buffer[kept:size] = np.frombuffer(chunk, np.uint8)
            if len(chunk) and buffer[kept:size].min() == 0:
                raise SheetError(f"{name} holds NUL bytes: it is no text. Export it again as CSV")
            used = [0]
            yield buffer, size, last, used
            kept = size - used[0]
            if kept > PIECE // 2:
                raise SheetError(
                    f"{name}: a row is longer than {PIECE // 2 // 2**20} MiB; export the sheet again as CSV"
                )
            buffer[:kept] = buffer[used[0] : size].copy()


def _utf8(start: bytes, stream, name: str) -> Iterator[tuple[bytes, bool]]:  # type: ignore[no-untyped-def]
    check = codecs.getincrementaldecoder("utf-8")()
    chunk = b"" if start == codecs.BOM_UTF8 else start
    chunk += stream.read(PIECE // 2 - 3)
    while True:
        following = stream.read(PIECE // 2)
        try:
            if not chunk.isascii() or check.getstate()[0]:
                check.decode(chunk, final=not following)
        except UnicodeDecodeError as error:
            raise NotUtf8 from error
        yield chunk, not following
        if not following:
            return
        chunk = following


def _recoded(stream, encoding: str) -> Iterator[tuple[bytes, bool]]:  # type: ignore[no-untyped-def]
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    while chunk := stream.read(PIECE // 8):  # a letter of one byte may take three in UTF-8
        yield decoder.decode(chunk).encode("utf-8"), False
    yield decoder.decode(b"", final=True).encode("utf-8"), True
