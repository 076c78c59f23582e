"""People over the interface: listed with their roles, let in, given a link, withdrawn; nothing of theirs opens then."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from fastapi.testclient import TestClient

from ritornello.people.roles import Role
from tests.api.test_money_doors import ADDRESS, Desk, open_desk
from tests.workflows import books


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = open_desk(tmp_path)
    yield made
    made.house.engine.dispose()


def member(desk: Desk, email: str) -> dict[str, object]:
    found = desk.client(Role.OWNER).get("/api/v1/members").json()
    return next(one for one in found if one["email"] == email)


def test_somebody_is_let_in_comes_in_and_is_withdrawn(desk: Desk) -> None:
    owner = desk.client(Role.OWNER)
    body = {"email": "New@quay.example", "name": "Nia New", "roles": ["finance", "auditor"]}
    made = owner.post("/api/v1/members", json=body).json()
    assert (made["email"], made["name"], made["roles"]) == ("new@quay.example", "Nia New", ["finance", "auditor"])
    assert member(desk, "new@quay.example") == made
    link = owner.post(f"/api/v1/members/{made['id']}/link").json()["link"]
    browser = TestClient(desk.site, ADDRESS)
    browser.post(urlsplit(link).path)
    assert browser.get("/api/v1/me").json()["roles"] == ["auditor", "finance"]
    spent = TestClient(desk.site, ADDRESS).post(urlsplit(link).path)
    assert spent.status_code == 410

    narrowed = owner.post("/api/v1/members", json={**body, "roles": ["fan"]}).json()
    assert (narrowed["id"], narrowed["roles"]) == (made["id"], ["fan"])
    assert browser.get("/api/v1/royalties/runs").status_code == 403
    unused = owner.post(f"/api/v1/members/{made['id']}/link").json()["link"]
    assert owner.delete(f"/api/v1/members/{made['id']}").json() == {"withdrawn": made["id"]}
    assert browser.get("/api/v1/me").status_code == 401
    assert TestClient(desk.site, ADDRESS).post(urlsplit(unused).path).status_code == 410
    assert owner.delete(f"/api/v1/members/{made['id']}").status_code == 404

    told = [(one["act"], one["subject"], one["details"]) for one in owner.get("/api/v1/acts").json()]
    assert told == [
        ("house.withdraw", made["id"], {"roles": "fan"}),
        ("house.link", made["id"], {}),
        ("house.admit", made["id"], {"roles": "fan"}),
        ("house.link", made["id"], {}),
        ("house.admit", made["id"], {"roles": "auditor, finance"}),
    ]
    assert {one["by"] for one in owner.get("/api/v1/acts").json()} == {member(desk, "owner@quay.example")["id"]}
    assert len(owner.get("/api/v1/acts?newest=2").json()) == 2


def test_a_withdrawn_persons_keys_stop_and_the_last_owner_stays(desk: Desk) -> None:
    owner, finance = desk.client(Role.OWNER), desk.client(Role.FINANCE)
    assert finance.get("/api/v1/royalties/runs").status_code == 200
    leaves = member(desk, "finance@quay.example")
    assert leaves["keys"] == ["finance"]
    owner.delete(f"/api/v1/members/{leaves['id']}")
    assert finance.get("/api/v1/royalties/runs").status_code == 401
    last = member(desk, "owner@quay.example")
    refused = owner.delete(f"/api/v1/members/{last['id']}")
    assert refused.status_code == 409 and "the only owner" in refused.json()["detail"]
    stripped = owner.post("/api/v1/members", json={"email": "owner@quay.example", "roles": ["fan"]})
    assert stripped.status_code == 409 and "make somebody else an owner first" in stripped.json()["detail"]
    owner.post("/api/v1/members", json={"email": "second@quay.example", "roles": ["owner"]})
    assert owner.delete(f"/api/v1/members/{last['id']}").status_code == 200
    assert owner.get("/api/v1/members").status_code == 401


def test_what_is_wrong_is_told_and_nobody_is_let_in(desk: Desk) -> None:
    owner = desk.client(Role.OWNER)
    before = owner.get("/api/v1/members").json()
    for body, status, told in (
        ({"email": "nobody", "roles": ["fan"]}, 409, "no e-mail address"),
        ({"email": "a@b.example", "roles": []}, 422, "shape"),
        ({"email": "a@b.example", "roles": ["king"]}, 422, "shape"),
    ):
        answer = owner.post("/api/v1/members", json=body)
        assert (answer.status_code, told in answer.json()["detail"]) == (status, True), answer.text
    assert owner.get("/api/v1/members").json() == before
    assert owner.get("/api/v1/roles").json()["finance"].count("close_period") == 1
    with desk.house.work(books.ORGANISATION, read_only=True) as work:
        assert list(work.people.acts(10)) == []


def test_a_fan_let_in_is_somebody_to_license_and_so_is_their_program(desk: Desk) -> None:
    owner = desk.client(Role.OWNER)
    body = {"email": "fan@quay.example", "name": "quietfox", "roles": ["fan"]}
    made = owner.post("/api/v1/members", json=body).json()
    assert made["party_id"].startswith("pty_")
    assert owner.post("/api/v1/members", json=body).json()["party_id"] == made["party_id"]
    browser = TestClient(desk.site, ADDRESS, headers={"Origin": ADDRESS})
    browser.post(urlsplit(owner.post(f"/api/v1/members/{made['id']}/link").json()["link"]).path)
    secret = browser.post("/api/v1/me/keys", json={"name": "my app"}).json()["secret"]
    program = TestClient(desk.site, ADDRESS, headers={"Authorization": f"Bearer {secret}"})
    assert program.get("/api/v1/me").json()["party_id"] == made["party_id"]
    # who makes nothing needs no party; a payee is let in as the party that they are paid as, and no other is made up
    auditor = owner.post("/api/v1/members", json={"email": "a@quay.example", "roles": ["auditor"]}).json()
    assert auditor["party_id"] is None
    paid = owner.post("/api/v1/members", json={**body, "email": "b@quay.example", "party_id": made["party_id"]}).json()
    assert paid["party_id"] == made["party_id"]
    unknown = owner.post("/api/v1/members", json={**body, "email": "c@quay.example", "party_id": "pty_nobody"})
    assert unknown.status_code == 409 and "no party pty_nobody" in unknown.json()["detail"]
    assert "c@quay.example" not in {one["email"] for one in owner.get("/api/v1/members").json()}
