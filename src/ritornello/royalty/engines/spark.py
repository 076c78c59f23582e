"""The royalty query on Spark, for runs past one machine: the same text, the same digits.

Needs the extra `spark` (PySpark and a Java runtime). Without ANSI mode Spark wraps an overflowing decimal to NULL in
silence, so a session without it is refused.
"""

from __future__ import annotations

import importlib
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ritornello.royalty.engines import DetailRow, EngineError, FlagRow, SourceRow
from ritornello.royalty.engines.rows import LINE_COLUMNS, detail_rows, line_rows, pool_rows, wanted_rows, write_rows
from ritornello.royalty.sql import FLAGS_SQL, SURVEY_SQL, detail_sql, rows_sql, royalty_sql
from ritornello.royalty.tables import COLUMNS, PoolRow, SurveyRow, Tables, whole

_TYPES = {"text": "STRING", "date": "DATE", "int": "INT", "share": "DECIMAL(13,0)"}
_ANSI = "spark.sql.ansi.enabled"


class SparkError(EngineError):
    """Spark is missing, or set up so that money could be lost; the message says how to mend it."""


def start(master: str, *, name: str = "ritornello", options: dict[str, str] | None = None) -> Any:
    """A Spark session with ANSI mode on `master` ("local[2]", "spark://…").

    Raises `SparkError` without PySpark, without a Java runtime, and for a session that runs already without ANSI mode.
    """
    try:
        sql = importlib.import_module("pyspark.sql")
    except ImportError as missing:
        raise SparkError("PySpark is not installed; install ritornello[spark], and a Java runtime 17") from missing
    local = master.startswith("local")
    if local and not _java():
        raise SparkError("no Java runtime is found; install one (17 or 21), or set JAVA_HOME to where it is")
    builder = sql.SparkSession.builder.master(master).appName(name).config(_ANSI, "true")
    builder = builder.config("spark.ui.enabled", "false").config("spark.sql.session.timeZone", "UTC")
    builder = builder.config("spark.ui.showConsoleProgress", "false").config("spark.log.level", "ERROR")
    for key, value in (options or {}).items():
        builder = builder.config(key, value)
    try:
        session = builder.getOrCreate()
    except Exception as failed:  # py4j and Spark have no common error for "it did not start"
        reason = str(failed).strip().splitlines()[0] if str(failed).strip() else type(failed).__name__
        raise SparkError(f"Spark did not start on {master!r}: {reason}") from failed
    _with_ansi(session)
    return session


def _java() -> bool:
    home = os.environ.get("JAVA_HOME")
    return (home is not None and (Path(home) / "bin" / "java").exists()) or shutil.which("java") is not None


def _with_ansi(session: Any) -> None:
    if str(session.conf.get(_ANSI, "false")).lower() != "true":
        raise SparkError(f"{_ANSI} is off, so an overflow would pass in silence; start the session with it on")


class SparkEngine:
    """An engine over Parquet files that the cluster can read. The session is the caller's, who also stops it, unless
    the engine `owns_session`: then closing the engine stops it.

    The small tables travel as text files in a folder that every worker can read (`exchange`; by default a folder of
    this machine, which serves for local masters).
    """

    name = "spark"

    def __init__(
        self,
        session: Any,
        files: Sequence[str | Path],
        *,
        exchange: Path | None = None,
        owns_session: bool = False,
    ) -> None:
        _with_ansi(session)
        self._owns_session = owns_session
        if not files:
            raise ValueError("no usage files: name the Parquet files of the lake, or nothing can be paid")
        self._session = session
        self._held = None if exchange is not None else tempfile.TemporaryDirectory(prefix="ritornello-")
        self._exchange = exchange if exchange is not None else Path(self._held.name if self._held else "")
        session.read.option("recursiveFileLookup", "true").parquet(*map(str, files)).createOrReplaceTempView("usage")
        self._laid: Tables | None = None

    def close(self) -> None:
        """Remove the folder of the small tables."""
        if self._held is not None:
            self._held.cleanup()
        if self._owns_session:
            self._session.stop()

    def survey(self) -> list[SurveyRow]:
        return [SurveyRow(*row[:5], *map(whole, row[5:])) for row in self._ask(SURVEY_SQL)]

    def pools(self, tables: Tables) -> list[PoolRow]:
        self._lay(tables)
        rows = self._ask(royalty_sql(tables))
        return pool_rows(rows, tables.names)

    def flags(self, tables: Tables) -> list[FlagRow]:
        self._lay(tables)
        return [FlagRow(row[0], whole(row[1]), whole(row[2])) for row in self._ask(FLAGS_SQL)]

    def detail(self, tables: Tables, stakes: Sequence[str]) -> list[DetailRow]:
        self._lay(tables)
        self._fill("wanted", (("stake", "int"),), wanted_rows(stakes, tables.names))
        return detail_rows(self._ask(detail_sql(tables)), tables.names)

    def source_rows(self, tables: Tables, line: DetailRow) -> list[SourceRow]:
        self._lay(tables)
        self._fill("wanted_line", LINE_COLUMNS, line_rows(line, tables.names))
        rows = self._ask(rows_sql(tables))
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
