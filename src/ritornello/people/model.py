"""The records of people: organisations, persons and their roles, what opens the door, parties and their details."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from ritornello.people.roles import Capability, Role, may

COMMAND_LINE = "per_command_line"
"""Who acts where somebody at the command line names no person."""


@dataclass(frozen=True, slots=True)
class Organisation:
    """A label, publisher, distributor or collective that keeps its own books here."""

    id: str
    name: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can sign in. Name and e-mail are personal and erasable; the id is a pseudonym and stays."""

    id: str
    email: str
    name: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Membership:
    """The roles of a person in one organisation; `party_id` is who they are paid as, if they are."""

    organisation: str
    person_id: str
    roles: frozenset[Role]
    party_id: str | None
    since: datetime


@dataclass(frozen=True, slots=True)
class Session:
    """A sign-in that lasts until it expires or is ended; the token itself is never stored."""

    id: str
    organisation: str
    person_id: str
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None = None

    def open_at(self, at: datetime) -> bool:
        return self.created_at <= at < self.expires_at and (self.ended_at is None or at < self.ended_at)


@dataclass(frozen=True, slots=True)
class SignInLink:
    """A link that opens one session, once."""

    id: str
    organisation: str
    person_id: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None

    def open_at(self, at: datetime) -> bool:
        return self.used_at is None and self.created_at <= at < self.expires_at


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A program's key, with roles of its own. `hint` is its first letters, to tell keys apart in a list; `service` is
    the service whose program it is, where it is one."""

    id: str
    organisation: str
    name: str
    roles: frozenset[Role]
    hint: str
    created_by: str
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    service: str | None = None

    def open_at(self, at: datetime) -> bool:
        return (
            self.created_at <= at
            and (self.expires_at is None or at < self.expires_at)
            and (self.revoked_at is None or at < self.revoked_at)
        )


@dataclass(frozen=True, slots=True)
class Identity:
    """Who is asking, as one request sees it. `via` is the session's or the API key's id; `service` the service
    whose program it is."""

    organisation: str
    person_id: str
    roles: frozenset[Role]
    party_id: str | None
    via: str
    service: str | None = None

    def may(self, capability: Capability) -> bool:
        return may(self.roles, capability)


@dataclass(frozen=True, slots=True)
class Act:
    """That somebody did something, for whoever asks later who did it; pseudonyms and ids only.

    `act` is a short name such as "house.admit", `subject` the id of what it was done to, `by` a person's id; `details`
    are texts that say how (roles, counts). The same act at the same moment is one.
    """

    act: str
    subject: str
    by: str
    at: datetime
    details: Mapping[str, str] = field(default_factory=dict)


class PartyKind(StrEnum):
    """What a party is, as far as a lasting record may know."""

    PERSON = "person"
    COMPANY = "company"
    GROUP = "group"
    SOCIETY = "society"


@dataclass(frozen=True, slots=True)
class Party:
    """A holder of rights or payee, by pseudonym only; this is what ledger, consent and proofs refer to."""

    id: str
    kind: PartyKind
    created_at: datetime


@dataclass(frozen=True, slots=True)
class PartyDetails:
    """What is personal about a party: erasable, versioned, and committed to by `commitment_of`.

    `payout` holds how to pay (for example {"iban": …}); `country` is ISO 3166-1 alpha-2.
    """

    party_id: str
    name: str
    email: str | None = None
    ipi: str | None = None
    isni: str | None = None
    country: str | None = None
    tax_form: str | None = None
    payout_currency: str | None = None
    payout: Mapping[str, str] = field(default_factory=dict)

    def to_document(self) -> dict[str, Any]:
        """The details as the JSON document that the commitment is made over."""
        return {
            "country": self.country,
            "email": self.email,
            "ipi": self.ipi,
            "isni": self.isni,
            "name": self.name,
            "party_id": self.party_id,
            "payout": dict(self.payout),
            "payout_currency": self.payout_currency,
            "tax_form": self.tax_form,
        }

    @staticmethod
    def from_document(document: Mapping[str, Any]) -> PartyDetails:
        return PartyDetails(**document)


@dataclass(frozen=True, slots=True)
class DetailsVersion:
    """One version of a party's details: the lasting half. It says that there were details, not which."""

    party_id: str
    version: int
    commitment: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class SealedDetails:
    """The erasable half: the details and the salt that open the commitment of the same version."""

    details: PartyDetails
    version: int
    salt: bytes


@dataclass(frozen=True, slots=True)
class Erasure:
    """That a person's or party's details were erased, when, and on whose word (pseudonyms only)."""

    subject: str
    erased_at: datetime
    erased_by: str
