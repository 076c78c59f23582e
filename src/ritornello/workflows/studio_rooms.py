"""How much room each kind of derivative has before anything is made: for a form that stops where the consent stops.

Nothing is listened to or kept. Of a kind that cannot be had of this recording the reason is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ritornello.studio.building import BUILDERS
from ritornello.studio.findings import Finding
from ritornello.studio.plan import KINDS, Plan, PlanError, contradictions
from ritornello.workflows.house import House
from ritornello.workflows.studio_desk import Room, Where, reasons_of, room_for

_EXAMPLE_SECONDS = 30
"""A radio edit has a length; its room does not depend on it."""


@dataclass(frozen=True, slots=True)
class KindsRoom:
    """One kind's room, or why there is none to speak of."""

    kind: str
    room: Room | None
    findings: tuple[Finding, ...] = ()

    def to_document(self) -> dict[str, Any]:
        """JSON of the bounds: `tempo_lo_permille` and the like in their integer units; no bounds where `findings` say
        why the kind is impossible, or the holders say no."""
        found: dict[str, Any] = {"kind": self.kind, "words": KINDS[self.kind]}
        if self.room is None:
            errors = [{"where": one.where, "what": f"{one.what}; {one.mend}"} for one in self.findings]
            return found | {"answer": "impossible", "bounds": None, "parts": [], "reasons": [], "errors": errors}
        room = self.room
        denied = not room.licence_id and room.answer.value == "deny"
        return found | {
            "answer": room.answer.value,
            "licence_id": room.licence_id,
            "bounds": None if denied else room.bounds.to_document(),
            "parts": sorted(set(room.parts) & room.bounds.stems),
            "reasons": [] if room.licence_id else reasons_of(room.decision),
            "errors": [],
        }

    def lines(self) -> list[str]:
        """The same in words: speed in per cent of change, pitch in semitones."""
        head = f"{self.kind}: {KINDS[self.kind]}"
        if self.room is None:
            return [head, *(f"  impossible: {one.where} {one.what}; {one.mend}" for one in self.findings)]
        room, bounds = self.room, self.room.bounds
        by = f" by licence {room.licence_id}" if room.licence_id else ""
        out = [head, f"  {room.answer.value.replace('_', ' ')}{by}"]
        out += [f"  the holders: {reason}" for reason in (() if room.licence_id else room.reasons)]
        if not room.licence_id and room.answer.value == "deny":
            return out
        speed = f"{(bounds.tempo_lo_permille - 1000) / 10:+g} to {(bounds.tempo_hi_permille - 1000) / 10:+g} %"
        pitch = f"{bounds.key_lo_cents / 100:+g} to {bounds.key_hi_cents / 100:+g} semitones"
        parts = ", ".join(sorted(set(room.parts) & bounds.stems)) or "none"
        added = f"{bounds.max_added_permille / 10:g} %"
        out.append(f"  speed {speed}, pitch {pitch}, parts that may be moved: {parts}, added material at most {added}")
        yes = "may" if bounds.allows_structure("reorder") else "may not"
        out.append(f"  sections {yes} be reordered; harmony {'may' if bounds.reharmonise else 'may not'} change")
        return out


def rooms_of(
    house: House,
    organisation: str,
    recording_id: str,
    where: Where,
    at: datetime,
    *,
    kinds: Sequence[str] = (),
    other: str = "",
    groove: str = "",
) -> tuple[KindsRoom, ...]:
    """The room of these kinds (all by default), in the order of the vocabulary.

    `other` is the second song of a mash-up, which has no room without one, `groove` the song whose groove is borrowed.
    Raises SourceMissing for a recording without sound here, PlanError for a kind that there is not.
    """
    if unknown := [kind for kind in kinds if kind not in BUILDERS]:
        raise PlanError([Finding("kind", f"is {', '.join(unknown)[:80]!r}", f"use {', '.join(BUILDERS)}")])
    found = []
    for kind in kinds or BUILDERS:
        plan = Plan(
            kind,
            seconds=_EXAMPLE_SECONDS if kind == "radio_edit" else None,
            other=other if kind == "mashup" else "",
            groove=groove if kind != "mashup" else "",
        )
        try:
            if held := contradictions(plan):
                raise PlanError(held)
            found.append(KindsRoom(kind, room_for(house, organisation, recording_id, plan, where, at)))
        except PlanError as error:
            found.append(KindsRoom(kind, None, error.findings))
    return tuple(found)
