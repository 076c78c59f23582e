"""Matching again what waited: the catalogue has grown, and a file's unmatched rows find their recording.

The file of the lake is never changed. A further generation of it is written beside, with the same rows in the same
order of meaning; the store remembers since when it counts, so that the state of any past day can still be read. Rows
that were matched stay as they were: a match that paid is changed by a correction, not by a better guess.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from ritornello.messages.findings import Findings
from ritornello.usage.lake import Lake
from ritornello.usage.matching import MatchIndex, match
from ritornello.usage.model import LAKE_COLUMNS, TakenFile
from ritornello.usage.typed import TYPED_COLUMNS, connect, quoted, shown


@dataclass(frozen=True, slots=True)
class Rematch:
    """A further generation of a file's rows: `matched_rows` of all its rows, `found` of them newly."""

    file_id: str
    generation: int
    lake_path: str
    matched_rows: int
    found: int
    at: datetime


def rematch(
    lake: Lake, file: TakenFile, index: MatchIndex, at: datetime, generation: int, threads: int = 2
) -> Rematch | None:
    """Match the unmatched rows of a file again; None where none of them found a recording.

    Args:
        file: as recorded, with the path of its present generation.
        generation: the number of the new one (the first rematch is 1).
    """
    if file.matched_rows == file.rows:
        return None
    present = lake.relation([file.lake_path])
    with TemporaryDirectory(prefix="ritornello-rematch-") as folder:
        connection = connect(Path(folder), threads)
        try:
            lake.reach(connection)
            connection.execute(f"CREATE VIEW present AS SELECT * FROM {present}")
            typed = ", ".join(_FROM_LAKE.get(column, column) for column in TYPED_COLUMNS)
            connection.execute(f"CREATE VIEW typed AS SELECT {typed} FROM present WHERE asset_id IS NULL")
            match(connection, index, file.source, [file.name], Findings())
            found = connection.execute("SELECT count(asset_id) FROM matched").fetchone() or (0,)
            if found[0] == 0:
                return None
            path = f"{file.lake_path.removesuffix('.parquet').split('.g')[0]}.g{generation}.parquet"
            check = "SELECT count(*), coalesce(sum(CAST(amount_e10 AS DECIMAL(38,0))), 0) FROM present"
            _, matched_rows = lake.write(connection, _QUERY, path, check, Path(folder))
        finally:
            connection.close()
    return Rematch(file.id, generation, path, matched_rows, found[0], at)


_FROM_LAKE = {"file_no": "0 AS file_no", "iswc": "NULL::VARCHAR AS iswc"}
_NEW = {
    "asset_id": "coalesce(p.asset_id, m.asset_id) AS asset_id",
    "match_rule": "coalesce(p.match_rule, m.rule) AS match_rule",
    "match_confidence": "CAST(coalesce(p.match_confidence, m.confidence) AS INTEGER) AS match_confidence",
    "suspense_kind": "CASE WHEN coalesce(p.asset_id, m.asset_id) IS NULL THEN p.suspense_kind END AS suspense_kind",
}
_QUERY = (
    f"SELECT {', '.join(_NEW.get(name, f'p.{name}') for name, _ in LAKE_COLUMNS)} "
    "FROM present AS p LEFT JOIN matched AS m ON m.row_number = p.row_number"
)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Money in suspense: one kind, source, currency and month of use, how much, and since how many days it waits."""

    kind: str
    source: str
    currency: str
    month: date
    rows: int
    amount_e10: int
    days: int
    titles: tuple[str, ...]

    @property
    def amount(self) -> str:
        return shown(self.amount_e10)


def waiting(lake: Lake, paths: Sequence[str], on: date) -> list[Waiting]:
    """The age report: what is unmatched on a day, oldest first, with the titles that weigh most (at most five)."""
    with duckdb.connect() as connection:
        lake.reach(connection)
        rows = connection.execute(
            f"""
            WITH held AS (
                SELECT suspense_kind AS kind, source, currency, CAST(date_trunc('month', use_date) AS DATE) AS month,
                       use_date, title, amount_e10
                FROM {lake.relation(paths)} WHERE suspense_kind IS NOT NULL
            ), titled AS (
                SELECT kind, source, currency, month, title, sum(abs(amount_e10)) AS weight FROM held GROUP BY ALL
            ), named AS (
                SELECT kind, source, currency, month,
                       list(title ORDER BY weight DESC, title)[1:5] AS titles FROM titled GROUP BY ALL
            )
            SELECT h.kind, h.source, h.currency, h.month, count(*), sum(CAST(h.amount_e10 AS DECIMAL(38,0))),
                   date_diff('day', min(h.use_date), DATE {quoted(on.isoformat())}), any_value(n.titles)
            FROM held AS h JOIN named AS n USING (kind, source, currency, month)
            GROUP BY ALL ORDER BY h.month, h.kind, h.source, h.currency
            """
        ).fetchall()
    return [
        Waiting(kind, source, currency, month, count, int(amount), days, tuple(titles))
        for kind, source, currency, month, count, amount, days, titles in rows
    ]
