"""Plays and money by dimension, first days, and up to which day each service has reported."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from ritornello.messages.dialects import DISTROKID, YOUTUBE, Meaning
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
    # alpha has reported the whole month and gives no days: it has no curve, and does not cut that of the others
    assert [(one.service, one.until, len(one.days), one.undated_units) for one in curve.services] == [
        ("alpha", date(2026, 7, 31), 0, 201),
        ("youtube", date(2026, 7, 13), 10, 0),
    ]
    later = first_days(*told, "rec_remix", date(2027, 1, 1))
    assert (later.reported, later.days) == (0, ())


def test_each_service_ends_at_its_own_day(tmp_path: Path) -> None:
    plays = {"Early": {4: 10, 6: 30}, "Late": {4: 1, 8: 5, 9: 6}}
    rows: list[dict[Meaning, str]] = [
        {"isrc": "DEA452600002", "use_period": f"2026-07-{day:02d}", "service": service, "units": str(units)}
        for service, days in plays.items()
        for day, units in days.items()
    ]
    source = Source("d", "D", services={"Early": "early", "Late": "late"})
    outcome, lake = taken(tmp_path, ("d.csv", sheet_of(DISTROKID, *rows)), source=source)
    assert not outcome.refused, outcome.findings
    curve = first_days(lake, [outcome.files[0].lake_path], "rec_remix", date(2026, 7, 4))
    assert [(one.service, one.until, one.days) for one in curve.services] == [
        ("early", date(2026, 7, 6), (10, 0, 30)),
        ("late", date(2026, 7, 9), (1, 0, 0, 0, 5, 6)),
    ]
    assert curve.days == (11, 0, 30, 0, 5, 6)
    assert curve.reported == 3


def test_data_as_of(told: tuple[Lake, list[str]]) -> None:
    assert [(one.service, one.last_use) for one in data_as_of(*told)] == [
        ("alpha", date(2026, 7, 31)),
        ("youtube", date(2026, 7, 13)),
    ]


QUARTERS = [
    ("2026-Q3", "undated within 2026-Q3"),
    ("2026-01 - 2026-12", "undated within 2026"),
    ("Jul-Aug 2026", "undated within 2026-07-01 to 2026-08-31"),
    ("2026-09", "2026-09"),
    ("2026-09-30", "2026-09"),
]


@pytest.mark.parametrize(("period", "month"), QUARTERS)
def test_plays_of_several_months_without_a_day_are_in_none_of_them(tmp_path: Path, period: str, month: str) -> None:
    row: dict[Meaning, str] = {"isrc": "DEA452600002", "use_period": period, "units": "7", "amount": "0.10"}
    outcome, lake = taken(tmp_path, ("d.csv", sheet_of(DISTROKID, row)), source=Source("d", "D"))
    assert not outcome.refused, outcome.findings
    paths = [outcome.files[0].lake_path]
    assert [(one.key, one.units) for one in played(lake, paths, ("month",))] == [((month,), 7)]
