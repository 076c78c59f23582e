"""No exported sheet holds a cell that a spreadsheet would run, and what is a number stays one."""

from __future__ import annotations

import csv
import io
import re
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.messages import sheets as received
from ritornello.messages.dialects import BELIEVE
from ritornello.statements.sheets import safe, sheet
from ritornello.web.exports import Table, as_csv
from ritornello.web.views import Amount, Exact

SOURCE = Path(__file__).resolve().parents[2] / "src" / "ritornello"
WRITERS = {
    "statements/sheets.py": "texts go through `safe`",
    "web/exports.py": "texts go through `safe`",
    "consent/feed.py": "ids, codes and dates for a service's machine, read back by it byte for byte",
    "messages/sheets.py": "reports as services write them, for demonstrations and tests",
    "messages/workbooks.py": "worksheets of a report laid out for the reader of sheets, and gone when it was read",
    "royalty/engines/rows.py": "tables on their way into an engine",
}
"""Every place that writes comma-separated values, and why none of it runs in a spreadsheet."""
HOSTILE = (
    '=HYPERLINK("http://x","y")', "+1+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", " =1", "\u00a0=1", "\n=1",
    "  \u00a0 @x",
)  # fmt: skip


def cells(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def would_run(cell: str) -> bool:
    """How spreadsheets decide: a sign in front, after blanks; a plain number is a number."""
    bare = cell.lstrip(" \u00a0")
    number = re.fullmatch(r"[+-]?[0-9]+([.,][0-9]+)?", bare)
    return bare[:1] in ("=", "+", "-", "@", "\t", "\r", "\n", "\x00") and not number


@pytest.mark.parametrize("text", HOSTILE)
def test_what_a_spreadsheet_would_run_stands_there_as_text(text: str) -> None:
    assert not would_run(cells(sheet(("a",), [(text,)]))[1][0])
    assert not would_run(cells(as_csv(Table("t", ("a",), [(text,)])))[1][0])


@given(st.lists(st.text(alphabet=st.characters(exclude_categories=("Cs",)), max_size=12), min_size=1, max_size=6))
def test_no_text_whatsoever_runs(texts: list[str]) -> None:
    for cell in texts:
        assert not would_run(safe(cell)) or re.fullmatch(r"[+-]?[0-9.,]+", cell.strip())
        assert safe(cell).removeprefix("'") == cell or safe(cell) == cell


def test_numbers_stay_numbers() -> None:
    written = cells(sheet(("a", "b"), [(Fraction(-3, 2), -7)]))[1]
    assert written == ["-1.5", "-7"]
    table = Table("t", ("a", "b"), [(Amount(-1_500_000, "EUR"), Exact(Fraction(-1, 4), "EUR"))])
    assert cells(as_csv(table))[1] == ["-1.50", "EUR", "-0.25", "EUR"]


def test_every_writer_of_sheets_is_known() -> None:
    found = {
        str(path.relative_to(SOURCE))
        for path in SOURCE.rglob("*.py")
        if re.search(r"csv\.(Dict)?[wW]riter\(", path.read_text(encoding="utf-8"))
    }
    assert found == set(WRITERS)


def test_a_hostile_title_of_a_report_does_not_reach_a_sheet() -> None:
    row = {"title": HOSTILE[0], "isrc": "DEAB12600001", "units": "1", "amount": "1.00", "use_period": "2026-07"}
    read = received.read(received.write(BELIEVE, [{**row, "territory": "DE", "currency": "EUR"}]), "x.csv")
    assert read.rows[0].title == HOSTILE[0]
    assert not would_run(cells(sheet(("title",), [(read.rows[0].title,)]))[1][0])
