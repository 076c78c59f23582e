"""Sheets as people send them: delimiters, encodings, decimal commas, eaten zeros, and days that may be two."""

from __future__ import annotations

import io
from datetime import date

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.consent.errors import ConsentError
from ritornello.consent.offer_sheet import COLUMNS, Gravity, OfferSheet, read_sheet

HEAD = ";".join(COLUMNS)
GOOD = "DEXX12600001;REMIX;WW ex JP;subscribers;platform;12,5;2026-06-01;2028-06-01"


def read(*rows: str, head: str = HEAD, encoding: str = "utf-8") -> OfferSheet:
    return read_sheet("\r\n".join((head, *rows)).encode(encoding))


def errors(sheet: OfferSheet) -> list[tuple[int, str]]:
    return [(one.row, one.field) for one in sheet.findings if one.gravity is Gravity.ERROR]


def test_a_good_row_is_read_without_a_word() -> None:
    sheet = read(GOOD)
    (row,) = sheet.rows
    assert not sheet.findings
    assert (row.asset, row.types, str(row.territories)) == ("DEXX12600001", frozenset({"REMIX"}), "WW ex JP")
    assert (row.fan_share_permille, row.valid_from, row.valid_until) == (125, date(2026, 6, 1), date(2028, 6, 1))


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_delimiters_and_encodings_make_no_difference(delimiter: str, encoding: str) -> None:
    content = "\n".join((HEAD, GOOD)).replace(";", delimiter).encode(encoding)
    assert read_sheet(content).rows == read(GOOD).rows


def test_a_comma_delimits_where_the_share_is_quoted() -> None:
    row = 'DEXX12600001,REMIX,"WW ex JP",subscribers,platform,"12,5",2026-06-01,2028-06-01'
    assert read_sheet(f"{','.join(COLUMNS)}\n{row}".encode()).rows == read(GOOD).rows


def test_a_workbook_says_the_same() -> None:
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.append(list(COLUMNS))
    cells = ["DE-XX1-26-00001", "remix", "World except JP", "Subscriber", "platform", 12.5]
    page.append([*cells, date(2026, 6, 1), date(2028, 6, 1)])
    file = io.BytesIO()
    book.save(file)
    sheet = read_sheet(file.getvalue())
    assert sheet.rows == read(GOOD).rows
    assert [one.field for one in sheet.findings] == ["territory"]


@pytest.mark.parametrize(
    ("old", "new", "field", "fix"),
    [
        ("DEXX12600001", "DE-XX1-26-1", "asset", "DEXX12600001"),
        ("DEXX12600001", "2,6E+11", "asset", "as text"),
        ("DEXX12600001", "", "asset", "ISRC"),
        (";REMIX;", ";REMIKS;", "type", "REMIX"),
        (";REMIX;", ";;", "type", "REMIX"),
        ("WW ex JP", "Atlantis", "territory", "WW ex JP"),
        ("WW ex JP", "JP ex JP", "territory", "at least one"),
        ("subscribers", "friends", "who", "superfans"),
        ("platform", "moon", "scope", "export"),
        ("12,5", "99,99", "fan_share", "100"),
        ("12,5", "250", "fan_share", "0 to 100"),
        ("12,5", "-3", "fan_share", "per cent"),
        ("12,5", "some", "fan_share", "per cent"),
        ("2026-06-01", "03/04/2026", "from", "2026-03-04 or 2026-04-03"),
        ("2026-06-01", "31.02.2026", "from", "2026-06-01"),
        ("2026-06-01", "", "from", "first day"),
        ("2028-06-01", "2026-05-01", "until", "swap"),
    ],
)
def test_a_wrong_cell_is_named_with_a_fix_and_its_row_left_out(old: str, new: str, field: str, fix: str) -> None:
    sheet = read(GOOD.replace(old, new), GOOD)
    assert errors(sheet) == [(2, field)]
    assert fix in sheet.findings[0].fix
    assert [row.row for row in sheet.rows] == [3]


def test_days_that_can_only_be_one_are_read() -> None:
    for text in ("31/07/2026", "07/31/2026", "31.7.2026", "2026-07-31T00:00:00"):
        assert read(GOOD.replace("2026-06-01", text)).rows[0].valid_from == date(2026, 7, 31), text


def test_a_share_below_one_is_said_to_have_been_read_as_per_cent() -> None:
    sheet = read(GOOD.replace("12,5", "0.125"))
    assert sheet.rows[0].fan_share_permille == 125
    assert [(one.field, one.gravity) for one in sheet.findings] == [("fan_share", Gravity.NOTE)]


def test_thirds_that_add_up_to_almost_all_are_a_rounding_and_halves_of_nothing_are_not() -> None:
    head = f"{HEAD};holder;split"
    thirds = read(*(f"{GOOD};pty_{name};33,33" for name in "abc"), head=head)
    assert (len(thirds.rows), [one.field for one in thirds.findings]) == (3, ["split"])
    assert "99.99" in thirds.findings[0].problem
    halves = read(*(f"{GOOD};pty_{name};40" for name in "ab"), head=head)
    assert (len(halves.rows), errors(halves)) == (0, [(2, "split"), (3, "split")])


def test_what_is_said_twice_is_taken_once() -> None:
    sheet = read(GOOD, GOOD)
    assert ([row.row for row in sheet.rows], errors(sheet)) == ([2], [(3, "asset")])


@pytest.mark.parametrize(
    ("content", "field"),
    [
        (b"", "file"),
        (b"isrc;type\nDEXX12600001;REMIX", "heading"),
        (b"PK\x03\x04 this is no workbook", "file"),
        (b"\xff\xfe\x00", "heading"),
    ],
)
def test_what_is_no_sheet_is_refused_whole(content: bytes, field: str) -> None:
    with pytest.raises(ConsentError) as failed:
        read_sheet(content)
    assert failed.value.findings[0].field == field


@given(st.lists(st.text(max_size=12), min_size=8, max_size=8))
def test_whatever_stands_in_a_row_it_is_read_or_named(cells: list[str]) -> None:
    row = ";".join('"' + cell.replace('"', '""') + '"' for cell in cells)
    sheet = read_sheet(f"{HEAD}\r\n{row}".encode(errors="replace"))
    assert bool(sheet.rows) != bool(errors(sheet)) or sheet.count == 0
