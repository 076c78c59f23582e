"""Reports as XLSX: the same rows and money as the CSV, told by worksheet and row, known again when saved anew."""

from __future__ import annotations

import gzip
import io
import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from ritornello.messages.dialects import BELIEVE, DISTROKID
from ritornello.messages.sheets import SheetError
from ritornello.usage.model import E10, Source
from ritornello.workflows.usage_desk import propose_mapping
from tests.messages.test_sheets import sheet_of
from tests.usage.reports import BELIEVE as SENDER
from tests.usage.reports import rows, taken
from tests.usage.workbook_reports import as_workbook, cells_of, workbook

HEADER = list(cells_of(sheet_of(BELIEVE))[0])
COLUMNS = "use_date, territory, title, isrc, units, amount_e10, currency, service"


def row_of(**changed: object) -> list[object]:
    """A row of the sender's sheet as a spreadsheet holds it, with these columns changed by meaning."""
    return [_number(cell) for cell in cells_of(sheet_of(BELIEVE, {k: str(v) for k, v in changed.items()}), str)[1]]


def _number(cell: str) -> object:
    try:
        return float(cell) if "." in cell else int(cell)
    except ValueError:
        return cell


@pytest.mark.parametrize("dialect", [BELIEVE, DISTROKID])
def test_a_workbook_is_read_as_its_csv_is(tmp_path: Path, dialect: object) -> None:
    sheet = sheet_of(dialect, {"amount": "12.34"}, {"amount": "0.000417"}, {"amount": "-3.1"})  # type: ignore[arg-type]
    source = SENDER if dialect is BELIEVE else Source("distrokid", "DistroKid")
    (tmp_path / "csv").mkdir()
    (tmp_path / "book").mkdir()
    plain, plain_lake = taken(tmp_path / "csv", ("a.csv", sheet), source=source)
    book, book_lake = taken(tmp_path / "book", ("a.xlsx", as_workbook(sheet)), source=source)
    assert not book.refused, book.findings
    assert rows(book_lake, book, COLUMNS) == rows(plain_lake, plain, COLUMNS)
    assert [one.total_e10 for one in book.receipts] == [92_404_170_000]
    assert book.files[0].name == "a.xlsx, sheet Report"


def test_title_and_total_rows_are_dropped_and_rows_keep_their_numbers(tmp_path: Path) -> None:
    good, bad = row_of(amount="10.5"), row_of(amount="x")
    amount = next(place for place, cell in enumerate(bad) if cell == "x")
    bad[amount] = "ten"
    total: list[object] = ["Total", *[None] * (len(HEADER) - 1)]
    total[amount] = 21
    sheet = [["Royalty statement"], [], HEADER, good, [], good, bad, total]
    outcome, _ = taken(tmp_path, ("r.xlsx", workbook(("July", sheet))), source=SENDER)
    assert [(one.file, one.row, one.field, one.given) for one in outcome.errors] == [
        ("r.xlsx, sheet July", 7, HEADER[amount], "ten")
    ]
    whole, lake = taken(tmp_path, ("r.xlsx", workbook(("July", [*sheet[:6], total]))), source=SENDER)
    assert rows(lake, whole, "row_number") == [(4,), (6,)]
    assert [one.total_e10 for one in whole.receipts] == [21 * E10]


def test_the_same_report_is_known_again_however_it_is_saved_or_packed(tmp_path: Path) -> None:
    content = as_workbook(sheet_of(BELIEVE))
    first, _ = taken(tmp_path, ("a.xlsx", content), source=SENDER)
    again = io.BytesIO()
    book = openpyxl.load_workbook(io.BytesIO(content))
    book.properties.creator = "somebody else"
    book.save(again)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("inner.xlsx", content)
    already = {first.files[0].sha256}
    forms = (("b.xlsx", again.getvalue()), ("c.xlsx.gz", gzip.compress(content)), ("d.zip", packed.getvalue()))
    for name, sent in forms:
        outcome, _ = taken(tmp_path, (name, sent), source=SENDER, already=already)
        assert [one.code for one in outcome.errors] == ["already_taken_in"], name


def test_each_worksheet_is_a_file_and_an_unknown_one_is_left_out_only_when_accepted(tmp_path: Path) -> None:
    sheets = [(month, [HEADER, row_of(amount=amount)]) for month, amount in (("July", "1.5"), ("August", "2.5"))]
    content = workbook(("Cover", [["Dear label"], ["see the other sheets"]]), *sheets, ("Empty", []))
    refused, _ = taken(tmp_path, ("q.xlsx", content), source=SENDER)
    assert [(one.code, one.file) for one in refused.errors] == [("unknown_worksheet", "q.xlsx, sheet Cover")]
    assert "accept unknown_worksheet" in refused.errors[0].message
    outcome, _ = taken(tmp_path, ("q.xlsx", content), source=SENDER, accept=["unknown_worksheet"])
    assert [one.name for one in outcome.files] == ["q.xlsx, sheet July", "q.xlsx, sheet August"]
    assert [one.total_e10 for one in outcome.receipts] == [15 * E10 // 10, 25 * E10 // 10]
    assert [(one.code, one.severity) for one in outcome.findings] == [("unknown_worksheet", "warning")]
    alone, _ = taken(tmp_path, ("c.xlsx", workbook(("Cover", [["Dear label"]]))), source=SENDER)
    assert [one.code for one in alone.errors] == ["unknown_sheet"]


def with_period(cell: object, shown: str) -> bytes:
    """One row whose period of use is this cell, shown so."""
    row = row_of(use_period="2031-05", reporting_period="2031-05")
    places = [place for place, text in enumerate(row) if text == "2031-05"]
    for place in places:
        row[place] = cell
    formats = {f"{openpyxl.utils.get_column_letter(place + 1)}2": shown for place in places}
    return workbook(("July", [HEADER, row]), formats=formats)


@pytest.mark.parametrize(
    ("shown", "first", "last"),
    [
        ("mmm-yy", date(2026, 7, 1), date(2026, 7, 31)),
        ("yyyy-mm", date(2026, 7, 1), date(2026, 7, 31)),
        ("[$-409]mmmm yyyy;@", date(2026, 7, 1), date(2026, 7, 31)),
        ("yyyy-mm-dd", date(2026, 7, 1), date(2026, 7, 1)),
    ],
)
def test_a_date_is_the_month_or_the_day_that_is_shown(tmp_path: Path, shown: str, first: date, last: date) -> None:
    outcome, lake = taken(tmp_path, ("r.xlsx", with_period(date(2026, 7, 1), shown)), source=SENDER)
    assert not outcome.refused, outcome.findings
    assert rows(lake, outcome, "period_start, period_end") == [(first, last)]


def test_the_number_of_a_day_is_told_and_never_guessed(tmp_path: Path) -> None:
    outcome, _ = taken(tmp_path, ("r.xlsx", with_period(46204, "General")), source=SENDER)
    (found,) = outcome.errors
    assert (found.file, found.row, found.given) == ("r.xlsx, sheet July", 2, "46204")
    assert "a spreadsheet's number of a day" in found.message


def test_digits_that_no_spreadsheet_shows_are_told(tmp_path: Path) -> None:
    row = row_of(amount="12.5")
    row[row.index(12.5)] = 1 / 3
    outcome, _ = taken(tmp_path, ("r.xlsx", workbook(("July", [HEADER, row]))), source=SENDER)
    assert [one.total_e10 for one in outcome.receipts] == [E10 // 3]
    assert ("rounded", "warning", "r.xlsx, sheet July") in {
        (one.code, one.severity, one.file) for one in outcome.findings
    }


def test_the_wizard_reads_the_worksheet_that_looks_like_a_report() -> None:
    sheet = sheet_of(BELIEVE, {"amount": "1.25"}, {"amount": "2.50"}).replace(b"Net Revenue", b"Net to us")
    content = workbook(("Cover", [["Dear label"], ["yours"]]), ("July", cells_of(sheet)))
    proposal = propose_mapping(content, "new.xlsx")
    assert not proposal.missing
    assert "the worksheet July; there are also Cover" in proposal.questions[0]
    with pytest.raises(SheetError):
        propose_mapping(workbook(("Cover", [["Dear label"]])), "new.xlsx")
