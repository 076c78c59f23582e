"""Consent for programs, end to end: a fan asks, a rights manager records an offer and takes one back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import jsonschema_rs
import pytest

from ritornello.consent.schema import decision_schema
from ritornello.people import service
from ritornello.people.model import Identity
from ritornello.people.roles import Role
from ritornello.workflows.demo import cast
from tests.api.conftest import ADDRESS, Installed, install
from tests.web import house

QUESTION = {
    "types": ["REMIX"],
    "sources": [house.ORIGINAL_ID],
    "acts": ["make"],
    "territories": "DE, JP",
    "services": ["own"],
    "person": {"id": cast.FAN, "tier": "subscribers", "age": 30, "verified": True},
}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    made = install(tmp_path_factory.mktemp("house"))
    house.fill(made.house)
    made.clock.at = cast.DELIVERED
    with made.house.work(cast.ORGANISATION) as work:
        for role in Role:
            person = work.people.person_by_email(house.MAKER if role is Role.FAN else f"{role}@example.org")
            assert person is not None
            owner = Identity(cast.ORGANISATION, person.id, frozenset({Role.OWNER}), None, "")
            made.keys[cast.ORGANISATION, role], _ = service.give_key(
                work.people, owner, role.value, [role], datetime(2026, 1, 1, tzinfo=UTC)
            )
        work.commit()
    yield made
    made.house.engine.dispose()


def test_a_question_is_answered_with_reasons_and_kept(installed: Installed) -> None:
    client = installed.client(installed.keys[cast.ORGANISATION, Role.RIGHTS_MANAGER])
    told = client.post("/api/v1/decisions", json=QUESTION)
    assert told.status_code == 200, told.text
    document = told.json()
    jsonschema_rs.validate(decision_schema(), document)
    assert document["outcome"] == "deny"
    assert {(one["code"], one["territories"]) for one in document["reasons"] if one["effect"] == "deny"} >= {
        ("HOLDER_SILENT", "JP")
    }
    assert document["largest_scope"] == "DE"
    assert client.get(f"/api/v1/decisions/{document['id']}").json() == document


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"types": ["KARAOKE"]}, "types"),
        ({"sources": ["rec_nobody"]}, "sources"),
        ({"acts": []}, "acts"),
        ({"mood": "blue"}, "mood"),
        ({"plan": {"tempo": 3}}, "plan.tempo"),
        ({"territories": "Atlantis"}, "territories"),
    ],
)
def test_a_wrong_question_names_its_field(installed: Installed, change: dict[str, object], field: str) -> None:
    client = installed.client(installed.keys[cast.ORGANISATION, Role.RIGHTS_MANAGER])
    told = client.post("/api/v1/decisions", json={**QUESTION, **change})
    assert told.status_code == 422
    assert field in [error["where"] for error in told.json()["errors"]]


def test_a_fan_asks_for_nobody_else_and_is_not_believed_about_themselves(installed: Installed) -> None:
    client = installed.client()
    client.post(house.link(installed.house, house.MAKER, installed.clock()))
    mine = {"origin": ADDRESS}
    plain = client.post("/api/v1/decisions", json={**QUESTION, "person": {"id": cast.FAN}}, headers=mine)
    assert plain.status_code == 200
    assert "WHO_SUBSCRIBERS_ONLY" in plain.text or plain.json()["outcome"] == "deny"
    assert client.get(f"/api/v1/decisions/{plain.json()['id']}").status_code == 200
    assert client.post("/api/v1/decisions", json=QUESTION, headers=mine).status_code == 403
    other = {**QUESTION, "person": {"id": cast.WRITER_A}}
    assert client.post("/api/v1/decisions", json=other, headers=mine).status_code == 403


def test_a_revocation_is_looked_at_and_then_done(installed: Installed) -> None:
    client = installed.client(installed.keys[cast.ORGANISATION, Role.RIGHTS_MANAGER])
    with installed.house.work(cast.ORGANISATION, read_only=True) as work:
        offer = next(one for one in work.consent.offers_of_holder(cast.WRITER_B))
        licence = next(iter(work.consent.licences_of_source(house.ORIGINAL_ID)))["payload"]["id"]
    path = f"/api/v1/offers/{offer.id}/revocation"
    seen = client.post(f"{path}?dry_run=true", json={"by": cast.WRITER_B})
    assert seen.status_code == 200, seen.text
    assert not seen.json()["done"]
    assert licence in [one["licence"] for one in (*seen.json()["leaves"], *seen.json()["stays"])]
    with installed.house.work(cast.ORGANISATION, read_only=True) as work:
        assert not work.consent.events(installed.clock())
    assert client.post(path, json={"by": cast.LABEL}).status_code == 422
    done = client.post(path, json={"by": cast.WRITER_B, "reason": "moved on"}).json()
    assert done == {**seen.json(), "done": True}
    with installed.house.work(cast.ORGANISATION, read_only=True) as work:
        assert offer.id in [event.subject for event in work.consent.events(installed.clock())]
    assert client.post("/api/v1/offers/off_nothing/revocation", json={"by": cast.LABEL}).status_code == 422


def test_the_board_counts_and_the_path_names_who_is_silent(installed: Installed) -> None:
    client = installed.client(installed.keys[cast.ORGANISATION, Role.AUDITOR])
    board = client.get("/api/v1/coverage?service=alpha&territories=DE,JP").json()
    cells = {(one["type"], one["territory"]): one for one in board["cells"]}
    assert board["recordings"] == 1
    assert (cells["REMIX", "DE"]["allow"], cells["REMIX", "JP"]["deny"]) == (1, 1)
    path = client.get("/api/v1/coverage?service=alpha&territories=JP&why=REMIX").json()
    assert cast.SUBPUBLISHER_JP in [name for step in path["steps"] for name in step["signers"]]
    assert client.get("/api/v1/coverage?act=dance").status_code == 422
    assert client.get("/api/v1/coverage?territories=Atlantis").status_code == 422


def test_the_schemas_stand_in_the_interface_s_own_description(installed: Installed) -> None:
    told = installed.client().get("/api/v1/openapi.json").json()["paths"]
    asks = told["/api/v1/decisions"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert asks["properties"]["types"]["items"]["enum"]
    assert (
        "adjust" in told["/api/v1/offers"]["post"]["requestBody"]["content"]["application/json"]["schema"]["properties"]
    )
