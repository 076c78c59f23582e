"""Who owns a right at a point: in a territory, on a day of use, as we knew it at some moment.

Shares are stated in *sheets*. A sheet speaks about the points (territory, day) that its shares cover. At each point

- of one source's sheets, the one recorded last is what that source says;
- an *agreed* sheet closes whatever any source had said before it;
- the sources that are left add up: each party has the largest share that one of them gives it.

So a newer sheet changes only the points it speaks about, a rival claim stands beside the first instead of replacing it,
and nothing is ever scaled. What is missing to one is a *hole*, what is above one an *overclaim*; both are reported.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction
from itertools import pairwise

from ritornello.catalogue.error import CatalogueError
from ritornello.catalogue.model import OwnershipShare, RightType, ShareStatus
from ritornello.identifiers.territories import WORLD, TerritorySet
from ritornello.proof.ids import stable_id


@dataclass(frozen=True, slots=True)
class Holding:
    """What is known at a point. `holders`: (party, share) by party id, shares above zero only."""

    holders: tuple[tuple[str, Fraction], ...]
    hole: Fraction
    overclaim: Fraction
    disputed: frozenset[str]
    sheet_ids: tuple[str, ...]

    @property
    def parties(self) -> tuple[str, ...]:
        return tuple(party for party, _ in self.holders)


NOBODY = Holding(holders=(), hole=Fraction(1), overclaim=Fraction(0), disputed=frozenset(), sheet_ids=())


@dataclass(frozen=True, slots=True)
class Cell:
    """A region and span of days in which one holding holds throughout."""

    territories: TerritorySet
    valid_from: date | None
    valid_to: date | None
    holding: Holding


@dataclass(frozen=True, slots=True)
class ShareRow:
    """One line of a sheet, before it is recorded."""

    party_id: str
    share: Fraction
    territories: TerritorySet
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class ShareFinding:
    """What is remarkable about a right's shares: code `hole` or `overclaim`, where, when, how much, in words."""

    code: str
    asset_id: str
    right_type: RightType
    territories: TerritorySet
    valid_from: date | None
    valid_to: date | None
    amount: Fraction
    message: str


def holders_on(
    shares: Iterable[OwnershipShare],
    asset_id: str,
    right_type: RightType | str,
    territory: str,
    use_date: date,
    known_at: datetime,
) -> Holding:
    """The holders of a right in `territory` (alpha-2) on the day of use, from what was recorded up to `known_at`."""
    if known_at.tzinfo is None:
        raise CatalogueError("known_at", "it has no time zone", "give an aware UTC instant")
    return _holding(
        share
        for share in shares
        if share.asset_id == asset_id
        and share.right_type == right_type
        and share.recorded_at <= known_at
        and share.covers(territory, use_date)
    )


def cells(
    shares: Iterable[OwnershipShare], asset_id: str, right_type: RightType | str, known_at: datetime
) -> tuple[Cell, ...]:
    """All points at once: the world and all days, divided into the largest regions and spans of one holding each.

    `holders_on` of any point gives the holding of the one cell that the point lies in. In the order of days, then of
    territories.
    """
    known = [
        share
        for share in shares
        if share.asset_id == asset_id and share.right_type == right_type and share.recorded_at <= known_at
    ]
    if all(one.territories == WORLD and one.valid_from is None and one.valid_to is None for one in known):
        return (Cell(WORLD, None, None, _holding(known)),)
    found: list[Cell] = []
    for begin, end in _spans(known):
        probe = begin or (date.min if end is None else date.fromordinal(end.toordinal() - 1))
        by_holding: dict[Holding, TerritorySet] = {}
        for region in _regions(known):
            territory = next(iter(region))
            holding = _holding(share for share in known if share.covers(territory, probe))
            by_holding[holding] = by_holding.get(holding, TerritorySet(0)) | region
        found.extend(Cell(region, begin, end, holding) for holding, region in by_holding.items())
    return _joined(found)


def sheet(
    asset_id: str,
    right_type: RightType,
    rows: Sequence[ShareRow],
    *,
    recorded_at: datetime,
    source: str = "",
    status: ShareStatus = ShareStatus.ASSERTED,
) -> tuple[OwnershipShare, ...]:
    """A sheet's shares, with ids that follow from what it says and when it was recorded (so twice is once)."""
    if not rows:
        raise CatalogueError(f"sheet for {asset_id}", "it has no lines", "state at least one share")
    lines = [
        (row.party_id, str(Fraction(row.share)), str(row.territories), _day(row.valid_from), _day(row.valid_to))
        for row in rows
    ]
    if len(set(lines)) != len(lines):
        raise CatalogueError(f"sheet for {asset_id}", "a line stands in it twice", "state each share once")
    spoken = "\n".join("\t".join(line) for line in sorted(lines))
    sheet_id = stable_id("sht", asset_id, right_type, source, status, recorded_at.isoformat(), spoken)
    return tuple(
        OwnershipShare(
            id=stable_id("shr", sheet_id, *line),
            asset_id=asset_id,
            right_type=right_type,
            party_id=row.party_id,
            territories=row.territories,
            share=Fraction(row.share),
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            recorded_at=recorded_at,
            sheet_id=sheet_id,
            status=status,
            source=source,
        )
        for line, row in sorted(zip(lines, rows, strict=True), key=lambda pair: pair[0])
    )


def same_statement(one: Iterable[OwnershipShare], other: Iterable[OwnershipShare]) -> bool:
    """Whether two sheets say the same, whenever they were recorded."""
    return _stated(one) == _stated(other)


def findings(
    shares: Iterable[OwnershipShare], asset_id: str, right_type: RightType, known_at: datetime
) -> tuple[ShareFinding, ...]:
    """Holes and overclaims of a right, each with its region and days. Points that no sheet speaks about are no finding.

    Sums such as 99.99 % are reported as they are: whoever typed the sheet knows which share is short; we do not.
    """
    found = []
    for cell in cells(shares, asset_id, right_type, known_at):
        if not cell.holding.sheet_ids:
            continue
        where = f"{asset_id} {RightType(right_type).value} in {cell.territories} {_span_in_words(cell)}"
        total = sum((share for _, share in cell.holding.holders), Fraction(0))
        for code, amount, verb in (
            ("hole", cell.holding.hole, "belongs to nobody we know and is held"),
            ("overclaim", cell.holding.overclaim, "is claimed twice and the overlap is held"),
        ):
            if amount:
                message = f"{where}: shares add up to {percent(total)}; {percent(amount)} {verb}; nothing is scaled"
                found.append(
                    ShareFinding(
                        code,
                        asset_id,
                        RightType(right_type),
                        cell.territories,
                        cell.valid_from,
                        cell.valid_to,
                        amount,
                        message,
                    )
                )
    return tuple(found)


def uncontested(holding: Holding) -> tuple[tuple[tuple[str, Fraction], ...], Fraction]:
    """What each holder has whoever wins, and the part that is held until the claims are resolved.

    Where claims are above the whole, a party's safe part is what all others leave: 60 and 60 leave 40 each and hold 20.
    """
    total = sum((share for _, share in holding.holders), Fraction(0))
    if total <= 1:
        return holding.holders, Fraction(0)
    safe = tuple((party, max(Fraction(0), 1 - (total - share))) for party, share in holding.holders)
    return safe, 1 - sum((share for _, share in safe), Fraction(0))


def released(holding: Holding, resolved: Mapping[str, Fraction]) -> dict[str, Fraction]:
    """What of the held part goes to whom once the claims are resolved to `resolved` (shares of at most one in all).

    Raises `CatalogueError` where a party would get less than was safe to pay before.
    """
    if sum(resolved.values(), Fraction(0)) > 1:
        raise CatalogueError("resolution", "its shares are still above 100 %", "resolve to at most the whole")
    safe, _ = uncontested(holding)
    due = {party: resolved.get(party, Fraction(0)) - share for party, share in safe}
    due |= {party: share for party, share in resolved.items() if party not in due}
    if taken := sorted(party for party, share in due.items() if share < 0):
        raise CatalogueError(
            "resolution",
            f"{taken[0]} was paid more while the claims were open than the resolution leaves",
            "correct what was paid with a new entry first",
        )
    return {party: share for party, share in sorted(due.items()) if share}


def percent(share: Fraction) -> str:
    """A share as people read it: exact where it has at most eight decimals, else marked with ~."""
    scaled = share * 100 * 10**8
    text = f"{scaled.numerator // scaled.denominator:09d}"
    shown = f"{text[:-8]}.{text[-8:]}".rstrip("0").rstrip(".")
    return f"{'' if scaled.denominator == 1 else '~'}{shown} %"


def _holding(covering: Iterable[OwnershipShare]) -> Holding:
    rows = list(covering)
    if not rows:
        return NOBODY
    latest: dict[str, tuple[datetime, str]] = {}
    for row in rows:
        latest[row.source] = max(
            latest.get(row.source, (row.recorded_at, row.sheet_id)), (row.recorded_at, row.sheet_id)
        )
    agreed = max(
        (stated for row in rows if row.status is ShareStatus.AGREED and (stated := _stated_at(row))), default=None
    )
    standing = {sheet for sheet in latest.values() if agreed is None or sheet >= agreed}
    rows = [row for row in rows if _stated_at(row) in standing]
    by_sheet: dict[tuple[str, str], Fraction] = {}
    for row in rows:
        by_sheet[row.party_id, row.sheet_id] = by_sheet.get((row.party_id, row.sheet_id), Fraction(0)) + row.share
    holders: dict[str, Fraction] = {}
    for (party, _), share in by_sheet.items():
        holders[party] = max(holders.get(party, Fraction(0)), share)
    total = sum(holders.values(), Fraction(0))
    return Holding(
        holders=tuple((party, holders[party]) for party in sorted(holders) if holders[party]),
        hole=max(Fraction(0), 1 - total),
        overclaim=max(Fraction(0), total - 1),
        disputed=frozenset(row.party_id for row in rows if row.status is ShareStatus.DISPUTED and row.share),
        sheet_ids=tuple(sorted({row.sheet_id for row in rows})),
    )


def _stated_at(row: OwnershipShare) -> tuple[datetime, str]:
    return row.recorded_at, row.sheet_id


def _stated(shares: Iterable[OwnershipShare]) -> set[tuple[object, ...]]:
    return {
        (
            row.asset_id,
            row.right_type,
            row.party_id,
            row.share,
            row.territories,
            row.valid_from,
            row.valid_to,
            row.status,
            row.source,
        )
        for row in shares
    }


def _spans(shares: Sequence[OwnershipShare]) -> list[tuple[date | None, date | None]]:
    days = sorted({day for share in shares for day in (share.valid_from, share.valid_to) if day is not None})
    return list(pairwise([None, *days, None]))


def _regions(shares: Sequence[OwnershipShare]) -> list[TerritorySet]:
    """The world, divided so that no share covers only a part of a region."""
    regions = [TerritorySet.parse("WW")]
    for territories in sorted({share.territories.mask for share in shares}):
        cut = TerritorySet(territories)
        regions = [part for region in regions for part in (region & cut, region - cut) if part.mask]
    return regions


def _joined(found: list[Cell]) -> tuple[Cell, ...]:
    """Neighbouring spans of the same region and holding as one, in a fixed order."""
    done: list[Cell] = []
    open_cells: dict[tuple[int, Holding], Cell] = {}
    for cell in found:
        key = (cell.territories.mask, cell.holding)
        before = open_cells.get(key)
        if before is not None and before.valid_to == cell.valid_from and cell.valid_from is not None:
            open_cells[key] = replace(before, valid_to=cell.valid_to)
            continue
        if before is not None:
            done.append(before)
        open_cells[key] = cell
    done.extend(open_cells.values())
    return tuple(sorted(done, key=lambda cell: (cell.valid_from or date.min, str(cell.territories))))


def _span_in_words(cell: Cell) -> str:
    if cell.valid_from is None and cell.valid_to is None:
        return "at all times"
    if cell.valid_to is None:
        return f"from {cell.valid_from}"
    return f"until {cell.valid_to}" if cell.valid_from is None else f"from {cell.valid_from} until {cell.valid_to}"


def _day(day: date | None) -> str:
    return "" if day is None else day.isoformat()
