"""The received rows behind one figure: which file, which row, what it said. Reads the lake, decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import duckdb

from ritornello.usage.lake import Lake


@dataclass(frozen=True, slots=True)
class Place:
    """What was used where: an asset on a service, in a territory, in one kind of use, between two days (included)."""

    asset_id: str
    service: str
    territory: str
    flow: str
    currency: str
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class ReceivedRow:
    """One row as it was received; `amount_e10` in 10^-10 of the currency's unit."""

    file_sha256: str
    row_number: int
    use_date: date
    use_date_exact: bool
    units: int
    amount_e10: int


@dataclass(frozen=True, slots=True)
class Behind:
    """The first rows of a place, and what all of them add up to."""

    rows: tuple[ReceivedRow, ...]
    count: int
    units: int
    amount_e10: int


_WHERE = (
    "WHERE asset_id = ? AND service = ? AND territory = ? AND flow = ? AND currency = ? AND use_date BETWEEN ? AND ?"
)


def rows_behind(lake: Lake, paths: Sequence[str], place: Place, *, limit: int | None = 50) -> Behind:
    """The rows of these recorded files that fall on a place, in the order of file and row; `limit` None gives all."""
    relation = lake.relation(paths)
    asked = [place.asset_id, place.service, place.territory, place.flow, place.currency, place.first, place.last]
    with duckdb.connect(":memory:") as connection:
        lake.reach(connection)
        total = connection.execute(
            "SELECT count(*), coalesce(CAST(sum(units) AS VARCHAR), '0'), "
            f"coalesce(CAST(sum(CAST(amount_e10 AS DECIMAL(38,0))) AS VARCHAR), '0') FROM {relation} {_WHERE}",
            asked,
        ).fetchone()
        rows = connection.execute(
            "SELECT file_sha256, row_number, use_date, use_date_exact, CAST(units AS VARCHAR), "
            f"CAST(amount_e10 AS VARCHAR) FROM {relation} {_WHERE} ORDER BY file_sha256, row_number"
            + ("" if limit is None else f" LIMIT {int(limit)}"),
            asked,
        ).fetchall()
    count, units, amount = total if total is not None else (0, "0", "0")
    return Behind(
        tuple(ReceivedRow(r[0], int(r[1]), r[2], bool(r[3]), int(r[4]), int(r[5])) for r in rows),
        int(count),
        int(units),
        int(amount),
    )
