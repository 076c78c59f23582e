"""Fiscal months of whole weeks."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest

from ritornello.messages import sheets
from ritornello.messages.dialects import DISTROKID
from ritornello.messages.fiscal_months import fiscal_month, of_calendar_month, year_start
from tests.messages.test_sheets import sheet_of


@pytest.mark.parametrize(
    ("year", "start"), [(2022, "2021-09-26"), (2023, "2022-09-25"), (2024, "2023-10-01"), (2025, "2024-09-29")]
)
def test_years_begin_after_the_last_saturday_of_september(year: int, start: str) -> None:
    assert year_start(year) == date.fromisoformat(start)


def test_the_months_of_a_year_follow_each_other_without_a_gap() -> None:
    for year in range(2015, 2040):
        months = [fiscal_month(year, number) for number in range(1, 13)]
        assert months[0][0] == year_start(year)
        assert months[-1][1] + timedelta(days=1) == year_start(year + 1)
        for (_, end), (start, _) in pairwise(months):
            assert start == end + timedelta(days=1)
        weeks = [((end - start).days + 1) // 7 for start, end in months]
        assert weeks[3:] == [5, 4, 4] * 3 and weeks[:2] == [5, 4] and weeks[2] in (4, 5)


def test_a_month_by_its_name() -> None:
    assert of_calendar_month(2023, 10) == (date(2023, 10, 1), date(2023, 11, 4))
    assert of_calendar_month(2024, 9) == (date(2024, 9, 1), date(2024, 9, 28))
    with pytest.raises(ValueError, match="1 to 12"):
        fiscal_month(2024, 13)


def test_a_sheet_in_fiscal_months() -> None:
    content = sheet_of(
        DISTROKID, {"use_period": "2023-10"}, {"use_period": "2023-10 - 2023-11"}, {"use_period": "2023-10-07"}
    )
    fiscal = replace(DISTROKID, fiscal_months=True)
    layout = sheets.recognise(content, "d.csv", [fiscal])
    periods = [row.period for row in sheets.read(content, "d.csv", layout).rows]
    assert periods == [
        (date(2023, 10, 1), date(2023, 11, 4)),
        (date(2023, 10, 1), date(2023, 12, 2)),
        (date(2023, 10, 7), date(2023, 10, 7)),
    ]
