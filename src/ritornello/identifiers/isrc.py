"""ISRC (ISO 3901): twelve characters that name one recording, and the range from which an owner issues them.

Two letters of prefix, three characters of registrant, two digits of the year of assignment, five digits of designation.
There is no check digit, so a mistyped ISRC is often another valid one: sheets should carry title and artist beside it.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from stdnum import isrc as stdnum_isrc
from stdnum.exceptions import InvalidComponent

from ritornello.identifiers.reading import IdentifierError, compact, counted, letters_for_digits

KIND = "ISRC"
PER_YEAR = 100_000
"""Designations of one prefix and year: 00000 to 99999 (ISRC Handbook)."""

_PREFIX = re.compile(r"[A-Z]{2}[A-Z0-9]{3}")
_FORM = re.compile(r"[A-Z]{2}[A-Z0-9]{3}\d{7}", re.ASCII)


class RangeExhausted(IdentifierError):
    """A registrant has no designation left for the year."""


def parse(text: str) -> str:
    """The twelve characters without dashes, in capitals. Raises `IdentifierError`."""
    number = compact(KIND, text, label=KIND)
    if len(number) != 12:
        raise IdentifierError(
            KIND,
            text,
            f"it has {counted(len(number), 'character')}, not 12",
            "an ISRC is 2 letters, 3 characters, 2 digits of the year and 5 digits, such as QZ-ABC-26-00001",
        )
    if not _FORM.fullmatch(number):
        repaired = number[:5] + letters_for_digits(number[5:])
        if _FORM.fullmatch(repaired):
            raise IdentifierError(
                KIND, text, "a letter stands where a digit belongs", f"did you mean {repaired}?", repaired
            )
        raise IdentifierError(
            KIND, text, "its characters are in the wrong places", "2 letters, 3 letters or digits, then 7 digits"
        )
    try:
        return str(stdnum_isrc.validate(number))
    except InvalidComponent:
        raise IdentifierError(
            KIND, text, f"no ISRC agency issues the prefix {number[:2]}", "look the recording up at isrcsearch.ifpi.org"
        ) from None


def format_dashed(isrc: str) -> str:
    """The form for people: QZ-ABC-26-00001."""
    number = parse(isrc)
    return "-".join((number[:2], number[2:5], number[5:7], number[7:]))


def parts(isrc: str) -> tuple[tuple[str, str], ...]:
    """What each part says: prefix, registrant, year of assignment, designation."""
    number = parse(isrc)
    year = int(number[5:7])
    return (
        ("prefix", number[:2]),
        ("registrant", number[2:5]),
        ("year", str(year + (1900 if year >= 40 else 2000))),
        ("designation", number[7:]),
    )


@dataclass(frozen=True, slots=True)
class Registrant:
    """An owner's range: a prefix (five characters) and the block of designations that this house may issue from.

    Where another system issues under the same prefix, `first` and `last` (0 to 99,999) keep the two apart.
    """

    prefix: str
    first: int = 0
    last: int = PER_YEAR - 1

    def __post_init__(self) -> None:
        prefix = compact("ISRC registrant", self.prefix)
        if not _PREFIX.fullmatch(prefix):
            raise IdentifierError(
                "ISRC registrant", self.prefix, "it is not a registrant's prefix", "2 letters and 3 letters or digits"
            )
        object.__setattr__(self, "prefix", prefix)
        parse(f"{prefix}2600000")
        if not 0 <= self.first <= self.last < PER_YEAR:
            raise IdentifierError(
                "ISRC registrant",
                f"{self.first}-{self.last}",
                "the block is no part of 0 to 99,999",
                "give first <= last, both with at most five digits",
            )

    def isrc(self, year: int, designation: int) -> str:
        """The ISRC of one designation in a year (four digits)."""
        if not 1940 <= year < 2040:
            raise IdentifierError(KIND, str(year), "two digits cannot say this year", "give a year from 1940 to 2039")
        if not self.first <= designation <= self.last:
            raise IdentifierError(
                KIND, str(designation), "it is outside the block", f"the block is {self.first:05d} to {self.last:05d}"
            )
        return f"{self.prefix}{year % 100:02d}{designation:05d}"

    def next(self, year: int, issued: Collection[str]) -> str:
        """The next free ISRC of the year: after the highest issued one, or the lowest gap once the end is reached.

        `issued`: all ISRCs ever issued (others than this prefix and year are ignored). An ISRC is never issued twice,
        also not after its recording was withdrawn. Raises `RangeExhausted`.
        """
        used = self._used(year, issued)
        if not used:
            return self.isrc(year, self.first)
        if max(used) < self.last:
            return self.isrc(year, max(used) + 1)
        gap = next((number for number in range(self.first, self.last + 1) if number not in used), None)
        if gap is None:
            raise RangeExhausted(
                KIND,
                f"{self.prefix}{year % 100:02d}",
                f"all {self.last - self.first + 1:,} designations of {year} are issued",
                "ask the national ISRC agency for a further prefix",
            )
        return self.isrc(year, gap)

    def left(self, year: int, issued: Collection[str]) -> int:
        """How many designations of the block are left for the year."""
        return self.last - self.first + 1 - len(self._used(year, issued))

    def _used(self, year: int, issued: Collection[str]) -> set[int]:
        start = self.isrc(year, self.first)[:7]
        numbers = {int(isrc[7:]) for isrc in issued if isrc.startswith(start)}
        return {number for number in numbers if self.first <= number <= self.last}
