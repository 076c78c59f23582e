"""The table that both readers fill: one row per reported use, typed by DuckDB, not yet matched.

Texts that repeat (periods, territories, services, use types) are translated once per distinct text by the functions of
`messages`, and joined; so there is one reading of "Jul-Aug 2026", in Python, and none in SQL. Amounts in the plain form
`-12.3456` are cast by DuckDB; any other writing goes the same way as the texts. Nothing is ever a float.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import duckdb

from ritornello.messages.findings import MOST_PER_CODE, Finding, Findings, Severity
from ritornello.usage.model import E10

TYPED_COLUMNS = """
    file_no INTEGER, row_number BIGINT, service VARCHAR, period_start DATE, period_end DATE, use_date DATE,
    use_date_exact BOOLEAN, territory VARCHAR, flow VARCHAR, isrc VARCHAR, proprietary_id VARCHAR, iswc VARCHAR,
    title VARCHAR, artist VARCHAR, units DECIMAL(18,0), amount_e10 DECIMAL(18,0), currency VARCHAR
"""

PLAIN_AMOUNT = r"-?[0-9]{1,8}(\.[0-9]{1,10})?"
"""What DuckDB casts by itself: it fits DECIMAL(18,10) without rounding, so that its product fits DECIMAL(18,0)."""

PLAIN_UNITS = r"-?[0-9]{1,17}"
ISRC_FORM = "[A-Z]{2}[A-Z0-9]{3}[0-9]{7}"
_LARGEST = 10**18 - 1


def connect(threads: int = 2) -> duckdb.DuckDBPyConnection:
    """An embedded engine with the `typed` table, empty."""
    connection = duckdb.connect(config={"threads": threads})
    connection.execute(f"CREATE TABLE typed ({TYPED_COLUMNS})")
    return connection


def quoted(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def isrc_sql(text: str) -> str:
    """An ISRC expression without dashes and spaces, in capitals; NULL where it is empty."""
    return f"nullif(upper(replace(replace({text}, '-', ''), ' ', '')), '')"


def e10_sql(text: str) -> str:
    """A text in the plain form as a whole number of 10^-10: exact, since DECIMAL(19,10) holds it as it stands."""
    return f"CAST(CAST({text} AS DECIMAL(19,10)) * CAST({E10} AS DECIMAL(11,0)) AS DECIMAL(18,0))"


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


def sums(connection: duckdb.DuckDBPyConnection, table: str) -> dict[tuple[int, str], tuple[int, int]]:
    """(file_no, currency) → (total in 10^-10, rows) of a table with those columns."""
    rows = connection.execute(
        f"SELECT file_no, currency, sum(CAST(amount_e10 AS DECIMAL(38,0))), count(*) FROM {table} GROUP BY 1, 2"
    ).fetchall()
    return {(file_no, currency): (int(total), count) for file_no, currency, total, count in rows}


def shown(e10: int) -> str:
    """A whole number of 10^-10 as a decimal text with at least two digits: "-12.30"."""
    whole, part = divmod(abs(e10), E10)
    digits = f"{part:010d}".rstrip("0").ljust(2, "0")
    return f"{'-' if e10 < 0 else ''}{whole}.{digits}"
