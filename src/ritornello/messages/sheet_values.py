"""Values as sheets write them: numbers with commas or brackets, periods in many spellings, product codes without zeros.

Every function is pure and total: it gives the exact value or None, never a guess. Where a text has two readings
("1,234"; "01/07/2026") the answer is None until the sheet as a whole, or its mapping, says which one holds.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from typing import Literal

Style = Literal["point", "comma"]

_BARE_NUMBER = re.compile(r"\d+|\d*\.\d+|\d+\.", re.ASCII)
_SPACES = re.compile(r"[\s\u00a0\u202f']+")
_CURRENCY_MARKS = re.compile(r"[$€£¥]|\b[A-Z]{3}\b")
_EXPONENT = re.compile(r"([+-]?)(\d+(?:\.\d*)?)[eE]([+-]?\d{1,2})", re.ASCII)
_GROUPED = {"point": re.compile(r"\d{1,3}(,\d{3})+(\.\d*)?"), "comma": re.compile(r"\d{1,3}(\.\d{3})+(,\d*)?")}


def style_of(texts: Iterable[str]) -> Style | None:
    """Which decimal mark a column uses: the one that some value can only be read with; "point" when no value has a
    comma, and None when values contradict each other or all commas could group thousands ("1,234")."""
    seen: set[Style] = set()
    undecided = False
    for text in texts:
        bare = _unsigned(text)[1]
        commas, points = bare.count(","), bare.count(".")
        if commas and points:
            seen.add("point" if bare.rfind(".") > bare.rfind(",") else "comma")
        elif commas == 1 and not re.fullmatch(r"[1-9]\d{0,2},\d{3}", bare):
            seen.add("comma")
        elif (points == 1 and not re.fullmatch(r"[1-9]\d{0,2}\.\d{3}", bare)) or commas > 1:
            seen.add("point")
        elif points > 1:
            seen.add("comma")
        elif commas:
            undecided = True
    if len(seen) == 1:
        return seen.pop()
    if seen or undecided:
        return None
    return "point"


def number(text: str, style: Style = "point") -> Fraction | None:
    """The exact number in a cell: "4.10", "(4.10)" and "4.10-" negative, "1'234,5" with style "comma", "1.2E-5", "$3".

    None for an empty cell and for anything that is not a number in that style; grouping must be in threes.
    """
    negative, bare = _unsigned(text)
    if not bare:
        return None
    decimal, group = (".", ",") if style == "point" else (",", ".")
    exponent = _EXPONENT.fullmatch(bare.replace(decimal, "."))
    if exponent and group not in bare:
        found = Fraction(exponent[2]) * Fraction(10) ** int(exponent[3])
        return -found if negative else found
    if group in bare:
        if not _GROUPED[style].fullmatch(bare):
            return None
        bare = bare.replace(group, "")
    bare = bare.replace(decimal, ".")
    if not _BARE_NUMBER.fullmatch(bare):
        return None
    found = Fraction(bare)
    return -found if negative else found


def _unsigned(text: str) -> tuple[bool, str]:
    """Whether the number is negative (minus in front or behind, or brackets), and its bare digits and marks."""
    bare = _SPACES.sub("", _CURRENCY_MARKS.sub("", text.replace("\u2212", "-")))
    if bare.startswith("(") and bare.endswith(")"):
        return True, bare[1:-1]
    if bare.endswith("-"):
        return True, bare[:-1]
    if bare.startswith("-"):
        return True, bare[1:].removeprefix("(").removesuffix(")")
    return False, bare.removeprefix("+")


_MONTHS = {
    name.casefold(): number
    for names in (calendar.month_name, calendar.month_abbr)
    for number, name in enumerate(names)
    if name
}
_ISO_MONTH = re.compile(r"(\d{4})[-/.]?(\d{2})", re.ASCII)
_MONTH_YEAR = re.compile(r"(\d{1,2})[-/.](\d{4})", re.ASCII)
_NAMED_MONTH = re.compile(r"([a-z]{3,9})\.?[\s\-/']*(\d{4}|\d{2})", re.ASCII)
_YEAR_NAMED = re.compile(r"(\d{4})[\s\-/]*([a-z]{3,9})\.?", re.ASCII)
_ISO_DAY = re.compile(r"(\d{4})[-/.]?(\d{2})[-/.]?(\d{2})(?:[t\s]\d\d:.*)?", re.ASCII)
_LOCAL_DAY = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})", re.ASCII)
_QUARTER = re.compile(r"(?:(\d{4})[\s\-/]*q([1-4])|q([1-4])[\s\-/]*(\d{4}))", re.ASCII)
_TWO_NAMED = re.compile(r"([a-z]{3,9})\.?\s*[-–/&+]\s*([a-z]{3,9})\.?\s*[\s\-/']*(\d{4})", re.ASCII)
_BETWEEN = re.compile(r"\s+(?:-|–|to|/)\s+|\s*–\s*")


def day(text: str, day_first: bool | None = None) -> date | None:
    """A single day: `2026-07-31`, `20260731`, or `31/07/2026`; None where day and month could be swapped unless
    `day_first` says which comes first."""
    bare = text.strip()
    iso = _ISO_DAY.fullmatch(bare.casefold())
    if iso:
        return _date(int(iso[1]), int(iso[2]), int(iso[3]))
    local = _LOCAL_DAY.fullmatch(bare)
    if local is None:
        return None
    first, second, year = int(local[1]), int(local[2]), int(local[3])
    if day_first is None:
        if first != second and first <= 12 and second <= 12:
            return None
        day_first = first > 12 or first == second
    return _date(year, second, first) if day_first else _date(year, first, second)


def period(text: str, day_first: bool | None = None) -> tuple[date, date] | None:
    """First and last day of a period: a day, a month ("2026-07", "07/2026", "Jul 2026"), a quarter ("2026-Q3"), two
    months ("2026-07 - 2026-08", "Jul-Aug 2026") or any two of these joined by a dash or "to"."""
    bare = " ".join(text.split()).casefold()
    if not bare:
        return None
    single = _single_period(bare, day_first)
    if single:
        return single
    two = _TWO_NAMED.fullmatch(bare)
    if two and two[1] in _MONTHS and two[2] in _MONTHS:
        first, last, year = _MONTHS[two[1]], _MONTHS[two[2]], int(two[3])
        start = _month(year - 1 if first > last else year, first)
        end = _month(year, last)
        return (start[0], end[1]) if start and end else None
    for joint in (_BETWEEN, re.compile(r"/"), re.compile(r"-")):
        parts = joint.split(bare)
        halves = [bare] if len(parts) < 2 or len(parts) % 2 else None
        if halves is None:
            mark = "/" if joint.pattern == "/" else "-"
            middle = len(parts) // 2
            ends = (mark.join(parts[:middle]), mark.join(parts[middle:])) if len(parts) > 2 else (parts[0], parts[1])
            first_half, second_half = (_single_period(end.strip(), day_first) for end in ends)
            if first_half and second_half and first_half[0] <= second_half[1]:
                return first_half[0], second_half[1]
    return None


def _single_period(bare: str, day_first: bool | None) -> tuple[date, date] | None:
    if found := _ISO_MONTH.fullmatch(bare):
        return _month(int(found[1]), int(found[2]))
    if found := _MONTH_YEAR.fullmatch(bare):
        return _month(int(found[2]), int(found[1]))
    if (found := _NAMED_MONTH.fullmatch(bare)) and found[1] in _MONTHS:
        year = int(found[2])
        return _month(year if year > 99 else 2000 + year, _MONTHS[found[1]])
    if (found := _YEAR_NAMED.fullmatch(bare)) and found[2] in _MONTHS:
        return _month(int(found[1]), _MONTHS[found[2]])
    if found := _QUARTER.fullmatch(bare):
        year, quarter = int(found[1] or found[4]), int(found[2] or found[3])
        start, end = _month(year, 3 * quarter - 2), _month(year, 3 * quarter)
        return (start[0], end[1]) if start and end else None
    only = day(bare, day_first)
    return (only, only) if only else None


def _month(year: int, month: int) -> tuple[date, date] | None:
    if not (1 <= month <= 12 and 1900 <= year <= 2200):
        return None
    return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])


def _date(year: int, month: int, of_month: int) -> date | None:
    try:
        return date(year, month, of_month)
    except ValueError:
        return None


def upc(text: str) -> str | None:
    """A product code with the zeros that a spreadsheet took away put back: 12 digits (13 where an EAN needs them).

    None where no padding gives a code whose check digit (modulo 10, weights 3 and 1) holds.
    """
    digits = re.sub(r"[\s-]", "", text.strip().removesuffix(".0"))
    if not digits.isascii() or not digits.isdigit() or not 7 <= len(digits) <= 14:
        return None
    for length in (12, 13, 14):
        if len(digits) <= length and _check_digit_holds(digits.zfill(length)):
            return digits.zfill(length)
    return None


def _check_digit_holds(code: str) -> bool:
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(code)))
    return total % 10 == 0


TOTAL_ROW = r"(?i)^\s*(grand\s+|sub-?\s*)?totals?\b.*$|^\s*(summe|gesamt|somme|totale|итого)\b.*$"
"""How the first filled cell of a totals row reads (a regular expression that Python and DuckDB both take)."""


def reads_as_total(first_cell: str) -> bool:
    """Whether the first filled cell of a row says that the row is a total."""
    return re.match(TOTAL_ROW, first_cell) is not None
