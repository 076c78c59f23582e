"""The royalty query without a database, for what-if scenarios and as the oracle of the SQL: the same integers.

It reads like the SQL: mark each line with its state, window, receipt and lane, add up, then meet the shares.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

from ritornello.money import ONE_SHARE
from ritornello.royalty.engines import DetailRow, FlagRow, SourceRow
from ritornello.royalty.tables import PoolRow, SurveyRow, Tables, UsageLine


class MemoryEngine:
    """An engine over a list of usage lines."""

    name = "memory"

    def __init__(self, lines: Iterable[UsageLine]) -> None:
        self._lines = tuple(lines)

    def close(self) -> None:
        """Nothing is held."""

    def survey(self) -> list[SurveyRow]:
        totals: dict[tuple[str, str, str, str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
        for line in self._lines:
            key = (line.file_sha256, line.currency, line.service or "", line.territory or "", line.flow)
            total = totals[key]
            total[0] += 1
            total[1] += line.units
            total[2] += line.amount_e10
        return [SurveyRow(*key, *total) for key, total in totals.items()]

    def pools(self, tables: Tables) -> list[PoolRow]:
        marks = _Marks(tables)
        amounts: dict[tuple[str | None, str | None, int, str, str, str], list[int]] = defaultdict(lambda: [0, 0])
        for line in self._lines:
            lane, region, window, fx_id = marks.of(line)
            total = amounts[(line.asset_id, line.suspense_kind, window, lane, region, fx_id)]
            total[0] += line.amount_e10
            total[1] += min(line.amount_e10, 0)
        rows: dict[tuple[str, str, str, str, str], list[int]] = defaultdict(lambda: [0, 0])
        for (asset, kind, window, lane, region, fx_id), (amount, negative) in amounts.items():
            for pool in marks.pools.get(lane, ("",)):
                stakes: Sequence[tuple[str, str, int]] = ()
                if kind is None and asset is not None:
                    stakes = marks.shares.get((asset, window, region, pool), ())
                if not stakes:
                    held = f"line:{kind}" if kind is not None else "line:no_asset" if asset is None else "held:no_right"
                    stakes = ((held, "", ONE_SHARE),)
                for stake, group, share in stakes:
                    total = rows[(stake, group, lane, pool, fx_id)]
                    total[0] += amount * share
                    total[1] += negative * share
        return [PoolRow(*key, *total) for key, total in rows.items()]

    def flags(self, tables: Tables) -> list[FlagRow]:
        starts: dict[str, list[date]] = defaultdict(list)
        for asset, valid_from, _, _ in tables.states:
            starts[asset].append(valid_from)
        found: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        for line in self._lines:
            if line.use_date_exact or line.asset_id is None:
                continue
            for start in starts.get(line.asset_id, ()):
                if line.period_start < start <= line.period_end:
                    found[line.asset_id][0] += 1
                    found[line.asset_id][1] += line.amount_e10
        return [FlagRow(asset, *total) for asset, total in found.items()]

    def detail(self, tables: Tables, stakes: Sequence[str]) -> list[DetailRow]:
        marks = _Marks(tables)
        wanted = frozenset(stakes)
        totals: dict[tuple[str, str, str, str, int, str, str, str, str, str, str, str, int], list[UsageLine]]
        totals = defaultdict(list)
        for line in self._lines:
            if line.suspense_kind is not None or line.asset_id is None:
                continue
            lane, region, window, fx_id = marks.of(line)
            for pool in marks.pools.get(lane, ()):
                for stake, group, share in marks.shares.get((line.asset_id, window, region, pool), ()):
                    if stake in wanted:
                        key = (line.asset_id, line.service or "", line.territory or "", line.flow, window, region)
                        totals[(*key, lane, pool, fx_id, line.currency, stake, group, share)].append(line)
        return [
            DetailRow(
                *key,
                rows=len(lines),
                units=sum(line.units for line in lines),
                amount_e10=sum(line.amount_e10 for line in lines),
                first_use=min(line.use_date for line in lines).isoformat(),
                last_use=max(line.use_date for line in lines).isoformat(),
            )
            for key, lines in totals.items()
        ]

    def source_rows(self, tables: Tables, line: DetailRow) -> list[SourceRow]:
        marks = _Marks(tables)
        place = (line.asset_id, line.service, line.territory, line.flow, line.window_no, line.fx_id)
        found = []
        for row in self._lines:
            if row.suspense_kind is not None or row.asset_id != line.asset_id:
                continue
            _, _, window, fx_id = marks.of(row)
            if (row.asset_id, row.service or "", row.territory or "", row.flow, window, fx_id) == place:
                day = row.use_date.isoformat()
                found.append(SourceRow(row.file_sha256, row.row_number, day, row.units, row.amount_e10, row.currency))
        return sorted(found, key=lambda row: (row.file_sha256, row.row_number))


class _Marks:
    """The tables as look-ups, with names in place of numbers."""

    def __init__(self, tables: Tables) -> None:
        names = tables.names
        self.receipts = {(file, currency): names.receipts[number] for file, currency, number in tables.receipts}
        self.states: dict[str, list[tuple[date, date, int]]] = defaultdict(list)
        for asset, valid_from, valid_to, state in tables.states:
            self.states[asset].append((valid_from, valid_to, state))
        self.windows: dict[str, list[tuple[date, date, int]]] = defaultdict(list)
        for asset, valid_from, valid_to, window in tables.windows:
            self.windows[asset].append((valid_from, valid_to, window))
        lanes = {way: (names.lanes[lane], names.regions[region]) for way, lane, region, _ in tables.way_lanes}
        self.places = tables.places
        self.ways = {(state, first, second): lanes[way] for state, first, second, way in tables.ways}
        self.pools: dict[str, list[str]] = defaultdict(list)
        for lane, pool in tables.lane_pools:
            self.pools[names.lanes[lane]].append(names.pools[pool])
        shared: dict[tuple[int, str], list[tuple[str, str, int]]] = defaultdict(list)
        for split, pool, stake, share in tables.shares:
            shared[(split, names.pools[pool])].append((*names.stakes[stake], share))
        self.shares: dict[tuple[str, int, str, str], list[tuple[str, str, int]]] = {
            (asset, window, names.regions[region], pool): shared[(split, pool)]
            for asset, window, region, split in tables.splits
            for pool in names.pools[1:]
        }

    def of(self, line: UsageLine) -> tuple[str, str, int, str]:
        """Lane, region, window and receipt of a line."""
        asset = line.asset_id or ""
        day = line.use_date if line.use_date_exact else line.period_start
        state = next((number for start, end, number in self.states.get(asset, ()) if start <= day < end), 0)
        window = next((n for start, end, n in self.windows.get(asset, ()) if start <= line.use_date < end), 0)
        place = (line.service or "", line.territory or "", line.flow, line.currency)
        lane, region = self.ways.get((state, *self.places.number(place)), ("", ""))
        fx_id = self.receipts.get((line.file_sha256, line.currency), line.currency)
        return lane, region, window, fx_id
