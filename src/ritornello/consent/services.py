"""What is agreed with a service about consent: what its feed opens, which claims of it count, what it insists on.

A profile is never edited: a change is a new version, so that a decision of a past day is made as it was then.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ritornello.consent.codes import ACTS
from ritornello.consent.errors import ConsentError, Finding, raise_any
from ritornello.identifiers.territories import WORLD, TerritorySet
from ritornello.proof.signing import SigningError, TrustedKeys

NO_KEYS = TrustedKeys(())


@dataclass(frozen=True, slots=True)
class Service:
    """A destination as consent sees it.

    Attributes:
        id: the service, as offers and requests name it.
        recorded_at: since when this version is known.
        act: what its feed opens, such as publish or deliver.
        territories: where it is open for business.
        individual_express: it takes only what every holder consented to individually and expressly.
        claim_keys: the public keys with which it signs facts about its people.
    """

    id: str
    recorded_at: datetime
    act: str = "publish"
    territories: TerritorySet = WORLD
    individual_express: bool = False
    claim_keys: TrustedKeys = NO_KEYS

    def __post_init__(self) -> None:
        found = []
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", self.id):
            found.append(Finding("service", f"{self.id!r} is no service's id", "use letters, digits, - and _"))
        if self.act not in ACTS:
            found.append(Finding("act", f"{self.act!r} is unknown", f"write one of {', '.join(ACTS)}"))
        if not self.territories:
            found.append(Finding("territories", "is empty", "name at least one territory, or WW"))
        if self.recorded_at.tzinfo is None:
            found.append(Finding("recorded_at", "has no time zone", "give it in UTC"))
        raise_any(found)

    def to_document(self) -> dict[str, Any]:
        return {
            "act": self.act,
            "claim_keys": self.claim_keys.to_document(),
            "individual_express": self.individual_express,
            "service": self.id,
            "territories": str(self.territories),
        }

    @staticmethod
    def from_document(document: Mapping[str, Any], recorded_at: datetime) -> Service:
        """Read a profile; what it leaves out takes its default. Raises `ConsentError` naming the field."""
        known = {"act", "claim_keys", "individual_express", "service", "territories"}
        unknown = sorted(set(document) - known)
        raise_any([Finding(name, "is unknown", f"known are {', '.join(sorted(known))}") for name in unknown])
        express = document.get("individual_express", False)
        if not isinstance(express, bool):
            raise ConsentError.of("individual_express", f"{express!r} is no yes or no", "write true or false")
        try:
            keys = TrustedKeys.from_document(document.get("claim_keys", {"keys": []}))
        except (SigningError, TypeError, ValueError, AttributeError) as error:
            raise ConsentError.of("claim_keys", f"cannot be read: {error}", "ask the service for its keys") from error
        try:
            territories = TerritorySet.parse(document.get("territories", "WW"))
        except ValueError as error:
            raise ConsentError.of("territories", str(error), 'write such as "DE, FR" or "WW ex JP"') from error
        name = document.get("service", "")
        return Service(
            id=name if isinstance(name, str) else repr(name),
            recorded_at=recorded_at,
            act=str(document.get("act", "publish")),
            territories=territories,
            individual_express=express,
            claim_keys=keys,
        )


def insisting(services: Iterable[Service]) -> frozenset[str]:
    """The services that take only individual express consent."""
    return frozenset(service.id for service in services if service.individual_express)
