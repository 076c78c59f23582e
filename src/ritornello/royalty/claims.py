"""What is claimed of a right on a day in a place, and what of it may be paid.

Claims below the whole leave the rest held as `underclaim`, and nobody is scaled up; none at all is `no_right`. Claims
above the whole are contested: by default only the overlap is held (60 + 60 leaves 40 and 40 payable and 20 held), or
the whole pool where the terms say so. A share marked as disputed is held as `disputed_claim`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from fractions import Fraction

from ritornello.catalogue.model import OwnershipShare, RightType, ShareStatus
from ritornello.catalogue.shares import holders_on, uncontested
from ritornello.identifiers.territories import WORLD, TerritorySet
from ritornello.money.allocation import exact_sum

NO_RIGHT = "no_right"
UNDERCLAIM = "underclaim"
OVERCLAIM = "overclaim"
DISPUTED = "disputed_claim"


def covers(where: TerritorySet, place: str) -> bool:
    """Whether a place lies in a set; a report without a territory lies only in the world as a whole."""
    return place in where or (not place and where == WORLD)


class Claims:
    """Ownership shares by asset and right, as they were known at a moment."""

    def __init__(
        self,
        shares: Sequence[OwnershipShare],
        known_at: datetime,
        works: Iterable[tuple[str, tuple[str, ...]]] = (),
    ) -> None:
        self._known_at = known_at
        self._works = dict(works)
        self._known: dict[tuple[str, str], list[OwnershipShare]] = defaultdict(list)
        for share in shares:
            if share.recorded_at <= known_at:
                self._known[(share.asset_id, str(share.right_type))].append(share)

    @property
    def assets(self) -> set[str]:
        return {asset for asset, _ in self._known} | set(self._works)

    def owned(self, asset: str, right: str) -> bool:
        """Whether anybody holds the right in the asset, or in a work that it is a recording of."""
        return any((name, right) in self._known for name in (asset, *self._works_of(asset, right)))

    def at_works(self, nodes: Iterable[tuple[str, str, Fraction]], right: str) -> list[tuple[str, str, Fraction]]:
        """Nodes with their works in place of recordings, where the right is owned there."""
        found: list[tuple[str, str, Fraction]] = []
        for role, node, part in nodes:
            works = () if (node, right) in self._known else self._works_of(node, right)
            found += [(role, work, part / len(works)) for work in works] or [(role, node, part)]
        return found

    def _works_of(self, asset: str, right: str) -> tuple[str, ...]:
        return self._works.get(asset, ()) if right == RightType.COMPOSITION else ()

    def breakpoints(self, asset: str, right: str) -> set[date]:
        """The days on which owners may change."""
        found = self._known.get((asset, right), ())
        return {day for share in found for day in (share.valid_from, share.valid_to) if day is not None}

    def territories(self, asset: str, right: str) -> set[TerritorySet]:
        return {share.territories for share in self._known.get((asset, right), ())}

    def alike(self, asset: str, right: str) -> tuple[tuple[object, ...], ...] | None:
        """What an asset's claims say, without its name: assets with the same answer are shared out alike. None where
        more than one sheet speaks, somebody disputes it, or it is not for the whole world."""
        if self._works_of(asset, right):
            return None
        known = self._known.get((asset, right), ())
        sheet = known[0].sheet_id if known else ""
        for share in known:
            if share.sheet_id != sheet or share.status is ShareStatus.DISPUTED or share.territories.mask != WORLD.mask:
                return None
        return tuple(
            (share.party_id, *share.share.as_integer_ratio(), share.valid_from, share.valid_to) for share in known
        )

    def on(
        self, asset: str, right: str, place: str, day: date, hold: str
    ) -> tuple[dict[str, Fraction], dict[str, Fraction]]:
        """Held kind -> share, and party -> share; together one. `hold`: "overlap" or "all" of a contested pool."""
        known: Sequence[OwnershipShare] = self._known.get((asset, right), ())
        if not place:
            known = [share for share in known if share.territories == WORLD]
        if (plain := _plain(known, place or "AQ", day)) is not None:
            return {}, plain
        holding = holders_on(known, asset, right, place or "AQ", day, self._known_at)
        if not holding.holders:
            return {NO_RIGHT: Fraction(1)}, {}
        if holding.overclaim and hold == "all":
            return {OVERCLAIM: Fraction(1)}, {}
        safe, contested = uncontested(holding)
        held: dict[str, Fraction] = defaultdict(Fraction)
        parties: dict[str, Fraction] = {}
        for party, share in safe:
            if party in holding.disputed:
                held[DISPUTED] += share
            elif share:
                parties[party] = share
        if contested:
            held[OVERCLAIM] += contested
        if holding.hole:
            held[UNDERCLAIM] += holding.hole
        return dict(held), parties


def _plain(known: Sequence[OwnershipShare], place: str, day: date) -> dict[str, Fraction] | None:
    """The holders where one sheet speaks, nobody disputes it and it adds up: the ordinary case, told quickly."""
    parties: dict[str, Fraction] = {}
    sheet = ""
    for share in known:
        if share.territories.mask != WORLD.mask and place not in share.territories:
            continue
        if (share.valid_from is not None and day < share.valid_from) or (
            share.valid_to is not None and share.valid_to <= day
        ):
            continue
        if share.status is ShareStatus.DISPUTED or share.party_id in parties or (sheet and share.sheet_id != sheet):
            return None
        sheet = share.sheet_id
        parties[share.party_id] = share.share
    return parties if parties and exact_sum(parties.values()) == 1 and all(parties.values()) else None
