"""The royalty query on Spark, for runs past one machine: the same text, the same digits.

Needs the extra `spark` (PySpark and a Java runtime). Without ANSI mode Spark wraps an overflowing decimal to NULL in
silence, so a session without it is refused.
"""

from __future__ import annotations

import importlib
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ritornello.royalty.engines import DetailRow, FlagRow, SourceRow
from ritornello.royalty.engines.rows import detail_row, write_rows
from ritornello.royalty.sql import DETAIL_SQL, FLAGS_SQL, ROWS_SQL, ROYALTY_SQL, SURVEY_SQL
from ritornello.royalty.tables import COLUMNS, PoolRow, SurveyRow, Tables, whole

_TYPES = {"text": "STRING", "date": "DATE", "int": "INT", "share": "DECIMAL(13,0)"}
_ANSI = "spark.sql.ansi.enabled"


class SparkError(Exception):
    """Spark is missing, or set up so that money could be lost; the message says how to mend it."""


def start(master: str, *, name: str = "ritornello", options: dict[str, str] | None = None) -> Any:
    """A Spark session with ANSI mode on `master` ("local[2]", "spark://…"). Raises `SparkError` without PySpark."""
    try:
        sql = importlib.import_module("pyspark.sql")
    except ImportError as missing:
        raise SparkError("PySpark is not installed; install ritornello[spark], and a Java runtime 17") from missing
    builder = sql.SparkSession.builder.master(master).appName(name).config(_ANSI, "true")
    builder = builder.config("spark.ui.enabled", "false").config("spark.sql.session.timeZone", "UTC")
    for key, value in (options or {}).items():
        builder = builder.config(key, value)
    return builder.getOrCreate()


class SparkEngine:
    """An engine over Parquet files that the cluster can read. The session is the caller's, who also stops it.

    The small tables travel as text files in a folder that every worker can read (`exchange`; by default a folder of
    this machine, which serves for local masters).
    """

    name = "spark"

    def __init__(self, session: Any, files: Sequence[str | Path], *, exchange: Path | None = None) -> None:
        if str(session.conf.get(_ANSI, "false")).lower() != "true":
            raise SparkError(f"{_ANSI} is off, so an overflow would pass in silence; start the session with it on")
        if not files:
            raise ValueError("no usage files: name the Parquet files of the lake, or nothing can be paid")
        self._session = session
        self._held = None if exchange is not None else tempfile.TemporaryDirectory(prefix="ritornello-")
        self._exchange = exchange if exchange is not None else Path(self._held.name if self._held else "")
        session.read.option("recursiveFileLookup", "true").parquet(*map(str, files)).createOrReplaceTempView("usage")
        self._laid: Tables | None = None

    def close(self) -> None:
        """Remove the folder of the small tables; the session stays."""
        if self._held is not None:
            self._held.cleanup()

    def survey(self) -> list[SurveyRow]:
        return [SurveyRow(*row[:5], *map(whole, row[5:])) for row in self._ask(SURVEY_SQL)]

    def pools(self, tables: Tables) -> list[PoolRow]:
        self._lay(tables)
        rows = self._ask(ROYALTY_SQL)
        return [PoolRow(row[0], row[1], row[2], row[3], row[4], whole(row[5]), whole(row[6])) for row in rows]

    def flags(self, tables: Tables) -> list[FlagRow]:
        self._lay(tables)
        return [FlagRow(row[0], whole(row[1]), whole(row[2])) for row in self._ask(FLAGS_SQL)]

    def detail(self, tables: Tables, stakes: Sequence[str]) -> list[DetailRow]:
        self._lay(tables)
        self._fill("wanted", (("stake", "text"),), [(stake,) for stake in sorted(set(stakes))])
        return [detail_row(row) for row in self._ask(DETAIL_SQL)]

    def source_rows(self, tables: Tables, line: DetailRow) -> list[SourceRow]:
        self._lay(tables)
        columns = ("asset_id", "service", "territory", "flow", "fx_id")
        described = (*((name, "text") for name in columns), ("window_no", "int"))
        self._fill("wanted_line", described, [(*(getattr(line, name) for name in columns), line.window_no)])
        rows = self._ask(ROWS_SQL)
        return [SourceRow(row[0], whole(row[1]), row[2], whole(row[3]), whole(row[4]), row[5]) for row in rows]

    def _ask(self, text: str) -> list[Any]:
        return [tuple(row) for row in self._session.sql(text).collect()]

    def _lay(self, tables: Tables) -> None:
        if self._laid is tables:
            return
        for name, columns in COLUMNS.items():
            self._fill(name, columns, getattr(tables, name))
        self._laid = tables

    def _fill(self, name: str, columns: Sequence[tuple[str, str]], rows: Sequence[Sequence[Any]]) -> None:
        path = self._exchange / f"{name}.tsv"
        write_rows(path, rows)
        reader = self._session.read.schema(", ".join(f"{column} {_TYPES[kind]}" for column, kind in columns))
        # An empty text is a value here ("the one region", "no group"), and never means NULL.
        reader = reader.options(sep="\t", quote='"', escape='"', nullValue="\\N", emptyValue="", mode="FAILFAST")
        reader.csv(str(path)).createOrReplaceTempView(name)
