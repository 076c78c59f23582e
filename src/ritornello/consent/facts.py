"""What is known when a request is decided: who must agree, what they said, and what else is on file.

A workflow builds the facts from the stores as of one moment; the decision is a pure function of the request and the
facts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from fractions import Fraction
from functools import cached_property
from typing import Any

from ritornello.consent.codes import ACTS, RIGHTS
from ritornello.consent.contracts import ApprovalRight, Contract
from ritornello.consent.errors import Finding, raise_any
from ritornello.consent.offers import SPECIFICITY, Offer, Reach, Reply
from ritornello.consent.rules import RightsRules
from ritornello.identifiers.territories import WORLD, TerritorySet


class Standing(StrEnum):
    """Whether somebody answers in person, as a company, through a guardian, or as an estate."""

    PERSON = "person"
    COMPANY = "company"
    MINOR = "minor"
    ESTATE = "estate"


@dataclass(frozen=True, slots=True)
class Required:
    """A holder who must agree to one right. `pool` names the hundred per cent that `share` is a part of."""

    right: str
    party: str
    share: Fraction = Fraction(1)
    territories: TerritorySet = WORLD
    standing: Standing = Standing.PERSON
    pool: str = ""


@dataclass(frozen=True, slots=True)
class Counts:
    """What has been made so far, as the quotas count it."""

    total: int = 0
    by_person: int = 0
    today: int = 0
    of_source: int = 0
    downloads_this_month: int = 0
    complaints_permille: int = 0
    fraud_permille: int = 0


@dataclass(frozen=True, slots=True)
class ServiceLicence:
    """A blanket on file: this service may use these rights here, for these acts, between these days."""

    id: str
    service: str
    rights: frozenset[str]
    territories: TerritorySet
    acts: frozenset[str]
    valid_from: date
    valid_until: date | None
    evidence_sha256: str

    def __post_init__(self) -> None:
        found = [Finding("rights", f"{r!r} is no right", "use the rights' codes") for r in self.rights - set(RIGHTS)]
        found += [Finding("acts", f"{a!r} is no act", f"known are {', '.join(ACTS)}") for a in self.acts - set(ACTS)]
        if self.valid_until is not None and self.valid_until <= self.valid_from:
            found.append(Finding("valid_until", "the licence ends before it starts", "set it after valid_from"))
        raise_any(found)

    def covers(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_until is None or day < self.valid_until)

    def to_document(self) -> dict[str, Any]:
        return {
            "acts": sorted(self.acts),
            "evidence_sha256": self.evidence_sha256,
            "id": self.id,
            "rights": sorted(self.rights),
            "service": self.service,
            "territories": str(self.territories),
            "valid_from": self.valid_from.isoformat(),
            "valid_until": None if self.valid_until is None else self.valid_until.isoformat(),
        }

    @staticmethod
    def from_document(document: Mapping[str, Any]) -> ServiceLicence:
        until = document["valid_until"]
        return ServiceLicence(
            id=document["id"],
            service=document["service"],
            rights=frozenset(document["rights"]),
            territories=TerritorySet.parse(document["territories"]),
            acts=frozenset(document["acts"]),
            valid_from=date.fromisoformat(document["valid_from"]),
            valid_until=None if until is None else date.fromisoformat(until),
            evidence_sha256=document["evidence_sha256"],
        )


@dataclass(frozen=True, slots=True)
class Revocation:
    """The end of an offer, all versions, from a day on."""

    offer_id: str
    effective_from: date
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Stop:
    """The kill switch: nothing of this asset, by this maker, on this service, here. None is any; it lasts till
    lifted."""

    id: str
    since: datetime
    until: datetime | None = None
    asset_id: str | None = None
    person_id: str | None = None
    service: str | None = None
    territories: TerritorySet = WORLD

    def active(self, at: datetime) -> bool:
        return self.since <= at and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True)
class Approval:
    """A holder's answer to one request (by its subject), after quorum and second person where they are asked for."""

    holder: str
    subject: str
    approved: bool
    at: datetime
    right: str | None = None
    reason: str = ""
    until: datetime | None = None
    deemed: bool = False


@dataclass(frozen=True)
class SourceFacts:
    """One original: who must agree about it, what they said, and what it contains."""

    asset_id: str
    required: tuple[Required, ...]
    offers: tuple[Offer, ...]
    reaches: tuple[Reach, ...]
    revocations: tuple[Revocation, ...] = ()
    contract_approvals: tuple[ApprovalRight, ...] = ()
    contains_third_party_samples: bool = False
    samples_cleared: bool = False
    counts: Counts = field(default_factory=Counts)

    @cached_property
    def by_right(self) -> Mapping[str, tuple[Required, ...]]:
        found: dict[str, list[Required]] = {}
        for entry in self.required:
            found.setdefault(entry.right, []).append(entry)
        return {right: tuple(entries) for right, entries in found.items()}

    @cached_property
    def books(self) -> Mapping[tuple[str, str], tuple[tuple[Offer, ...], ...]]:
        """Per (holder, right) the offers that reach this asset, grouped from the most specific level to the least."""
        reaches = set(self.reaches)
        levels: dict[tuple[str, str], dict[int, list[Offer]]] = {}
        for offer in self.offers:
            if offer.reach in reaches and offer.reply is not Reply.PROPOSAL:
                for right in offer.rights:
                    book = levels.setdefault((offer.holder, right), {})
                    book.setdefault(SPECIFICITY[offer.reach.level], []).append(offer)
        return {key: tuple(tuple(book[level]) for level in sorted(book)) for key, book in levels.items()}

    @cached_property
    def revoked_from(self) -> Mapping[str, date]:
        found: dict[str, date] = {}
        for entry in self.revocations:
            found[entry.offer_id] = min(found.get(entry.offer_id, entry.effective_from), entry.effective_from)
        return found

    def share_gaps(self, right: str) -> tuple[int, int, int]:
        """Territory masks where the required shares of a right stay below 100 %, exceed it, and where nobody holds
        it."""
        return self._gaps.get(right, (0, 0, WORLD.mask))

    @cached_property
    def _gaps(self) -> Mapping[str, tuple[int, int, int]]:
        return {right: _gaps_of(entries) for right, entries in self.by_right.items()}


@dataclass(frozen=True)
class Facts:
    """Everything that a decision looks at besides the request."""

    sources: Mapping[str, SourceFacts]
    rules: RightsRules
    service_licences: tuple[ServiceLicence, ...] = ()
    stops: tuple[Stop, ...] = ()
    approvals: tuple[Approval, ...] = ()
    contracts: Mapping[str, Contract] = field(default_factory=dict)
    insisting_services: frozenset[str] = frozenset()
    """Destinations that take only what every holder consented to individually and expressly."""


def _gaps_of(entries: tuple[Required, ...]) -> tuple[int, int, int]:
    pools: dict[str, list[Required]] = {}
    for entry in entries:
        pools.setdefault(entry.pool, []).append(entry)
    below = above = 0
    held = 0
    for members in pools.values():
        for mask, total in _segments(members):
            below |= mask if total < 1 else 0
            above |= mask if total > 1 else 0
        for member in members:
            held |= member.territories.mask
    return below, above, WORLD.mask & ~held


def _segments(members: list[Required]) -> Iterator[tuple[int, Fraction]]:
    """The world cut into masks in which the same members hold, with the sum of their shares."""
    segments: list[tuple[int, Fraction]] = [(WORLD.mask, Fraction(0))]
    for member in members:
        cut = []
        for mask, total in segments:
            if inside := mask & member.territories.mask:
                cut.append((inside, total + member.share))
            if outside := mask & ~member.territories.mask:
                cut.append((outside, total))
        segments = cut
    yield from segments
