"""The royalty query on DuckDB, over the Parquet files of the usage lake: the embedded default."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple
from pathlib import Path
from typing import Any

import duckdb

from ritornello.royalty.engines import DetailRow, FlagRow, SourceRow
from ritornello.royalty.engines.rows import LINE_COLUMNS, detail_rows, line_rows, pool_rows, wanted_rows, write_rows
from ritornello.royalty.sql import FLAGS_SQL, SURVEY_SQL, detail_sql, rows_sql, royalty_sql
from ritornello.royalty.tables import COLUMNS, PoolRow, SurveyRow, Tables, whole

_TYPES = {"text": "VARCHAR", "date": "DATE", "int": "INTEGER", "share": "DECIMAL(13,0)"}


class DuckdbEngine:
    """An engine over Parquet files (paths or globs).

    `threads` and `memory_limit` bound what it takes ("1GB"); what does not fit is spilled beside the system's
    temporary files. The connection is in memory and lives as long as the engine; `close` ends it.
    """

    name = "duckdb"

    def __init__(
        self,
        files: Sequence[str | Path],
        *,
        threads: int | None = None,
        memory_limit: str | None = None,
        reach: Callable[[duckdb.DuckDBPyConnection], None] | None = None,
    ) -> None:
        self._spill = tempfile.TemporaryDirectory(prefix="ritornello-run-", ignore_cleanup_errors=True)
        self._connection = duckdb.connect(":memory:", config={"temp_directory": self._spill.name})
        if reach is not None:
            reach(self._connection)
        if threads is not None:
            self._connection.execute(f"SET threads = {int(threads)}")
        if memory_limit is not None:
            self._connection.execute("SET memory_limit = ?", [memory_limit])
        names = [str(name) for name in files]
        self._connection.execute("CREATE VIEW usage AS SELECT * FROM " + _parquet(names))
        self._laid: Tables | None = None

    def close(self) -> None:
        self._connection.close()
        self._spill.cleanup()

    def survey(self) -> list[SurveyRow]:
        rows = self._connection.execute(SURVEY_SQL).fetchall()
        return [SurveyRow(*row[:5], *map(whole, row[5:])) for row in rows]

    def pools(self, tables: Tables) -> list[PoolRow]:
        self._lay(tables)
        rows = self._connection.execute(royalty_sql(tables)).fetchall()
        return pool_rows(rows, tables.names)

    def flags(self, tables: Tables) -> list[FlagRow]:
        self._lay(tables)
        return [FlagRow(row[0], whole(row[1]), whole(row[2])) for row in self._connection.execute(FLAGS_SQL).fetchall()]

    def detail(self, tables: Tables, stakes: Sequence[str]) -> list[DetailRow]:
        self._lay(tables)
        self._fill("wanted", (("stake", "int"),), wanted_rows(stakes, tables.names))
        rows = self._connection.execute(detail_sql(tables)).fetchall()
        return detail_rows(rows, tables.names)

    def source_rows(self, tables: Tables, line: DetailRow) -> list[SourceRow]:
        self._lay(tables)
        self._fill("wanted_line", LINE_COLUMNS, line_rows(line, tables.names))
        rows = self._connection.execute(rows_sql(tables)).fetchall()
        return [SourceRow(row[0], whole(row[1]), row[2], whole(row[3]), whole(row[4]), row[5]) for row in rows]

    def _lay(self, tables: Tables) -> None:
        if self._laid is tables:
            return
        for name, columns in COLUMNS.items():
            self._fill(name, columns, getattr(tables, name))
        self._laid = tables

    def _fill(self, name: str, columns: Sequence[tuple[str, str]], rows: Sequence[Sequence[Any]]) -> None:
        described = ", ".join(f"{column} {_TYPES[kind]} NOT NULL" for column, kind in columns)
        self._connection.execute(f"CREATE OR REPLACE TABLE {name} ({described})")
        if len(rows) <= 200:
            if rows:
                places = ", ".join("?" for _ in columns)
                values = ", ".join(f"({places})" for _ in rows)
                self._connection.execute(f"INSERT INTO {name} VALUES {values}", [cell for row in rows for cell in row])
            return
        with tempfile.TemporaryDirectory(prefix="ritornello-") as folder:
            path = Path(folder) / "rows.csv"
            write_rows(path, rows)
            self._connection.execute(
                f"COPY {name} FROM '{_quoted(str(path))}' (FORMAT csv, HEADER false, DELIMITER '\t', QUOTE '\"', "
                "ESCAPE '\"', NULLSTR '\\N')"
            )


def write_lake(path: Path, lines: Iterable[Any]) -> None:
    """Usage lines as one Parquet file with the lake's columns and types (scenarios, tests and benches)."""
    kinds = {
        "row_number": "BIGINT",
        "period_start": "DATE",
        "period_end": "DATE",
        "use_date": "DATE",
        "use_date_exact": "BOOLEAN",
        "units": "DECIMAL(18,0)",
        "amount_e10": "DECIMAL(18,0)",
    }
    rows = [astuple(line) for line in lines]
    names = LAKE_COLUMNS
    with duckdb.connect(":memory:") as connection:
        described = ", ".join(f"{name} {kinds.get(name, 'VARCHAR')}" for name in names)
        connection.execute(f"CREATE TABLE usage ({described})")
        if rows:
            connection.executemany(f"INSERT INTO usage VALUES ({', '.join('?' for _ in names)})", rows)
        connection.execute(f"COPY usage TO '{_quoted(str(path))}' (FORMAT parquet)")


LAKE_COLUMNS = (
    "file_sha256",
    "row_number",
    "source",
    "service",
    "period_start",
    "period_end",
    "use_date",
    "use_date_exact",
    "territory",
    "flow",
    "isrc",
    "proprietary_id",
    "title",
    "artist",
    "asset_id",
    "match_rule",
    "match_confidence",
    "units",
    "amount_e10",
    "currency",
    "suspense_kind",
)


def _parquet(names: Sequence[str]) -> str:
    if not names:
        raise ValueError("no usage files: name the Parquet files of the lake, or nothing can be paid")
    return "read_parquet([" + ", ".join(f"'{_quoted(name)}'" for name in names) + "], hive_partitioning=false)"


def _quoted(text: str) -> str:
    return text.replace("'", "''")
