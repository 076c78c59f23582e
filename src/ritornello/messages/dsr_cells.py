"""Cells of a DSR flat file: repeats, escapes, and what a well-formed value of each kind looks like."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Sequence
from datetime import date, datetime
from fractions import Fraction

from ritornello.messages.dsr_columns import Kind

_UNESCAPED_BAR = re.compile(r"(?<!\\)\|")
_INTEGER = re.compile(r"[+-]?\d{1,18}", re.ASCII)
_DECIMAL = re.compile(r"[+-]?(\d{1,20}(\.\d*)?|\.\d+)", re.ASCII)
_DATE = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)", re.ASCII)
_PART_OF_DATE = re.compile(r"(\d{4})(-(\d\d))?", re.ASCII)
_DURATION = re.compile(r"P(?=.)(\d+Y)?(\d+M)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?", re.ASCII)
_TERRITORY = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?|\d{1,4}|Worldwide", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_ISRC = re.compile(r"[A-Z]{2}-?[A-Z0-9]{3}-?\d{2}-?\d{5}", re.ASCII | re.IGNORECASE)
_ISWC = re.compile(r"T-?\d{3}\.?\d{3}\.?\d{3}-?\d", re.ASCII | re.IGNORECASE)

WELL_FORMED = {
    "integer": "a whole number such as 1250",
    "decimal": "a decimal number such as -12.3456",
    "boolean": "true or false",
    "date": "a day such as 2026-07-31, or a month such as 2026-07",
    "instant": "a time such as 2026-08-04T10:00:00Z",
    "duration": "a duration such as PT0H3M41S",
    "territory": "a territory code such as DE",
    "currency": "a currency code such as EUR",
    "isrc": "an ISRC such as DEA452600001",
    "iswc": "an ISWC such as T0702472794",
}


def split_repeats(cell: str) -> tuple[str, ...]:
    """The values of a cell that may repeat: `a|b` holds two, `a\\|b` one; an empty cell holds none."""
    if not cell:
        return ()
    if "|" not in cell:
        return (cell,)
    return tuple(part.replace("\\|", "|") for part in _UNESCAPED_BAR.split(cell))


def holds_repeats(cell: str) -> bool:
    """Whether an unescaped `|` stands in the cell."""
    return "|" in cell and _UNESCAPED_BAR.search(cell) is not None


def joined(values: Sequence[str]) -> str:
    """The cell that `split_repeats` reads back as these values.

    Raises `ValueError` for what the format cannot carry: tabs and line breaks, a backslash at the end of a value before
    a bar, and an empty text as the only value.
    """
    for value in values:
        if any(mark in value for mark in "\t\r\n"):
            raise ValueError(
                f"{value!r} holds a tab or a line break, which a flat file cannot carry; put a space there"
            )
    if len(values) == 1 and not values[0]:
        raise ValueError("one empty value cannot be told from none; leave the list empty")
    cell = "|".join(value.replace("|", "\\|") for value in values)
    if split_repeats(cell) != tuple(values):
        raise ValueError(
            f"{list(values)!r} cannot be written: a backslash before '|' escapes it; take the backslash out"
        )
    return cell


def well_formed(kind: Kind, text: str) -> bool:
    """Whether a non-empty value is what its column says. Dates may lack dashes, as real reports do."""
    match kind:
        case "text":
            return True
        case "integer":
            return _INTEGER.fullmatch(text) is not None
        case "decimal":
            return _DECIMAL.fullmatch(text) is not None
        case "boolean":
            return text in {"true", "false", "0", "1"}
        case "date":
            return day(text) is not None
        case "instant":
            return instant(text) is not None
        case "duration":
            return _DURATION.fullmatch(text) is not None
        case "territory":
            return _TERRITORY.fullmatch(text) is not None
        case "currency":
            return _CURRENCY.fullmatch(text) is not None
        case "isrc":
            return _ISRC.fullmatch(text) is not None
        case "iswc":
            return _ISWC.fullmatch(text) is not None


def day(text: str, *, last: bool = False) -> date | None:
    """`2015-10-01` or `20151001` as a date, and `2015-10` or `2015` (which the format allows) as the first day of it or
    as the last; None for anything else."""
    whole, part = _DATE.fullmatch(text), _PART_OF_DATE.fullmatch(text)
    try:
        if whole is not None:
            return date(int(whole[1]), int(whole[2]), int(whole[3]))
        if part is None:
            return None
        year, month = int(part[1]), int(part[3] or (12 if last else 1))
        return date(year, month, monthrange(year, month)[1] if last else 1)
    except ValueError:
        return None


def instant(text: str) -> datetime | None:
    """An ISO 8601 time as given, aware or not; None for anything else."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def exact(text: str) -> Fraction | None:
    """A plain decimal text as an exact number; None for anything else."""
    return Fraction(text) if _DECIMAL.fullmatch(text) else None
