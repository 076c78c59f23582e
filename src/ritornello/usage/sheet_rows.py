"""A sheet of a known layout, typed by DuckDB: the fast path to what `messages.sheets.read` reads row by row.

Both give the same rows; a test holds them against each other. What DuckDB cannot take as it stands (other encodings,
empty rows, title cells over several lines) is first written out plainly by the csv module, so that row numbers stay
true. One scan lays the used columns into a table; the few distinct texts among them are translated in Python; the rest
is a view that is read once, when the rows are written to the lake.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb

from ritornello.messages import sheet_values, sheets
from ritornello.messages.dialects import Dialect, Meaning, flow_of
from ritornello.messages.findings import Findings, Severity
from ritornello.messages.territory_names import UNKNOWN_TERRITORY, territory_code
from ritornello.usage.model import Source
from ritornello.usage.opening import Opened, has_uneven_lines
from ritornello.usage.typed import (
    ISRC_FORM,
    PLAIN_AMOUNT,
    PLAIN_UNITS,
    Readable,
    add_table,
    distinct,
    e10_sql,
    exact_e10,
    few_of,
    isrc_sql,
    quoted,
    report,
    rounded_e10,
    shown,
)

HEAD_BYTES = 2**18
"""How much of a file is looked at to find its header."""

_USED: tuple[Meaning, ...] = (
    *("reporting_period", "use_period", "service", "territory", "title", "version", "artist", "isrc", "iswc"),
    *("proprietary_id", "units", "amount", "currency", "use_type", "adjustment"),
)
_SAID: tuple[Meaning, ...] = ("service", "territory", "currency", "use_type", "adjustment")
"""Columns with few distinct texts, translated together (with the period)."""


def layout_of(opened: Opened, dialects: Sequence[Dialect]) -> sheets.Layout | None:
    """The layout of the file by the dialect that its header row belongs to; earlier dialects win where several fit."""
    with opened.path.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
    if len(head) == HEAD_BYTES:
        head = head[: head.rfind(b"\n") + 1]
    return sheets.recognise(head, opened.name, dialects)


@dataclass(frozen=True, slots=True)
class _Odd:
    """How many rows need a closer look, found in one scan: amounts that may have a decimal comma, amounts and units
    that are not plain, ISRCs that are not in their form. Most sheets have none of any."""

    unclear: int
    amounts: int
    units: int
    isrcs: int


@dataclass(slots=True)
class _Sheet:
    """One sheet on its way: its table and what is known of it."""

    connection: duckdb.DuckDBPyConnection
    number: int
    names: Sequence[str]
    layout: sheets.Layout
    findings: Findings
    odd_amounts: bool = field(default=False)
    odd_units: bool = field(default=False)
    odd: _Odd = field(default_factory=lambda: _Odd(0, 0, 0, 0))

    @property
    def raw(self) -> str:
        return f"raw_{self.number}"

    @property
    def said(self) -> str:
        return f"said_{self.number}"

    def header(self, meaning: Meaning) -> str | None:
        return self.layout.header_of(meaning) if meaning in self.layout.columns else None

    def tell(self, code: str, severity: Severity, meaning: Meaning, rows: str, message: Callable[[str], str]) -> None:
        """Findings from rows of `raw`: `rows` is what follows FROM, and gives the column `given`."""
        query = f"SELECT {self.number} AS file_no, row_number, {meaning} AS given FROM {rows}"
        report(self.connection, self.findings, self.names, query, code, severity, message, self.header(meaning))


def load(
    connection: duckdb.DuckDBPyConnection,
    opened: Opened,
    file_no: int,
    names: Sequence[str],
    layout: sheets.Layout,
    source: Source,
    workspace: Path,
    findings: Findings,
) -> Readable | None:
    """The sheet's rows; None where they cannot be told apart or no amount can be read.

    What cannot be read becomes findings with row and column; those rows are not among the rows.
    """
    sheet = _Sheet(connection, file_no, names, layout, findings)
    plain, skip = _plain(opened, layout, workspace / f"plain-{file_no}")
    try:
        _lay_out(sheet, plain, skip)
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        findings.error("csv", f"rows cannot be told apart: {reason}; export it again as CSV", opened.name)
        return None
    sheet.odd = _odd(sheet)
    style = _style(sheet)
    if style is None:
        message = "the decimal mark cannot be told from the amounts; name it in a mapping"
        findings.error("ambiguous_decimal", message, opened.name, layout.header_row, layout.header_of("amount"))
        return None
    sheet.layout = replace(layout, style=style)
    _translate(sheet, source)
    _translate_odd_amounts(sheet)
    _translate_odd_units(sheet)
    _tell_unreadable(sheet)
    _check_totals(sheet, opened.name)
    said = {"service": "ours", "territory": "code", "flow": "flow", "currency": "money"}
    return Readable(_typed(sheet), _check(sheet), few_of(connection, sheet.said, said))


def _plain(opened: Opened, layout: sheets.Layout, target: Path) -> tuple[Path, int]:
    """A path that DuckDB reads as it stands, and how many of its lines come before the rows."""
    if layout.encoding == "utf-8" and not _needs_rewriting(opened.path, layout.header_row):
        return opened.path, layout.header_row
    text, _ = sheets.decoded(opened.path.read_bytes(), opened.name)
    with target.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter=layout.delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL)
        for number, cells in sheets.cells_of(text, layout.delimiter):
            if number > layout.header_row:
                writer.writerow(cells or [""])
    return target, 0


def _needs_rewriting(path: Path, header_row: int) -> bool:
    """Whether lines are uneven, or a quoted cell breaks a line in the titles."""
    with path.open("rb") as stream:
        titles = b"".join(stream.readline() for _ in range(header_row))
        if titles.count(b'"') % 2 or re.search(rb'"[^"\n]*\n[^"]*"', titles):
            return True
        return has_uneven_lines(stream)


def _lay_out(sheet: _Sheet, path: Path, skip: int) -> None:
    """One scan of the file into `raw`: the used columns as text, empty where there is none, and the first
    filled cell of rows that name neither ISRC nor artist (only those can be totals or empty)."""
    layout = sheet.layout
    columns = [f"c{place}" for place in range(len(layout.headers))]
    declared = "{" + ", ".join(f"'{name}': 'VARCHAR'" for name in columns) + "}"
    blanks = quoted(sheets.BLANKS)

    def named(meaning: Meaning) -> str:
        place = layout.columns.get(meaning)
        return f"coalesce(c{place}, '')" if place is not None else "''"

    total = quoted(sheet_values.TOTAL_ROW)
    unnamed = " AND ".join(
        f"({_blank_sql(text)} OR regexp_matches({text}, {total}))" for text in (named("isrc"), named("artist"))
    )
    # an ISRC decides it for nearly every row, before anything dearer is looked at
    isrc = named("isrc")
    nameless = f"CASE WHEN len({isrc}) = 12 AND right({isrc}, 1) BETWEEN '0' AND '9' THEN false ELSE {unnamed} END"
    filled = ", ".join(f"nullif(trim({name}, {blanks}), '')" for name in columns)
    chosen = ", ".join(f"{named(meaning)} AS {meaning}" for meaning in _USED if meaning in layout.columns)
    sheet.connection.execute(
        f"""
        CREATE TABLE {sheet.raw}_used AS
        SELECT {layout.header_row} + row_number() OVER () AS row_number, {chosen}, {nameless} AS nameless,
               CASE WHEN {nameless} THEN coalesce({filled}) END AS first_cell
        FROM read_csv({quoted(str(path))}, columns={declared}, delim={quoted(layout.delimiter)}, quote='"', escape='"',
                      header=false, skip={skip}, auto_detect=false, null_padding=true, strict_mode=false,
                      max_line_size=4194304, parallel=false)
        """
    )
    absent = "".join(f", '' AS {meaning}" for meaning in _USED if meaning not in layout.columns)
    sheet.connection.execute(f"CREATE VIEW {sheet.raw} AS SELECT *{absent} FROM {sheet.raw}_used")
    found = sheet.connection.execute(
        f"SELECT row_number, use_period, amount FROM {sheet.raw} "
        f"WHERE nameless AND first_cell IS NOT NULL AND regexp_matches(first_cell, {total}) ORDER BY 1"
    ).fetchall()
    # a row with a period is money, whatever its first cell says
    totals = [(row, amount) for row, text, amount in found if layout.period_of(text) is None]
    add_table(sheet.connection, f"totals_{sheet.number}", "row_number BIGINT, amount VARCHAR", totals)
    sheet.connection.execute(
        f"DELETE FROM {sheet.raw}_used WHERE nameless AND (first_cell IS NULL "
        f"OR row_number IN (SELECT row_number FROM totals_{sheet.number}))"
    )


def _odd(sheet: _Sheet) -> _Odd:
    found = sheet.connection.execute(
        f"""SELECT count(*) FILTER (contains(amount, ',') OR amount LIKE '%.%.%'),
                   count(*) FILTER (NOT regexp_full_match(amount, '{PLAIN_AMOUNT}')),
                   count(*) FILTER (NOT regexp_full_match(units, '{PLAIN_UNITS}')),
                   count(*) FILTER (NOT regexp_full_match(isrc, '{ISRC_FORM}'))
            FROM {sheet.raw}"""
    ).fetchone()
    assert found is not None  # an aggregate always gives one row
    return _Odd(*found)


def _style(sheet: _Sheet) -> sheet_values.Style | None:
    """The decimal mark. Where no amount holds a comma or two points it is the point; otherwise one example of each
    shape of amount decides (digits other than 0 are alike)."""
    if not sheet.odd.unclear:
        return "point"
    shapes = sheet.connection.execute(
        f"SELECT any_value(amount) FROM {sheet.raw} GROUP BY translate(amount, '12345678', '99999999')"
    ).fetchall()
    return sheet_values.style_of(str(shape[0]) for shape in shapes)


def _period_sql(sheet: _Sheet) -> str:
    if "use_period" not in sheet.layout.columns:
        return "reporting_period"
    if "reporting_period" not in sheet.layout.columns:
        return "use_period"
    return f"CASE WHEN {_blank_sql('use_period')} THEN reporting_period ELSE use_period END"


def _blank_sql(text: str) -> str:
    """Whether a text holds nothing but blanks; decided by its first letter where that is none."""
    return f"(({text} < '!' OR {text} >= '\u00a0') AND trim({text}, {quoted(sheets.BLANKS)}) = '')"


def _translate(sheet: _Sheet, source: Source) -> None:
    """The table `said`: each combination of period, service, territory, currency and use type, with what it means."""
    layout = sheet.layout
    fallback = layout.currency or source.currency or ""
    rows = []
    for period, service, territory, currency, use_type, adjustment in sheet.connection.execute(
        f"SELECT DISTINCT {_period_sql(sheet)}, {', '.join(_SAID)} FROM {sheet.raw} ORDER BY ALL"
    ).fetchall():
        first_day, last_day = layout.period_of(period) or (None, None)
        money = (currency.strip(sheets.BLANKS) or fallback).upper()
        known = len(money) == 3 and money.isascii() and money.isalpha()
        flow = "adjustment" if adjustment.strip(sheets.BLANKS) else flow_of(use_type, layout.flow)
        ours = source.service_of(layout.service or service.strip(sheets.BLANKS))
        code = territory_code(territory.strip(sheets.BLANKS))
        said = (period, service, territory, currency, use_type, adjustment)
        rows.append((*said, first_day, last_day, ours, code, money if known else None, flow))
    given = "period VARCHAR, service VARCHAR, territory VARCHAR, currency VARCHAR, use_type VARCHAR, adjustment VARCHAR"
    meant = "first_day DATE, last_day DATE, ours VARCHAR, code VARCHAR, money VARCHAR, flow VARCHAR"
    add_table(sheet.connection, sheet.said, f"{given}, {meant}", rows)


def _plain_amount(sheet: _Sheet) -> str:
    """The amount with a decimal point, where the sheet's mark is a comma."""
    return "amount" if sheet.layout.style == "point" else "translate(amount, ',.', '.,')"


def _translate_odd_amounts(sheet: _Sheet) -> None:
    odd = f"NOT regexp_full_match({_plain_amount(sheet)}, '{PLAIN_AMOUNT}')"
    rows: list[tuple[str, str | None, bool]] = []
    if not sheet.odd.amounts and sheet.layout.style == "point":
        add_table(
            sheet.connection, f"odd_amounts_{sheet.number}", "given VARCHAR, e10 DECIMAL(18), exact BOOLEAN", rows
        )
        return
    for text in distinct(sheet.connection, f"(SELECT amount FROM {sheet.raw} WHERE {odd})", "amount"):
        found = sheet_values.number(text.strip(sheets.BLANKS), sheet.layout.style)
        exact = exact_e10(found) if found is not None else None
        near = rounded_e10(found) if found is not None else None
        rows.append((text, str(near) if near is not None else None, exact is not None))
    add_table(sheet.connection, f"odd_amounts_{sheet.number}", "given VARCHAR, e10 DECIMAL(18), exact BOOLEAN", rows)
    sheet.odd_amounts = bool(rows)


def _translate_odd_units(sheet: _Sheet) -> None:
    rows = []
    odd = f"SELECT units FROM {sheet.raw} WHERE NOT regexp_full_match(units, '{PLAIN_UNITS}')"
    for given in distinct(sheet.connection, f"({odd})", "units") if sheet.odd.units else ():
        text = given.strip(sheets.BLANKS)
        style = sheet.layout.style
        found = sheet_values.number(text, style) if text else None
        if found is None and text:  # counts often come with grouping where amounts have none
            found = sheet_values.number(text, "comma" if style == "point" else "point")
        whole = 0 if not text else int(found) if found is not None and abs(found) < 10**18 else None
        rows.append((given, str(whole) if whole is not None else None, found is None or found.denominator == 1))
    add_table(sheet.connection, f"odd_units_{sheet.number}", "given VARCHAR, whole DECIMAL(18), exact BOOLEAN", rows)
    sheet.odd_units = bool(rows)


def _joined_said(sheet: _Sheet) -> str:
    """The join of `raw AS r` with `said AS s`, on those columns that the sheet has."""
    has_period = {"use_period", "reporting_period"} & set(sheet.layout.columns)
    on = [f"s.period = {_period_sql(sheet)}"] if has_period else []
    on += [f"s.{meaning} = r.{meaning}" for meaning in _SAID if meaning in sheet.layout.columns]
    return f"JOIN {sheet.said} AS s ON {' AND '.join(on) or 'true'}"


def _tell_unreadable(sheet: _Sheet) -> None:
    style = sheet.layout.style
    if sheet.odd_amounts:
        odd = f"{sheet.raw} JOIN odd_amounts_{sheet.number} AS o ON o.given = amount"
        message = f"is not an amount with a decimal {style} below 100 million"
        sheet.tell("amount", "error", "amount", f"{odd} WHERE e10 IS NULL", lambda text: f"{text!r} {message}")
        finer = f"{odd} WHERE e10 IS NOT NULL AND NOT exact"
        rounded = "has more than ten decimals; it is rounded to ten"
        sheet.tell("finer_than_e10", "warning", "amount", finer, lambda text: f"{text!r} {rounded}")
    if sheet.odd_units:
        odd = f"{sheet.raw} JOIN odd_units_{sheet.number} AS o ON o.given = units"
        sheet.tell("units", "error", "units", f"{odd} WHERE whole IS NULL", lambda text: f"{text!r} is not a number")
        parts = f"{odd} WHERE whole IS NOT NULL AND NOT exact"
        cut = "units: parts of a use are cut off (amounts are not)"
        sheet.tell("part_of_a_unit", "warning", "units", parts, lambda text: f"{text!r} {cut}")
    no_period, no_place = "is not a period, or has two readings", "is no territory that we know"
    _tell_said(sheet, "period", "error", "use_period", "first_day IS NULL", no_period)
    _tell_said(sheet, "territory", "error", "territory", "code IS NULL", no_place)
    nowhere = f"code = '{UNKNOWN_TERRITORY}'"
    _tell_said(sheet, "no_territory", "warning", "territory", nowhere, "the row does not say where")
    no_currency = "no currency: name it when the sheet is taken in"
    _tell_said(sheet, "currency", "error", "currency", "money IS NULL", no_currency)
    if not sheet.odd.isrcs:
        return
    isrc = isrc_sql("isrc")
    sheet.tell(
        "isrc",
        "warning",
        "isrc",
        f"{sheet.raw} WHERE NOT regexp_full_match(isrc, '{ISRC_FORM}') AND NOT nameless "
        f"AND NOT regexp_full_match({isrc}, '{ISRC_FORM}')",
        lambda text: f"{text!r} is no ISRC; the row is matched by other means",
    )


def _tell_said(sheet: _Sheet, code: str, severity: Severity, meaning: Meaning, condition: str, message: str) -> None:
    if sheet.connection.execute(f"SELECT count(*) FROM {sheet.said} WHERE {condition}").fetchone() == (0,):
        return
    column = {"use_period": "period"}.get(meaning, meaning)
    query = (
        f"SELECT {sheet.number} AS file_no, r.row_number, trim(s.{column}) AS given "
        f"FROM {sheet.raw} AS r {_joined_said(sheet)} WHERE {condition}"
    )
    quoting = severity == "error" and meaning != "currency"
    report(
        sheet.connection,
        sheet.findings,
        sheet.names,
        query,
        code,
        severity,
        lambda text: f"{text!r} {message}" if quoting else message,
        sheet.header(meaning),
    )


def _typed(sheet: _Sheet) -> str:
    clean = isrc_sql("r.isrc")
    isrc = (
        "r.isrc"
        if not sheet.odd.isrcs
        else (
            f"CASE WHEN regexp_full_match(r.isrc, '{ISRC_FORM}') THEN r.isrc "
            f"WHEN regexp_full_match({clean}, '{ISRC_FORM}') THEN {clean} END"
        )
    )
    title = "r.title"
    if "version" in sheet.layout.columns:
        title = "CASE WHEN trim(r.version) = '' THEN r.title ELSE r.title || ' (' || r.version || ')' END"
    numbers = _numbers(sheet)
    return f"""
        SELECT {sheet.number} AS file_no, r.row_number, s.ours AS service, s.first_day AS period_start,
               s.last_day AS period_end, s.last_day AS use_date, s.first_day = s.last_day AS use_date_exact,
               s.code AS territory, s.flow, {isrc} AS isrc, nullif(trim(r.proprietary_id), '') AS proprietary_id,
               nullif(upper(replace(replace(replace(r.iswc, '-', ''), '.', ''), ' ', '')), '') AS iswc,
               {title} AS title, r.artist, {numbers.units} AS units, {numbers.amount} AS amount_e10,
               s.money AS currency
        FROM {sheet.raw} AS r {_joined_said(sheet)} {numbers.joins}
        WHERE s.first_day IS NOT NULL AND s.code IS NOT NULL AND s.money IS NOT NULL{numbers.readable}
    """


@dataclass(frozen=True, slots=True)
class _Numbers:
    """SQL for units and amount of `raw AS r`, with the joins that they need and the condition that both can be read."""

    units: str
    amount: str
    joins: str
    readable: str


def _numbers(sheet: _Sheet) -> _Numbers:
    plain = _plain_amount(sheet).replace("amount", "r.amount")
    units, amount, joins, readable = "CAST(r.units AS DECIMAL(18,0))", e10_sql(plain), "", ""
    if sheet.odd_amounts:
        taken = e10_sql(f"(CASE WHEN a.given IS NULL THEN {plain} ELSE '0' END)")
        amount = f"CASE WHEN a.given IS NULL THEN {taken} ELSE a.e10 END"
        joins += f" LEFT JOIN odd_amounts_{sheet.number} AS a ON a.given = r.amount"
        readable += " AND (a.given IS NULL OR a.e10 IS NOT NULL)"
    if sheet.odd_units:
        units = "CASE WHEN u.given IS NULL THEN TRY_CAST(r.units AS DECIMAL(18,0)) ELSE u.whole END"
        joins += f" LEFT JOIN odd_units_{sheet.number} AS u ON u.given = r.units"
        readable += " AND (u.given IS NULL OR u.whole IS NOT NULL)"
    return _Numbers(units, amount, joins, readable)


def _check(sheet: _Sheet) -> str:
    """Rows and sum straight from the table, without the joins that give rows their meaning; through them where some
    texts cannot be read, since those rows are left out."""
    unread = "first_day IS NULL OR code IS NULL OR money IS NULL"
    some = sheet.connection.execute(f"SELECT count(*) FROM {sheet.said} WHERE {unread}").fetchone()
    numbers = _numbers(sheet)
    source = f"({_typed(sheet)})"
    if some == (0,):
        amounts = f"SELECT {numbers.amount} AS amount_e10 FROM {sheet.raw} AS r {numbers.joins}"
        source = f"({amounts} WHERE true{numbers.readable})"
    return f"SELECT count(*), coalesce(sum(CAST(amount_e10 AS DECIMAL(38,0))), 0) FROM {source}"


def _check_totals(sheet: _Sheet, name: str) -> None:
    rows = _typed(sheet)
    totals = sheet.connection.execute(f"SELECT row_number, amount FROM totals_{sheet.number} ORDER BY 1").fetchall()
    for row, text in totals:
        stated = sheet_values.number(text.strip(sheets.BLANKS), sheet.layout.style)
        above = sheet.connection.execute(
            f"SELECT coalesce(sum(CAST(amount_e10 AS DECIMAL(38,0))), 0) FROM ({rows}) WHERE row_number < {row}"
        ).fetchone()
        if stated is None or above is None:
            continue
        found = int(above[0])
        if abs(stated * 10**10 - found) >= 10**8:
            message = f"the totals row states {text}, the rows above it sum to {shown(found)}: rows are missing"
            sheet.findings.error("total", message, name, row, sheet.header("amount"), text)
