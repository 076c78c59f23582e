"""Every table of a page as a file: CSV for a spreadsheet, JSON for a program, with the same exact figures.

Amounts stand as decimal text beside their currency, never as floats. A text cell that a spreadsheet would run as a
formula gets an apostrophe in front (the mark that spreadsheets themselves use for "this is text").
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from fastapi.responses import Response

from ritornello.money import format_amount
from ritornello.royalty.wording import decimal
from ritornello.statements.sheets import safe
from ritornello.web.views import Amount, Exact

Kind = Literal["csv", "json"]
FileKind = Literal["csv", "json", "html", "pdf", "zip"]
MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
    "zip": "application/zip",
}
Cell = str | int | bool | date | datetime | Amount | Exact | None


@dataclass(frozen=True, slots=True)
class Table:
    """A named table; every row has one cell for each column."""

    name: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[Cell, ...]]


def as_csv(table: Table) -> bytes:
    """UTF-8 with a byte order mark (spreadsheets need it), lines ended by CRLF as RFC 4180 says."""
    text = io.StringIO()
    writer = csv.writer(text)
    money = _money_columns(table)
    writer.writerow(name for place, column in enumerate(table.columns) for name in _headings(column, place in money))
    for row in table.rows:
        writer.writerow(cell for place, value in enumerate(row) for cell in _cells(value, place in money))
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def as_json(table: Table) -> bytes:
    """A list of objects; an amount is {"amount": "12.50", "currency": "EUR"}."""
    rows = [dict(zip(table.columns, map(_plain, row), strict=True)) for row in table.rows]
    return json.dumps({table.name: rows}, ensure_ascii=False, indent=1).encode()


def answer(table: Table, kind: Kind) -> Response:
    """The table as a download, `kind` being "csv" or "json"."""
    body = as_csv(table) if kind == "csv" else as_json(table)
    headers = {"Content-Disposition": f'attachment; filename="{table.name}.{kind}"'}
    return Response(body, media_type=MEDIA[kind], headers=headers)


def decimal_of(amount: Amount | Exact) -> str:
    """The amount as ungrouped decimal text ("1234.50"); where decimals do not end, the exact fraction ("1/3")."""
    if isinstance(amount, Exact):
        text = decimal(amount.amount)
        return str(amount.amount) if text.endswith("…") else text
    return format_amount(amount.micros, amount.currency).rpartition(" ")[0].replace(",", "")


def _money_columns(table: Table) -> set[int]:
    return {place for row in table.rows for place, value in enumerate(row) if isinstance(value, Amount | Exact)}


def _headings(column: str, money: bool) -> tuple[str, ...]:
    return (column, f"{column}_currency") if money else (column,)


def _cells(value: Cell, money: bool) -> tuple[str, ...]:
    if isinstance(value, Amount | Exact):
        return decimal_of(value), value.currency
    shown = "" if value is None else str(_plain(value))
    if isinstance(value, str):
        shown = safe(shown)
    return (shown, "") if money else (shown,)


def _plain(value: Cell) -> str | int | bool | dict[str, str] | None:
    if isinstance(value, Amount | Exact):
        return {"amount": decimal_of(value), "currency": value.currency}
    if isinstance(value, date):  # a datetime is a date too
        return value.isoformat()
    return value
