"""Invariant 2: across holders, rights and sources the answer is the meet, and narrowing never widens."""

from __future__ import annotations

import random
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from ritornello.consent.codes import RIGHTS
from ritornello.consent.decide import decide
from ritornello.consent.decision import Decision
from ritornello.consent.facts import Facts, Required, SourceFacts
from ritornello.consent.offers import Reply
from ritornello.consent.requests import Request
from ritornello.consent.terms import Terms
from tests.consent.cases import case, pool
from tests.consent.test_terms import any_terms

SEEDS = st.integers(0, 10**9)
MANY = settings(max_examples=250, deadline=None)


def decided(request: Request, facts: Facts) -> Decision:
    return decide(request, facts, seek_nearest=False)


def with_source(facts: Facts, source: SourceFacts) -> Facts:
    return replace(facts, sources={**facts.sources, source.asset_id: source})


def never_wider(before: Decision, after: Decision) -> bool:
    """What was not allowed stays so, and what was denied stays denied."""
    return not after.allowed & ~before.allowed and not before.denied & ~after.denied


def first(facts: Facts) -> SourceFacts:
    return next(iter(facts.sources.values()))


@MANY
@given(SEEDS, st.randoms(use_true_random=False))
def test_the_order_of_anything_does_not_matter(seed: int, rng: random.Random) -> None:
    request, facts = case(seed)
    before = decided(request, facts)

    def shuffled(items: tuple) -> tuple:
        return tuple(rng.sample(items, len(items)))

    mixed = {
        name: replace(
            source,
            offers=shuffled(source.offers),
            required=shuffled(source.required),
            revocations=shuffled(source.revocations),
        )
        for name, source in facts.sources.items()
    }
    turned = replace(
        facts,
        sources=mixed,
        service_licences=shuffled(facts.service_licences),
        approvals=shuffled(facts.approvals),
        stops=shuffled(facts.stops),
    )
    after = decided(request, turned)
    assert (after.denied, after.asked, after.askers) == (before.denied, before.asked, before.askers)
    assert {(r.code, r.where, r.right, r.holder) for r in after.reasons if r.code.value != "OFFER_EXPIRED"} >= {
        (r.code, r.where, r.right, r.holder)
        for r in before.reasons
        if r.code.value in ("GRANTED", "TYPE_NOT_ALLOWED", "MORAL_ASK", "SHARES_INCOMPLETE")
    }


@MANY
@given(SEEDS)
def test_two_sources_together_are_the_meet_of_each_alone(seed: int) -> None:
    _, one = case(seed)
    request, other = case(seed + 1)
    a, b = first(one), first(other)
    facts = replace(other, sources={a.asset_id: a, b.asset_id: b}, approvals=())
    request = request.changed(
        types=tuple(name for name in request.types if name != "MASHUP") or ("REMIX",),
        person=replace(request.person, id="per_stranger"),
        plan=replace(request.plan),
    )
    alone = [decided(request.changed(sources=(name,)), facts) for name in (a.asset_id, b.asset_id)]
    if any("SAMPLED_APPROVAL" in {r.code.value for r in d.reasons} for d in alone):
        return  # the draw depends on what is asked for, and these are three questions
    both = [
        decided(request.changed(sources=names), facts) for names in ((a.asset_id, b.asset_id), (b.asset_id, a.asset_id))
    ]
    if any("SAMPLED_APPROVAL" in {r.code.value for r in d.reasons} for d in both):
        return
    denied = alone[0].denied | alone[1].denied
    assert both[0].denied == both[1].denied == denied
    assert both[0].asked == both[1].asked == (alone[0].asked | alone[1].asked) & ~denied
    assert both[0].allowed == alone[0].allowed & alone[1].allowed


@MANY
@given(SEEDS, any_terms(), st.integers(0, 20))
def test_narrower_terms_never_widen(seed: int, narrowing: Terms, place: int) -> None:
    request, facts = case(seed)
    source = first(facts)
    if not source.offers:
        return
    chosen = source.offers[place % len(source.offers)]
    # the rules between parameters hold for what people write, not for what meets of them come to
    narrower = replace(chosen, reply=Reply.REFUSE)
    object.__setattr__(narrower, "reply", chosen.reply)
    object.__setattr__(narrower, "terms", chosen.terms.meet(narrowing))
    offers = tuple(narrower if offer is chosen else offer for offer in source.offers)
    after = decided(request, with_source(facts, replace(source, offers=offers)))
    assert never_wider(decided(request, facts), after)


@MANY
@given(SEEDS, st.integers(0, 20))
def test_a_refusal_in_place_of_a_grant_never_widens(seed: int, place: int) -> None:
    request, facts = case(seed)
    source = first(facts)
    grants = [offer for offer in source.offers if offer.reply is Reply.GRANT]
    if not grants:
        return
    chosen = grants[place % len(grants)]
    refused = replace(chosen, reply=Reply.REFUSE)
    offers = tuple(refused if offer is chosen else offer for offer in source.offers)
    after = decided(request, with_source(facts, replace(source, offers=offers)))
    assert never_wider(decided(request, facts), after)


@MANY
@given(SEEDS, st.sampled_from(RIGHTS), st.sampled_from(["pty_a", "pty_b", "pty_stranger"]))
def test_one_more_required_holder_never_widens(seed: int, right: str, party: str) -> None:
    request, facts = case(seed)
    source = first(facts)
    known = {(entry.right, entry.party) for entry in source.required}
    if (right, party) in known or not any(entry.right == right for entry in source.required):
        return
    share = next(entry.share for entry in source.required if entry.right == right) * 0
    more = replace(source, required=(*source.required, Required(right, party, share)))
    assert never_wider(decided(request, facts), decided(request, with_source(facts, more)))


@MANY
@given(SEEDS)
def test_a_larger_question_never_widens_the_answer_to_the_smaller_one(seed: int) -> None:
    request, facts = case(seed)
    whole = decided(request, replace(facts, approvals=()))
    for act in request.acts:
        for service in request.services:
            part = decided(request.changed(acts=(act,), services=(service,)), replace(facts, approvals=()))
            for territory in request.territories:
                assert part.answer(act, territory, service) == whole.answer(act, territory, service)


@settings(max_examples=120, deadline=None)
@given(SEEDS)
def test_the_nearest_request_is_allowed_and_asks_no_more(seed: int) -> None:
    request, facts = case(seed)
    decision = decide(request, facts)
    if decision.nearest is None:
        return
    assert decide(decision.nearest, facts, seek_nearest=False).outcome == "allow"
    assert set(decision.nearest.acts) <= set(request.acts)
    assert set(decision.nearest.services) <= set(request.services)
    assert request.territories.covers(decision.nearest.territories)
    if decision.outcome == "allow":
        assert decision.nearest == request


@settings(max_examples=60, deadline=None)
@given(SEEDS)
def test_the_same_question_has_the_same_document(seed: int) -> None:
    first_time, second_time = (decide(*case(seed)) for _ in range(2))
    assert first_time.to_document() == second_time.to_document()
    assert len(pool()) > 100
