"""The recordings that a file's rows speak of: each distinct naming once, cleaned and matched, whatever the number of
rows.

Namings are met piece by piece. Where a file has very many of them, those at hand are laid into the engine, which may
put them to disk, and numbering goes on: one recording then has several numbers, which changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
from numpy.typing import NDArray

from ritornello.usage.matching import MatchIndex
from ritornello.usage.text_table import TextTable

NAMELESS, NO_ISRC, OF_TWO = 1, 2, 4
"""Bits of `flags`: names neither ISRC nor artist; gives something as ISRC that is none; its ISRC is that of two."""

MOST_HELD = 64 * 2**20
"""Bytes of namings that are held at once."""

_COLUMNS = ("isrc", "proprietary_id", "iswc", "title", "artist", "asset_id", "rule")
_IN_LAKE = tuple(column for column in _COLUMNS if column != "iswc")


@dataclass(frozen=True, slots=True)
class Named:
    """How a row names a recording: ISRC, id and ISWC cleaned or None, title and artist as given."""

    isrc: str | None
    proprietary_id: str | None
    iswc: str | None
    title: str
    artist: str
    service: str = ""
    flags: int = 0
    given_isrc: str = ""


class Tracks:
    """Namings of one file, numbered; `flags` by number less `base`."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        name: str,
        cells: int,
        cleaned: Callable[[Sequence[str]], Named],
        index: MatchIndex,
        source_id: str,
    ) -> None:
        self._connection, self._name, self._cells = connection, name, cells
        self._cleaned, self._index, self._source_id = cleaned, index, source_id
        self.table = TextTable(cells)
        self.base = 0
        self.flags: NDArray[np.uint8] = np.zeros(0, np.uint8)
        self.given_isrcs: dict[int, str] = {}
        self._known: list[tuple[str | None, ...]] = []
        columns = ", ".join(f"{column} VARCHAR" for column in _COLUMNS)
        connection.execute(f"CREATE OR REPLACE TABLE {name} (code INTEGER, {columns}, confidence INTEGER)")

    @property
    def count(self) -> int:
        return self.base + len(self.table)

    def learn(self) -> None:
        """Clean and match the namings that were met since the last time."""
        first = len(self._known)
        flags = []
        for place, texts in enumerate(self.table.texts(first), start=first):
            named = self._cleaned(texts)
            flag = named.flags
            match = self._index.found(
                named.isrc,
                named.title,
                named.artist,
                named.iswc or "",
                named.proprietary_id or "",
                (self._source_id, named.service),
            )
            if match is None and named.isrc is not None and self._index.is_of_two(named.isrc):
                flag |= OF_TWO
            if flag & (NO_ISRC | OF_TWO):
                self.given_isrcs[place] = named.given_isrc if flag & NO_ISRC else named.isrc or ""
            flags.append(flag)
            asset, rule = (match.asset_id, match.rule) if match else (None, None)
            self._known.append((named.isrc, named.proprietary_id, named.iswc, named.title, named.artist, asset, rule))
        self.flags = np.concatenate([self.flags, np.array(flags, np.uint8)])

    def make_room(self) -> None:
        """Lay the namings at hand into the engine where they are many; numbers go on behind them."""
        if self.table.bytes_held > MOST_HELD:
            self.lay()

    def lay(self) -> None:
        """Lay the namings at hand into the engine; the table of texts begins anew."""
        from ritornello.usage.matching import CONFIDENCE

        if self._known:
            columns = dict(
                zip(_COLUMNS, (np.array(one, object) for one in zip(*self._known, strict=True)), strict=True)
            )
            numbers = np.arange(self.base, self.count, dtype=np.int32)
            self._connection.register("namings", {"code": numbers, **columns})
            named = ", ".join(f"CAST({column} AS VARCHAR)" for column in _COLUMNS)
            sure = " ".join(f"WHEN '{rule}' THEN {permille}" for rule, permille in CONFIDENCE.items())
            self._connection.execute(
                f"INSERT INTO {self._name} SELECT code, {named}, CASE CAST(rule AS VARCHAR) {sure} END FROM namings"
            )
            self._connection.unregister("namings")
        self.base = self.count
        self.table = TextTable(self._cells)
        self.flags = np.zeros(0, np.uint8)
        self.given_isrcs = {}
        self._known = []

    def laid(self, rows: int) -> str:
        """Lay the rest; gives the table to join. Where each naming has many rows, its texts become enumerations, which
        Parquet is written from at half the cost."""
        self.lay()
        if rows < 20 * self.base:
            return self._name
        kinds = []
        for column in _IN_LAKE:
            kind = f"{self._name}_{column}"
            texts = f"SELECT DISTINCT {column} FROM {self._name} WHERE {column} IS NOT NULL ORDER BY 1"
            self._connection.execute(f"CREATE OR REPLACE TEMP TABLE texts AS {texts}")
            if self._connection.execute("SELECT count(*) FROM texts").fetchone() == (0,):
                kinds.append(column)
                continue
            self._connection.execute(f"CREATE TYPE {kind} AS ENUM (SELECT * FROM texts)")
            kinds.append(f"CAST({column} AS {kind}) AS {column}")
        coded = f"{self._name}_coded"
        self._connection.execute(
            f"CREATE TABLE {coded} AS SELECT code, {', '.join(kinds)}, confidence FROM {self._name}"
        )
        return coded
