"""People over the interface: listed with their roles, let in, given a link, paid as a party, withdrawn, erased; nothing
of theirs opens then."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from fastapi.testclient import TestClient

from ritornello.people.roles import Role
from tests.api.test_money_doors import ADDRESS, ONE, Desk, open_desk, settled
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


def come_in(desk: Desk, person: str) -> TestClient:
    """Their browser, after the link that the owner made for them."""
    link = desk.client(Role.OWNER).post(f"/api/v1/members/{person}/link").json()["link"]
    browser = TestClient(desk.site, ADDRESS)
    browser.post(urlsplit(link).path)
    return browser


def let_in(desk: Desk, email: str, role: str, name: str) -> dict[str, str]:
    body = {"email": email, "name": name, "roles": [role]}
    return dict(desk.client(Role.OWNER).post("/api/v1/members", json=body).json())


def test_a_payee_sees_the_statements_of_their_party_and_no_others(desk: Desk) -> None:
    settled(desk, "2026-07", [ONE])
    owner = desk.client(Role.OWNER)
    every = {one["payee"]: one["id"] for one in owner.get("/api/v1/statements").json()}
    assert {books.ARTIST, books.LABEL} <= set(every)
    made = let_in(desk, "mina@quay.example", "payee", "Mina")
    assert (made["party"], made["paid_as"]) == (None, "")
    hers = come_in(desk, made["id"])
    assert hers.get("/api/v1/statements").json() == []

    paid = owner.put(f"/api/v1/members/{made['id']}/party", json={"party": "mina holt"}).json()
    assert (paid["party"], paid["paid_as"]) == (books.ARTIST, "Mina Holt")
    assert [one["id"] for one in hers.get("/api/v1/statements").json()] == [every[books.ARTIST]]
    assert hers.get(f"/api/v1/statements/{every[books.ARTIST]}").status_code == 200
    assert hers.get(f"/api/v1/statements/{every[books.LABEL]}").status_code == 404
    shown = hers.get("/statements")
    assert shown.status_code == 200 and every[books.ARTIST] in shown.text and every[books.LABEL] not in shown.text
    assert hers.get(f"/statements/{every[books.ARTIST]}").status_code == 200

    assert owner.put(f"/api/v1/members/{made['id']}/party", json={"party": None}).json()["party"] is None
    assert hers.get("/api/v1/statements").json() == []
    told = [(one["act"], one["details"]) for one in owner.get("/api/v1/acts").json()]
    assert told[:1] == [("house.pay-as", {"party": "nobody"})]
    assert ("house.pay-as", {"party": books.ARTIST}) in told


def test_a_fan_who_is_let_in_is_a_party_of_their_own(desk: Desk) -> None:
    first = let_in(desk, "fan1@quay.example", "fan", "Fan One")
    second = let_in(desk, "fan2@quay.example", "fan", "Fan Two")
    assert first["party"] and second["party"] and first["party"] != second["party"]
    assert first["paid_as"] == "Fan One"
    assert come_in(desk, first["id"]).get("/api/v1/me").json()["party_id"] == first["party"]
    assert let_in(desk, "fan1@quay.example", "fan", "Fan One")["party"] == first["party"]
    parties = desk.client(Role.OWNER).get("/api/v1/parties").json()
    assert {"id": first["party"], "name": "Fan One"} in parties


def test_a_party_that_nobody_or_more_than_one_is_called_is_told(desk: Desk) -> None:
    owner = desk.client(Role.OWNER)
    twins = [let_in(desk, f"twin{n}@quay.example", "fan", "Twin") for n in (1, 2)]
    address = f"/api/v1/members/{twins[0]['id']}/party"
    nobody = owner.put(address, json={"party": "Nobody At All"})
    assert nobody.status_code == 409 and "bring the payee in" in nobody.json()["detail"]
    both = owner.put(address, json={"party": "Twin"})
    assert both.status_code == 409 and all(one["party"] in both.json()["detail"] for one in twins)
    assert owner.put(address, json={"party": twins[1]["party"]}).json()["party"] == twins[1]["party"]


@pytest.mark.parametrize("payee_too", [True, False])
def test_who_is_erased_leaves_no_name_and_their_party_only_if_asked(desk: Desk, payee_too: bool) -> None:
    owner = desk.client(Role.OWNER)
    made = let_in(desk, "mina@quay.example", "payee", "Mina")
    owner.put(f"/api/v1/members/{made['id']}/party", json={"party": books.ARTIST})
    hers = come_in(desk, made["id"])
    answer = owner.post(f"/api/v1/members/{made['id']}/erasure", json={"payee_too": payee_too})
    assert answer.json() == {"erased": made["id"], "payee": "erased" if payee_too else "kept"}
    assert hers.get("/api/v1/me").status_code == 401
    assert "mina@quay.example" not in owner.get("/api/v1/members").text
    name = {one["id"]: one["name"] for one in owner.get("/api/v1/parties").json()}[books.ARTIST]
    assert name == ("" if payee_too else "Mina Holt")
    last = member(desk, "owner@quay.example")
    assert owner.post(f"/api/v1/members/{last['id']}/erasure", json={"payee_too": False}).status_code == 409
    assert desk.client(Role.FINANCE).post(f"/api/v1/members/{last['id']}/erasure", json={}).status_code == 403


def test_a_members_program_acts_as_the_party_that_they_are(desk: Desk) -> None:
    made = let_in(desk, "fan@quay.example", "fan", "quietfox")
    browser = come_in(desk, made["id"])
    secret = browser.post("/api/v1/me/keys", json={"name": "my app"}, headers={"Origin": ADDRESS}).json()["secret"]
    program = TestClient(desk.site, ADDRESS, headers={"Authorization": f"Bearer {secret}"})
    assert program.get("/api/v1/me").json()["party_id"] == made["party"]
    desk.client(Role.OWNER).put(f"/api/v1/members/{made['id']}/party", json={"party": None})
    assert program.get("/api/v1/me").json()["party_id"] is None
