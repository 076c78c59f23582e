"""The approval inbox over HTTP: who may say yes, quorum and second person, deadlines, batches, and the answer after."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from ritornello.consent.approvals import Item, queued
from ritornello.consent.events import EventKind
from ritornello.people import service
from ritornello.people.roles import Role
from ritornello.workflows.demo import cast
from tests.api.conftest import Installed
from tests.api.consent_house import browser, furnished, program
from tests.web import house

QUESTION = {
    "types": ["REMIX"],
    "sources": [house.ORIGINAL_ID],
    "acts": ["make", "publish"],
    "territories": "DE",
    "services": ["own"],
    "person": {"id": cast.FAN, "tier": "subscribers", "age": 30, "verified": True},
    "plan": {"tempo_permille": 60, "original_permille": 800, "added_permille": 200, "structure": "reorder"},
}


@pytest.fixture
def installed(tmp_path: Any) -> Iterator[Installed]:
    for made in furnished(tmp_path):
        with made.house.work(cast.ORGANISATION) as work:
            service.admit(
                work.people,
                cast.ORGANISATION,
                "noor@example.org",
                "Noor Haddad",
                [Role.APPROVER],
                cast.REGISTERED,
                cast.WRITER_B,
            )
            for holder in (cast.WRITER_B, cast.PUBLISHER):
                for offer in work.consent.offers_of_holder(holder):
                    terms = offer.terms.adjust({"moderation.mode": "pre_approval"})
                    work.consent.add_offer(offer.next_version(cast.ASKED, terms=terms))
            work.commit()
        yield made


def noor(installed: Installed) -> TestClient:
    return browser(installed, "noor@example.org")


def asked(installed: Installed) -> list[dict[str, Any]]:
    """A remix that the second writer and the publisher want to hear first is put before them."""
    rights = program(installed)
    decision = rights.post("/api/v1/decisions", json=QUESTION).json()
    assert decision["outcome"] == "needs_approval", decision["reasons"]
    told = rights.post(f"/api/v1/decisions/{decision['id']}/approvals")
    assert told.status_code == 200, told.text
    found: list[dict[str, Any]] = told.json()
    return found


def outcome(installed: Installed) -> str:
    return str(program(installed).post("/api/v1/decisions", json=QUESTION).json()["outcome"])


def of(items: list[dict[str, Any]], right: str, holder: str = cast.WRITER_B) -> str:
    return next(str(one["id"]) for one in items if (one["right"], one["holder"]) == (right, holder))


def test_every_signature_counts_and_the_last_one_allows(installed: Installed) -> None:
    items = asked(installed)
    hers = {one["id"] for one in items if one["holder"] == cast.WRITER_B}
    assert {one["right"] for one in items if one["id"] in hers} == {"C_ARR", "C_MECH", "C_PERF", "A_MORAL"}
    assert {one["right"] for one in items if one["holder"] == cast.PUBLISHER} == {"C_ARR", "C_MECH", "C_PERF"}
    assert asked(installed) == items, "what waits is not put twice"
    house_approver = program(installed, Role.APPROVER)
    ids = [one["id"] for one in items]
    told = house_approver.post("/api/v1/approvals/votes", json={"items": ids, "approve": True}).json()
    assert {one["holder"] for one in told["taken"]} == {cast.PUBLISHER}, "a representative signed for the publisher"
    assert set(told["refused"]) == hers
    assert told["refused"][of(items, "A_MORAL")] == "only the person can allow this"
    assert told["refused"][of(items, "C_ARR")] == "the holder answers in person"
    assert outcome(installed) == "needs_approval"
    for name in sorted(hers):
        assert outcome(installed) == "needs_approval"
        page = noor(installed).post(f"/consent/approvals/{name}", data={"act": "approve"})
        assert (page.status_code, "Approved" in page.headers["location"]) == (303, True), page.text
    assert outcome(installed) == "allow"


def test_a_refusal_has_a_reason_and_closes(installed: Installed) -> None:
    items = asked(installed)
    name = of(items, "C_ARR")
    writer = noor(installed)
    publishers = of(items, "C_ARR", cast.PUBLISHER)
    page = writer.post(f"/consent/approvals/{name}", data={"act": "refuse", "reason": ""})
    assert (page.status_code, "say why" in page.text) == (422, True)
    told = program(installed, Role.APPROVER).post(
        "/api/v1/approvals/votes", json={"items": [publishers], "approve": False, "reason": "mood"}
    )
    assert told.json()["refused"] == {publishers: "'mood' is no reason"}
    writer.post(f"/consent/approvals/{name}", data={"act": "refuse", "reason": "style"})
    assert outcome(installed) == "deny"
    told = program(installed).post(f"/api/v1/decisions/{items[0]['decision_id']}/approvals")
    assert (told.status_code, "is denied" in told.text) == (422, True)


def test_nobody_votes_twice_or_too_late_and_a_lapse_refuses_until_asked_again(installed: Installed) -> None:
    items = asked(installed)
    name = of(items, "C_ARR", cast.PUBLISHER)
    approver = program(installed, Role.APPROVER)
    installed.clock.pass_by(hours=73)
    vote = {"items": [name], "approve": True}
    assert approver.post("/api/v1/approvals/votes", json=vote).json()["refused"] == {name: "the item is settled"}
    due = approver.post("/api/v1/approvals/due").json()
    assert {one["standing"] for one in due} == {"lapsed"}
    assert approver.post("/api/v1/approvals/due").json() == [], "told once"
    assert outcome(installed) == "deny"
    again = program(installed).post(f"/api/v1/decisions/{items[0]['decision_id']}/approvals").json()
    assert {one["standing"] for one in again} == {"open"}
    renewed = of(again, "C_ARR", cast.PUBLISHER)
    assert renewed != name
    assert approver.post("/api/v1/approvals/votes", json={"items": [renewed], "approve": True}).json()["taken"]


def test_the_voice_needs_the_person_and_a_second_pair_of_eyes(installed: Installed) -> None:
    decision = program(installed).post("/api/v1/decisions", json=QUESTION).json()
    now = installed.clock()
    item = Item(
        "apq_voice",
        "5" * 64,
        decision["id"],
        cast.WRITER_B,
        "VOICE",
        ("VOICE_APPROVAL",),
        frozenset(),
        2,
        now,
        now + timedelta(hours=72),
    )
    with installed.house.work(cast.ORGANISATION) as work:
        work.consent.add_event(queued(item))
        work.commit()
    approver, singer = program(installed, Role.APPROVER), noor(installed)
    vote = {"items": [item.id], "approve": True}
    assert approver.post("/api/v1/approvals/votes", json=vote).json()["refused"] != {}, "the person comes first"
    told = singer.post("/api/v1/approvals/votes", json=vote).json()
    assert told["taken"][0]["standing"] == "open"
    again = singer.post("/api/v1/approvals/votes", json=vote).json()
    assert again["refused"] == {item.id: "you have voted; a second person votes, not the same again"}
    assert approver.post("/api/v1/approvals/votes", json=vote).json()["taken"][0]["standing"] == "approved"
    with installed.house.work(cast.ORGANISATION, read_only=True) as work:
        (answer,) = work.consent.events(now, kinds=[EventKind.APPROVAL])
    assert (answer.document["holder"], answer.document["right"]) == (cast.WRITER_B, "VOICE")


def test_a_batch_takes_what_it_can_and_names_the_rest(installed: Installed) -> None:
    items = asked(installed)
    desk = browser(installed, "approver@example.org")
    inbox = desk.get("/consent/approvals").text
    assert inbox.count('name="item"') == 3, "what the writer answers in person is not theirs to tick"
    ids = [one["id"] for one in items] + ["apq_none"]
    done = desk.post("/consent/approvals", data={"item": ids, "act": "approve"})
    assert done.status_code == 303
    assert "3%20approved%20by%20you%3B%205%20not" in done.headers["location"]
    nothing = desk.post("/consent/approvals", data={"act": "approve"})
    assert (nothing.status_code, "choose at least one" in nothing.text) == (422, True)


def test_a_fan_puts_only_the_own_question(installed: Installed) -> None:
    fan = browser(installed, house.MAKER)
    decision = program(installed).post("/api/v1/decisions", json=QUESTION).json()
    assert "Ask those who must approve" in fan.get(f"/decisions/{decision['id']}").text
    assert fan.post(f"/decisions/{decision['id']}/ask").headers["location"] == f"/decisions/{decision['id']}"
    assert len(program(installed).get("/api/v1/approvals").json()) == 7
    assert fan.get("/consent/approvals").status_code == 403
    other = program(installed).post("/api/v1/decisions", json={**QUESTION, "person": {"id": cast.PRODUCER}}).json()
    assert fan.post(f"/decisions/{other['id']}/ask").status_code == 404


def test_an_item_shows_both_sounds_who_else_signs_and_comes_as_a_file(installed: Installed) -> None:
    items = asked(installed)
    page = noor(installed).get(f"/consent/approvals/{items[0]['id']}").text
    assert "What is planned" in page and "Who else must sign" in page and "data-player" in page
    table = browser(installed).get("/exports/approvals.json").json()["approvals"]
    assert len(table) == 7 and {one["quorum"] for one in table} == {1}
    one = program(installed).get(f"/api/v1/approvals/{items[0]['id']}").json()
    assert len(one["others"]) == 6
    assert program(installed).get("/api/v1/approvals/apq_none").status_code == 404
