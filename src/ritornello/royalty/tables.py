"""The small tables that a run lays beside the usage lake: what the one SQL text reads, on either engine.

Everything exceptional is a row and everything ordinary is the absence of one: an asset with one ownership window and
no limits of scope stands in no table but `splits`, so that the joins over the usage rows stay small.

Amounts are integers of 10^-10 unit of the row's currency, shares integers of 10^-12, products integers of 10^-22.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from ritornello.royalty.places import Places

OPEN_FROM = date(1, 1, 1)
OPEN_TO = date(9999, 12, 31)
SHARE_DIGITS = 12
AMOUNT_DIGITS = 10
E22 = 10 ** (SHARE_DIGITS + AMOUNT_DIGITS)


@dataclass(frozen=True, slots=True)
class UsageLine:
    """One row of the usage lake; the columns are the lake's, in its order."""

    file_sha256: str
    row_number: int
    source: str
    service: str
    period_start: date
    period_end: date
    use_date: date
    use_date_exact: bool
    territory: str
    flow: str
    isrc: str | None
    proprietary_id: str | None
    title: str | None
    artist: str | None
    asset_id: str | None
    match_rule: str | None
    match_confidence: str | None
    units: int
    amount_e10: int
    currency: str
    suspense_kind: str | None = None


@dataclass(frozen=True, slots=True)
class Names:
    """What the numbers of the tables stand for: the place in a tuple is the number. Place 0 is nobody or nothing.

    `stakes`: (stake, group); `receipts`: the ids of rates of exchange, or currencies without one of their own.
    """

    stakes: tuple[tuple[str, str], ...]
    lanes: tuple[str, ...]
    pools: tuple[str, ...]
    receipts: tuple[str, ...]
    regions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tables:
    """The inputs of the SQL beside `usage`. Rows are tuples in the order of the columns named in `COLUMNS`.

    The engine meets texts only where the usage holds them; everything else is numbered, since numbers are what it joins
    and groups fastest. `splits`: which split an asset has in a window and region; many assets share a split, so that
    their money is added up before it is shared out. `places` says how the texts of a place make the two numbers that
    `ways` knows it by.
    """

    receipts: tuple[tuple[str, str, int], ...]
    places: Places
    states: tuple[tuple[str, date, date, int], ...]
    windows: tuple[tuple[str, date, date, int], ...]
    ways: tuple[tuple[int, int, int, int], ...]
    way_lanes: tuple[tuple[int, int, int, int], ...]
    lane_pools: tuple[tuple[int, int], ...]
    splits: tuple[tuple[str, int, int, int], ...]
    shares: tuple[tuple[int, int, int, int], ...]
    names: Names


COLUMNS: dict[str, tuple[tuple[str, str], ...]] = {
    "receipts": (("file_sha256", "text"), ("currency", "text"), ("receipt", "int")),
    "states": (("asset_id", "text"), ("valid_from", "date"), ("valid_to", "date"), ("state", "int")),
    "windows": (("asset_id", "text"), ("valid_from", "date"), ("valid_to", "date"), ("window_no", "int")),
    "ways": (("state", "int"), ("place", "int"), ("place2", "int"), ("way", "int")),
    "way_lanes": (("way", "int"), ("lane", "int"), ("region", "int"), ("receipt", "int")),
    "lane_pools": (("lane", "int"), ("pool", "int")),
    "splits": (("asset_id", "text"), ("window_no", "int"), ("region", "int"), ("split", "int")),
    "shares": (("split", "int"), ("pool", "int"), ("stake", "int"), ("share", "share")),
}
"""Table -> its columns and their kinds; `share` is DECIMAL(13,0)."""

SUSPENDED = "!"
"""What the query puts before a kind of suspense where an asset's id would stand; no asset's id begins with it."""


@dataclass(frozen=True, slots=True)
class SurveyRow:
    """What the lake holds, counted before anything is valued: the control total and the combinations that occur."""

    file_sha256: str
    currency: str
    service: str
    territory: str
    flow: str
    rows: int
    units: int
    amount_e10: int


class PoolRow(NamedTuple):
    """What the SQL gives: the money of one stake in one lane, pool and receipt, before any deduction.

    `amount_e22` is signed; `negative_e22` is the part of it that came from negative lines.
    """

    stake: str
    grp: str
    lane: str
    pool: str
    fx_id: str
    amount_e22: int
    negative_e22: int


def whole(value: object) -> int:
    """An integer that an engine gave back as int or Decimal. Raises `TypeError` for anything inexact."""
    if isinstance(value, Decimal):
        if value != value.to_integral_value():
            raise TypeError(f"{value} is not whole")
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise TypeError(f"{value!r} ({type(value).__name__}) is not an exact integer")
