"""Reports as workbooks: a CSV sheet with its numbers as numbers, and workbooks with other parts inside."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable, Sequence
from typing import Any

import openpyxl

ENTITIES = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "' + b"x" * 1000 + b'">'
    + b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 9))
    + b']><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">'
    + b'<c r="A1" t="inlineStr"><is><t>&a8;</t></is></c></row></sheetData></worksheet>'
)  # fmt: skip
"""A worksheet with a text that would grow to 10^11 letters."""


def cells_of(sheet: bytes, typed: Callable[[str], Any] | None = None) -> list[list[Any]]:
    """The rows of a CSV sheet; amounts and counts as numbers, everything else as text."""
    rows = list(csv.reader(io.StringIO(sheet.decode("utf-8-sig")), delimiter="\t" if b"\t" in sheet else ","))
    if ";" in rows[0][0]:
        rows = list(csv.reader(io.StringIO(sheet.decode("utf-8-sig")), delimiter=";"))
    return [[(typed or _typed)(cell) for cell in row] for row in rows]


def _typed(cell: str) -> Any:
    try:
        number = float(cell.replace(",", ".") if cell.count(",") == 1 and "." not in cell else cell)
    except ValueError:
        return cell
    return int(number) if number.is_integer() and "." not in cell else number


def workbook(*worksheets: tuple[str, Sequence[Sequence[Any]]], formats: dict[str, str] | None = None) -> bytes:
    """A workbook of these worksheets; `formats`: cell of the first worksheet → its number format."""
    made = openpyxl.Workbook()
    made.remove(made.worksheets[0])
    for name, rows in worksheets:
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    for place, shown in (formats or {}).items():
        made.worksheets[0][place].number_format = shown
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def as_workbook(sheet: bytes, name: str = "Report") -> bytes:
    """A CSV sheet as the only worksheet of a workbook."""
    return workbook((name, cells_of(sheet)))


def with_part(content: bytes, part: str, inside: bytes = b"x") -> bytes:
    """A workbook with one part more, or another one in its place."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for one in old.infolist():
            if one.filename != part:
                new.writestr(one, old.read(one))
        new.writestr(part, inside)
    return out.getvalue()
