"""The lake: one Parquet file per taken-in file, under its period and source, written whole or not at all.

    lake/period=2026-07/source=alpha/<sha256 of the content>.parquet

A file is first written beside its place, read back and summed, flushed, and then renamed. Who dies in between leaves a
temporary file that is never read. The lake alone says nothing: a file counts once the store has recorded it, and intake
after a crash writes the same file to the same place again.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import duckdb
import fsspec

from ritornello.usage.model import LAKE_COLUMNS, UsageError
from ritornello.usage.typed import quoted

# A dictionary of more texts than this is given up early, in place of late: titles and identifiers are as good as never
# the same often enough for one. Nothing that reads the lake asks for Bloom filters, and making them takes a tenth.
_WRITTEN = "FORMAT PARQUET, COMPRESSION SNAPPY, DICTIONARY_SIZE_LIMIT 8192, WRITE_BLOOM_FILTER false"


def period_name(start: date, end: date) -> str:
    """`2026-07` for a calendar month, `2026-07-01_2026-08-31` for anything else."""
    following = date(start.year + start.month // 12, start.month % 12 + 1, 1)
    if start.day == 1 and (following - end).days == 1:
        return f"{start:%Y-%m}"
    return f"{start.isoformat()}_{end.isoformat()}"


class Lake:
    """A folder, or a place in object storage (`s3://bucket/lake`) through fsspec."""

    def __init__(self, root: str | Path) -> None:
        self.root = str(root)
        self._remote = len(urlsplit(self.root).scheme) > 1 and not self.root.startswith("file://")
        self._filesystem: Any = fsspec.core.url_to_fs(self.root)[0] if self._remote else None
        self._folder = Path(self.root.removeprefix("file://"))

    def path_of(self, start: date, end: date, source: str, sha256: str) -> str:
        """Where a file's rows lie, relative to the lake."""
        return f"period={period_name(start, end)}/source={source}/{sha256}.parquet"

    def locate(self, path: str) -> str:
        """A path or address that DuckDB and Spark can read."""
        return f"{self.root.rstrip('/')}/{path}" if self._remote else str(self._folder / path)

    def holds(self, path: str) -> bool:
        """Whether a file is there (recorded or not)."""
        return bool(self._filesystem.exists(self.locate(path))) if self._remote else (self._folder / path).is_file()

    def write(
        self, connection: duckdb.DuckDBPyConnection, query: str, path: str, check: str, workspace: Path
    ) -> tuple[int, int]:
        """Write the rows of a query to their place: temporary file, read back, flush, rename.

        Args:
            check: a query that gives the number of rows and the sum of `amount_e10` in another way; a file that reads
                back otherwise is not put in place.

        Returns:
            How many rows were written, and how many of them are matched.

        Raises:
            UsageError: what was written does not read back to the same rows and sum.
        """
        target = Path(workspace / Path(path).name) if self._remote else self._folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
        try:
            connection.execute(f"COPY ({query}) TO {quoted(str(temporary))} ({_WRITTEN})")
            counted = _checked(connection, temporary, check)
            with temporary.open("rb") as stream:
                os.fsync(stream.fileno())
            if self._remote:
                self._filesystem.put_file(str(temporary), self.locate(path))  # object stores show whole objects only
            else:
                temporary.replace(target)
                _flush_folder(target.parent)
        finally:
            temporary.unlink(missing_ok=True)
        return counted

    def reach(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Let a connection read the files of a lake in object storage; a folder needs nothing."""
        if self._remote:
            connection.register_filesystem(self._filesystem)

    def remove_unrecorded(self, recorded: Sequence[str]) -> list[str]:
        """Remove Parquet and temporary files that the store does not know; gives what was removed. For a folder only:
        an object store has no half-written objects, and its orphans are never read."""
        if self._remote or not self._folder.is_dir():
            return []
        keep = {str(self._folder / path) for path in recorded}
        orphans = [
            path
            for path in sorted(self._folder.rglob("*"))
            if path.is_file() and path.suffix in {".parquet", ".tmp"} and str(path) not in keep
        ]
        for path in orphans:
            path.unlink()
        return [str(path.relative_to(self._folder)) for path in orphans]

    def relation(self, paths: Sequence[str]) -> str:
        """An SQL table expression over recorded files; an empty one where there are none."""
        if not paths:
            empty = ", ".join(f"NULL::{kind} AS {name}" for name, kind in LAKE_COLUMNS)
            return f"(SELECT {empty} WHERE false)"
        listed = ", ".join(quoted(self.locate(path)) for path in sorted(paths))
        return f"read_parquet([{listed}], hive_partitioning=false)"


def _checked(connection: duckdb.DuckDBPyConnection, path: Path, check: str) -> tuple[int, int]:
    found = connection.execute(
        "SELECT count(*), coalesce(sum(CAST(amount_e10 AS DECIMAL(38,0))), 0), count(asset_id) "
        f"FROM read_parquet({quoted(str(path))}, hive_partitioning=false)"
    ).fetchone()
    expected = connection.execute(check).fetchone()
    if found is None or found[:2] != expected:
        raise UsageError(f"{path.name} reads back as {found}, not as {expected}: nothing was taken in")
    return found[0], found[2]


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
