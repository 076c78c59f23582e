"""Workbooks (XLSX) as texts: every worksheet's rows, numbered as a spreadsheet numbers them.

A workbook holds numbers as binary floats of which a spreadsheet shows fifteen significant digits; those digits are what
a person typed and saw, so they are what is read, as decimal text. A float never leaves this module, and cells that hold
more digits than are shown are counted. A day whose format shows no day ("Jul 2026") is the month that is shown.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

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


@dataclass(frozen=True, slots=True)
class LaidOut:
    """One worksheet as a CSV file (UTF-8, commas) in which every row has its number of the spreadsheet.

    `rounded` counts the number cells that hold more than the fifteen digits that are shown and were read.
    """

    name: str
    path: Path
    rounded: int


def is_workbook(content: bytes) -> bool:
    """Whether the content is packed as a workbook is."""
    return content.startswith(_START)


def is_workbook_file(path: Path, name: str) -> bool:
    """Whether a file is a workbook: packed, and called like one or with the parts of one inside."""
    with path.open("rb") as stream:
        if not stream.read(4).startswith(_START):
            return False
    if name.lower().endswith((".xlsx", ".xlsm", ".xlsb", ".xltx", ".xltm")):
        return True
    try:
        with zipfile.ZipFile(path) as package:
            return any(part.startswith("xl/workbook.") for part in package.namelist())
    except zipfile.BadZipFile:
        return False


def read(content: bytes, name: str) -> tuple[Worksheet, ...]:
    """The worksheets that hold anything, in their order; empty rows are left out, their numbers are kept.

    Formulas give the value that the spreadsheet program stored last. Raises `WorkbookError` for what is no XLSX.
    """
    with _opened(io.BytesIO(content), name) as book:
        found = [Worksheet(sheet.title, tuple(_rows(sheet, []))) for sheet in book.worksheets]
    return tuple(sheet for sheet in found if sheet.rows)


def lay_out(path: Path, name: str, folder: Path) -> tuple[LaidOut, ...]:
    """Write each worksheet that holds anything to a CSV file in `folder`, row by row; the same texts as `read` gives.

    Raises `WorkbookError` for what is no XLSX, and for workbooks with macros: what those would have written is not in
    the cells.
    """
    laid = []
    with path.open("rb") as stream, _opened(stream, name, macros=False) as book:
        for number, sheet in enumerate(book.worksheets):
            rounded: list[float] = []
            target, last = folder / f"{path.name}-{number}.csv", 0
            with target.open("w", encoding="utf-8", newline="") as out:
                writer = csv.writer(out)
                for row, texts in _rows(sheet, rounded):
                    out.write("\r\n" * (row - last - 1))
                    writer.writerow(texts)
                    last = row
            if last:
                laid.append(LaidOut(sheet.title, target, len(rounded)))
    return tuple(laid)


@contextmanager
def _opened(stream: IO[bytes], name: str, *, macros: bool = True) -> Iterator[Any]:
    """The workbook, to be read in order. Raises `WorkbookError`, also for what breaks while it is read."""
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with zipfile.ZipFile(stream) as package:
            parts = package.infolist()
        if sum(one.file_size for one in parts) > MOST_BYTES:
            raise WorkbookError(f"{name} unpacks to more than {MOST_BYTES >> 20} MiB; save its sheets as CSV")
        names = {one.filename.lower() for one in parts}
        if not macros and any(one.endswith("vbaproject.bin") for one in names):
            raise WorkbookError(f"{name} holds macros, which are not run here; save it as XLSX without them, or as CSV")
        if "xl/workbook.bin" in names:
            raise WorkbookError(f"{name} is a binary workbook (XLSB); save it as XLSX or CSV")
        stream.seek(0)
        book = openpyxl.load_workbook(stream, read_only=True, data_only=True)
        yield book
        book.close()
    except WorkbookError:
        raise
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, OSError, SyntaxError, EOFError) as error:
        raise WorkbookError(f"{name} cannot be opened as XLSX ({error}); save it again as XLSX or CSV") from error


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


def _rows(sheet: Any, rounded: list[float]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The rows that hold anything, with their numbers; numbers with more digits than are shown go to `rounded`."""
    if hasattr(sheet, "reset_dimensions"):
        sheet.reset_dimensions()  # what the file says of its own size may be wrong
    for number, cells in enumerate(sheet.iter_rows(), 1):
        texts = tuple(_cell(cell, rounded) for cell in cells)
        if any(text.strip() for text in texts):
            yield number, texts


def _cell(cell: Any, rounded: list[float]) -> str:
    value = cell.value
    if isinstance(value, date) and _shows_no_day(cell.number_format):
        return f"{value:%Y-%m}"
    if isinstance(value, float) and float(f"{value:.{_SIGNIFICANT}g}") != value:
        rounded.append(value)
    return _text(value)


def _shows_no_day(number_format: str) -> bool:
    """Whether a format of dates shows month and year and no day: "mmm-yy" does, "yyyy-mm-dd" does not. Quoted words,
    and what stands in brackets, are no part of it."""
    bare = re.sub(r'"[^"]*"|\\.|\[[^\]]*\]', "", number_format.partition(";")[0]).lower()
    return "m" in bare and "y" in bare and "d" not in bare


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
