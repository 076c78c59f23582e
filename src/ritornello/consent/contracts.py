"""The contract register: what was agreed, by whom, for which catalogue, and what the clauses say word for word.

A warranted offer is as good as the clause behind it. Three questions are asked of every contract: may the recording be
adapted, may machines be used on it, may the name be used. The answers are yes, no or *silent*, and silent is no.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from ritornello.consent.codes import NEVER_BY_WARRANTY, RIGHTS, Code
from ritornello.consent.errors import Finding, raise_any
from ritornello.identifiers.territories import TerritorySet


class Says(StrEnum):
    YES = "yes"
    NO = "no"
    SILENT = "silent"


QUESTIONS = ("adaptation", "ai", "name")

_QUESTION_OF_RIGHT = {
    "M_USE": "adaptation",
    "C_ARR": "adaptation",
    "P_ECON": "adaptation",
    "C_SYNC": "adaptation",
    "NAME": "name",
}
"""Which question a warranty for a right depends on; mechanical and performing rights depend on none."""


@dataclass(frozen=True, slots=True)
class Clause:
    """What the contract says to one question, quoted with its page."""

    question: str
    says: Says
    quote: str
    page: str


@dataclass(frozen=True, slots=True)
class ApprovalRight:
    """A person whom the contract gives a right of approval, and after how many silent days it counts as given."""

    party: str
    rights: frozenset[str]
    clause: str
    deemed_after_days: int | None = None


@dataclass(frozen=True, slots=True)
class Contract:
    """An agreement on file. The term is half-open; `sell_off_days` after its end what exists may still be sold."""

    id: str
    kind: str
    parties: tuple[str, ...]
    catalogue: tuple[str, ...]
    territories: TerritorySet
    valid_from: date
    valid_until: date | None
    recorded_at: datetime
    sell_off_days: int = 0
    clauses: tuple[Clause, ...] = ()
    approvals: tuple[ApprovalRight, ...] = ()
    evidence_sha256: str = ""
    version: int = 1

    def __post_init__(self) -> None:
        raise_any(self._findings())

    def says(self, question: str) -> Says:
        """The answer to a question; a contract without the clause is silent."""
        answers = {clause.says for clause in self.clauses if clause.question == question}
        if Says.NO in answers:
            return Says.NO
        return Says.YES if Says.YES in answers else Says.SILENT

    def in_term(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_until is None or day < self.valid_until)

    def sells_off_until(self) -> date | None:
        """The day on which selling what exists must have ended; None for an open term."""
        return None if self.valid_until is None else self.valid_until + timedelta(days=self.sell_off_days)

    def backs(self, right: str, day: date, *, generative: bool) -> Code | None:
        """None where a warranty for this right holds on this day, else the reason why it does not."""
        if not self.in_term(day):
            return Code.CONTRACT_ENDED
        questions = [_QUESTION_OF_RIGHT[right]] if right in _QUESTION_OF_RIGHT else []
        questions += ["ai"] if generative else []
        answers = [self.says(question) for question in questions]
        if Says.NO in answers:
            return Code.CONTRACT_REFUSES
        return Code.CONTRACT_SILENT if Says.SILENT in answers else None

    def _findings(self) -> list[Finding]:
        found = []
        if not self.parties:
            found.append(Finding("parties", "is empty", "name the parties"))
        if self.valid_until is not None and self.valid_until <= self.valid_from:
            found.append(Finding("valid_until", "the term ends before it starts", "set it after valid_from"))
        if not self.id:
            found.append(Finding("id", "is empty", "give the agreement a number or a name"))
        if not self.territories:
            found.append(Finding("territories", "is empty", "name at least one territory, or WW"))
        if not self.catalogue:
            found.append(Finding("catalogue", "is empty", "name what it is about, or write * for everything"))
        if self.sell_off_days < 0:
            found.append(Finding("sell_off_days", "is negative", "write 0 for none"))
        for place, clause in enumerate(self.clauses):
            if clause.question not in QUESTIONS:
                found.append(Finding(f"clauses[{place}].question", "is unknown", f"ask {', '.join(QUESTIONS)}"))
            if clause.says is not Says.SILENT and not (clause.quote and clause.page):
                found.append(Finding(f"clauses[{place}].quote", "is missing", "quote the clause with its page"))
        for place, approval in enumerate(self.approvals):
            for right in sorted(approval.rights - set(RIGHTS)):
                found.append(Finding(f"approvals[{place}].rights", f"{right!r} is no right", "use the rights' codes"))
            if approval.deemed_after_days is not None and approval.rights & NEVER_BY_WARRANTY:
                found.append(
                    Finding(
                        f"approvals[{place}].deemed_after_days",
                        "silence is never deemed an approval of voice, training, lyrics or moral rights",
                        "split the approval, or leave the days out",
                    )
                )
        return found

    def to_document(self) -> dict[str, Any]:
        return {
            "approvals": [
                {
                    "clause": a.clause,
                    "deemed_after_days": a.deemed_after_days,
                    "party": a.party,
                    "rights": sorted(a.rights),
                }
                for a in self.approvals
            ],
            "catalogue": list(self.catalogue),
            "clauses": [
                {"page": c.page, "question": c.question, "quote": c.quote, "says": c.says.value} for c in self.clauses
            ],
            "evidence_sha256": self.evidence_sha256,
            "id": self.id,
            "kind": self.kind,
            "parties": list(self.parties),
            "sell_off_days": self.sell_off_days,
            "territories": str(self.territories),
            "valid_from": self.valid_from.isoformat(),
            "valid_until": None if self.valid_until is None else self.valid_until.isoformat(),
            "version": self.version,
        }

    @staticmethod
    def from_document(document: Mapping[str, Any], recorded_at: datetime) -> Contract:
        until = document["valid_until"]
        return Contract(
            id=document["id"],
            kind=document["kind"],
            parties=tuple(document["parties"]),
            catalogue=tuple(document["catalogue"]),
            territories=TerritorySet.parse(document["territories"]),
            valid_from=date.fromisoformat(document["valid_from"]),
            valid_until=None if until is None else date.fromisoformat(until),
            recorded_at=recorded_at,
            sell_off_days=document["sell_off_days"],
            clauses=tuple(Clause(c["question"], Says(c["says"]), c["quote"], c["page"]) for c in document["clauses"]),
            approvals=tuple(
                ApprovalRight(a["party"], frozenset(a["rights"]), a["clause"], a["deemed_after_days"])
                for a in document["approvals"]
            ),
            evidence_sha256=document["evidence_sha256"],
            version=document.get("version", 1),
        )


def approval_rights(contracts: Iterable[Contract], names: Collection[str], day: date) -> tuple[ApprovalRight, ...]:
    """The rights of approval that contracts in force on a day give over something.

    `names` are what the thing is called in the register: its own id and those of its releases, works, artist and label.
    A contract whose catalogue holds "*" covers everything of its parties.
    """
    return tuple(
        approval
        for contract in sorted(contracts, key=lambda entry: entry.id)
        if contract.in_term(day) and ("*" in contract.catalogue or not set(names).isdisjoint(contract.catalogue))
        for approval in contract.approvals
    )
