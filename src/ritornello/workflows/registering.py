"""What is registered after moving in, by the same sheets: recordings, splits, payees, contracts, advances and costs.

A split may be corrected backwards: a sheet speaks about the days and places that its rows name, and a later sheet goes
before an earlier one. What changes is told before anything is written, with the periods that are to be run again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

from ritornello.catalogue import service as catalogue
from ritornello.catalogue.model import OwnershipShare, RightType
from ritornello.catalogue.shares import Cell, Holding, cells, percent
from ritornello.messages.findings import Finding, errors
from ritornello.proof import digest, sha256_hex
from ritornello.royalty.opening_sheets import PAYABLE, RESERVE, OpeningSheets, read
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.workflows.house import House
from ritornello.workflows.opening import Contents
from ritornello.workflows.periods import PeriodProblem, named
from ritornello.workflows.rights_sheets import (
    assets_known,
    assets_of,
    bring_parties,
    bring_recordings,
    new_recordings,
    ownership_sheets,
    parties_known,
    party_of,
    recordings_known,
    terms_with,
)
from ritornello.workflows.run_facts import standing


@dataclass(frozen=True, slots=True)
class Change:
    """A right in a place and time of which the sheets say something new. Holders are in words; `until` is excluded."""

    asset: str
    right: str
    territories: str
    valid_from: date | None
    valid_to: date | None
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Registration:
    """What sheets would change, or have changed. `periods` are those that stand in the books and are touched by a
    change of shares: run again, they post what differs."""

    sheets: OpeningSheets
    findings: tuple[Finding, ...]
    recordings: tuple[str, ...]
    changes: tuple[Change, ...]
    periods: tuple[str, ...]
    terms: Mapping[str, Any]
    hashes: tuple[str, ...]
    committed: bool = False

    @property
    def refused(self) -> bool:
        return bool(errors(self.findings))

    @property
    def effect(self) -> str:
        """A hash of what would be written: equal for two checks of the same files between which nothing has moved."""
        return digest({**_document(replace(self, committed=False)), "terms": dict(self.terms), "files": self.hashes})


def check(house: House, organisation: str, sheets: Contents, at: datetime, *, agreed: bool = False) -> Registration:
    """What the sheets would change; writes nothing. `agreed`: all holders agree, so that it closes what others said."""
    with house.work(organisation, read_only=True) as work:
        return _check(work, sheets, at, agreed)[0]


def commit(
    house: House,
    organisation: str,
    sheets: Contents,
    at: datetime,
    by: str,
    *,
    agreed: bool = False,
    seen: str | None = None,
) -> Registration:
    """Register everything, in one transaction; refused sheets come back with their findings and nothing is written.

    `seen` is the `effect` of the check that a person looked at: where the same sheets would change something else by
    now, nothing is written either, and what they would change is told as by a check.
    """
    with house.work(organisation) as work:
        found, rows = _check(work, sheets, at, agreed)
        if found.refused or (seen is not None and seen != found.effect):
            return found
        bring_parties(work, found.sheets, at)
        bring_recordings(work, found.sheets)
        for one in rows:
            catalogue.record_sheet(work.catalogue, one)
        if found.terms:
            work.royalty.add_terms(found.terms, at, by)
        work.commit()
    return replace(found, committed=True)


def told(found: Registration) -> dict[str, Any]:
    """What was checked, as a document."""
    return {**_document(found), "effect": found.effect}


def _document(found: Registration) -> dict[str, Any]:
    return {
        "refused": found.refused,
        "committed": found.committed,
        "findings": [asdict(one) for one in found.findings],
        "recordings": list(found.recordings),
        "payees": sorted(one.details["name"] for one in found.sheets.payees),
        "contracts": [one["id"] for one in found.sheets.contracts],
        "advances_and_costs": [
            f"{one['id']} ({one['outstanding']} since {one.get('since', 'ever')})"
            for contract in found.terms.get("contracts", ())
            for one in contract.get("recoupments", ())
            if one["id"] in {balance.id for balance in found.sheets.balances}
        ],
        "changes": [
            {**asdict(one), "valid_from": _day(one.valid_from), "valid_to": _day(one.valid_to)} for one in found.changes
        ],
        "run_again": list(found.periods),
    }


def _check(
    work: UnitOfWork, contents: Contents, at: datetime, agreed: bool
) -> tuple[Registration, list[tuple[OwnershipShare, ...]]]:
    kept = work.royalty.terms()
    found = read(contents)
    findings, files = list(found.findings), ", ".join(name for name, _ in contents)
    hashes = tuple(sha256_hex(content) for _, content in contents)
    new = new_recordings(work, found)
    assets = assets_of(work, found, new)
    findings += [*assets_known(found, assets, files), *parties_known(work, found, files)]
    findings += recordings_known(found, new, files)
    for one in found.balances:
        if one.kind in (PAYABLE, RESERVE):
            told = f"{one.kind} of {one.party} belongs to moving in; the books are running and know what is owed"
            findings.append(found.complaint("balance", one.kind, told, files))
    document: Mapping[str, Any] = {}
    if found.contracts or found.balances or any(one.minimum is not None or one.tax for one in found.payees):
        if kept is None:
            raise PeriodProblem("there are no contract terms on file; move in or record terms first")
        document, wrong = terms_with(work, found, kept.document["currency"], assets, files, _next_day(work))
        findings += wrong
    if errors(findings):
        return Registration(found, tuple(findings), (), (), (), {}, hashes), []
    rows = ownership_sheets(work, found, assets, at, agreed=agreed)
    changes = [one for stated in rows for one in _changes(work, found, assets, stated, at)]
    first = min((one.valid_from or date.min for one in changes), default=None)
    periods = sorted({run.period for run in standing(work) if first is not None and named(run.period).end > first})
    shown = tuple(f"{one.title} ({one.isrc})" for one in found.recordings if one.isrc in new)
    return Registration(found, tuple(findings), shown, tuple(changes), tuple(periods), document, hashes), rows


def _next_day(work: UnitOfWork) -> date | None:
    """The first day after the periods that stand in the books: what was paid ahead since comes back from then on."""
    return max((named(run.period).end for run in standing(work)), default=None)


def _changes(
    work: UnitOfWork,
    found: OpeningSheets,
    assets: Mapping[str, str],
    stated: Sequence[OwnershipShare],
    at: datetime,
) -> Iterator[Change]:
    """Region by region and span by span, where the new sheet changes who holds the right."""
    asset, right = stated[0].asset_id, stated[0].right_type
    names = {party_of(work, one.party): one.details["name"] for one in found.payees}
    names = {one.details.party_id: one.details.name for one in work.people.details_of_all()} | names
    called = next(name for name, ours in assets.items() if ours == asset)
    before = list(work.catalogue.shares_of(asset, right))
    old, new = (cells(shares, asset, right, at) for shares in (before, [*before, *stated]))
    for one in new:
        for other in old:
            region, days = one.territories & other.territories, _shared_days(one, other)
            if days is None or not region.mask or one.holding.holders == other.holding.holders:
                continue
            was, now = (_words(cell.holding, names) for cell in (other, one))
            yield Change(called, RightType(right).value, str(region), *days, was, now)


def _shared_days(one: Cell, other: Cell) -> tuple[date | None, date | None] | None:
    begin = max(one.valid_from or date.min, other.valid_from or date.min)
    end = min(one.valid_to or date.max, other.valid_to or date.max)
    if begin >= end:
        return None
    return (None if begin == date.min else begin), (None if end == date.max else end)


def _words(holding: Holding, names: Mapping[str, str]) -> str:
    said = [f"{names.get(party, party)} {percent(share)}" for party, share in holding.holders]
    if holding.overclaim:
        said.append(f"{percent(holding.overclaim)} claimed twice and held")
    elif holding.holders and holding.hole:
        said.append(f"{percent(holding.hole)} held for nobody known")
    return ", ".join(said) or "nobody"


def _day(given: date | None) -> str | None:
    return None if given is None else given.isoformat()
