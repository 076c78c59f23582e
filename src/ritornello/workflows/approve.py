"""The queue of those who must approve: put a request into it, see what waits, vote, let deadlines settle the rest.

A vote is an event. When the votes of an item add up to an answer, or its deadline has passed, the holder's answer to
the request is one more event, and the same question is then decided with it.

Who may vote: whom the terms name; else the holder. The house's own approvers vote for a holder only where the offer
behind the item was signed by a representative, and never on what only a person can allow (moral rights, voice, lyrics,
training), except as the second pair of eyes after that person.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ritornello.consent import approvals
from ritornello.consent.approvals import Item, Standing, Vote
from ritornello.consent.codes import NEVER_BY_WARRANTY, Outcome
from ritornello.consent.decide import decide
from ritornello.consent.errors import ConsentError
from ritornello.consent.events import EventKind, approval_event
from ritornello.consent.offers import Obtained, instant_text
from ritornello.consent.requests import Request
from ritornello.people.model import Identity
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.workflows.ask import gather, rules_of
from ritornello.workflows.consent_desk import NotOnFile
from ritornello.workflows.house import House

LAPSED = "lapsed"
"""The reason that a lapse leaves in the holder's answer."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One item as it stands: its votes so far, and whether it was settled already."""

    item: Item
    standing: Standing
    votes: tuple[Vote, ...]
    settled: bool

    def to_document(self) -> dict[str, Any]:
        return {
            "id": self.item.id,
            "settled": self.settled,
            "standing": self.standing.value,
            "votes": [
                {"approve": one.approve, "at": instant_text(one.at), "person": one.person, "reason": one.reason}
                for one in self.votes
            ],
            **self.item.to_document(),
        }


@dataclass(frozen=True, slots=True)
class Voted:
    """What a batch of votes did: the items as they stand now, and why others did not take the vote (item → why)."""

    taken: tuple[Waiting, ...]
    refused: Mapping[str, str]

    def to_document(self) -> dict[str, Any]:
        return {"refused": dict(self.refused), "taken": [one.to_document() for one in self.taken]}


class Queue:
    """The items of one organisation as they are known at a moment."""

    def __init__(self, work: UnitOfWork, at: datetime) -> None:
        self.work, self.at = work, at
        kinds = (EventKind.QUEUED, EventKind.VOTED, EventKind.APPROVAL)
        events = work.consent.events(at, kinds=kinds)
        self.items = {e.subject: Item.from_event(e) for e in events if e.kind is EventKind.QUEUED}
        self.votes: dict[str, list[Vote]] = {}
        for event in events:
            if event.kind is EventKind.VOTED:
                self.votes.setdefault(event.subject, []).append(approvals.vote_of(event))
        self._answered = {
            (e.subject, e.document["holder"], e.document["right"]): e.recorded_at
            for e in events
            if e.kind is EventKind.APPROVAL
        }

    def waiting(self, item: Item) -> Waiting:
        votes = tuple(self.votes.get(item.id, ()))
        answered = self._answered.get((item.subject, item.holder, item.right or None))
        settled = answered is not None and answered >= item.asked_at
        return Waiting(item, approvals.standing_of(item, votes, at=self.at), votes, settled)

    def why_not(self, item: Item, member: Identity) -> str:
        """Empty where this person may vote on an item; else why not, in a few words."""
        names = names_of(member)
        votes = self.votes.get(item.id, ())
        if any(vote.person in names for vote in votes):
            return "you have voted; a second person votes, not the same again"
        if item.approvers:
            return "" if names & item.approvers else "others are named to approve this"
        if item.holder in names:
            return ""
        if item.quorum > 1 and any(vote.approve and vote.person == item.holder for vote in votes):
            return ""  # the second pair of eyes, once the holder has said yes
        if item.right in NEVER_BY_WARRANTY:
            return "only the person can allow this"
        return "" if self._spoken_for(item) else "the holder answers in person"

    def _spoken_for(self, item: Item) -> bool:
        """Whether a representative signed every offer that the item rests on."""
        document = self.work.consent.decision(item.decision_id)
        offers = [
            self.work.consent.offer(reason["offer"]["id"], reason["offer"]["version"])
            for reason in (document or {"reasons": []})["reasons"]
            if (reason["holder"], reason["right"]) == (item.holder, item.right) and reason["offer"] is not None
        ]
        return bool(offers) and all(
            offer is not None and offer.evidence.how is not Obtained.INDIVIDUAL_EXPRESS for offer in offers
        )

    def all(self) -> list[Waiting]:
        """Every item, those whose deadline comes first at the head."""
        return [self.waiting(one) for one in sorted(self.items.values(), key=lambda one: (one.due_at, one.id))]


def queue(house: House, organisation: str, at: datetime) -> tuple[Waiting, ...]:
    """Everything that was ever put before an approver, by deadline."""
    with house.work(organisation, read_only=True) as work:
        return tuple(Queue(work, at).all())


def ask_approval(house: House, organisation: str, decision_id: str, at: datetime) -> tuple[Waiting, ...]:
    """Put a decision before everybody who must approve it; what waits already is not put twice.

    Raises `NotOnFile`, or `ConsentError` where no approval would help (it is allowed, or denied).
    """
    with house.work(organisation) as work:
        document = work.consent.decision(decision_id)
        if document is None:
            raise NotOnFile("decision", decision_id)
        request = Request.from_document(document["request"]).changed(at=at)
        facts = gather(work, request, rules_of(house))
        # a lapse refused what was asked then; asking again opens it again, a refusal does not
        facts = replace(facts, approvals=tuple(one for one in facts.approvals if one.reason != LAPSED))
        decision = decide(request, facts, seek_nearest=False)
        if decision.outcome is not Outcome.NEEDS_APPROVAL:
            told = "is allowed already" if decision.outcome is Outcome.ALLOW else "is denied: no approval would mend it"
            raise ConsentError.of("decision", told, "ask for what needs an approval and nothing else")
        clauses = [clause for source in facts.sources.values() for clause in source.contract_approvals]
        work.consent.add_decision(decision)
        known = Queue(work, at)
        open_already = {
            (one.item.subject, one.item.holder, one.item.right): one
            for one in known.all()
            if one.standing is Standing.OPEN
        }
        made: list[Item] = []
        for item in approvals.items_of(decision, clauses):
            there = open_already.get((item.subject, item.holder, item.right))
            if there is None:
                work.consent.add_event(approvals.queued(item))
            made.append(item if there is None else there.item)
        work.commit()
    with house.work(organisation, read_only=True) as work:
        now = Queue(work, at)
        return tuple(now.waiting(one) for one in made)


def voter_of(item: Item, member: Identity) -> str:
    """As whom somebody votes: the holder, the approver that they are named as, or themselves."""
    if member.party_id is not None and (member.party_id == item.holder or member.party_id in item.approvers):
        return member.party_id
    return member.person_id


def names_of(member: Identity) -> frozenset[str]:
    """By which ids somebody may be named as an approver."""
    return frozenset({member.person_id} | ({member.party_id} if member.party_id is not None else set()))


def vote(
    house: House,
    organisation: str,
    item_ids: Iterable[str],
    member: Identity,
    *,
    approve: bool,
    at: datetime,
    reason: str = "",
) -> Voted:
    """Cast the same vote on one item or many; each that is settled by it becomes the holder's answer.

    What cannot take the vote says why and does not keep the others from it.
    """
    wanted = list(dict.fromkeys(item_ids))
    if not wanted:
        raise ConsentError.of("items", "are none", "choose at least one")
    refused: dict[str, str] = {}
    taken: list[Item] = []
    with house.work(organisation) as work:
        known = Queue(work, at)
        for name in wanted:
            item = known.items.get(name)
            if item is None:
                refused[name] = "is not in the queue"
                continue
            earlier = known.votes.setdefault(name, [])
            if why := known.why_not(item, member):
                refused[name] = why
                continue
            one = Vote(name, voter_of(item, member), approve, at, reason)
            try:
                work.consent.add_event(approvals.cast(item, one, earlier))
            except ConsentError as error:
                refused[name] = "; ".join(finding.problem for finding in error.findings)
                continue
            earlier.append(one)
            taken.append(item)
            if (answer := approvals.settle(item, earlier, at=at)) is not None:
                work.consent.add_event(approval_event(answer))
        work.commit()
    with house.work(organisation, read_only=True) as work:
        now = Queue(work, at)
        return Voted(tuple(now.waiting(one) for one in taken), refused)


def settle_due(house: House, organisation: str, at: datetime) -> tuple[Waiting, ...]:
    """Settle what its deadline has settled: a lapse refuses, a clause of deemed approval counts. Told once."""
    with house.work(organisation) as work:
        known = Queue(work, at)
        due = [one for one in known.all() if one.standing is not Standing.OPEN and not one.settled]
        for one in due:
            answer = approvals.settle(one.item, one.votes, at=at)
            assert answer is not None, "what is not open has an answer"
            work.consent.add_event(approval_event(answer))
        work.commit()
        now = Queue(work, at)
        return tuple(now.waiting(one.item) for one in due)


def others_of(every: Iterable[Waiting], item: Item) -> tuple[Waiting, ...]:
    """The other signatures that the same derivative waits for."""
    return tuple(one for one in every if one.item.subject == item.subject and one.item.id != item.id)
