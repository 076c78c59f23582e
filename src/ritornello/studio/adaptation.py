"""Words as a maker brings them: what was typed, pasted or uploaded, checked field by field, and read into lyrics.

Title, credits, language and script may stand in the file (LRC tags); what is said beside it goes before.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from ritornello.studio.findings import Finding
from ritornello.studio.lyrics import Line, Lyrics, as_lrc, read_lyrics
from ritornello.studio.syllables import LyricsError

MOST_BYTES = 200_000
MOST_CREDITS = 50
ROLES = ("lyricist", "translator", "adaptor", "composer", "artist")
"""Roles that are proposed for credits; any other word will do."""
SCRIPTS: Mapping[str, str] = {
    "Latn": "Latin", "Cyrl": "Cyrillic", "Grek": "Greek", "Arab": "Arabic", "Hebr": "Hebrew", "Deva": "Devanagari",
    "Guru": "Gurmukhi", "Hang": "Hangul", "Jpan": "Japanese", "Hani": "Chinese", "Thai": "Thai",
}  # fmt: skip
"""Scripts that are told apart, as ISO 15924 names them."""
_LANGUAGE = re.compile("[a-z]{2,3}")
_SCRIPT = re.compile("[A-Z][a-z]{3}")


@dataclass(frozen=True, slots=True)
class Adaptation:
    """Words with what belongs to them, as text: `credits` one a line ("lyricist: Ana Prado"), `words` and `original`
    LRC or plain lines, languages ISO 639-1 or "" where nobody says, script ISO 15924 or "" for the one that is seen.
    `back` says line by line, in the original's language, what the words mean: the back-translation that is checked."""

    words: str = ""
    language: str = ""
    script: str = ""
    title: str = ""
    credits: str = ""
    original: str = ""
    original_language: str = ""
    back: str = ""

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Adaptation:
        """What was kept; unknown names are left aside."""
        return cls(**{field.name: str(document.get(field.name, "")) for field in fields(cls)})

    def to_document(self) -> dict[str, Any]:
        """Every field, and the hash that a recipe carries. Raises LyricsError for words that cannot be read."""
        return {**asdict(self), "lyrics_sha256": self.lyrics().sha256}

    def findings(self) -> tuple[Finding, ...]:
        """Everything that is wrong, each at its field; empty when the words can be used."""
        found: list[Finding] = []
        for name in ("words", "original"):
            text = getattr(self, name)
            if len(text.encode()) > MOST_BYTES:
                found.append(Finding(name, f"is larger than {MOST_BYTES // 1000} kB", "bring the words of one song"))
            elif name == "words" or text.strip():
                try:
                    read_lyrics(text)
                except LyricsError as error:
                    what, _, mend = str(error).partition("; ")
                    found.append(Finding(name, what, mend))
        for name in ("language", "original_language"):
            value = getattr(self, name)
            if value and not _LANGUAGE.fullmatch(value):
                found.append(Finding(name, f"is {value[:20]!r}", "write a language as ISO 639-1 does, such as pt"))
        if self.script and not _SCRIPT.fullmatch(self.script):
            found.append(Finding("script", f"is {self.script[:20]!r}", "write a script as ISO 15924 does: Latn, Cyrl"))
        if len(self.title) > 300:
            found.append(Finding("title", f"has {len(self.title)} characters", "write at most 300"))
        return (*found, *_credit_findings(self.credits), *self._back_findings())

    def _back_findings(self) -> list[Finding]:
        if len(self.back.encode()) > MOST_BYTES:
            return [Finding("back", f"is larger than {MOST_BYTES // 1000} kB", "bring what one song means")]
        try:
            lines = len(read_lyrics(self.words).lines)
        except LyricsError:
            return []  # told at the words
        if self.back.strip() and len(self.meant()) != lines:
            return [Finding("back", f"explains {len(self.meant())} of {lines} lines", "say of each line what it means")]
        return []

    def meant(self) -> tuple[str, ...]:
        """What each line means in the original's language; empty where nobody says."""
        return tuple(row.strip() for row in self.back.splitlines() if row.strip())

    def lyrics(self) -> Lyrics:
        """The words as lyrics. Raises LyricsError."""
        read = read_lyrics(self.words, self.language)
        title = unicodedata.normalize("NFC", self.title.strip())
        return replace(
            read,
            title=title or read.title,
            script=self.script or read.script,
            credits=credits_of(self.credits) or read.credits,
        )

    def before(self) -> Lyrics | None:
        """The original words; None where none were brought. Raises LyricsError."""
        return read_lyrics(self.original, self.original_language) if self.original.strip() else None

    def told(self) -> Adaptation:
        """The same with what the file itself says (title, credits, language, script) written into the fields, and the
        words as plain lines with their times. Raises LyricsError."""
        read, before = self.lyrics(), self.before()
        return replace(
            self,
            words=as_lrc(read.lines),
            language=read.language,
            script=read.script,
            title=read.title,
            credits="\n".join(f"{role}: {name}" for role, name in read.credits),
            original_language=self.original_language or (before.language if before else ""),
        )


def credits_of(text: str) -> tuple[tuple[str, str], ...]:
    """Credits from lines such as "lyricist: Ana Prado"; a line without a name is left aside (see the findings)."""
    rows = (row.partition(":") for row in unicodedata.normalize("NFC", text).splitlines() if row.strip())
    return tuple((role.strip().lower(), name.strip()) for role, _, name in rows if role.strip() and name.strip())


def _credit_findings(text: str) -> list[Finding]:
    rows = [row for row in text.splitlines() if row.strip()]
    if len(rows) > MOST_CREDITS:
        return [Finding("credits", f"are {len(rows)} lines", f"write at most {MOST_CREDITS}")]
    mend = f"write a role, a colon and a name, such as {ROLES[0]}: Ana Prado"
    return [
        Finding("credits", f"line {number} is {row.strip()[:60]!r}", mend)
        for number, row in enumerate(rows, start=1)
        if not all(part.strip() for part in row.partition(":")) or len(row) > 300
    ]


def lyrics_from_document(document: Any) -> Lyrics:
    """Lyrics from the document that `Lyrics.to_document` writes. Raises LyricsError for anything else."""
    try:
        lines = tuple(Line(str(row["text"]), row["start_ms"]) for row in document["lines"])
        credits = tuple((str(role), str(name)) for role, name in document["credits"])
        found = Lyrics(lines, str(document["language"]), str(document["script"]), str(document["title"]), credits)
    except (KeyError, TypeError, ValueError) as error:
        raise LyricsError("this is no document of words; bring LRC, text, or what `lyrics --out` wrote") from error
    if found.to_document() != document:
        raise LyricsError("this document of words was changed by hand; bring what `lyrics --out` wrote")
    return found
