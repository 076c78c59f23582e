"""Approvals for programs: put a request before those who must approve, read the queue, vote."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends

from ritornello.api.doors import Here, Reading, allowed
from ritornello.api.errors import NotFound
from ritornello.people.model import Identity
from ritornello.people.roles import Capability
from ritornello.workflows import approve as queue
from ritornello.workflows.studio_words import words_asked

router = APIRouter(prefix="/api/v1", tags=["approvals"])

Sees = Annotated[Identity, Depends(allowed(Capability.SEE_CONSENT))]
Approves = Annotated[Identity, Depends(allowed(Capability.APPROVE))]
Asks = Annotated[Identity, Depends(allowed(Capability.ASK_DECISION))]


@router.get("/approvals")
def approvals(member: Sees, here: Here) -> list[dict[str, Any]]:
    """Everything that was put before an approver, by deadline: who may vote, the quorum, the votes, where it stands."""
    return [one.to_document() for one in queue.queue(here.house, member.organisation, here.now())]


@router.get("/approvals/{item_id}")
def approval(item_id: str, member: Sees, work: Reading, here: Here) -> dict[str, Any]:
    """One item, which other signatures the same derivative waits for, and the words that it asks about."""
    known = queue.Queue(work, here.now())
    item = known.items.get(item_id)
    if item is None:
        raise NotFound("item in the queue")
    others = queue.others_of(known.all(), item)
    document = work.consent.decision(item.decision_id)
    words = None if document is None else words_asked(work, document["request"])
    return {
        **known.waiting(item).to_document(),
        "others": [one.to_document() for one in others],
        "words": None if words is None else words.to_document(),
    }


@router.post("/approvals/votes")
def votes(
    member: Approves,
    here: Here,
    items: Annotated[list[str], Body(description="one item or many")],
    approve: Annotated[bool, Body()],
    reason: Annotated[str, Body(description="for a refusal: its code")] = "",
) -> dict[str, Any]:
    """The same vote on one item or many. What could not take it is told with the reason and keeps nothing else back."""
    done = queue.vote(here.house, member.organisation, items, member, approve=approve, at=here.now(), reason=reason)
    return done.to_document()


@router.post("/approvals/due")
def due(member: Approves, here: Here) -> list[dict[str, Any]]:
    """Settle what its deadline has settled: a lapse refuses. Each is told once."""
    return [one.to_document() for one in queue.settle_due(here.house, member.organisation, here.now())]


@router.post("/decisions/{decision_id}/approvals")
def ask_approval(decision_id: str, member: Asks, here: Here, work: Reading) -> list[dict[str, Any]]:
    """Put a decision before everybody who must approve it. Whoever asked for themselves may do so for the own one."""
    document = work.consent.decision(decision_id)
    theirs = document is not None and document["request"]["person"]["id"] == member.party_id
    if document is None or not (member.may(Capability.SEE_CONSENT) or theirs):
        raise NotFound("decision")
    return [one.to_document() for one in queue.ask_approval(here.house, member.organisation, decision_id, here.now())]
