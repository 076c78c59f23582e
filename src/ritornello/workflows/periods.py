"""Accounting periods by their names: a month (2026-07), a quarter (2026-Q3), a half year (2026-H2), a year (2026)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

_NAME = re.compile(r"(?P<year>\d{4})(?:-(?:(?P<month>\d{2})|Q(?P<quarter>[1-4])|H(?P<half>[12])))?")


class PeriodProblem(Exception):
    """A period that cannot be run, posted or closed; the message says what is missing and how to mend it."""


@dataclass(frozen=True, slots=True)
class AccountingPeriod:
    """A period of accounting by its name and days; `end` is the first day after it."""

    id: str
    start: date
    end: date

    @property
    def last(self) -> date:
        """The last day of it."""
        return date.fromordinal(self.end.toordinal() - 1)

    def overlaps(self, other: AccountingPeriod) -> bool:
        return self.start < other.end and other.start < self.end


def named(name: str) -> AccountingPeriod:
    """The period of a name. Raises `PeriodProblem` for anything else."""
    found = _NAME.fullmatch(name.strip().upper())
    if found is None:
        raise PeriodProblem(f"{name!r} names no period; write 2026-07, 2026-Q3, 2026-H2 or 2026")
    year = int(found["year"])
    if found["month"]:
        first, months = int(found["month"]), 1
    elif found["quarter"]:
        first, months = 3 * int(found["quarter"]) - 2, 3
    elif found["half"]:
        first, months = 6 * int(found["half"]) - 5, 6
    else:
        first, months = 1, 12
    if not (1 <= first <= 12 and 1 < year < 9999):
        raise PeriodProblem(f"{name!r} names no period: there is no month {first} in {year}")
    ends = first - 1 + months
    return AccountingPeriod(found[0], date(year, first, 1), date(year + ends // 12, ends % 12 + 1, 1))


def following(period: AccountingPeriod) -> AccountingPeriod:
    """The next period of the same length by name; after a period of other days, the month that begins with its end."""
    year, month = period.end.year, period.end.month
    try:
        own = named(period.id)
    except PeriodProblem:
        return named(f"{year:04d}-{month:02d}")
    months = (own.end.year - own.start.year) * 12 + own.end.month - own.start.month
    if months == 12:
        return named(f"{year:04d}")
    if months == 6:
        return named(f"{year:04d}-H{(month + 5) // 6}")
    if months == 3:
        return named(f"{year:04d}-Q{(month + 2) // 3}")
    return named(f"{year:04d}-{month:02d}")
