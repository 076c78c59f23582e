"""Workbooks (XLSX) as texts: every worksheet's rows, numbered as a spreadsheet numbers them.

A workbook holds numbers as binary floats of which a spreadsheet shows fifteen significant digits; those digits are what
a person typed and saw, so they are what is read, as decimal text. A float never leaves this module.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

MOST_BYTES = 2**30
"""Unpacked content beyond this is refused: a packed bomb is above, a sheet of a million rows is below."""

_SIGNIFICANT = 15
_START = b"PK\x03\x04"


class WorkbookError(ValueError):
    """A file that cannot be read as a workbook; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Worksheet:
    """One worksheet: its name and its rows, from row 1, each cell as text (an empty cell is empty text)."""

    name: str
    rows: tuple[tuple[int, tuple[str, ...]], ...]


def is_workbook(content: bytes) -> bool:
    """Whether the content is packed as a workbook is."""
    return content.startswith(_START)


def read(content: bytes, name: str) -> tuple[Worksheet, ...]:
    """The worksheets that hold anything, in their order; empty rows are left out, their numbers are kept.

    Formulas give the value that the spreadsheet program stored last. Raises `WorkbookError` for what is no XLSX.
    """
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            if sum(one.file_size for one in package.infolist()) > MOST_BYTES:
                raise WorkbookError(f"{name} unpacks to more than {MOST_BYTES >> 20} MiB; save its sheets as CSV")
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        found = [Worksheet(sheet.title, _rows(sheet)) for sheet in book.worksheets]
        book.close()
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, OSError, SyntaxError) as error:
        if isinstance(error, WorkbookError):
            raise
        raise WorkbookError(f"{name} cannot be opened as XLSX ({error}); save it again as XLSX or CSV") from error
    return tuple(sheet for sheet in found if sheet.rows)


def write(worksheets: Sequence[tuple[str, Sequence[str], Sequence[str]]]) -> bytes:
    """A workbook to be filled in: for each worksheet its name, its headings, and a note under each heading's cell."""
    import openpyxl
    from openpyxl.comments import Comment
    from openpyxl.styles import Font

    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, headings, notes in worksheets:
        sheet = book.create_sheet(name)
        sheet.append(list(headings))
        sheet.freeze_panes = "A2"
        for place, (cell, note) in enumerate(zip(sheet[1], notes, strict=True)):
            cell.font = Font(bold=True)
            cell.comment = Comment(note, "Ritornello")
            sheet.column_dimensions[cell.column_letter].width = max(14, len(headings[place]) + 4)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _rows(sheet: Any) -> tuple[tuple[int, tuple[str, ...]], ...]:
    if hasattr(sheet, "reset_dimensions"):
        sheet.reset_dimensions()  # what the file says of its own size may be wrong
    found = []
    for number, cells in enumerate(sheet.iter_rows(values_only=True), 1):
        texts = tuple(_text(cell) for cell in cells)
        if any(text.strip() for text in texts):
            found.append((number, texts))
    return tuple(found)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _decimal(value)
    return str(value)


def _decimal(value: float) -> str:
    """The digits that a spreadsheet shows, without an exponent. Three decimals get a zero more, since "1.234" could be
    taken for a grouped thousand where the sheet's texts have decimal commas."""
    text = format(Decimal(f"{value:.{_SIGNIFICANT}g}"), "f")
    whole, point, decimals = text.partition(".")
    decimals = decimals.rstrip("0")
    return whole if not point or not decimals else f"{whole}.{decimals}{'0' if len(decimals) == 3 else ''}"
