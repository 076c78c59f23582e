"""A sheet of a known layout, typed as its bytes are read once: the fast path to what `messages.sheets` reads by rows.

Both give the same rows; a test holds them against each other. The compiled reader gives every row the number of its
texts and its plain amounts and counts; what texts mean, and how amounts are read that are not written plainly, is left
to the functions of `messages`, once per distinct text. Rows lie in files of columns until they are written to the lake.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import duckdb

from ritornello.messages import sheet_values, sheets
from ritornello.messages.dialects import Dialect
from ritornello.messages.findings import Findings
from ritornello.usage.matching import MatchIndex
from ritornello.usage.model import Source
from ritornello.usage.opening import Opened
from ritornello.usage.sheet_pieces import NotUtf8, pieces
from ritornello.usage.sheet_reading import OtherStyle, SheetReading
from ritornello.usage.typed import Readable, few_of

HEAD_BYTES = 2**18
"""How much of a file is looked at to find its header."""


def layout_of(opened: Opened, dialects: Sequence[Dialect]) -> sheets.Layout | None:
    """The layout of the file by the dialect that its header row belongs to; earlier dialects win where several fit."""
    with opened.path.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
    if len(head) == HEAD_BYTES and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
        head = head[: head.rfind(b"\n") + 1]
    return sheets.recognise(head, opened.name, dialects)


def load(
    connection: duckdb.DuckDBPyConnection,
    opened: Opened,
    file_no: int,
    layout: sheets.Layout,
    source: Source,
    index: MatchIndex,
    workspace: Path,
    findings: Findings,
) -> Readable | None:
    """The sheet's rows, matched; None where no amount can be read.

    What cannot be read becomes findings with row and column; those rows are not among the rows. Raises `SheetError`
    where the content is no text, or no rows can be told apart in it.
    """
    style: sheet_values.Style = "point"
    settled = False
    for attempt in range(4):
        found = Findings()
        folder = workspace / f"sheet-{file_no}-{attempt}"
        reading = SheetReading(
            connection, opened.name, file_no, replace(layout, style=style), source, index, folder, found, settled
        )
        try:
            for buffer, size, last, used in pieces(opened.path, layout.encoding, opened.name):
                used[0] = reading.read(buffer, size, last)
        except NotUtf8:
            layout = replace(layout, encoding="cp1252")
            continue
        except OtherStyle as told:
            style, settled = told.style, True
            continue
        stated = reading.style() or layout.stated_style
        if stated is None:
            message = "the decimal mark cannot be told from the amounts; name it in a mapping"
            findings.error("ambiguous_decimal", message, opened.name, layout.header_row, layout.header_of("amount"))
            return None
        if stated != style:
            style, settled = stated, True
            continue
        findings.extend_counted(found)
        if not reading.columns.rows and not found.kept:
            findings.error("no_rows", "the sheet has a header and no rows", opened.name, layout.header_row)
        return _readable(connection, reading, file_no)
    raise sheets.SheetError(f"{opened.name}: its letters or decimal marks cannot be told; export it again as CSV")


def _readable(connection: duckdb.DuckDBPyConnection, reading: SheetReading, file_no: int) -> Readable:
    rows = reading.columns.rows
    columns = reading.columns.closed()
    connection.register(f"rows_{file_no}", columns)
    said = reading.said_table()
    tracks = reading.tracks.laid(rows)
    relation = f"""
        SELECT {file_no} AS file_no, CAST(r.row AS BIGINT) AS row_number, s.service, s.first_day AS period_start,
               s.last_day AS period_end, s.last_day AS use_date, s.first_day = s.last_day AS use_date_exact,
               s.territory, s.flow, t.isrc, t.proprietary_id, t.title, t.artist,
               CAST(r.units AS DECIMAL(18,0)) AS units,
               CAST(r.amount AS DECIMAL(18,0)) AS amount_e10, s.currency, t.asset_id, t.rule, t.confidence,
               CASE WHEN t.rule IS NULL THEN 'no_asset' END AS suspense_kind
        FROM rows_{file_no} AS r JOIN {said} AS s ON s.code = r.said JOIN {tracks} AS t ON t.code = r.track
    """
    check = f"SELECT {rows}, CAST({reading.total_e10} AS DECIMAL(38,0))"
    few = few_of(connection, said, {name: name for name in ("service", "territory", "flow", "currency")})
    first, last = reading.span()
    return Readable(f"({relation})", check, few, (first, last) if first and last else None)
