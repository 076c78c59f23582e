"""Runs are written once; a restatement starts from what was kept; each step to the books is a row of its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction

import pytest
from sqlalchemy.exc import DBAPIError

from ritornello.royalty.approval import RunState, StepError, advance, review
from ritornello.royalty.records import from_document, record_of, to_document
from ritornello.royalty.scenario import simulate
from ritornello.store.royalty_store import RoyaltyStore
from ritornello.store.royalty_tables import royalty_runs
from ritornello.store.scope import Scope
from tests.royalty.golden import golden_scenario
from tests.royalty.scenarios import random_scenario

AT = datetime(2026, 2, 3, 9, tzinfo=UTC)


def test_a_run_is_kept_once_and_read_back_whole(scope: Scope) -> None:
    store = RoyaltyStore(scope)
    result = simulate(golden_scenario())
    record = record_of(result, "per_1", "3", "memory")
    assert store.add_run(record, result, AT, "per_ada")
    assert not store.add_run(record, result, AT, "per_bo")
    assert store.run(record.id) == replace(record, made_at=AT, made_by="per_ada")
    kept = store.result(record.id)
    assert kept is not None
    assert to_document(kept) == to_document(result)
    assert [one.id for one in store.runs("per_1")] == [record.id]
    assert store.runs("per_2") == []
    with pytest.raises(DBAPIError):
        scope.connection.execute(scope.update(royalty_runs).values(engine="other"))


def test_a_kept_run_can_be_restated() -> None:
    document = random_scenario(11)
    first = simulate({**document, "usage": document["usage"][:40]})
    kept = from_document(to_document(first))
    assert simulate(document, earlier=kept).digest == simulate(document, earlier=first).digest


def test_the_way_to_the_books_takes_two_people(scope: Scope) -> None:
    store = RoyaltyStore(scope)
    document = golden_scenario()
    document["usage"].append(
        {"asset": None, "service": "alpha", "territory": "DE", "flow": "stream", "amount": "1", "currency": "EUR"}
    )
    result = simulate(document)
    record = record_of(result, "per_1", "3", "memory")
    store.add_run(record, result, AT, "per_ada")
    with pytest.raises(StepError, match="next step is reviewed"):
        advance(record, RunState.POSTED, "per_ada", AT, result.exact)
    record = advance(record, RunState.REVIEWED, "per_ada", AT, result.exact)
    store.save_steps(record)
    store.save_steps(record)
    with pytest.raises(StepError, match="a second person"):
        advance(record, RunState.APPROVED, "per_ada", AT, result.exact)
    with pytest.raises(StepError, match="unmatched money \\(no_asset\\)"):
        advance(record, RunState.APPROVED, "per_bo", AT, result.exact)
    assert store.explain(record.id, "no_asset", "a test tone of the service", "per_ada", AT)
    assert not store.explain(record.id, "no_asset", "again", "per_ada", AT)
    known = store.run(record.id)
    assert known is not None
    for state, by in ((RunState.APPROVED, "per_bo"), (RunState.POSTED, "per_bo"), (RunState.CLOSED, "per_bo")):
        known = advance(known, state, by, AT, result.exact)
        store.save_steps(known)
    assert store.run(record.id) == known
    assert known.state is RunState.CLOSED
    assert store.latest("per_1", "EUR", RunState.CLOSED) == known
    assert store.latest("per_1", "EUR", RunState.DRAFT) is None


def test_terms_are_kept_by_content(scope: Scope) -> None:
    store = RoyaltyStore(scope)
    assert store.terms() is None
    first = store.add_terms({"currency": "EUR"}, AT, "per_ada")
    assert store.add_terms({"currency": "EUR"}, AT.replace(hour=10), "per_bo") == first
    second = store.add_terms({"currency": "USD"}, AT.replace(hour=11), "per_ada")
    assert store.terms() == second
    assert store.terms(first.id) == first


def test_a_review_tells_who_changes_and_why() -> None:
    document = golden_scenario()
    last = simulate(document)
    document["terms"]["fx"][0]["rate"] = "0.8"
    document["terms"]["licences"][0]["cap"] = "60"
    found = {one.account: one for one in review(simulate(document), last)}
    assert found["payable:fan:lic_fan"].after - found["payable:fan:lic_fan"].before == -2000
    assert any("capped at 60" in reason for reason in found["payable:fan:lic_fan"].reasons)
    assert all("USD is exchanged at another rate" in one.reasons for one in found.values())
    assert review(last, last) == ()
    assert Fraction(last.units["payable:fan:lic_fan"], 100) == 70
