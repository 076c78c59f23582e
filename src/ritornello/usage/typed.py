"""The relation `typed` that both readers give: one row per reported use, typed by DuckDB, not yet matched.

Texts that repeat (periods, territories, services, use types) are translated once per distinct text by the functions of
`messages`, and joined; so there is one reading of "Jul-Aug 2026", in Python, and none in SQL. Amounts in the plain form
`-12.3456` are cast by DuckDB; any other writing goes the same way as the texts. Nothing is ever a float.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb

from ritornello.messages.findings import MOST_PER_CODE, Finding, Findings, Severity
from ritornello.usage.model import E10

TYPED_COLUMNS = (
    *("file_no", "row_number", "service", "period_start", "period_end", "use_date", "use_date_exact", "territory"),
    *("flow", "isrc", "proprietary_id", "iswc", "title", "artist", "units", "amount_e10", "currency"),
)
"""Columns of the relation `typed` that both readers give, in order."""

MEMORY = "1GiB"
"""What the engine may hold; the rest goes to the workspace's disk."""

FEW = ("service", "territory", "flow", "currency")
"""Columns of `typed` in which few texts occur, over and over."""

ISRC_FORM = "[A-Z]{2}[A-Z0-9]{3}[0-9]{7}"
_LARGEST = 10**18 - 1
_ISRC = re.compile(ISRC_FORM)


def is_isrc(text: str) -> bool:
    """Whether a text is an ISRC as the lake holds it: twelve letters and digits without dashes."""
    return _ISRC.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Readable:
    """A file that can be read: an SQL relation of its rows, matched, and a query that gives their number and the sum of
    their amounts in another way, to hold what was written against. `few`: the texts that occur in the columns `FEW`;
    `span`: first and last day of the rows, None where there are none."""

    rows: str
    check: str
    few: Mapping[str, Sequence[str]]
    span: tuple[date, date] | None


def connect(workspace: Path, threads: int = 2, memory: str = MEMORY) -> duckdb.DuckDBPyConnection:
    """An embedded engine that keeps within `memory` and lays what does not fit into the workspace."""
    spill = str(workspace / "spill")
    return duckdb.connect(config={"threads": threads, "memory_limit": memory, "temp_directory": spill})


def quoted(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def one_of(text: str, known: Iterable[str]) -> str:
    """An expression as a text out of a known few, which Parquet is written from twice as fast; another is an error."""
    listed = ", ".join(quoted(one) for one in sorted(set(known)))
    return f"CAST({text} AS ENUM({listed}))" if listed else text


def few_of(connection: duckdb.DuckDBPyConnection, table: str, columns: Mapping[str, str]) -> dict[str, list[str]]:
    """Column of `typed` -> the texts that occur in a column of a small table."""
    return {name: [text for text in distinct(connection, table, given) if text] for name, given in columns.items()}


def add_table(connection: duckdb.DuckDBPyConnection, name: str, columns: str, rows: Sequence[Sequence[Any]]) -> None:
    """Create a small table from Python rows; `columns` are SQL column definitions."""
    connection.execute(f"CREATE OR REPLACE TABLE {name} ({columns})")
    if rows:
        names = [column.split()[0] for column in columns.split(",")]
        kinds = [column.split()[1] for column in columns.split(",")]
        lists = [list(column) for column in zip(*rows, strict=True)]
        selected = ", ".join(
            f"CAST(unnest(${place + 1}) AS {kind}) AS {column}"
            for place, (column, kind) in enumerate(zip(names, kinds, strict=True))
        )
        connection.execute(f"INSERT INTO {name} SELECT {selected}", lists)


def distinct(connection: duckdb.DuckDBPyConnection, table: str, expression: str) -> list[str]:
    """Distinct texts of an expression, NULL as the empty text."""
    rows = connection.execute(f"SELECT DISTINCT coalesce({expression}, '') FROM {table} ORDER BY 1").fetchall()
    return [str(row[0]) for row in rows]


def exact_e10(amount: Fraction) -> int | None:
    """An exact amount as a whole number of 10^-10; None where it has finer digits or does not fit 18 digits."""
    scaled = amount * E10
    return scaled.numerator if scaled.denominator == 1 and abs(scaled.numerator) <= _LARGEST else None


def rounded_e10(amount: Fraction) -> int | None:
    """The nearest whole number of 10^-10, halves away from zero; None where it does not fit 18 digits."""
    scaled = abs(amount) * E10 * 2 + 1
    whole = scaled.numerator // (scaled.denominator * 2)
    return (whole if amount >= 0 else -whole) if whole <= _LARGEST else None


def report(
    connection: duckdb.DuckDBPyConnection,
    findings: Findings,
    names: Sequence[str],
    query: str,
    code: str,
    severity: Severity,
    message: Callable[[str], str],
    field: str | None = None,
) -> int:
    """Turn the rows of a query (file_no, row_number, given) into findings; returns how many there were.

    The first `MOST_PER_CODE` per file are kept in row order, the rest only counted.
    """
    counted = connection.execute(f"SELECT file_no, count(*) FROM ({query}) GROUP BY 1 ORDER BY 1").fetchall()
    total = 0
    for file_no, count in counted:
        total += count
        kept = connection.execute(
            f"SELECT row_number, given FROM ({query}) WHERE file_no = {file_no} ORDER BY 1 LIMIT {MOST_PER_CODE}"
        ).fetchall()
        for place, (row, given) in enumerate(kept):
            text = "" if given is None else str(given)
            finding = Finding(code, severity, message(text[:80]), names[file_no], row, field, text[:200])
            findings.add(finding, times=1 if place < len(kept) - 1 else count - len(kept) + 1)
    return total


def shown(e10: int) -> str:
    """A whole number of 10^-10 as a decimal text with at least two digits: "-12.30"."""
    whole, part = divmod(abs(e10), E10)
    digits = f"{part:010d}".rstrip("0").ljust(2, "0")
    return f"{'-' if e10 < 0 else ''}{whole}.{digits}"
