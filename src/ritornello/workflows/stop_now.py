"""The kill switch as a list: what is stopped, since when, by whom and why; and what was allowed on a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ritornello.consent.events import EventKind, read_stop, replay
from ritornello.consent.facts import Stop
from ritornello.consent.offers import instant_text
from ritornello.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Stopped:
    """A stop with who pulled it and why, and whether it is in force at the moment that was asked about."""

    stop: Stop
    by: str
    reason: str
    active: bool

    def to_document(self) -> dict[str, Any]:
        stop = self.stop
        return {
            "active": self.active,
            "asset": stop.asset_id,
            "by": self.by,
            "id": stop.id,
            "maker": stop.person_id,
            "reason": self.reason,
            "service": stop.service,
            "since": instant_text(stop.since),
            "territories": str(stop.territories),
            "until": None if stop.until is None else instant_text(stop.until),
        }


def stops(work: UnitOfWork, at: datetime) -> tuple[Stopped, ...]:
    """Every stop that was known at a moment, the newest first."""
    events = work.consent.events(at, kinds=[EventKind.STOPPED, EventKind.LIFTED])
    known = {one.id: one for one in replay(events, at).stops}
    told = {
        event.subject: (str(event.document["by"]), str(event.document["reason"]))
        for event in events
        if event.kind is EventKind.STOPPED and read_stop(event.subject, event.document).id in known
    }
    found = [Stopped(one, *told[one.id], one.active(at)) for one in known.values()]
    return tuple(sorted(found, key=lambda one: (one.stop.since, one.stop.id), reverse=True))
