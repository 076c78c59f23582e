"""An offer is one holder's answer for one thing: immutable, versioned, content-hashed, with how it was obtained.

A holder answers per right. An offer names the rights and territories it speaks for, its basis (the holder's own
grant, a warranty of whoever signs for them, or a mandate), how consent was obtained, and the hash of the evidence.
Changing anything makes a new version; no version is ever edited. A refusal is an offer too: it says no, and says it
on file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import cached_property
from typing import Any

from ritornello.consent.codes import RIGHTS
from ritornello.consent.errors import ConsentError, Finding, raise_any
from ritornello.consent.terms import Terms
from ritornello.identifiers.territories import TerritorySet
from ritornello.proof import canonical_json, sha256_hex, stable_id


class Basis(StrEnum):
    """Who says yes: the holder, somebody who warrants for the holder, or somebody under the holder's mandate."""

    GRANTED = "granted"
    WARRANTED = "warranted"
    MANDATED = "mandated"


class Obtained(StrEnum):
    """How consent was obtained."""

    INDIVIDUAL_EXPRESS = "individual_express"
    AUTHORISED_REPRESENTATIVE = "authorised_representative"
    CONTRACT_CLAUSE = "contract_clause"
    DEFAULT_OPT_IN = "default_opt_in"
    CMO_MANDATE = "cmo_mandate"


class Reply(StrEnum):
    """What the holder says. A proposal is an offer that waits for its holder; it allows nothing."""

    GRANT = "grant"
    REFUSE = "refuse"
    PROPOSAL = "proposal"


class Level(StrEnum):
    """How wide an offer reaches, most specific first; within one holder and right the most specific wins."""

    STEM = "stem"
    RECORDING = "recording"
    RELEASE = "release"
    WORK = "work"
    ARTIST = "artist"
    LABEL = "label"
    CATALOGUE = "catalogue"


SPECIFICITY = {level: place for place, level in enumerate(Level)}


@dataclass(frozen=True, slots=True, order=True)
class Reach:
    """What an offer is about: one recording, or everything of an artist, a label or the whole catalogue."""

    level: Level
    id: str

    def __str__(self) -> str:
        return f"{self.level}:{self.id}"


@dataclass(frozen=True, slots=True)
class Warranty:
    """The clause behind a warranted offer: contract, clause, page, and who indemnifies."""

    contract_id: str
    clause: str
    page: str
    indemnity: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """How the answer came about: `sha256` is the hash of the document, recording of the click, or letter."""

    how: Obtained
    sha256: str
    signer: str
    signed_at: datetime
    terms_version: str = "1"
    language: str = "en"
    governing_law: str = ""


@dataclass(frozen=True)
class Offer:
    """One version of one holder's answer. `signer` and `holder` are pseudonymous party ids."""

    holder: str
    reach: Reach
    rights: frozenset[str]
    territories: TerritorySet
    evidence: Evidence
    terms: Terms
    valid_from: date
    recorded_at: datetime
    valid_until: date | None = None
    reply: Reply = Reply.GRANT
    basis: Basis = Basis.GRANTED
    warranty: Warranty | None = None
    mandate: str = ""
    version: int = 1
    replaces: str | None = None
    preset: str = ""
    note: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        raise_any(self._findings())

    @cached_property
    def id(self) -> str:
        """The same for all versions: who answers about what, for which rights' family."""
        return stable_id("off", self.holder, str(self.reach), ",".join(sorted(self.rights)), str(self.territories))

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 over the canonical JSON of everything but the note."""
        # the terms are most of an offer and shared by many: their canonical form is made once and set in. A text cannot
        # hold the place by accident, since its quotes would be escaped.
        outside = canonical_json({**self._outside_terms(), "terms": None})
        return sha256_hex(outside.replace(b'"terms":null', b'"terms":' + self.terms.canonical, 1))

    @property
    def version_id(self) -> str:
        return f"{self.id}@{self.version}"

    def covers(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_until is None or day < self.valid_until)

    def next_version(self, recorded_at: datetime, **changes: Any) -> Offer:
        """The following version, with these fields changed; it names the hash of the one that it replaces."""
        made: Offer = replace(
            self, recorded_at=recorded_at, version=self.version + 1, replaces=self.content_hash, **changes
        )
        if made.id != self.id:
            raise ConsentError.of(
                "version",
                "another holder, reach, set of rights or territories is another offer",
                "revoke this one and make a new offer",
            )
        return made

    def to_document(self) -> dict[str, Any]:
        return {**self._outside_terms(), "terms": self.terms.to_document()}

    def _outside_terms(self) -> dict[str, Any]:
        warranty = self.warranty
        return {
            "basis": self.basis.value,
            "evidence": {
                "governing_law": self.evidence.governing_law,
                "how": self.evidence.how.value,
                "language": self.evidence.language,
                "sha256": self.evidence.sha256,
                "signed_at": instant_text(self.evidence.signed_at),
                "signer": self.evidence.signer,
                "terms_version": self.evidence.terms_version,
            },
            "holder": self.holder,
            "mandate": self.mandate,
            "preset": self.preset,
            "reach": {"id": self.reach.id, "level": self.reach.level.value},
            "recorded_at": instant_text(self.recorded_at),
            "replaces": self.replaces,
            "reply": self.reply.value,
            "rights": sorted(self.rights),
            "territories": str(self.territories),
            "valid_from": self.valid_from.isoformat(),
            "valid_until": None if self.valid_until is None else self.valid_until.isoformat(),
            "version": self.version,
            "warranty": None
            if warranty is None
            else {
                "clause": warranty.clause,
                "contract_id": warranty.contract_id,
                "indemnity": warranty.indemnity,
                "page": warranty.page,
            },
        }

    @staticmethod
    def from_document(document: Mapping[str, Any]) -> Offer:
        """Read what `to_document` wrote; `ConsentError` names the field that is missing, unknown or wrong."""
        missing = sorted(_FIELDS - set(document))
        unknown = sorted(set(document) - _FIELDS)
        raise_any(
            [Finding(name, "is missing", "every field of an offer is written out") for name in missing]
            + [Finding(name, "is no field of an offer", "leave it out") for name in unknown]
        )
        evidence, warranty = document["evidence"], document["warranty"]
        try:
            return Offer(
                holder=document["holder"],
                reach=Reach(Level(document["reach"]["level"]), document["reach"]["id"]),
                rights=frozenset(document["rights"]),
                territories=TerritorySet.parse(document["territories"]),
                evidence=Evidence(
                    how=Obtained(evidence["how"]),
                    sha256=evidence["sha256"],
                    signer=evidence["signer"],
                    signed_at=read_instant(evidence["signed_at"]),
                    terms_version=evidence["terms_version"],
                    language=evidence["language"],
                    governing_law=evidence["governing_law"],
                ),
                terms=Terms.from_document(document["terms"]),
                valid_from=date.fromisoformat(document["valid_from"]),
                valid_until=None if document["valid_until"] is None else date.fromisoformat(document["valid_until"]),
                recorded_at=read_instant(document["recorded_at"]),
                reply=Reply(document["reply"]),
                basis=Basis(document["basis"]),
                warranty=None if warranty is None else Warranty(**warranty),
                mandate=document["mandate"],
                version=document["version"],
                replaces=document["replaces"],
                preset=document["preset"],
            )
        except ConsentError:
            raise
        except (KeyError, TypeError, ValueError) as error:
            raise ConsentError.of("offer", f"cannot be read: {error}", "write it as the offer's schema says") from error

    def _findings(self) -> list[Finding]:
        found: list[Finding] = []
        for right in sorted(self.rights - set(RIGHTS)):
            found.append(Finding("rights", f"{right!r} is no right", f"known are {', '.join(RIGHTS)}"))
        if not self.rights:
            found.append(Finding("rights", "names no right", "name at least one"))
        if not self.territories:
            found.append(Finding("territories", "is empty", "name at least one territory, or WW"))
        if self.valid_until is not None and self.valid_until <= self.valid_from:
            found.append(Finding("valid_until", "the offer ends before it starts", "set it after valid_from"))
        if len(self.evidence.sha256) != 64 or not set(self.evidence.sha256) <= set("0123456789abcdef"):
            found.append(Finding("evidence.sha256", "is no SHA-256", "give the hash of the evidence in 64 hex digits"))
        for name, at in (("recorded_at", self.recorded_at), ("evidence.signed_at", self.evidence.signed_at)):
            if at.tzinfo is None:
                found.append(Finding(name, "has no time zone", "give it in UTC"))
        if self.version < 1 or (self.version == 1) != (self.replaces is None):
            found.append(Finding("version", "does not fit what it replaces", "version 1 replaces nothing"))
        if self.basis is Basis.WARRANTED and (self.warranty is None or not self.warranty.clause):
            found.append(Finding("warranty", "is missing", "quote the clause with its contract and indemnity"))
        if self.basis is Basis.MANDATED and not self.mandate:
            found.append(Finding("mandate", "is missing", "name the mandate of the society or distributor"))
        if self.basis is Basis.GRANTED and self.evidence.how is Obtained.CMO_MANDATE:
            found.append(Finding("evidence.how", "a mandate is no grant of the holder", "set the basis to mandated"))
        return found + (self.terms.findings() if self.reply is not Reply.REFUSE else [])


_FIELDS = frozenset(
    {
        "basis", "evidence", "holder", "mandate", "preset", "reach", "recorded_at", "replaces", "reply", "rights",
        "terms", "territories", "valid_from", "valid_until", "version", "warranty",
    }
)  # fmt: skip


def instant_text(at: datetime) -> str:
    """An instant as ISO text in UTC, always with microseconds, so that one instant has one text."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def read_instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
