"""What the usage tests share: a small catalogue to match against, and files on disk."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from ritornello.messages.dsr_columns import RECORDS
from ritornello.usage.intake import take_in
from ritornello.usage.lake import Lake
from ritornello.usage.matching import Known, MatchIndex
from ritornello.usage.model import Source, TakenIn

AT = datetime(2026, 8, 5, 12, tzinfo=UTC)
ALPHA = Source("alpha", "Alpha", services={"alpha-premium": "alpha"})
BELIEVE = Source("believe", "Believe", services={"Deezer": "deezer"})
INDEX = MatchIndex.of(
    [
        Known("rec_original", isrcs=("DEA452600001",), title="Return", artist="Original Artist"),
        Known(
            "rec_remix",
            isrcs=("DEA452600002",),
            proprietary_ids=(("", "rit_remix"),),
            iswcs=("T0702472794",),
            title="Return",
            version="Fan Remix",
            artist="Original Artist",
        ),
    ]
)


def written(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def taken(folder: Path, *files: tuple[str, bytes], source: Source = ALPHA, **more: Any) -> tuple[TakenIn, Lake]:
    lake = Lake(folder / "lake")
    paths = [written(folder, name, content) for name, content in files]
    return take_in(paths, source, **{"index": INDEX, "lake": lake, "at": AT, **more}), lake


def rows(
    lake: Lake, outcome: TakenIn, columns: str = "*", more: str = "ORDER BY row_number"
) -> Sequence[tuple[Any, ...]]:
    relation = lake.relation([file.lake_path for file in outcome.files])
    return duckdb.sql(f"SELECT {columns} FROM {relation} {more}").fetchall()


def record(kind: str, **values: Any) -> tuple[str, dict[str, Any]]:
    """A record with every required cell filled by something well-formed, and these values over it."""
    filled: dict[str, Any] = {}
    for column in RECORDS[kind]:
        if not column.optional:
            filled[column.name] = _ANY[column.kind]
    return kind, {**filled, **values}


_ANY = {
    "text": "x",
    "integer": "1",
    "decimal": "1",
    "boolean": "true",
    "date": "2026-07-31",
    "instant": "2026-08-01T00:00:00Z",
    "duration": "PT3M0S",
    "territory": "DE",
    "currency": "EUR",
    "isrc": "DEA452600001",
    "iswc": "T0702472794",
}
