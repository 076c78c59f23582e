"""A sheet of a known layout, typed by DuckDB: the fast path to what `messages.sheets.read` reads row by row.

Both give the same rows; a test holds them against each other. What DuckDB cannot take as it stands (other encodings,
empty rows, title cells over several lines) is first written out plainly by the csv module, so that row numbers stay
true.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import duckdb

from ritornello.messages import sheet_values, sheets
from ritornello.messages.dialects import Meaning, flow_of
from ritornello.messages.findings import Findings
from ritornello.messages.territory_names import UNKNOWN_TERRITORY, territory_code
from ritornello.usage.model import Source
from ritornello.usage.opening import Opened
from ritornello.usage.typed import (
    ISRC_FORM,
    PLAIN_AMOUNT,
    PLAIN_UNITS,
    add_table,
    distinct,
    e10_sql,
    exact_e10,
    isrc_sql,
    quoted,
    report,
    rounded_e10,
    shown,
)

HEAD_BYTES = 2**18
"""How much of a file is looked at to find its header."""


def layout_of(opened: Opened, given: sheets.Layout | None) -> sheets.Layout | None:
    """The layout of the file: the given mapping, or the dialect that its header row belongs to."""
    if given is not None:
        return given
    with opened.path.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
    if len(head) == HEAD_BYTES:
        head = head[: head.rfind(b"\n") + 1]
    return sheets.recognise(head, opened.name)


def load(
    connection: duckdb.DuckDBPyConnection,
    opened: Opened,
    file_no: int,
    names: Sequence[str],
    layout: sheets.Layout,
    source: Source,
    workspace: Path,
    findings: Findings,
) -> None:
    """Append the sheet's rows to `typed`; what cannot be read becomes findings with row and column."""
    plain, skip = _plain(opened, layout, workspace / f"plain-{file_no}")
    try:
        _raw(connection, plain, skip, layout, file_no)
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        findings.error("csv", f"rows cannot be told apart: {reason}; export it again as CSV", opened.name)
        return
    style = _style(connection, layout)
    if style is None:
        message = "the decimal mark cannot be told from the amounts; name it in a mapping"
        findings.error("ambiguous_decimal", message, opened.name, layout.header_row, layout.header_of("amount"))
        return
    known = replace(layout, style=style)
    _translate(connection, known, source)
    _findings(connection, known, names, findings)
    _append(connection, source)
    _check_totals(connection, known, opened.name, findings)


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


_BLANK_LINE = re.compile(rb"\n\r?\n|\r(?!\n)")


def _needs_rewriting(path: Path, header_row: int) -> bool:
    """Whether blank lines or lone carriage returns stand in the file, or a quoted cell breaks a line in the titles."""
    with path.open("rb") as stream:
        titles = b"".join(stream.readline() for _ in range(header_row))
        if titles.count(b'"') % 2 or re.search(rb'"[^"\n]*\n[^"]*"', titles):
            return True
        tail = b"\n"
        while chunk := stream.read(2**22):
            if _BLANK_LINE.search(tail + chunk.removesuffix(b"\r")):
                return True
            tail = chunk[-2:]
    return False


def _raw(connection: duckdb.DuckDBPyConnection, path: Path, skip: int, layout: sheets.Layout, file_no: int) -> None:
    columns = [f"c{place}" for place in range(len(layout.headers))]
    declared = "{" + ", ".join(f"'{name}': 'VARCHAR'" for name in columns) + "}"
    filled = ", ".join(f"nullif({_TRIM.format(name)}, '')" for name in columns)
    chosen = ", ".join(
        f"coalesce({_TRIM.format(f'c{place}')}, '') AS {meaning}" for meaning, place in layout.columns.items()
    )
    absent = [meaning for meaning in _USED if meaning not in layout.columns]
    empty = "".join(f", '' AS {meaning}" for meaning in absent)
    connection.execute(
        f"""
        CREATE OR REPLACE TABLE raw AS
        SELECT {file_no} AS file_no, {layout.header_row} + row_number() OVER () AS row_number,
               coalesce({filled}) AS first_cell, {chosen}{empty}
        FROM read_csv({quoted(str(path))}, columns={declared}, delim={quoted(layout.delimiter)}, quote='"', escape='"',
                      header=false, skip={skip}, auto_detect=false, null_padding=true, strict_mode=false,
                      max_line_size=4194304, parallel=false)
        """
    )
    total = f"isrc = '' AND artist = '' AND regexp_matches(first_cell, {quoted(sheet_values.TOTAL_ROW)})"
    connection.execute(f"CREATE OR REPLACE TABLE totals AS SELECT * FROM raw WHERE {total}")
    said = [
        (row, text)
        for row, text in connection.execute("SELECT row_number, use_period FROM totals").fetchall()
        if sheet_values.period(text, layout.day_first) is not None
    ]
    for row, _ in said:  # a row with a period is money, whatever its first cell says
        connection.execute(f"DELETE FROM totals WHERE row_number = {row}")
    connection.execute("DELETE FROM raw WHERE first_cell IS NULL OR row_number IN (SELECT row_number FROM totals)")


_TRIM = "trim({0}, " + quoted(sheets.BLANKS) + ")"
_USED: tuple[Meaning, ...] = (
    *("reporting_period", "use_period", "service", "territory", "title", "version", "artist", "isrc", "iswc"),
    *("proprietary_id", "units", "amount", "currency", "use_type", "adjustment"),
)


def _style(connection: duckdb.DuckDBPyConnection, layout: sheets.Layout) -> sheet_values.Style | None:
    """The decimal mark, from one example of each shape of amount (digits other than 0 are alike)."""
    shapes = connection.execute(
        "SELECT any_value(amount) FROM raw GROUP BY regexp_replace(amount, '[1-9]', '9', 'g')"
    ).fetchall()
    return sheet_values.style_of(str(shape[0]) for shape in shapes)


def _translate(connection: duckdb.DuckDBPyConnection, layout: sheets.Layout, source: Source) -> None:
    periods = []
    for text in distinct(connection, "raw", "coalesce(nullif(use_period, ''), reporting_period)"):
        found = sheet_values.period(text, layout.day_first)
        periods.append((text, *(found or (None, None))))
    add_table(connection, "periods", "given VARCHAR, first_day DATE, last_day DATE", periods)
    territories = [(text, territory_code(text)) for text in distinct(connection, "raw", "territory")]
    add_table(connection, "territories", "given VARCHAR, code VARCHAR", territories)
    services = [(text, source.service_of(layout.service or text)) for text in distinct(connection, "raw", "service")]
    add_table(connection, "services", "given VARCHAR, ours VARCHAR", services)
    flows = [(text, flow_of(text, layout.flow)) for text in distinct(connection, "raw", "use_type")]
    add_table(connection, "flows", "given VARCHAR, flow VARCHAR", flows)
    fallback = layout.currency or source.currency or ""
    currencies = [(text, (text or fallback).upper()) for text in distinct(connection, "raw", "currency")]
    known = [
        (text, code if len(code) == 3 and code.isascii() and code.isalpha() else None) for text, code in currencies
    ]
    add_table(connection, "currencies", "given VARCHAR, code VARCHAR", known)
    _translate_amounts(connection, layout.style)
    _translate_units(connection, layout.style)


def plain_sql(style: sheet_values.Style) -> str:
    """The amount with a decimal point, where the sheet's mark is a comma."""
    return "amount" if style == "point" else "translate(amount, ',.', '.,')"


def _translate_amounts(connection: duckdb.DuckDBPyConnection, style: sheet_values.Style) -> None:
    odd = f"NOT regexp_full_match({plain_sql(style)}, '{PLAIN_AMOUNT}')"
    rows = []
    for text in distinct(connection, f"(SELECT amount FROM raw WHERE {odd})", "amount"):
        found = sheet_values.number(text, style)
        exact = exact_e10(found) if found is not None else None
        near = rounded_e10(found) if found is not None else None
        rows.append((text, str(near) if near is not None else None, exact is not None))
    add_table(connection, "odd_amounts", "given VARCHAR, e10 DECIMAL(18), exact BOOLEAN", rows)
    plain = plain_sql(style)
    connection.execute(
        f"""
        CREATE OR REPLACE TABLE amounts AS
        SELECT raw.row_number,
               CASE WHEN odd.given IS NULL THEN {e10_sql(f"CASE WHEN {odd} THEN '0' ELSE {plain} END")}
                    ELSE odd.e10 END AS e10,
               coalesce(odd.exact, true) AS exact
        FROM raw LEFT JOIN odd_amounts AS odd ON odd.given = raw.amount
        """
    )


def _translate_units(connection: duckdb.DuckDBPyConnection, style: sheet_values.Style) -> None:
    odd = f"NOT regexp_full_match(units, '{PLAIN_UNITS}')"
    rows = []
    for text in distinct(connection, f"(SELECT units FROM raw WHERE {odd})", "units"):
        found = sheet_values.number(text, style) if text else None
        if found is None and text:
            found = sheet_values.number(text, "comma" if style == "point" else "point")
        whole = 0 if not text else int(found) if found is not None and abs(found) < 10**18 else None
        rows.append((text, str(whole) if whole is not None else None, found is None or found.denominator == 1))
    add_table(connection, "odd_units", "given VARCHAR, whole DECIMAL(18), exact BOOLEAN", rows)


def _findings(
    connection: duckdb.DuckDBPyConnection, layout: sheets.Layout, names: Sequence[str], findings: Findings
) -> None:
    def column(meaning: Meaning) -> str | None:
        return layout.header_of(meaning) if meaning in layout.columns else None

    unreadable = "SELECT raw.file_no, raw.row_number, raw.amount AS given FROM raw JOIN amounts USING (row_number)"
    report(
        connection,
        findings,
        names,
        f"{unreadable} WHERE e10 IS NULL",
        "amount",
        "error",
        lambda text: f"{text!r} is not an amount with a decimal {layout.style} below 100 million",
        column("amount"),
    )
    report(
        connection,
        findings,
        names,
        f"{unreadable} WHERE e10 IS NOT NULL AND NOT exact",
        "finer_than_e10",
        "warning",
        lambda text: f"{text!r} has more than ten decimals; it is rounded to ten",
        column("amount"),
    )
    bad_units = "SELECT file_no, row_number, units AS given FROM raw JOIN odd_units ON odd_units.given = units WHERE "
    report(connection, findings, names, f"{bad_units} whole IS NULL", "units", "error", _no_number, column("units"))
    report(
        connection,
        findings,
        names,
        f"{bad_units} whole IS NOT NULL AND NOT exact",
        "part_of_a_unit",
        "warning",
        lambda text: f"{text!r} units: parts of a use are cut off (amounts are not)",
        column("units"),
    )
    report(
        connection,
        findings,
        names,
        "SELECT file_no, row_number, periods.given FROM raw JOIN periods "
        "ON periods.given = coalesce(nullif(use_period, ''), reporting_period) WHERE first_day IS NULL",
        "period",
        "error",
        lambda text: f"{text!r} is not a period, or has two readings",
        column("use_period"),
    )
    report(
        connection,
        findings,
        names,
        "SELECT file_no, row_number, territory AS given FROM raw JOIN territories AS t ON t.given = territory "
        "WHERE code IS NULL",
        "territory",
        "error",
        lambda text: f"{text!r} is no territory that we know",
        column("territory"),
    )
    report(
        connection,
        findings,
        names,
        f"SELECT file_no, row_number, territory AS given FROM raw JOIN territories AS t ON t.given = territory "
        f"WHERE code = '{UNKNOWN_TERRITORY}'",
        "no_territory",
        "warning",
        lambda _: "the row does not say where",
        column("territory"),
    )
    report(
        connection,
        findings,
        names,
        "SELECT file_no, row_number, currency AS given FROM raw JOIN currencies AS c ON c.given = currency "
        "WHERE code IS NULL",
        "currency",
        "error",
        lambda _: "no currency: name it when the sheet is taken in",
        column("currency"),
    )
    report(
        connection,
        findings,
        names,
        f"SELECT file_no, row_number, isrc AS given FROM raw WHERE isrc <> '' "
        f"AND NOT regexp_full_match({isrc_sql('isrc')}, '{ISRC_FORM}')",
        "isrc",
        "warning",
        lambda text: f"{text!r} is no ISRC; the row is matched by other means",
        column("isrc"),
    )


def _no_number(text: str) -> str:
    return f"{text!r} is not a number"


def _append(connection: duckdb.DuckDBPyConnection, source: Source) -> None:
    isrc = isrc_sql("raw.isrc")
    connection.execute(
        f"""
        INSERT INTO typed
        SELECT raw.file_no, raw.row_number, services.ours, p.first_day, p.last_day, p.last_day,
               p.first_day = p.last_day, t.code, CASE WHEN adjustment <> '' THEN 'adjustment' ELSE flows.flow END,
               CASE WHEN regexp_full_match({isrc}, '{ISRC_FORM}') THEN {isrc} END, nullif(proprietary_id, ''),
               nullif(upper(replace(replace(replace(iswc, '-', ''), '.', ''), ' ', '')), ''),
               CASE WHEN version = '' THEN title ELSE title || ' (' || version || ')' END, artist,
               coalesce(u.whole, TRY_CAST(units AS DECIMAL(18,0))), a.e10, c.code
        FROM raw
        JOIN amounts AS a USING (row_number)
        JOIN periods AS p ON p.given = coalesce(nullif(use_period, ''), reporting_period)
        JOIN territories AS t ON t.given = territory
        JOIN services ON services.given = service
        JOIN flows ON flows.given = use_type
        JOIN currencies AS c ON c.given = currency
        LEFT JOIN odd_units AS u ON u.given = units
        WHERE a.e10 IS NOT NULL AND p.first_day IS NOT NULL AND t.code IS NOT NULL AND c.code IS NOT NULL
          AND coalesce(u.whole, TRY_CAST(units AS DECIMAL(18,0))) IS NOT NULL
        ORDER BY raw.row_number
        """
    )


def _check_totals(connection: duckdb.DuckDBPyConnection, layout: sheets.Layout, name: str, findings: Findings) -> None:
    for row, text in connection.execute("SELECT row_number, amount FROM totals ORDER BY 1").fetchall():
        stated = sheet_values.number(text, layout.style)
        above = connection.execute(
            "SELECT coalesce(sum(CAST(e10 AS DECIMAL(38,0))), 0) FROM amounts WHERE row_number < $1", [row]
        ).fetchone()
        if stated is None or above is None:
            continue
        found = int(above[0])
        if abs(stated * 10**10 - found) >= 10**8:
            message = f"the totals row states {text}, the rows above it sum to {shown(found)}: rows are missing"
            findings.error("total", message, name, row, layout.header_of("amount"), text)
