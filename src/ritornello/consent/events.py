"""What happened to consents after they were given: an append-only log, replayed to any moment.

Nothing is ever edited. A revocation, a stop, its lifting, an approval, the end of a licence: each is an event, and
the state of any past day is what the events recorded until then add up to. "What was allowed on 3 May?" has an
answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from ritornello.consent.facts import Approval, Revocation, Stop
from ritornello.consent.licence import RevokedLicence
from ritornello.consent.offers import instant_text, read_instant
from ritornello.identifiers.territories import TerritorySet
from ritornello.proof import canonical_json, sha256_hex, stable_id


class EventKind(StrEnum):
    OFFER_REVOKED = "offer_revoked"
    STOPPED = "stopped"
    LIFTED = "lifted"
    APPROVAL = "approval"
    LICENCE_REVOKED = "licence_revoked"
    INVITED = "invited"
    REMINDED = "reminded"
    ANSWERED = "answered"
    LAPSED = "lapsed"
    QUEUED = "queued"
    VOTED = "voted"
    IMPORTED = "imported"
    IMPORT_UNDONE = "import_undone"


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of the log; `subject` is what it is about (an offer, a stop, a request's subject, a licence)."""

    id: str
    kind: EventKind
    subject: str
    recorded_at: datetime
    document: Mapping[str, Any]

    @staticmethod
    def of(kind: EventKind, subject: str, recorded_at: datetime, document: Mapping[str, Any]) -> Event:
        """An event whose id comes from its content: told twice, it is one event."""
        content = sha256_hex(canonical_json({**document, "at": instant_text(recorded_at)}))
        return Event(stable_id("evt", kind.value, subject, content), kind, subject, recorded_at, document)


@dataclass(frozen=True, slots=True)
class State:
    """What the events add up to at one moment."""

    revocations: tuple[Revocation, ...]
    stops: tuple[Stop, ...]
    approvals: tuple[Approval, ...]
    revoked_licences: tuple[RevokedLicence, ...]


def replay(events: Iterable[Event], at: datetime) -> State:
    """The state as it was known at `at`; the order in which events are given does not matter."""
    known = sorted((e for e in events if e.recorded_at <= at), key=lambda e: (e.recorded_at, e.id))
    revocations, approvals, licences = [], [], []
    stops: dict[str, Stop] = {}
    lifted: dict[str, datetime] = {}
    for event in known:
        document = event.document
        match event.kind:
            case EventKind.OFFER_REVOKED:
                effective = date.fromisoformat(document["effective_from"])
                revocations.append(Revocation(event.subject, effective, event.recorded_at))
            case EventKind.STOPPED:
                stops[event.subject] = read_stop(event.subject, document)
            case EventKind.LIFTED:
                lifted.setdefault(event.subject, event.recorded_at)
            case EventKind.APPROVAL:
                approvals.append(read_approval(event.subject, document))
            case EventKind.LICENCE_REVOKED:
                since = read_instant(document["effective_from"])
                licences.append(RevokedLicence(event.subject, since, document["reason"]))
            case _:
                pass  # invitations, queues and imports have their own replay
    ended = [
        replace(stop, until=min(u for u in (stop.until, lifted.get(name)) if u is not None))
        if lifted.get(name) or stop.until
        else stop
        for name, stop in stops.items()
    ]
    return State(tuple(revocations), tuple(ended), tuple(approvals), tuple(licences))


def stop_event(stop: Stop, recorded_at: datetime, *, by: str, reason: str) -> Event:
    """Pull the kill switch: what it covers stops from `stop.since` on."""
    document = {
        "asset_id": stop.asset_id,
        "by": by,
        "person_id": stop.person_id,
        "reason": reason,
        "service": stop.service,
        "since": instant_text(stop.since),
        "territories": str(stop.territories),
        "until": None if stop.until is None else instant_text(stop.until),
    }
    return Event.of(EventKind.STOPPED, stop.id, recorded_at, document)


def lift_event(stop_id: str, recorded_at: datetime, *, by: str, reason: str) -> Event:
    """Lift a stop; it was still in force until now."""
    return Event.of(EventKind.LIFTED, stop_id, recorded_at, {"by": by, "reason": reason})


def approval_event(approval: Approval) -> Event:
    """A holder's answer to one request, after quorum and second person."""
    document = {
        "approved": approval.approved,
        "deemed": approval.deemed,
        "holder": approval.holder,
        "reason": approval.reason,
        "right": approval.right,
        "until": None if approval.until is None else instant_text(approval.until),
    }
    return Event.of(EventKind.APPROVAL, approval.subject, approval.at, {**document, "at": instant_text(approval.at)})


def licence_revoked_event(entry: RevokedLicence, recorded_at: datetime) -> Event:
    """The end of a licence, for the published list."""
    document = {"effective_from": instant_text(entry.effective_from), "reason": entry.reason}
    return Event.of(EventKind.LICENCE_REVOKED, entry.licence_id, recorded_at, document)


def read_stop(stop_id: str, document: Mapping[str, Any]) -> Stop:
    until = document["until"]
    return Stop(
        id=stop_id,
        since=read_instant(document["since"]),
        until=None if until is None else read_instant(until),
        asset_id=document["asset_id"],
        person_id=document["person_id"],
        service=document["service"],
        territories=TerritorySet.parse(document["territories"]),
    )


def read_approval(subject: str, document: Mapping[str, Any]) -> Approval:
    until = document["until"]
    return Approval(
        holder=document["holder"],
        subject=subject,
        approved=document["approved"],
        at=read_instant(document["at"]),
        right=document["right"],
        reason=document["reason"],
        until=None if until is None else read_instant(until),
        deemed=document["deemed"],
    )
