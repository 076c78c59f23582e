"""What is typed as one option and means several values: section numbers, levels of parts, words and their hash."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from ritornello.cli.failures import Refused


def numbers(text: str, option: str) -> list[int]:
    """Section numbers as they are typed, "1,3,2". Raises Refused."""
    try:
        return [int(part) for part in text.replace(" ", ",").split(",") if part]
    except ValueError as error:
        raise Refused(f"{option} {text}: write section numbers with commas, such as 1,3,2") from error


def levels(rows: Sequence[str]) -> dict[str, int]:
    """Parts and their levels in hundredths of a decibel, from "drums=-3". Raises Refused."""
    found: dict[str, int] = {}
    for row in rows:
        part, _, decibels = row.partition("=")
        try:
            found[part.strip()] = round(100 * float(decibels.replace(",", ".")))
        except (ValueError, OverflowError) as error:
            raise Refused(f"--level {row}: write a part and decibels, such as drums=-3") from error
    return found


def words_hash(path: Path, language: str) -> str:
    """The hash of words that a recipe carries: of LRC or text, or of the document that the lyric workspace gives.

    The words themselves stay with whoever wrote them. Raises LyricsError.
    """
    from ritornello.studio.adaptation import lyrics_from_document
    from ritornello.studio.lyrics import read_lyrics
    from ritornello.studio.syllables import LyricsError

    text = path.read_text(encoding="utf-8")
    if path.suffix.lower() != ".json":
        return read_lyrics(text, language).sha256
    try:
        return lyrics_from_document(json.loads(text)).sha256
    except json.JSONDecodeError as error:
        raise LyricsError(f"{path.name} is no JSON at line {error.lineno}; bring what `lyrics --out` wrote") from error
