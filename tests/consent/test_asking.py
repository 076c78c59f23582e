"""Asking people: signed links that can be used once, reminders, counters; and the queue of approvals."""

from __future__ import annotations

import base64
import json
from datetime import timedelta

import pytest

from ritornello.consent import approvals, invitations
from ritornello.consent.approvals import Item, Vote, cast, cast_all, items_of, queued, settle, vote_of
from ritornello.consent.codes import Code, Outcome
from ritornello.consent.contracts import ApprovalRight, Contract
from ritornello.consent.decide import decide
from ritornello.consent.decision import Decision
from ritornello.consent.errors import ConsentError
from ritornello.consent.events import EventKind, approval_event, replay
from ritornello.consent.invitations import counter, due, grant, invite, link, open_link, refuse
from ritornello.consent.offers import Offer, Reply
from ritornello.identifiers.territories import TerritorySet
from ritornello.proof.signing import KeyRing
from tests.consent.song import (
    ALPHA,
    AT,
    LABEL,
    LYRICIST,
    PUBLISHER,
    WRITER,
    facts,
    offer,
    offers,
    opened,
    request,
    source,
)

RING = KeyRing.generate(AT - timedelta(days=1))
DAY = timedelta(days=1)


def proposal(holder: str = WRITER, right: str = "A_MORAL") -> Offer:
    return offer(holder, right, reply=Reply.PROPOSAL, recorded_at=AT)


def test_a_link_is_opened_answered_and_used_up() -> None:
    asked = proposal()
    invitation, event = invite(asked, at=AT)
    token = link(invitation, RING)
    assert open_link(token, RING.trusted(), [event], at=AT + DAY) == invitation
    given, answered = grant(invitation, asked, evidence_sha256="12" * 32, at=AT + DAY)
    assert (given.reply, given.version, given.replaces) == (Reply.GRANT, 2, asked.content_hash)
    assert given.evidence.sha256 == "12" * 32
    with pytest.raises(ConsentError, match="was used: granted"):
        open_link(token, RING.trusted(), [event, answered], at=AT + 2 * DAY)
    rest = tuple(entry for entry in offers() if entry.holder != WRITER)
    before = decide(request(), facts(source(offers=(*rest, asked))))
    assert before.answer("publish", "DE", ALPHA) is Outcome.NEEDS_APPROVAL, "a proposal allows nothing"
    after = decide(request(at=AT + 2 * DAY), facts(source(offers=(*rest, asked, given))))
    assert after.outcome is Outcome.ALLOW


def test_a_link_that_expired_or_was_tampered_with() -> None:
    invitation, event = invite(proposal(), at=AT)
    token = link(invitation, RING)
    with pytest.raises(ConsentError, match="expired on 2026-05-24"):
        open_link(token, RING.trusted(), [event], at=AT + 21 * DAY)
    document = json.loads(base64.urlsafe_b64decode(token + "=="))
    document["payload"]["holder"] = LABEL
    forged = base64.urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")
    with pytest.raises(ConsentError, match="signature"):
        open_link(forged, RING.trusted(), [event], at=AT)
    for broken in (token[:-7], "", "%%%", "e30"):
        with pytest.raises(ConsentError, match="link"):
            open_link(broken, RING.trusted(), [event], at=AT)
    with pytest.raises(ConsentError, match="not on the list"):
        open_link(token, KeyRing.generate(AT).trusted(), [event], at=AT)


def test_a_link_answers_for_one_right_only() -> None:
    with pytest.raises(ConsentError, match="one right"):
        invite(offer(WRITER, "A_MORAL C_ARR", reply=Reply.PROPOSAL), at=AT)
    with pytest.raises(ConsentError, match="invite with a proposal"):
        invite(offer(WRITER, "A_MORAL"), at=AT)


def test_a_refusal_is_on_file() -> None:
    asked = proposal(LABEL, "NAME")
    invitation, _ = invite(asked, at=AT)
    told, event = refuse(invitation, asked, evidence_sha256="12" * 32, at=AT)
    assert told.reply is Reply.REFUSE
    assert event.document["answer"] == "refused"


def test_a_counter_makes_a_new_version_that_all_see() -> None:
    round_of = [proposal(WRITER), proposal(LYRICIST), proposal(PUBLISHER, "C_ARR")]
    invitation, _ = invite(round_of[0], at=AT)
    made, event = counter(invitation, round_of, {"who.min_age": 18}, evidence_sha256="12" * 32, at=AT + DAY)
    assert [entry.version for entry in made] == [2, 2, 2]
    assert [entry.reply for entry in made] == [Reply.GRANT, Reply.PROPOSAL, Reply.PROPOSAL]
    assert {entry.terms["who.min_age"] for entry in made} == {18}
    assert event.document["changes"] == {"who.min_age": 18}
    with pytest.raises(ConsentError, match="older version"):
        grant(invitation, made[0], evidence_sha256="12" * 32, at=AT + DAY)
    with pytest.raises(ConsentError, match="no such parameter"):
        counter(invitation, round_of, {"who.size": 18}, evidence_sha256="12" * 32, at=AT)
    with pytest.raises(ConsentError, match="empty"):
        counter(invitation, round_of, {}, evidence_sha256="12" * 32, at=AT)


def test_reminders_after_three_seven_and_fourteen_days_and_then_a_lapse() -> None:
    invitation, event = invite(proposal(), at=AT)
    log = [event]
    told = []
    for days in range(30):
        now = due([invitation], log, at=AT + timedelta(days=days))
        told += [(days, entry.kind) for entry in now]
        log += now
    assert told == [
        (3, EventKind.REMINDED),
        (7, EventKind.REMINDED),
        (14, EventKind.REMINDED),
        (21, EventKind.LAPSED),
    ]
    late = due([invitation], [event], at=AT + 10 * DAY)
    assert [entry.document["day"] for entry in late] == [7], "who missed two days is told once"


def waiting(**terms: object) -> tuple[Decision, Item]:
    asked = opened(moderation__mode="pre_approval", **terms)
    kept = (offer(LABEL, "M_USE P_ECON", asked), *offers()[1:])
    decision = decide(request(acts=("publish",)), facts(source(offers=kept)))
    return decision, next(item for item in items_of(decision) if item.right == "M_USE")


def test_an_item_is_approved_by_its_quorum() -> None:
    three = frozenset({"per_a", "per_b", "per_c"})
    decision, item = waiting(moderation__approvers=three, moderation__quorum=2, moderation__sla_hours=24)
    assert (item.quorum, item.approvers, item.due_at) == (2, three, AT + DAY)
    assert item.codes == ("PRE_APPROVAL",)
    assert Item.from_event(queued(item)) == item
    one = Vote(item.id, "per_a", True, AT)
    assert settle(item, [one], at=AT) is None
    with pytest.raises(ConsentError, match="has voted"):
        cast(item, one, [one])
    with pytest.raises(ConsentError, match="no approver"):
        cast(item, Vote(item.id, "per_x", True, AT))
    two = vote_of(cast(item, Vote(item.id, "per_b", True, AT), [one]))
    answer = settle(item, [one, two], at=AT)
    assert answer is not None and answer.approved and answer.holder == LABEL
    assert replay([approval_event(answer)], AT).approvals == (answer,)
    with pytest.raises(ConsentError, match="settled"):
        cast(item, Vote(item.id, "per_c", True, AT), [one, two])
    assert decision.outcome is Outcome.NEEDS_APPROVAL


def test_an_item_is_refused_when_the_quorum_is_out_of_reach() -> None:
    _, item = waiting(moderation__approvers=frozenset({"per_a", "per_b", "per_c"}), moderation__quorum=2)
    no = [Vote(item.id, person, False, AT, "style") for person in ("per_a", "per_b")]
    assert settle(item, no[:1], at=AT) is None
    answer = settle(item, no, at=AT)
    assert answer is not None and not answer.approved and answer.reason == "style"
    with pytest.raises(ConsentError, match="no reason"):
        cast(item, Vote(item.id, "per_a", False, AT, "because"))


def test_a_lapse_refuses() -> None:
    _, item = waiting()
    assert settle(item, [], at=item.due_at - timedelta(seconds=1)) is None
    answer = settle(item, [], at=item.due_at)
    assert answer is not None and not answer.approved and answer.reason == "lapsed"
    late = Vote(item.id, LABEL, True, item.due_at)
    assert settle(item, [late], at=item.due_at + DAY).approved is False  # type: ignore[union-attr]


def test_deemed_approval_only_for_who_signed_it_and_never_for_some_rights() -> None:
    decision, item = waiting()
    clause = ApprovalRight(LABEL, frozenset({"M_USE"}), "clause 4", deemed_after_days=10)
    deemed = next(entry for entry in items_of(decision, [clause]) if entry.right == "M_USE")
    assert settle(deemed, [], at=AT + 9 * DAY) is None
    answer = settle(deemed, [], at=AT + 10 * DAY)
    assert answer is not None and answer.approved and answer.deemed
    other = ApprovalRight(PUBLISHER, frozenset({"M_USE"}), "clause 4", deemed_after_days=10)
    assert next(e for e in items_of(decision, [other]) if e.right == "M_USE").deemed_at is None
    with pytest.raises(ConsentError, match="never deemed"):
        Contract(
            "c",
            "k",
            (WRITER,),
            ("*",),
            TerritorySet.parse("WW"),
            AT.date(),
            None,
            AT,
            approvals=(ApprovalRight(WRITER, frozenset({"A_MORAL"}), "x", 3),),
        )
    assert approvals._deemed_at(AT, WRITER, "A_MORAL", [ApprovalRight(WRITER, frozenset({"A_MORAL"}), "x", 3)]) is None
    assert item.deemed_at is None


def test_the_voice_needs_a_second_person() -> None:
    terms = opened(
        types__allowed=frozenset({"COVER_ARTIST_VOICE"}), voice__cloning="approval", voice__models=frozenset({"m"}),
        training__permission="general",
    )  # fmt: skip
    kept = tuple(offer(entry.party, entry.right, terms) for entry in source().required)
    from ritornello.consent.requests import Plan

    decision = decide(
        request(types=("COVER_ARTIST_VOICE",), plan=Plan(voice_model="m"), acts=("make",)), facts(source(offers=kept))
    )
    assert {reason.code for reason in decision.reasons} >= {Code.VOICE_APPROVAL}
    item = next(entry for entry in items_of(decision) if entry.right == "VOICE")
    assert item.quorum == 2


def test_a_batch_takes_what_it_can() -> None:
    _, one = waiting()
    _, other = waiting(moderation__approvers=frozenset({"per_z"}))
    events, errors = cast_all([one, other], Vote("", "per_a", True, AT))
    assert [event.subject for event in events] == [one.id]
    assert len(errors) == 1
    assert invitations.REMINDER_DAYS == (3, 7, 14)
