"""What both adapters share: small tables as text files, and answers as records."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from ritornello.royalty.engines import DetailRow
from ritornello.royalty.tables import Names, PoolRow


def pool_rows(rows: Iterable[Sequence[Any]], names: Names) -> list[PoolRow]:
    """The answers of `royalty_sql` as records, with names in place of numbers."""
    lanes, pools, receipts, stakes = names.lanes, names.pools, names.receipts, names.stakes
    found = []
    for stake, held, lane, pool, receipt, amount, negative in rows:
        name, group = stakes[stake] if not held else (held, "")
        found.append(
            PoolRow(name, group, lanes[lane or 0], pools[pool or 0], receipts[receipt or 0], int(amount), int(negative))
        )
    return found


def detail_rows(rows: Iterable[Sequence[Any]], names: Names) -> list[DetailRow]:
    """The answers of `detail_sql` as records, with names in place of numbers."""
    stakes, regions, lanes, pools, receipts = names.stakes, names.regions, names.lanes, names.pools, names.receipts
    found = []
    for row in rows:
        asset, service, territory, flow, window, region, lane, pool, receipt, currency, stake, *sums, first, last = row
        share, count, units, amount = map(int, sums)
        name, group = stakes[stake]
        found.append(
            DetailRow(
                asset, service, territory, flow, window, regions[region], lanes[lane], pools[pool], receipts[receipt],
                currency, name, group, share, count, units, amount, first, last,
            )
        )  # fmt: skip
    return found


def wanted_rows(stakes: Iterable[str], names: Names) -> list[tuple[int]]:
    """The numbers of some stakes, in whatever group they stand."""
    wanted = frozenset(stakes)
    return [(number,) for number, (stake, _) in enumerate(names.stakes) if number and stake in wanted]


LINE_COLUMNS = (
    ("asset_id", "text"),
    ("service", "text"),
    ("territory", "text"),
    ("flow", "text"),
    ("window_no", "int"),
    ("receipt", "int"),
)
"""The table `wanted_line` that `rows_sql` reads."""


def line_rows(line: DetailRow, names: Names) -> list[tuple[str, str, str, str, int, int]]:
    """The one row of `wanted_line`."""
    receipt = names.receipts.index(line.fx_id)
    return [(line.asset_id, line.service, line.territory, line.flow, line.window_no, receipt)]


def write_rows(path: Path, rows: Iterable[Sequence[Any]]) -> None:
    """Rows as tab-separated text that both engines read back; every text is quoted, so that empty is not missing."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter="\t", quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n").writerows(rows)
