"""The tables that a run lays beside the usage: lanes, ways and receipts numbered for the query."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from ritornello.royalty.flatten import Flat
from ritornello.royalty.lanes import Lane
from ritornello.royalty.places import Place, laid_ways, places_of
from ritornello.royalty.tables import Names, SurveyRow, Tables
from ritornello.royalty.terms import Terms


def tables_of(
    terms: Terms,
    flat: Flat,
    lanes: Mapping[str, Lane],
    lane_rows: Iterable[tuple[str, str, str, str, str, str]],
    survey: Sequence[SurveyRow],
) -> Tables:
    """The inputs of the query. `lane_rows`: (state, service, territory, flow, lane, region), as `build_lanes` gives
    them; `survey`: what occurs in the usage, which says in which currencies a place is paid."""
    lane_no = {lane: number for number, lane in enumerate(lanes, start=1)}
    pool_no = {pool: number for number, pool in enumerate(flat.pools)}
    state_no = {state.name: number for number, state in enumerate(flat.states)}
    receipt_no: dict[str, int] = {"": 0}
    currencies: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for row in survey:
        currencies[(row.service, row.territory, row.flow)].add(row.currency)
    way_no: dict[tuple[int, int, int], int] = {}
    ways: list[tuple[int, Place, int]] = []
    for state, service, territory, flow, lane, region in lane_rows:
        for currency in sorted(currencies[(service, territory, flow)]):
            receipt = receipt_no.setdefault(currency, len(receipt_no))
            way = way_no.setdefault((lane_no[lane], int(region or 0), receipt), len(way_no) + 1)
            ways.append((state_no[state], (service, territory, flow, currency), way))
    receipts = tuple(
        (file, rate.currency, receipt_no.setdefault(rate.id, len(receipt_no)))
        for rate in terms.rates
        for file in rate.files
    )
    places = places_of(ways)
    return Tables(
        receipts=receipts,
        places=places,
        states=tuple((asset, start, end, state_no[state]) for asset, start, end, state in flat.state_rows),
        windows=tuple(flat.windows),
        ways=laid_ways(places, ways),
        way_lanes=tuple((way, *treated) for treated, way in way_no.items()),
        lane_pools=tuple((lane_no[lane.id], pool_no[part.pool]) for lane in lanes.values() for part in lane.parts),
        splits=tuple(flat.splits),
        shares=tuple(flat.shares),
        names=Names(
            stakes=tuple(flat.stake_names),
            lanes=("", *lanes),
            pools=tuple(flat.pools),
            receipts=tuple(receipt_no),
            regions=tuple(flat.regions),
        ),
    )
