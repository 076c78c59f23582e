"""Services at rest: profiles by version, issues and what they changed, claims that may be erased."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from ritornello.consent.claims import claim
from ritornello.consent.errors import ConsentError
from ritornello.consent.feed import Line, changes, delta, full, state
from ritornello.consent.services import Service
from ritornello.identifiers.territories import TerritorySet
from ritornello.proof import canonical_json, sha256_hex
from ritornello.proof.signing import KeyRing
from ritornello.store.feed_store import FeedStore, Issue
from ritornello.store.scope import Scope
from tests.consent.song import AT

RING = KeyRing.generate(AT - timedelta(days=1))


@pytest.fixture
def store(scope: Scope) -> FeedStore:
    return FeedStore(scope)


def line(recording: str, territories: str = "WW", until: date | None = None) -> Line:
    return Line(
        recording, "REMIX", TerritorySet.parse(territories), date(2026, 1, 1), until, {"tempo_lo_permille": 900}
    )


def issue(number: int, before: list[Line], now: list[Line]) -> Issue:
    every = full("alpha", number, now, at=AT)
    part = delta("alpha", number, before, now, at=AT)
    return Issue("alpha", number, AT, number == 1, part.sign(RING), every.sign(RING))


def test_the_issues_add_up_to_every_state_that_was_open(store: FeedStore) -> None:
    states = [
        [],
        [line("r1"), line("r2", "DE")],
        [line("r2", "DE, FR")],
        [line("r2", "DE, FR"), line("r3", "JP", AT.date())],
    ]
    for number in (1, 2, 3):
        before, now = states[number - 1], states[number]
        store.add_issue(issue(number, before, now), changes(number, before, now))
    assert store.last_number("alpha") == 3
    assert store.last_number("beta") == 0
    for number in (1, 2, 3):
        assert state(store.changes("alpha", until=number)) == states[number]
    assert [one.number for one in store.issues("alpha")] == [1, 2, 3]
    kept = store.issue("alpha", 2)
    assert kept is not None
    assert kept.cover.payload["csv_sha256"] == sha256_hex(delta("alpha", 2, states[1], states[2], at=AT).as_csv())
    assert store.issue("alpha", 4) is None


def test_a_number_is_taken_once(store: FeedStore, scope: Scope) -> None:
    store.add_issue(issue(1, [], [line("r1")]), changes(1, [], [line("r1")]))
    part = scope.connection.begin_nested()
    with pytest.raises(ConsentError, match="made meanwhile"):
        store.add_issue(issue(1, [], []), [])
    part.rollback()
    assert state(store.changes("alpha")) == [line("r1")]


def test_a_profile_is_known_as_it_was(store: FeedStore, scope: Scope) -> None:
    first = Service("alpha", AT, individual_express=True, claim_keys=RING.trusted())
    assert store.add_service(first)
    assert not store.add_service(first)
    later = Service("alpha", AT + timedelta(days=1), "deliver", TerritorySet.parse("WW ex JP"))
    assert store.add_service(later)
    assert store.services(AT) == {"alpha": first}
    assert store.services(AT + timedelta(days=1)) == {"alpha": later}
    assert not store.services(AT - timedelta(days=1))
    assert not FeedStore(Scope(scope.connection, "org_other")).services(AT + timedelta(days=1))


def test_claims_are_kept_by_hash_and_may_be_erased(store: FeedStore) -> None:
    signed = claim("per_fan", {"tier": "subscribers"}, RING, issuer="alpha", at=AT, until=AT + timedelta(days=1))
    store.add_claims([signed, signed], AT)
    digest = sha256_hex(canonical_json(signed.to_document()))
    assert store.claim(digest) == signed.to_document()
    assert store.erase_claims("per_other") == 0
    assert store.erase_claims("per_fan") == 1
    assert store.claim(digest) is None
