"""Sheets of distributors and services: find the header under title rows, read rows by meaning, say what is wrong where.

A *layout* is what was recognised about one sheet: delimiter, header row, which column means what, the decimal mark, the
currency. It comes from a dialect named header was seen, or from a mapping that a person confirmed. Reading by a layout
drops title rows (above the header), empty rows and totals rows, and nothing else: equal rows are separate money, rows
without an ISRC are money too, and a totals row is held against the sum of what stands above it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from ritornello.messages import sheet_values
from ritornello.messages.dialects import DIALECTS, Dialect, Meaning, flow_of, header_currency, header_key
from ritornello.messages.findings import Finding, Findings
from ritornello.messages.fiscal_months import of_calendar_month
from ritornello.messages.territory_names import UNKNOWN_TERRITORY, territory_code

DELIMITERS = (",", ";", "\t", "|")
HEADER_WITHIN = 60
"""A header is looked for in the first rows only; title rows are few."""
BLANKS = " \t\r\n\u00a0"
"""What is taken off both ends of a cell."""
_OLE = b"\xd0\xcf\x11\xe0"


class SheetError(ValueError):
    """A file that cannot be read as a sheet of a known layout; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How to read one sheet. `columns` are positions from 0; `headers` the sheet's own texts at those positions.

    `day_first` is for texts such as 01/07/2026; `currency` holds where no column names one; `service` where the sheet
    is about a single service; `stated_style` the decimal mark by a mapping, should the amounts leave it open.
    """

    dialect: str
    encoding: str
    delimiter: str
    header_row: int
    columns: Mapping[Meaning, int]
    headers: tuple[str, ...]
    style: sheet_values.Style = "point"
    currency: str | None = None
    service: str | None = None
    flow: str = "stream"
    day_first: bool | None = None
    fiscal_months: bool = False
    stated_style: sheet_values.Style | None = None

    def period_of(self, text: str) -> tuple[date, date] | None:
        """First and last day of a period as this sheet writes it; whole months by its own calendar."""
        found = sheet_values.period(text.strip(BLANKS), self.day_first)
        if found is None or not self.fiscal_months or not _whole_months(*found):
            return found
        first, last = found
        return of_calendar_month(first.year, first.month)[0], of_calendar_month(last.year, last.month)[1]

    def header_of(self, meaning: Meaning) -> str:
        """The sheet's own name of the column with that meaning."""
        return self.headers[self.columns[meaning]]


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row of money. The period's last day is included; `use_date` only where the sheet gives a day."""

    row: int
    period: tuple[date, date]
    service: str
    territory: str
    title: str
    artist: str
    isrc: str
    upc: str
    proprietary_id: str
    flow: str
    units: Fraction
    amount: Fraction
    currency: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """A whole sheet, read: its layout, its rows, and what was noticed. `total` is the sum that a totals row states."""

    name: str
    layout: Layout
    rows: tuple[SheetRow, ...]
    findings: tuple[Finding, ...]


def _whole_months(first: date, last: date) -> bool:
    return first.day == 1 and (last + timedelta(days=1)).day == 1


def decoded(content: bytes, name: str) -> tuple[str, str]:
    """Text and encoding: UTF-8 (with or without mark), UTF-16 with mark, else Windows-1252.

    Raises `SheetError` for spreadsheets in binary form and for content with NUL bytes.
    """
    if content.startswith(b"PK\x03\x04") or content.startswith(_OLE):
        raise SheetError(
            f"{name} is an old workbook (XLS), one with a password, or a package; save it as XLSX or CSV and give that"
        )
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return content.decode("utf-16"), "utf-16"
        except UnicodeDecodeError as error:
            raise SheetError(f"{name} begins as UTF-16 and is none: {error.reason}; export it again as CSV") from error
    if b"\x00" in content:
        raise SheetError(f"{name} holds NUL bytes: it is no text. Export it again as CSV")
    try:
        return content.decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace"), "cp1252"


def cells_of(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Rows as a spreadsheet numbers them (from 1, empty ones counted, a quoted line break inside one row)."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        yield from enumerate(reader, start=1)
    except csv.Error as error:
        raise SheetError(f"row {reader.line_num}: {error}; export the sheet again as CSV") from error


def candidates(text: str, delimiter: str) -> list[tuple[int, list[str]]]:
    """The rows among which the header is looked for."""
    head = "\n".join(text.splitlines()[: HEADER_WITHIN * 2])
    found: list[tuple[int, list[str]]] = []
    for number, cells in cells_of(head, delimiter):
        if number > HEADER_WITHIN:
            break
        found.append((number, cells))
    return found


def recognise(content: bytes, name: str, dialects: Sequence[Dialect] = DIALECTS) -> Layout | None:
    """The layout of a sheet in one of the dialects, or None where no header row is one of theirs.

    The header may stand under title rows, its columns in any order, with any of the four delimiters.
    """
    text, encoding = decoded(content, name)
    best: tuple[int, Layout] | None = None
    for delimiter in DELIMITERS:
        for number, cells in candidates(text, delimiter):
            keys = [header_key(cell) for cell in cells]
            for dialect in dialects:
                columns = _columns(dialect, keys)
                if any(meaning not in columns for meaning in dialect.needed):
                    continue
                shared = len({header_key(known) for known in dialect.header} & set(keys))
                if shared * 5 < len(dialect.header) * 4 or (best and best[0] >= shared):
                    continue
                currency = header_currency(cells[columns["amount"]]) or dialect.currency
                best = (
                    shared,
                    Layout(
                        dialect=dialect.name,
                        encoding=encoding,
                        delimiter=delimiter,
                        header_row=number,
                        columns=columns,
                        headers=tuple(cells),
                        currency=currency,
                        service=dialect.service,
                        flow=dialect.flow,
                        day_first=dialect.day_first,
                        fiscal_months=dialect.fiscal_months,
                        stated_style=dialect.style,
                    ),
                )
    return best[1] if best else None


def _columns(dialect: Dialect, keys: Sequence[str]) -> dict[Meaning, int]:
    found: dict[Meaning, int] = {}
    for meaning, writings in dialect.columns.items():
        for writing in writings:
            if header_key(writing) in keys:
                found[meaning] = keys.index(header_key(writing))
                break
    return found


def read(content: bytes, name: str, layout: Layout | None = None, currency: str | None = None) -> Sheet:
    """Read a sheet by its layout (recognised where none is given).

    `currency` holds for sheets that name none. Rows that cannot be read (no amount, no period, no currency, an unknown
    territory) become findings of severity "error" and are not among the rows. Raises `SheetError` where the content is
    no sheet or no dialect fits: a mapping is then needed.
    """
    known = layout or recognise(content, name)
    if known is None:
        raise SheetError(f"{name}: no known header among the first {HEADER_WITHIN} rows; make a mapping for this sheet")
    text, _ = decoded(content, name)
    findings = Findings()
    body = [
        (number, cells)
        for number, cells in cells_of(text, known.delimiter)
        if number > known.header_row and any(cell.strip(BLANKS) for cell in cells)
    ]
    data = [(number, cells) for number, cells in body if not is_total_row(known, cells)]
    amounts = [_cell(known, cells, "amount") for _, cells in data]
    style = sheet_values.style_of(amounts) or known.stated_style or (layout.style if layout else None)
    if style is None:
        message = "the decimal mark cannot be told from the amounts; name it in a mapping"
        findings.error("ambiguous_decimal", message, name, known.header_row, known.header_of("amount"))
        return Sheet(name, known, (), findings.closed())
    rows = [row for number, cells in data if (row := _row(known, style, currency, number, cells, name, findings))]
    for number, cells in body:
        if is_total_row(known, cells):
            _check_total(known, style, number, cells, rows, name, findings)
    if not rows and not findings.kept:
        findings.error("no_rows", "the sheet has a header and no rows", name, known.header_row)
    return Sheet(name, known, tuple(rows), findings.closed())


def is_total_row(layout: Layout, cells: Sequence[str]) -> bool:
    """Whether a row is a total: its first filled cell says so, and no ISRC, artist or period stands in it."""
    first = next((bare for cell in cells if (bare := cell.strip(BLANKS))), "")
    if not sheet_values.reads_as_total(first):
        return False
    named = [text for meaning in ("isrc", "artist") if (text := _cell(layout, cells, meaning))]
    if any(not sheet_values.reads_as_total(text) for text in named):
        return False
    return layout.period_of(_cell(layout, cells, "use_period")) is None


def _as_given(layout: Layout, cells: Sequence[str], meaning: Meaning) -> str:
    place = layout.columns.get(meaning)
    return cells[place] if place is not None and place < len(cells) else ""


def _cell(layout: Layout, cells: Sequence[str], meaning: Meaning) -> str:
    place = layout.columns.get(meaning)
    return cells[place].strip(BLANKS) if place is not None and place < len(cells) else ""


def _row(
    layout: Layout,
    style: sheet_values.Style,
    currency: str | None,
    number: int,
    cells: Sequence[str],
    name: str,
    findings: Findings,
) -> SheetRow | None:
    def refuse(code: str, meaning: Meaning, message: str, given: str) -> None:
        header = layout.header_of(meaning) if meaning in layout.columns else None
        findings.error(code, message, name, number, header, given[:200])

    amount_text, units_text = _cell(layout, cells, "amount"), _cell(layout, cells, "units")
    amount = sheet_values.number(amount_text, style)
    units = sheet_values.number(units_text, style) if units_text else Fraction(0)
    if units is None and units_text:  # counts often come with grouping where amounts have none
        units = sheet_values.number(units_text, "comma" if style == "point" else "point")
    period_text = _cell(layout, cells, "use_period") or _cell(layout, cells, "reporting_period")
    period = layout.period_of(period_text)
    place_text = _cell(layout, cells, "territory")
    place = territory_code(place_text)
    money = (_cell(layout, cells, "currency") or layout.currency or currency or "").upper()
    if amount is None:
        refuse("amount", "amount", f"{amount_text!r} is not an amount with a decimal {style}", amount_text)
    if units is None:
        refuse("units", "units", f"{units_text!r} is not a number", units_text)
    if period is None:
        refuse("period", "use_period", f"{period_text!r} is not a period, or has two readings", period_text)
    if place is None:
        refuse("territory", "territory", f"{place_text!r} is no territory that we know", place_text)
    named = len(money) == 3 and money.isascii() and money.isalpha()
    if not named:
        refuse("currency", "currency", "no currency: name it when the sheet is taken in", money)
    if place == UNKNOWN_TERRITORY:
        findings.warn("no_territory", "the row does not say where", name, number, layout.header_of("territory"))
    if amount is None or units is None or period is None or place is None or not named:
        return None
    adjusted = _cell(layout, cells, "adjustment")
    flow = "adjustment" if adjusted else flow_of(_cell(layout, cells, "use_type"), layout.flow)
    return SheetRow(
        row=number,
        period=period,
        service=layout.service or _cell(layout, cells, "service"),
        territory=place,
        title=_as_given(layout, cells, "title"),
        artist=_as_given(layout, cells, "artist"),
        isrc=_cell(layout, cells, "isrc").replace("-", "").replace(" ", "").upper(),
        upc=sheet_values.upc(_cell(layout, cells, "upc")) or _cell(layout, cells, "upc"),
        proprietary_id=_cell(layout, cells, "proprietary_id"),
        flow=flow,
        units=units,
        amount=amount,
        currency=money,
    )


def _check_total(
    layout: Layout,
    style: sheet_values.Style,
    number: int,
    cells: Sequence[str],
    rows: Sequence[SheetRow],
    name: str,
    findings: Findings,
) -> None:
    stated = sheet_values.number(_cell(layout, cells, "amount"), style)
    above = sum((row.amount for row in rows if row.row < number), Fraction(0))
    if stated is not None and abs(stated - above) >= Fraction(1, 100):
        message = f"the totals row states {stated}, the rows above it sum to {above}: rows are missing or unreadable"
        findings.error("total", message, name, number, layout.header_of("amount"), str(stated))


def write(dialect: Dialect, rows: Sequence[Mapping[Meaning, str]], titles: Sequence[str] = ()) -> bytes:
    """A sheet in that dialect (UTF-8, its own delimiter), with title rows above the header where given.

    Raises `SheetError` for a meaning that the dialect has no column for.
    """
    places = _columns(dialect, [header_key(text) for text in dialect.header])
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=dialect.delimiter, lineterminator="\r\n")
    for title in titles:
        writer.writerow([title])
    writer.writerow(dialect.header)
    for values in rows:
        unknown = set(values) - set(places)
        if unknown:
            raise SheetError(f"{dialect.title} has no column for {', '.join(sorted(unknown))}")
        cells = [""] * len(dialect.header)
        for meaning, value in values.items():
            cells[places[meaning]] = value
        writer.writerow(cells)
    return out.getvalue().encode("utf-8")
