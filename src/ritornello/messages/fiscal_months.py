"""Months that are not calendar months: periods of whole weeks, as the largest store reports them.

The year ends on the last Saturday of September; each quarter has 5, 4 and 4 weeks, and the 53rd week of a long year
goes to the third period of the first quarter (trade knowledge, checked against published year ends; a partner's own
calendar goes before it). A sheet in this calendar that says "October 2023" means 1 October to 4 November.
"""

from __future__ import annotations

from datetime import date, timedelta

WEEKS = (5, 4, 4)
_SATURDAY = 5


def year_start(fiscal_year: int) -> date:
    """The Sunday on which a fiscal year begins: the day after the last Saturday of September of the year before."""
    last = date(fiscal_year - 1, 9, 30)
    return last - timedelta(days=(last.weekday() - _SATURDAY) % 7) + timedelta(days=1)


def fiscal_month(fiscal_year: int, number: int) -> tuple[date, date]:
    """First and last day of period 1 (October) to 12 (September) of a fiscal year."""
    if not 1 <= number <= 12:
        raise ValueError(f"a fiscal year has periods 1 to 12, not {number}")
    start, following = year_start(fiscal_year), year_start(fiscal_year + 1)
    weeks = list(WEEKS * 4)
    if (following - start).days > 52 * 7:
        weeks[2] += 1
    first = start + timedelta(weeks=sum(weeks[: number - 1]))
    return first, first + timedelta(weeks=weeks[number - 1], days=-1)


def of_calendar_month(year: int, month: int) -> tuple[date, date]:
    """The fiscal period that carries a calendar month's name: October 2023 is period 1 of fiscal year 2024."""
    return fiscal_month(year + 1, month - 9) if month >= 10 else fiscal_month(year, month + 3)
