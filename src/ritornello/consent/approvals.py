"""The queue of those who must approve: deadlines, quorum, a second person for the voice, and batches.

Whoever must be asked becomes an item with a deadline. Votes are events; an item is settled by what the votes add up
to, or by its deadline, which refuses. The one exception is a clause of deemed approval that this very holder signed,
and it never counts for voice, training, lyrics or moral rights.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from ritornello.consent.codes import EFFECT, NEVER_BY_WARRANTY, Code, Outcome
from ritornello.consent.contracts import ApprovalRight
from ritornello.consent.decision import Decision
from ritornello.consent.errors import ConsentError
from ritornello.consent.events import Event, EventKind
from ritornello.consent.facts import Approval
from ritornello.consent.offers import instant_text, read_instant
from ritornello.proof import stable_id

DEFAULT_HOURS = 72
REFUSAL_CODES = ("quality", "style", "content", "voice", "lyrics", "credit", "brand", "timing", "other")


class Standing(StrEnum):
    OPEN = "open"
    APPROVED = "approved"
    REFUSED = "refused"
    LAPSED = "lapsed"
    DEEMED = "deemed"


@dataclass(frozen=True, slots=True)
class Item:
    """One holder to be asked about one request (by its subject), for one right.

    `approvers` may vote; empty stands for the holder and whoever the holder lets vote. `quorum` of them must agree, and
    never fewer than two different people where the voice is concerned.
    """

    id: str
    subject: str
    decision_id: str
    holder: str
    right: str
    codes: tuple[str, ...]
    approvers: frozenset[str]
    quorum: int
    asked_at: datetime
    due_at: datetime
    deemed_at: datetime | None = None

    def to_document(self) -> dict[str, Any]:
        return {
            "approvers": sorted(self.approvers),
            "asked_at": instant_text(self.asked_at),
            "codes": list(self.codes),
            "decision_id": self.decision_id,
            "deemed_at": None if self.deemed_at is None else instant_text(self.deemed_at),
            "due_at": instant_text(self.due_at),
            "holder": self.holder,
            "quorum": self.quorum,
            "right": self.right,
            "subject": self.subject,
        }

    @staticmethod
    def from_event(event: Event) -> Item:
        document = event.document
        deemed = document["deemed_at"]
        return Item(
            id=event.subject,
            subject=document["subject"],
            decision_id=document["decision_id"],
            holder=document["holder"],
            right=document["right"],
            codes=tuple(document["codes"]),
            approvers=frozenset(document["approvers"]),
            quorum=document["quorum"],
            asked_at=read_instant(document["asked_at"]),
            due_at=read_instant(document["due_at"]),
            deemed_at=None if deemed is None else read_instant(deemed),
        )


@dataclass(frozen=True, slots=True)
class Vote:
    """What one person says about one item; a refusal has a reason code."""

    item_id: str
    person: str
    approve: bool
    at: datetime
    reason: str = ""


def items_of(decision: Decision, clauses: Sequence[ApprovalRight] = ()) -> list[Item]:
    """The items that a decision asks for: one per holder and right, with the strictest terms of the offers behind
    it."""
    request = decision.request
    if decision.outcome is not Outcome.NEEDS_APPROVAL:
        return []
    found = []
    for holder, right in sorted(decision.askers):
        asking = [
            reason
            for reason in decision.reasons
            if (reason.holder, reason.right) == (holder, right) and EFFECT[reason.code] is Outcome.NEEDS_APPROVAL
        ]
        terms = [reason.offer.terms.moderation for reason in asking if reason.offer is not None]
        hours = min((entry.sla_hours for entry in terms), default=DEFAULT_HOURS)
        quorum = max((entry.quorum for entry in terms), default=1)
        voice = right == "VOICE" or any(reason.code is Code.VOICE_APPROVAL for reason in asking)
        found.append(
            Item(
                id=stable_id("apq", request.subject, holder, right, instant_text(request.at)),
                subject=request.subject,
                decision_id=decision.id,
                holder=holder,
                right=right,
                codes=tuple(sorted({reason.code.value for reason in asking})),
                approvers=frozenset().union(*(entry.approvers for entry in terms)),
                quorum=max(quorum, 2) if voice else quorum,
                asked_at=request.at,
                due_at=request.at + timedelta(hours=hours),
                deemed_at=_deemed_at(request.at, holder, right, clauses),
            )
        )
    return found


def queued(item: Item) -> Event:
    return Event.of(EventKind.QUEUED, item.id, item.asked_at, item.to_document())


def cast(item: Item, vote: Vote, votes: Iterable[Vote] = ()) -> Event:
    """A vote as an event. Raises `ConsentError` where this person may not vote, has voted, or votes too late."""
    earlier = [entry for entry in votes if entry.item_id == item.id]
    if item.approvers and vote.person not in item.approvers:
        raise ConsentError.of("vote.person", f"{vote.person} is no approver of this", "ask one of its approvers")
    if any(entry.person == vote.person for entry in earlier):
        raise ConsentError.of("vote.person", f"{vote.person} has voted", "a second person votes, not the same again")
    if standing_of(item, earlier, at=vote.at) is not Standing.OPEN:
        raise ConsentError.of("vote", "the item is settled", "decide the request again to open a new one")
    if not vote.approve and vote.reason not in REFUSAL_CODES:
        raise ConsentError.of("vote.reason", f"{vote.reason!r} is no reason", f"give one of {', '.join(REFUSAL_CODES)}")
    document = {"approve": vote.approve, "at": instant_text(vote.at), "person": vote.person, "reason": vote.reason}
    return Event.of(EventKind.VOTED, item.id, vote.at, document)


def cast_all(items: Iterable[Item], vote: Vote, votes: Sequence[Vote] = ()) -> tuple[list[Event], list[ConsentError]]:
    """The same vote on many items: the events of those that took it, and why the others did not."""
    events, errors = [], []
    for item in items:
        one = Vote(item.id, vote.person, vote.approve, vote.at, vote.reason)
        try:
            events.append(cast(item, one, votes))
        except ConsentError as error:
            errors.append(error)
    return events, errors


def vote_of(event: Event) -> Vote:
    document = event.document
    return Vote(
        event.subject, document["person"], document["approve"], read_instant(document["at"]), document["reason"]
    )


def standing_of(item: Item, votes: Iterable[Vote], *, at: datetime) -> Standing:
    """Where an item stood at a moment: by its votes, else by its deadline."""
    counted: Mapping[str, Vote] = {
        vote.person: vote
        for vote in sorted(votes, key=lambda v: (v.at, v.person), reverse=True)
        if vote.item_id == item.id and vote.at <= at and vote.at < item.due_at
    }
    yes = sum(vote.approve for vote in counted.values())
    no = len(counted) - yes
    if yes >= item.quorum:
        return Standing.APPROVED
    # refused as soon as the quorum cannot be reached any more; where nobody is named, by the first refusal
    if no and (not item.approvers or len(item.approvers) - no < item.quorum):
        return Standing.REFUSED
    if item.deemed_at is not None and item.deemed_at <= at and not no:
        return Standing.DEEMED
    return Standing.LAPSED if at >= item.due_at and item.deemed_at is None else Standing.OPEN


def settle(item: Item, votes: Sequence[Vote], *, at: datetime) -> Approval | None:
    """The holder's answer once the item is settled; None while it is open. A lapse refuses."""
    standing = standing_of(item, votes, at=at)
    match standing:
        case Standing.OPEN:
            return None
        case Standing.APPROVED:
            return Approval(item.holder, item.subject, True, at, item.right or None)
        case Standing.DEEMED:
            return Approval(item.holder, item.subject, True, at, item.right or None, "deemed", deemed=True)
        case Standing.LAPSED:
            return Approval(item.holder, item.subject, False, at, item.right or None, "lapsed")
        case _:
            reasons = sorted({v.reason for v in votes if v.item_id == item.id and not v.approve})
            return Approval(item.holder, item.subject, False, at, item.right or None, ", ".join(reasons))


def _deemed_at(at: datetime, holder: str, right: str, clauses: Sequence[ApprovalRight]) -> datetime | None:
    if right in NEVER_BY_WARRANTY:
        return None
    days = [
        clause.deemed_after_days
        for clause in clauses
        if clause.party == holder and right in clause.rights and clause.deemed_after_days is not None
    ]
    return at + timedelta(days=max(days)) if days else None
