"""Plays and money by dimension, first days, and up to which day each service has reported."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from ritornello.messages.dialects import YOUTUBE, Meaning
from ritornello.usage.lake import Lake
from ritornello.usage.model import Source
from ritornello.usage.performance import Dimension, Family, data_as_of, first_days, played, undated
from tests.messages.dsr_reports import basic_audio
from tests.messages.test_sheets import sheet_of
from tests.usage.reports import taken

FAMILIES = [Family("rec_remix", "rec_original", "REMIX"), Family("rec_remix", "rec_other", "REMIX")]


@pytest.fixture
def told(tmp_path: Path) -> tuple[Lake, list[str]]:
    days: list[dict[Meaning, str]] = [
        {"isrc": "DEA452600002", "use_period": f"202607{day:02d}", "units": str(day), "amount": "0.10"}
        for day in (4, 5, 6, 13)
    ]
    youtube, lake = taken(
        tmp_path, ("y.csv", sheet_of(YOUTUBE, *days)), source=Source("youtube", "YouTube", currency="USD")
    )
    alpha, _ = taken(tmp_path, ("a.tsv", basic_audio()))
    return lake, [youtube.files[0].lake_path, alpha.files[0].lake_path]


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        (("asset",), [(("rec_original",), "EUR", 500), (("rec_original",), "USD", 1), (("rec_remix",), "EUR", 200)]),
        (("service",), [(("alpha",), "EUR", 700), (("alpha",), "USD", 2), (("youtube",), "USD", 28)]),
        (("type",), [(("REMIX",), "EUR", 200), (("REMIX",), "USD", 29)]),
        (("parent", "territory"), [(("rec_original", "DE"), "EUR", 200), (("rec_original", "JP"), "USD", 28)]),
        (("week",), [(("2026-06-29",), "USD", 9), (("2026-07-06",), "USD", 6), (("2026-07-13",), "USD", 13)]),
        (("month", "flow"), [(("2026-07", "stream"), "EUR", 700), (("2026-07", "stream"), "USD", 2)]),
    ],
)
def test_by_dimension(
    told: tuple[Lake, list[str]], by: tuple[Dimension, ...], expected: list[tuple[tuple[str, ...], str, int]]
) -> None:
    found = [(one.key, one.currency, one.units) for one in played(*told, by, FAMILIES)]
    assert found[: len(expected)] == expected


def test_between_two_days(told: tuple[Lake, list[str]]) -> None:
    found = played(*told, ("asset",), start=date(2026, 7, 5), end=date(2026, 7, 6))
    assert [(one.units, one.amount) for one in found] == [(11, "0.20")]


def test_weeks_tell_what_they_leave_out(told: tuple[Lake, list[str]]) -> None:
    assert [(one.key, one.currency, one.units) for one in undated(*told)] == [
        (("alpha",), "EUR", 700),
        (("alpha",), "USD", 2),
    ]


def test_first_days_end_where_reports_end(told: tuple[Lake, list[str]]) -> None:
    curve = first_days(*told, "rec_remix", date(2026, 7, 4))
    assert curve.days[:4] == (4, 5, 6, 0) and curve.days[9] == 13
    assert curve.reported == len(curve.days) == 10  # youtube has told up to the 13th
    assert curve.undated_units == 201
    assert first_days(*told, "rec_remix", date(2027, 1, 1)).reported == 0


def test_data_as_of(told: tuple[Lake, list[str]]) -> None:
    assert [(one.service, one.last_use) for one in data_as_of(*told)] == [
        ("alpha", date(2026, 7, 31)),
        ("youtube", date(2026, 7, 13)),
    ]
