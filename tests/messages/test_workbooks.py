"""Workbooks as texts: the digits that a spreadsheet shows, its own row numbers, and one sentence for what is none."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.messages import sheet_values, workbooks


def book(**sheets: list[list[Any]]) -> bytes:
    made = openpyxl.Workbook()
    made.remove(made.worksheets[0])
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def texts(*cells: Any) -> tuple[str, ...]:
    [sheet] = workbooks.read(book(one=[list(cells)]), "one.xlsx")
    return sheet.rows[0][1]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (12.4, "12.4"),
        (0.1 + 0.2, "0.3"),
        (1200.0, "1200"),
        (0.000004, "0.000004"),
        (-1234.56, "-1234.56"),
        (1.234, "1.2340"),
        (7, "7"),
        (True, "true"),
        ("1.234,56", "1.234,56"),
        ("  =1+1", "  =1+1"),
        (date(2026, 7, 31), "2026-07-31"),
        (datetime(2026, 7, 31, 9, 30, tzinfo=UTC).replace(tzinfo=None), "2026-07-31T09:30:00"),
        ("003", "003"),
    ],
)
def test_a_cell_is_what_a_person_saw(cell: Any, text: str) -> None:
    assert texts("a", cell, "z") == ("a", text, "z")


@given(st.integers(-(10**13), 10**13))
def test_every_amount_of_cents_is_exact(cents: int) -> None:
    cell = texts("x", cents / 100)[1]
    assert sheet_values.number(cell, "point") == Fraction(cents, 100)
    if "." in cell:  # beside texts with a decimal comma it is refused, never read as thousands
        assert sheet_values.number(cell, "comma") is None


def test_rows_keep_the_numbers_of_the_spreadsheet() -> None:
    sheets = workbooks.read(book(first=[["title"], [], ["b", None, 3]], empty=[], third=[[None], ["c"]]), "two.xlsx")
    assert [(one.name, one.rows) for one in sheets] == [
        ("first", ((1, ("title",)), (3, ("b", "", "3")))),
        ("third", ((2, ("c",)),)),
    ]


def test_what_is_no_workbook_is_told_in_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("some.txt", "x" * 100)
    whole = book(one=[["a"]])
    for content in (packed.getvalue(), whole[: len(whole) // 2], b"PK\x03\x04nothing"):
        assert workbooks.is_workbook(content)
        with pytest.raises(workbooks.WorkbookError, match="cannot be opened as XLSX"):
            workbooks.read(content, "wrong.xlsx")
    monkeypatch.setattr(workbooks, "MOST_BYTES", 1000)
    with pytest.raises(workbooks.WorkbookError, match="unpacks to more than"):
        workbooks.read(whole, "bomb.xlsx")
