"""Creation reports: a service's own derivatives, row by row, and what cannot be relied upon."""

from __future__ import annotations

import pytest

from ritornello.messages import creation_reports, sheets

HEADER = "Derivative ID,Parent ISRCs,Type,Territory,Created At,Maker,Title"
ROW = "alpha:d1,DEA452600001|DE-A45-26-00003,Speed Pitch,Germany,2026-07-05T10:00:00+02:00,u_81,Return faster"


def test_a_report_is_read() -> None:
    report = creation_reports.read(f"Creations of July\n\n{HEADER}\n{ROW}\n".encode(), "c.csv")
    (row,) = report.rows
    assert report.findings == ()
    assert (row.row, row.derivative_id, row.parents) == (4, "alpha:d1", ("DEA452600001", "DEA452600003"))
    assert (row.type, row.territory, row.created_at.isoformat()) == ("SPEED_PITCH", "DE", "2026-07-05T08:00:00+00:00")


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("alpha:d1", "", "Derivative ID"),
        ("DEA452600001|", "DEA4526|", "Parent ISRCs"),
        ("DEA452600001|DE-A45-26-00003", "", "Parent ISRCs"),
        ("Speed Pitch", "Nightcore", "Type"),
        ("Germany", "Atlantis", "Territory"),
        ("+02:00", "", "Created At"),
        ("u_81", "Jane Doe", "Maker"),
    ],
)
def test_what_cannot_be_relied_upon_is_an_error(old: str, new: str, field: str) -> None:
    report = creation_reports.read(f"{HEADER}\n{ROW.replace(old, new)}\n".encode(), "c.csv")
    assert not report.rows
    assert field in {found.field for found in report.findings if found.severity == "error"}


def test_too_many_parents_and_the_same_derivative_twice() -> None:
    parents = "|".join(f"DEA4526{number:05d}" for number in range(17))
    report = creation_reports.read(
        f"{HEADER}\n{ROW}\n{ROW}\nx,{parents}{ROW[ROW.index(',Speed') :]}\n".encode(), "c.csv"
    )
    assert len(report.rows) == 1
    assert [(found.code, found.row) for found in report.findings] == [("derivative_twice", 3), ("creation", 4)]


def test_other_sheets_are_no_creation_reports() -> None:
    assert creation_reports.is_creation_report(f"{HEADER}\n".encode(), "c.csv")
    assert not creation_reports.is_creation_report(b"Artist,Title\n", "c.csv")
    with pytest.raises(sheets.SheetError, match="has the columns"):
        creation_reports.read(b"Artist,Title\n", "c.csv")
