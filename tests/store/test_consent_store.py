"""Consent at rest, on both databases: written once, versioned, and read back as it was on any day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from ritornello.consent.contracts import Clause, Contract, Says
from ritornello.consent.decide import decide
from ritornello.consent.errors import ConsentError
from ritornello.consent.events import EventKind, approval_event, lift_event, replay, stop_event
from ritornello.consent.facts import Approval, Standing, Stop
from ritornello.consent.licence import Contribution, NewRecording, Ownership, issue
from ritornello.consent.offers import Level, Reach, Reply
from ritornello.identifiers.territories import TerritorySet
from ritornello.proof.signing import KeyRing
from ritornello.store.consent_store import ConsentStore
from ritornello.store.scope import Scope
from tests.consent.song import ALPHA, AT, LABEL, SONG, blanket, facts, offer, offers, opened, request

REACH = (Reach(Level.RECORDING, SONG),)


@pytest.fixture
def store(scope: Scope) -> ConsentStore:
    return ConsentStore(scope)


def test_an_offer_comes_back_as_it_was_given(store: ConsentStore) -> None:
    for entry in offers():
        store.add_offer(entry)
        store.add_offer(entry)
    assert {o.content_hash for o in store.offers_reaching(REACH, AT)} == {o.content_hash for o in offers()}
    assert store.offer(offers()[0].id) == offers()[0]
    assert store.offers_reaching((Reach(Level.RECORDING, "rec_other"),), AT) == []


def test_versions_follow_each_other_by_hash(store: ConsentStore) -> None:
    first = offers()[0]
    store.add_offer(first)
    second = first.next_version(AT + timedelta(days=1), reply=Reply.REFUSE)
    store.add_offer(second)
    assert [o.version for o in store.versions(first.id)] == [1, 2]
    assert [o.version for o in store.offers_reaching(REACH, AT)] == [1]
    rewritten = first.next_version(AT + timedelta(days=2))
    with pytest.raises(ConsentError, match="on file with other content"):
        store.add_offer(rewritten)
    forked = second.next_version(AT, terms=opened(who__min_age=18))
    with pytest.raises(ConsentError, match="replaces"):
        store.add_offer(forked.next_version(AT))


@pytest.mark.parametrize("table", ["consent_offers", "consent_events", "licences", "consent_decisions"])
def test_nothing_is_ever_rewritten(store: ConsentStore, scope: Scope, table: str) -> None:
    _fill(store)
    with pytest.raises(DBAPIError, match="append_only"), scope.connection.begin_nested():
        scope.connection.execute(text(f"UPDATE {table} SET document = '{{}}'"))
    with pytest.raises(DBAPIError, match="append_only"), scope.connection.begin_nested():
        scope.connection.execute(text(f"DELETE FROM {table}"))


def _fill(store: ConsentStore) -> str:
    for entry in offers():
        store.add_offer(entry)
    decision = decide(request(), facts())
    store.add_decision(decision)
    signed = issue(
        decision,
        contribution=Contribution(Ownership.HOUSE_OWNS, True, AT, "ef" * 32),
        new_recording=NewRecording(LABEL, LABEL),
        ring=KeyRing.generate(AT),
        at=AT,
    )
    assert store.add_licence(signed)
    assert not store.add_licence(signed)
    store.add_event(stop_event(Stop("stp_1", AT), AT, by=LABEL, reason="test"))
    return str(signed.payload["id"])


def test_a_licence_is_found_by_what_it_rests_on(store: ConsentStore) -> None:
    name = _fill(store)
    for found in (
        store.licences_on_offer(offers()[0].id),
        store.licences_of_source(SONG),
        store.licences_of_maker("per_fan"),
    ):
        assert [entry["payload"]["id"] for entry in found] == [name]
    assert store.licences_on_offer("off_other") == []
    licence = store.licence(name)
    assert licence is not None
    decision = store.decision(licence["payload"]["decision"]["id"])
    assert decision == licence["payload"]["decision"]


def test_another_organisation_sees_nothing(store: ConsentStore, scope: Scope) -> None:
    name = _fill(store)
    other = ConsentStore(Scope(scope.connection, "org_other"))
    assert other.licence(name) is None
    assert other.offers_reaching(REACH, AT) == []
    assert other.events(AT) == []
    for entry in offers():
        other.add_offer(entry)
    assert len(other.offers_reaching(REACH, AT)) == len(offers())


def test_what_was_allowed_on_the_third_of_may_has_an_answer(store: ConsentStore) -> None:
    stop = Stop("stp_1", AT, service=ALPHA)
    assert store.add_event(stop_event(stop, AT, by=LABEL, reason="leak"))
    assert not store.add_event(stop_event(stop, AT, by=LABEL, reason="leak"))
    store.add_event(lift_event("stp_1", AT + timedelta(days=2), by=LABEL, reason="solved"))
    store.add_event(approval_event(Approval(LABEL, request().subject, True, AT + timedelta(days=1))))
    for days, stopped, approvals in ((-1, False, 0), (0, True, 0), (1, True, 1), (2, False, 1)):
        at = AT + timedelta(days=days)
        state = replay(store.events(at), at)
        assert any(entry.active(at) for entry in state.stops) is stopped
        assert len(state.approvals) == approvals
    assert [e.kind for e in store.events(AT, kinds=[EventKind.STOPPED], subjects=["stp_1"])] == [EventKind.STOPPED]


def test_contracts_and_blankets(store: ConsentStore) -> None:
    world = TerritorySet.parse("WW")
    contract = Contract("ctr_1", "recording", (LABEL,), ("*",), world, date(2020, 1, 1), None, AT)
    store.add_contract(contract)
    store.add_contract(contract)
    yes = Clause("ai", Says.YES, "may", "3")
    later = Contract(
        "ctr_1", "recording", (LABEL,), ("*",), world, date(2020, 1, 1), None, AT + timedelta(days=1), clauses=(yes,)
    )
    store.add_contract(later)
    assert store.contracts(AT)["ctr_1"] == contract
    assert store.contracts(AT + timedelta(days=1))["ctr_1"] == later
    store.add_service_licence(blanket(ALPHA), AT)
    store.add_service_licence(blanket(ALPHA), AT)
    assert list(store.service_licences(AT, date(2026, 5, 3))) == [blanket(ALPHA)]
    assert not store.service_licences(AT, date(2027, 1, 1))
    assert not store.service_licences(AT - timedelta(days=1))
    with pytest.raises(ConsentError, match="on file"):
        store.add_service_licence(blanket(ALPHA, "DE"), AT)


def test_an_offer_for_one_recording_is_not_anothers(store: ConsentStore) -> None:
    store.add_offer(offer(LABEL, "M_USE", reach=Reach(Level.LABEL, "lab_x")))
    assert len(store.offers_reaching((*REACH, Reach(Level.LABEL, "lab_x")), AT)) == 1
    assert not store.offers_reaching(REACH, AT)


def test_the_newest_of_every_offer_in_pages(store: ConsentStore) -> None:
    for entry in offers():
        store.add_offer(entry)
    first = offers()[0]
    terms = first.terms.adjust({"share_money.most_favoured": True})
    asked = first.next_version(AT + timedelta(days=1), terms=terms)
    store.add_offer(asked)
    store.add_offer(asked.next_version(AT + timedelta(days=2), reply=Reply.PROPOSAL))
    every = store.newest_offers()
    assert [o.id for o in every] == [o.id for o in sorted(offers(), key=lambda one: (one.holder, one.id))]
    assert {o.version for o in every if o.id == first.id} == {3}
    answers = store.newest_offers(answers_only=True, saying={"most_favoured": True})
    assert [(o.id, o.version) for o in answers] == [(first.id, 2)]
    assert store.newest_offers(holder=first.holder, reach_id="rec_other") == []
    pages = [store.newest_offers(skip=skip, most=2) for skip in range(0, len(every) + 1, 2)]
    assert [o.id for page in pages for o in page] == [o.id for o in every]


def test_the_key_of_what_is_on_file_changes_with_every_record_that_a_decision_looks_at(store: ConsentStore) -> None:
    keys = [store.content_key(AT)]

    def changed() -> bool:
        keys.append(store.content_key(AT))
        return keys[-1] != keys[-2]

    store.add_offer(offers()[0])
    assert changed()
    store.add_offer(offers()[0])
    assert not changed(), "the same once more is no change"
    store.add_service_licence(blanket(ALPHA), AT)
    assert changed()
    store.add_standing(LABEL, Standing.ESTATE, recorded_at=AT, recorded_by="per_x", evidence_sha256="ab" * 32)
    assert changed()
    store.add_event(stop_event(Stop("stp_1", AT), AT, by=LABEL, reason="test"))
    assert not changed(), "a stop is looked up each time"
    later = offers()[0].next_version(AT + timedelta(days=1), reply=Reply.REFUSE)
    store.add_offer(later)
    assert not changed(), "what was recorded later is not seen"
    assert store.content_key(AT + timedelta(days=1)) != keys[-1]


def test_many_offers_are_written_together_or_not_at_all(store: ConsentStore) -> None:
    first, *others = offers()
    second = first.next_version(AT + timedelta(days=1), reply=Reply.REFUSE)
    store.add_offers((first, second, *others))
    store.add_offers((first, second, *others))
    two = store.newest_two(one.id for one in offers())
    assert two[first.id] == (second, first)
    assert two[others[0].id] == (others[0], None)
    unknown = offer(LABEL, "VOICE").next_version(AT, reply=Reply.REFUSE)
    with pytest.raises(ConsentError, match="hash of the version before"):
        store.add_offers((offer(LABEL, "C_SYNC"), unknown))
    assert offer(LABEL, "C_SYNC").id not in {one.id for one in store.offers_of_holder(LABEL)}


def test_how_a_party_answers_is_known_as_it_was(store: ConsentStore) -> None:
    name = _fill(store)
    for days, standing in ((0, Standing.MINOR), (1, Standing.PERSON)):
        at = AT + timedelta(days=days)
        store.add_standing("pty_x", standing, recorded_at=at, recorded_by="per_x", evidence_sha256="ab" * 32)
    assert store.standings(AT) == {"pty_x": Standing.MINOR}
    assert store.standings(AT + timedelta(days=1)) == {"pty_x": Standing.PERSON}
    assert [one["id"] for one in store.live_licences(AT.date())] == [name]
    assert set(store.resting_on(one.id for one in offers()).values()) == {1}
