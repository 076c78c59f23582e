"""What a corrected file changes: difference per recording, place and day, for the person who approves it.

The run that follows posts differences by itself, since a superseded file no longer counts and its successor does; this
is the view of it before anything is posted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import duckdb

from ritornello.usage.lake import Lake
from ritornello.usage.typed import shown

_PLACE = "asset_id, service, territory, flow, currency, use_date"


@dataclass(frozen=True, slots=True)
class Difference:
    """One recording, place and day that changes; `units` and `amount_e10` are new less old."""

    asset_id: str | None
    service: str
    territory: str
    flow: str
    currency: str
    use_date: date
    units: int
    amount_e10: int

    @property
    def amount(self) -> str:
        return shown(self.amount_e10)


def differences(lake: Lake, old: Sequence[str], new: Sequence[str]) -> list[Difference]:
    """New files less old ones, only where something differs, in a fixed order."""
    with duckdb.connect() as connection:
        lake.reach(connection)
        rows = connection.execute(
            f"""
            SELECT {_PLACE}, CAST(sum(units) AS VARCHAR), CAST(sum(amount_e10) AS VARCHAR) FROM (
                SELECT {_PLACE}, CAST(units AS DECIMAL(38,0)) AS units, CAST(amount_e10 AS DECIMAL(38,0)) AS amount_e10
                FROM {lake.relation(new)}
                UNION ALL
                SELECT {_PLACE}, -CAST(units AS DECIMAL(38,0)), -CAST(amount_e10 AS DECIMAL(38,0))
                FROM {lake.relation(old)}
            ) GROUP BY {_PLACE} HAVING sum(units) <> 0 OR sum(amount_e10) <> 0
            ORDER BY {_PLACE} NULLS LAST
            """
        ).fetchall()
    return [
        Difference(asset, service, territory, flow, currency, day, int(units), int(amount))
        for asset, service, territory, flow, currency, day, units, amount in rows
    ]
