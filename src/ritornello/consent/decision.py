"""A decision is the answer with all its reasons: per act, territory and service, and nothing else decides.

Inside, a cell is an act on a service, and every cell carries a mask of territories (256 bits per cell in one
integer). The outcome is nothing but the meet of the reasons: whatever a reason of DENY covers is denied, whatever is
left and covered by a reason that asks needs that approval, and the rest is allowed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from ritornello.consent.codes import EFFECT, WORDS, Code, Outcome
from ritornello.consent.evaluate import Cells
from ritornello.consent.offers import Offer
from ritornello.consent.requests import Request
from ritornello.consent.rules import RightsRules
from ritornello.identifiers.territories import TerritorySet
from ritornello.proof import canonical_json, sha256_hex, stable_id

STRIDE = 256
"""Bits per cell: more than there are territories."""
_BLOCK = (1 << STRIDE) - 1
DOCUMENT_FORMAT = "ritornello-decision/1"


class Reason(NamedTuple):
    """Why: a code, where it holds (`where`: territory masks, one block of 256 bits per cell), and what it rests on."""

    code: Code
    where: int
    source: str = ""
    right: str = ""
    holder: str = ""
    offer: Offer | None = None
    detail: str = ""
    reference: str = ""


@dataclass(frozen=True)
class Decision:
    """The answer to one request; make it with `decide`."""

    request: Request
    cells: Cells
    rules: RightsRules
    reasons: tuple[Reason, ...]
    denied: int
    asked: int
    askers: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """Who must approve: (holder, right) → where."""
    nearest: Request | None = None
    """The nearest request that would be allowed; the request itself where it is; None where none is, or none was
    sought."""

    @cached_property
    def id(self) -> str:
        return stable_id("dec", self.content_hash)

    @cached_property
    def content_hash(self) -> str:
        return sha256_hex(canonical_json(self._document()))

    @cached_property
    def allowed(self) -> int:
        """Where it is allowed, as masks."""
        return spread(self.cells.all) * self.request.territories.mask & ~self.denied & ~self.asked

    @property
    def outcome(self) -> Outcome:
        """The meet over everything that was asked."""
        if self.denied:
            return Outcome.DENY
        return Outcome.NEEDS_APPROVAL if self.asked else Outcome.ALLOW

    def answer(self, act: str, territory: str, service: str) -> Outcome:
        """The outcome of one cell. KeyError where it was not asked."""
        place = self._place(act, service)
        if territory not in self.request.territories:
            raise KeyError(f"{territory} was not asked")
        bit = TerritorySet.of(territory).mask << (STRIDE * place)
        if self.denied & bit:
            return Outcome.DENY
        return Outcome.NEEDS_APPROVAL if self.asked & bit else Outcome.ALLOW

    def approvers(self, act: str, territory: str, service: str) -> frozenset[str]:
        """From whom this cell needs an approval; empty where it is denied or allowed."""
        if self.answer(act, territory, service) is not Outcome.NEEDS_APPROVAL:
            return frozenset()
        bit = TerritorySet.of(territory).mask << (STRIDE * self._place(act, service))
        return frozenset(holder for (holder, _), where in self.askers.items() if where & bit)

    def reasons_for(self, act: str, territory: str, service: str) -> tuple[Reason, ...]:
        """All reasons that touch one cell."""
        bit = TerritorySet.of(territory).mask << (STRIDE * self._place(act, service))
        return tuple(reason for reason in self.reasons if reason.where & bit)

    def scope(self, act: str, service: str) -> TerritorySet:
        """The territories in which this act is allowed on this service."""
        return TerritorySet(self.allowed >> (STRIDE * self._place(act, service)) & _BLOCK)

    @cached_property
    def largest_scope(self) -> TerritorySet:
        """The largest set of the asked territories in which every asked act is allowed on every asked service."""
        mask = self.request.territories.mask
        for place in range(self.cells.count):
            mask &= self.allowed >> (STRIDE * place)
        return TerritorySet(mask)

    @cached_property
    def offers(self) -> tuple[Offer, ...]:
        """The offer versions that the decision rests on, by id."""
        found = {reason.offer.version_id: reason.offer for reason in self.reasons if reason.offer is not None}
        return tuple(found[key] for key in sorted(found))

    @cached_property
    def grants(self) -> tuple[Reason, ...]:
        """The reasons that grant (one per source, right, holder and offer)."""
        return tuple(reason for reason in self.reasons if reason.code in (Code.GRANTED, Code.APPROVED))

    def to_document(self) -> dict[str, Any]:
        """The plain JSON document, as its published schema says."""
        return {**self._document(), "id": self.id}

    def _place(self, act: str, service: str) -> int:
        try:
            return self.cells.acts.index(act) * len(self.cells.services) + self.cells.services.index(service)
        except ValueError:
            raise KeyError(f"{act} on {service} was not asked") from None

    def _document(self) -> dict[str, Any]:
        return {
            "answers": self._answers(),
            "format": DOCUMENT_FORMAT,
            "largest_scope": str(self.largest_scope),
            "nearest": None if self.nearest is None else self.nearest.to_document(),
            "outcome": self.outcome.value,
            "reasons": [entry for reason in self.reasons for entry in self._reason_documents(reason)],
            "request": self.request.to_document(),
            "rules": {
                "dated": self.rules.dated.isoformat(),
                "reviewed": self.rules.reviewed,
                "sha256": self.rules.sha256,
                "version": self.rules.version,
            },
        }

    def _answers(self) -> list[dict[str, Any]]:
        """One entry per act, service and outcome; needs_approval is split by who must approve."""
        found = []
        for place, (_, act, service) in enumerate(self.cells.each()):
            shift = STRIDE * place
            for outcome, where in ((Outcome.ALLOW, self.allowed), (Outcome.DENY, self.denied)):
                if mask := where >> shift & _BLOCK:
                    found.append(_answer(act, service, outcome, mask, ()))
            asked = (self.asked & ~self.denied) >> shift & _BLOCK
            for mask, names in _by_askers(asked, self.askers, shift):
                found.append(_answer(act, service, Outcome.NEEDS_APPROVAL, mask, names))
        return found

    def _reason_documents(self, reason: Reason) -> list[dict[str, Any]]:
        """One entry per zone of the rules (each has its own rule id) and set of cells."""
        entries = []
        for mask, names in self._footprints(reason.where):
            for zone, part in self._zones(mask):
                entries.append(
                    {
                        "code": reason.code.value,
                        "detail": reason.detail,
                        "effect": EFFECT[reason.code].value,
                        "holder": reason.holder,
                        "offer": None
                        if reason.offer is None
                        else {
                            "id": reason.offer.id,
                            "sha256": reason.offer.content_hash,
                            "version": reason.offer.version,
                        },
                        "reference": reason.reference,
                        "right": reason.right,
                        "rule": None
                        if not reason.right
                        else {"dated": self.rules.dated.isoformat(), "id": f"{reason.right}|{zone}"},
                        "source": reason.source,
                        "territories": str(TerritorySet(part)),
                        "where": names,
                        "words": WORDS[reason.code],
                    }
                )
        return entries

    def _footprints(self, where: int) -> Iterable[tuple[int, list[str]]]:
        """The cells of a reason grouped by their territories: (mask, ["act@service", …])."""
        groups: dict[int, list[str]] = {}
        for place, (_, act, service) in enumerate(self.cells.each()):
            if mask := where >> (STRIDE * place) & _BLOCK:
                groups.setdefault(mask, []).append(f"{act}@{service}")
        return groups.items()

    def _zones(self, mask: int) -> Iterable[tuple[str, int]]:
        return [(zone, part) for zone, whole in self.rules.zone_masks.items() if (part := whole & mask)]


_SPREAD: dict[int, int] = {}


def spread(bits: int) -> int:
    """Cell bits moved to the foot of their blocks, so that a product with a territory mask fills the blocks."""
    found = _SPREAD.get(bits)
    if found is None:
        found = 0
        rest, place = bits, 0
        while rest:
            if rest & 1:
                found |= 1 << (STRIDE * place)
            rest >>= 1
            place += 1
        if len(_SPREAD) < 65_536:
            _SPREAD[bits] = found
    return found


def _answer(act: str, service: str, outcome: Outcome, mask: int, names: Iterable[str]) -> dict[str, Any]:
    return {
        "act": act,
        "approvers": sorted(names),
        "outcome": outcome.value,
        "service": service,
        "territories": str(TerritorySet(mask)),
    }


def _by_askers(mask: int, askers: Mapping[tuple[str, str], int], shift: int) -> list[tuple[int, frozenset[str]]]:
    """A territory mask cut into parts with the same approvers."""
    parts: list[tuple[int, frozenset[str]]] = [(mask, frozenset())] if mask else []
    for (holder, _), where in sorted(askers.items()):
        theirs = where >> shift & _BLOCK
        cut = []
        for part, names in parts:
            if inside := part & theirs:
                cut.append((inside, names | {holder}))
            if outside := part & ~theirs:
                cut.append((outside, names))
        parts = cut
    return parts
