"""The contract register: put an agreement on file, or its next version, seeing first what changes and rests on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ritornello.consent.contract_drafts import changed, contract_of_draft
from ritornello.consent.contracts import Contract
from ritornello.consent.errors import Finding, raise_any
from ritornello.consent.offers import instant_text
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.workflows.house import House


@dataclass(frozen=True, slots=True)
class Registered:
    """A contract as it was (or would be) registered; `resting` are the offers that are warranted under it."""

    contract: Contract
    changes: tuple[tuple[str, str, str], ...]
    resting: tuple[str, ...]
    again: bool

    def to_document(self) -> dict[str, Any]:
        return {
            "again": self.again,
            "changes": [{"after": after, "before": before, "what": what} for what, before, after in self.changes],
            "contract": contract_document(self.contract),
            "offers_resting_on_it": list(self.resting),
        }


def contract_document(contract: Contract) -> dict[str, Any]:
    """A version of a contract with when it was recorded and what follows from its term."""
    ends = contract.sells_off_until()
    return {
        **contract.to_document(),
        "recorded_at": instant_text(contract.recorded_at),
        "sells_off_until": None if ends is None else ends.isoformat(),
    }


def register_contract(
    house: House, organisation: str, draft: Mapping[str, Any], at: datetime, *, dry_run: bool = False
) -> Registered:
    """Put a contract on file, or its next version; with `dry_run` only tell what would be.

    Raises `ConsentError` for a draft that is wrong, or that names a party which this house does not know.
    """
    contract = contract_of_draft(draft, at)
    with house.work(organisation, read_only=dry_run) as work:
        _check_parties(work, contract)
        versions = work.consent.contract_versions(contract.id)
        changes: tuple[tuple[str, str, str], ...] = ()
        again = False
        if versions:
            newest = versions[-1]
            changes = tuple(changed(newest, contract))
            again = not changes
            contract = newest if again else replace(contract, version=newest.version + 1)
        resting = offers_on(work, contract.id)
        if not dry_run:
            if not again:
                work.consent.add_contract(contract)
            work.commit()
    return Registered(contract, changes, resting, again)


def offers_on(work: UnitOfWork, contract_id: str) -> tuple[str, ...]:
    """The offers whose newest version is warranted under a contract."""
    return tuple(
        offer.id
        for offer in work.consent.newest_offers(saying={"contract_id": contract_id})
        if offer.warranty is not None and offer.warranty.contract_id == contract_id
    )


def _check_parties(work: UnitOfWork, contract: Contract) -> None:
    known = {party.id for party in work.people.parties()}
    mend = "write the id of a party of this house"
    found = [
        Finding(f"parties[{place}]", f"{party!r} is no party of this house", mend)
        for place, party in enumerate(contract.parties)
        if party not in known
    ]
    found += [
        Finding(f"approvals[{place}].party", f"{one.party!r} is no party of this house", mend)
        for place, one in enumerate(contract.approvals)
        if one.party not in known
    ]
    raise_any(found)
