"""The approval inbox: what waits by deadline, each item beside its original, one key to approve or refuse, batches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from ritornello.api.doors import Here, Installation, Reading, allowed
from ritornello.api.errors import NotFound
from ritornello.catalogue.model import Recording
from ritornello.consent.approvals import REFUSAL_CODES, Item, Standing, Vote
from ritornello.consent.codes import WORDS, Code
from ritornello.consent.errors import ConsentError, Finding
from ritornello.consent.requests import words_named
from ritornello.people.model import Identity
from ritornello.people.roles import Capability
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.web import exports, read_decision
from ritornello.web import field_words as w
from ritornello.web.desk import Form, back_to, desk_page, text_of
from ritornello.web.frames import Names
from ritornello.web.pages import names_of
from ritornello.web.passages import passages
from ritornello.web.read_changes import changes
from ritornello.web.read_song import Reader
from ritornello.web.views import ChangeRow, Fact, Passage, State, VoiceView
from ritornello.web.wording import signed_cents, signed_permille
from ritornello.workflows import approve as queue
from ritornello.workflows.approve import Queue, Waiting
from ritornello.workflows.studio_words import Asked, words_asked

router = APIRouter(include_in_schema=False)
Sees = Annotated[Identity, Depends(allowed(Capability.SEE_CONSENT))]
Approves = Annotated[Identity, Depends(allowed(Capability.APPROVE))]
Asks = Annotated[Identity, Depends(allowed(Capability.ASK_DECISION))]

STANDINGS: dict[Standing, tuple[State, str]] = {
    Standing.OPEN: ("wait", "Waits for an answer"),
    Standing.APPROVED: ("yes", "Approved"),
    Standing.REFUSED: ("no", "Refused"),
    Standing.LAPSED: ("no", "Nobody answered in time, which is a no"),
    Standing.DEEMED: ("yes", "Counts as approved, by a clause that this holder signed"),
}
REASONS = {
    "quality": "The quality",
    "style": "The style",
    "content": "What it is about",
    "voice": "The voice",
    "lyrics": "The lyrics",
    "credit": "The credits",
    "brand": "The brand or partner",
    "timing": "The time",
    "other": "Something else",
}
assert tuple(REASONS) == REFUSAL_CODES, "every reason has its words"


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One line of the inbox."""

    id: str
    song: str
    question: str
    holder: str
    right: str
    why: tuple[str, ...]
    state: State
    words: str
    due_at: datetime
    left: str
    votes: str
    quorum: int
    second: bool
    open: bool
    blocked: str


@dataclass(frozen=True, slots=True)
class ItemView:
    """One item in full: both voices for the player, what was changed, who else must sign."""

    row: ItemRow
    decision_url: str
    original: VoiceView | None
    derivative: VoiceView | None
    passages: tuple[Passage, ...]
    changes: tuple[ChangeRow, ...]
    plan: tuple[Fact, ...]
    words: Asked | None
    names_words: bool
    votes: tuple[tuple[str, str, datetime], ...]
    others: tuple[ItemRow, ...]
    following: str
    before: str


@router.get("/consent/approvals")
def inbox(request: Request, member: Sees, work: Reading, here: Here, show: str = "open") -> Response:
    return _inbox(request, member, work, here, show)


@router.get("/exports/approvals.{kind}")
def export_inbox(kind: exports.Kind, member: Sees, work: Reading, here: Here) -> Response:
    columns = ("id", "question", "holder", "right", "standing", "due_at", "votes", "quorum")
    rows = [
        (one.id, one.question, one.holder, one.right, one.words, one.due_at.isoformat(), one.votes, one.quorum)
        for one in _Reading(member, work, here).rows("all")
    ]
    return exports.answer(exports.Table("approvals", columns, rows), kind)


@router.post("/consent/approvals")
def batch(request: Request, form: Form, member: Approves, work: Reading, here: Here) -> Response:
    act = text_of(form, "act")
    chosen = [str(one) for one in form.getlist("item")]
    findings = []
    if act not in {"approve", "refuse"}:
        findings.append(Finding("Your vote", "is missing", "approve or refuse"))
    try:
        if not findings:
            return back_to("/consent/approvals", _cast(here, member, chosen, act == "approve", text_of(form, "reason")))
    except ConsentError as error:
        findings += error.findings
    return _inbox(request, member, work, here, "open", findings=findings)


@router.post("/consent/approvals/due")
def due(member: Approves, here: Here) -> Response:
    found = queue.settle_due(here.house, member.organisation, here.now())
    return back_to("/consent/approvals", f"{len(found)} settled by their deadline" if found else "Nothing was due")


@router.get("/consent/approvals/{item_id}")
def item(item_id: str, request: Request, member: Sees, work: Reading, here: Here) -> Response:
    return _item_page(item_id, request, member, work, here)


@router.post("/consent/approvals/{item_id}")
def decide(item_id: str, request: Request, form: Form, member: Approves, work: Reading, here: Here) -> Response:
    act, reason = text_of(form, "act"), text_of(form, "reason")
    findings: list[Finding] = []
    if act not in {"approve", "refuse"}:
        findings.append(Finding("Your vote", "is missing", "approve or refuse"))
    elif act == "refuse" and reason not in REASONS:
        findings.append(Finding("The reason", "is missing", "say why, so that the maker knows"))
    if not findings:
        done = queue.vote(
            here.house,
            member.organisation,
            [item_id],
            member,
            approve=act == "approve",
            at=here.now(),
            reason=reason if act == "refuse" else "",
        )
        if not done.refused:
            (one,) = done.taken
            words = STANDINGS[one.standing][1]
            told = "Your yes is kept; a second person must agree" if one.standing is Standing.OPEN else words
            following = _Reading(member, work, here).following(item_id)
            return back_to(f"/consent/approvals/{following}" if following else "/consent/approvals", told)
        findings = [Finding("Your vote", why, "ask whoever may") for why in done.refused.values()]
    return _item_page(item_id, request, member, work, here, findings=findings)


@router.post("/decisions/{decision_id}/ask")
def ask(decision_id: str, member: Asks, work: Reading, here: Here) -> Response:
    """From a decision that needs approvals: put it before everybody who must say yes."""
    document = work.consent.decision(decision_id)
    theirs = document is not None and document["request"]["person"]["id"] in {member.party_id, member.person_id}
    if document is None or not (member.may(Capability.SEE_CONSENT) or theirs):
        raise NotFound("decision")
    found = queue.ask_approval(here.house, member.organisation, decision_id, here.now())
    if not member.may(Capability.SEE_CONSENT):
        return back_to(f"/decisions/{decision_id}")
    return back_to("/consent/approvals", f"{len(found)} holders are asked")


def _cast(here: Installation, member: Identity, items: Sequence[str], approve: bool, reason: str) -> str:
    done = queue.vote(
        here.house, member.organisation, items, member, approve=approve, at=here.now(), reason="" if approve else reason
    )
    told = f"{len(done.taken)} {'approved' if approve else 'refused'} by you"
    if done.refused:
        told += f"; {len(done.refused)} not: {'; '.join(sorted(set(done.refused.values())))}"
    return told


def _inbox(
    request: Request,
    member: Identity,
    work: UnitOfWork,
    here: Installation,
    show: str,
    *,
    findings: Sequence[Finding] = (),
) -> Response:
    rows = _Reading(member, work, here).rows(show)
    return desk_page(
        "approvals.html",
        request,
        work,
        member,
        "approvals",
        findings=findings,
        rows=rows,
        show=show,
        reasons=list(REASONS.items()),
    )


def _item_page(
    item_id: str,
    request: Request,
    member: Identity,
    work: UnitOfWork,
    here: Installation,
    *,
    findings: Sequence[Finding] = (),
) -> Response:
    view = _Reading(member, work, here).view(item_id)
    return desk_page(
        "approval.html",
        request,
        work,
        member,
        "approvals",
        findings=findings,
        view=view,
        reasons=list(REASONS.items()),
    )


class _Reading:
    """The queue as one person reads it."""

    def __init__(self, member: Identity, work: UnitOfWork, here: Installation) -> None:
        self.member, self.work, self.now = member, work, here.now()
        self.queue = Queue(work, self.now)
        self.every = self.queue.all()
        self.names: Names = names_of(work, member)
        self.titles = {one.id: one.title for one in work.catalogue.recordings()}

    def rows(self, show: str) -> list[ItemRow]:
        """What waits, or everything."""
        return [self.row(one) for one in self.every if show == "all" or one.standing is Standing.OPEN]

    def row(self, waiting: Waiting) -> ItemRow:
        item, names = waiting.item, self.names
        state, words = STANDINGS[waiting.standing]
        document = self.work.consent.decision(item.decision_id)
        question, song = "", ""
        if document is not None:
            song = w.listed(self.titles.get(one, one) for one in document["request"]["sources"])
            question = read_decision.question(document, song, names)
        yes = [names(one.person) for one in waiting.votes if one.approve]
        no = [names(one.person) for one in waiting.votes if not one.approve]
        told = "; ".join(
            part for part in (f"yes: {w.listed(yes)}" if yes else "", f"no: {w.listed(no)}" if no else "") if part
        )
        return ItemRow(
            id=item.id,
            song=song,
            question=question,
            holder=names(item.holder),
            right=w.words(item.right, w.RIGHTS),
            why=tuple(WORDS[Code(code)] for code in item.codes),
            state=state,
            words=words,
            due_at=item.due_at,
            left=_left(item.due_at, self.now),
            votes=told,
            quorum=item.quorum,
            second=item.quorum > 1,
            open=waiting.standing is Standing.OPEN,
            blocked=self.queue.why_not(item, self.member),
        )

    def view(self, item_id: str) -> ItemView:
        item = self.queue.items.get(item_id)
        if item is None:
            raise NotFound("item in the queue")
        waiting = self.queue.waiting(item)
        document = self.work.consent.decision(item.decision_id)
        assert document is not None, "what is in the queue was decided"
        request = document["request"]
        original = self.work.catalogue.recording(request["sources"][0])
        derivative = self._made(item)
        reader = Reader(self.work, self.member, self.names, self.now, {})
        heard = self.work.studio.heard_in(one.id for one in (original, derivative) if one is not None)
        first = reader.voice(original, heard.get(original.id), "original") if original is not None else None
        render = self.work.studio.render(derivative.id) if derivative is not None else None
        drawn: tuple[Passage, ...] = ()
        second = None
        if derivative is not None and original is not None:
            if render is not None and first is not None:
                source = next((key for key, one in render.sources.items() if one == original.id), "")
                drawn = passages(render.manifest["recipe"], source, first.sections)
            second = reader.voice(derivative, heard.get(derivative.id), "derivative", render, first, drawn)
        order = [one.item.id for one in self.every if one.standing is Standing.OPEN]
        return ItemView(
            row=self.row(waiting),
            decision_url=f"/decisions/{item.decision_id}",
            original=first,
            derivative=second,
            passages=drawn,
            changes=changes(render) if render is not None else (),
            plan=_planned(request["plan"]),
            words=words_asked(self.work, request),
            names_words=bool(words_named(request)),
            votes=tuple((self.names(v.person), _vote_words(v), v.at) for v in waiting.votes),
            others=tuple(self.row(one) for one in queue.others_of(self.every, item)),
            following=_neighbour(order, item_id, 1),
            before=_neighbour(order, item_id, -1),
        )

    def following(self, item_id: str) -> str:
        """The next item that still waits after this one was voted on."""
        order = [one.item.id for one in self.every if one.standing is Standing.OPEN]
        return _neighbour(order, item_id, 1)

    def _made(self, item: Item) -> Recording | None:
        """The derivative that the request is about, where it was rendered already."""
        for licence in reversed(self.work.consent.licences_of_subject(item.subject)):
            for name in self.work.studio.made_under(licence["payload"]["id"]):
                return self.work.catalogue.recording(name)
        return None


def _neighbour(order: Sequence[str], here: str, step: int) -> str:
    if here not in order:
        return order[0] if order else ""
    place = order.index(here) + step
    return order[place] if 0 <= place < len(order) else ""


def _left(due_at: datetime, now: datetime) -> str:
    hours = int((due_at - now).total_seconds() // 3600)
    if hours < 0:
        return "over"
    return f"{hours} hours left" if hours < 72 else f"{hours // 24} days left"


def _vote_words(vote: Vote) -> str:
    return "said yes" if vote.approve else f"said no: {REASONS.get(vote.reason, vote.reason).lower()}"


def _planned(plan: dict[str, object]) -> tuple[Fact, ...]:
    """What the maker wants to do, as long as nothing was measured."""
    rows = [
        Fact("Tempo", signed_permille(1000 + int(str(plan["tempo_permille"])))),
        Fact("Key", signed_cents(int(str(plan["key_cents"])))),
        Fact(
            "Form",
            {"keep": "kept", "extract": "parts left out", "reorder": "parts in another order"}[str(plan["structure"])],
        ),
        Fact("Vocals", {"keep": "kept", "remove": "taken out", "replace": "replaced"}[str(plan["vocals"])]),
        Fact("Machine help", str(plan["ai"])),
    ]
    if plan["language"]:
        rows.append(Fact("New language", str(plan["language"])))
    return tuple(rows)
