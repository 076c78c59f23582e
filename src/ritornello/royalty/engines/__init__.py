"""Where the one SQL text runs. An engine is an adapter without rules: it lays the tables out and hands rows back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from ritornello.royalty.tables import PoolRow, SurveyRow, Tables


class DetailRow(NamedTuple):
    """The usage behind one line of a statement: one asset, place, flow, window and share."""

    asset_id: str
    service: str
    territory: str
    flow: str
    window_no: int
    region: str
    lane: str
    pool: str
    fx_id: str
    currency: str
    stake: str
    grp: str
    share: int
    rows: int
    units: int
    amount_e10: int
    first_use: str
    last_use: str


class SourceRow(NamedTuple):
    """One usage row, by the file and row number under which it was received."""

    file_sha256: str
    row_number: int
    use_date: str
    units: int
    amount_e10: int
    currency: str


class FlagRow(NamedTuple):
    """Usage without a day that straddles a change of scope."""

    asset_id: str
    rows: int
    amount_e10: int


class Engine(Protocol):
    """What a run asks of an engine over one usage lake."""

    name: str

    def survey(self) -> list[SurveyRow]:
        """Control totals per file, currency, service, territory and flow."""

    def pools(self, tables: Tables) -> list[PoolRow]:
        """The royalty query."""

    def flags(self, tables: Tables) -> list[FlagRow]:
        """Lines without a day that straddle a change of scope."""

    def detail(self, tables: Tables, stakes: Sequence[str]) -> list[DetailRow]:
        """The lines behind some stakes."""

    def source_rows(self, tables: Tables, line: DetailRow) -> list[SourceRow]:
        """The usage rows behind one line."""

    def close(self) -> None:
        """Give back what the engine holds; it is not used afterwards."""


NAMES = ("duckdb", "spark")
"""The engines that `engine` makes, the default first."""


class EngineError(Exception):
    """An engine is unknown, missing, or set up so that money could be lost; the message says how to mend it."""


def engine(
    name: str,
    files: Sequence[str | Path],
    *,
    master: str = "",
    threads: int | None = None,
    memory_limit: str | None = None,
    reach: Callable[[Any], None] | None = None,
) -> Engine:
    """An engine over the usage's Parquet files, by its name.

    Args:
        name: "duckdb" (the default everywhere) or "spark".
        master: of Spark only: "local[2]", "spark://host:7077", "yarn" …; every core of this machine by default.
        threads, memory_limit: of DuckDB only ("1GB").
        reach: of DuckDB only: lets its connection read addresses in object storage, before any is read. Spark reads
            them with the connector of the cluster.

    Raises `EngineError` for another name, a master without Spark, or where PySpark or a Java runtime is missing.
    """
    if name == "duckdb":
        from ritornello.royalty.engines.duckdb import DuckdbEngine

        if master:
            raise EngineError("a master goes with the engine 'spark'; DuckDB runs where it is called")
        return DuckdbEngine(files, threads=threads, memory_limit=memory_limit, reach=reach)
    if name == "spark":
        from ritornello.royalty.engines.spark import SparkEngine, start

        session = start(master or "local[*]")
        return SparkEngine(session, files, owns_session=True)
    raise EngineError(f"there is no engine {name!r}; choose one of {', '.join(NAMES)}")
