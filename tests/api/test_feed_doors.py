"""A service reads its own feed with its own key, holds its list against ours, and asks for its people on its claims."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from ritornello.consent.claims import claim
from ritornello.people import service as people
from ritornello.people.model import Identity
from ritornello.people.roles import Role
from ritornello.proof import sha256_hex
from ritornello.proof.signing import KeyRing, Signed, verify
from ritornello.workflows import consent_desk, consent_feed
from ritornello.workflows.demo import cast
from tests.api.conftest import Installed, install
from tests.web import house

LIST = f"recording;type;territories\n{house.ORIGINAL_ID};REMIX;DE, US\n"


@pytest.fixture
def installed(tmp_path: Path) -> Iterator[Installed]:
    made = install(tmp_path)
    house.fill(made.house)
    made.clock.at = cast.DELIVERED
    with made.house.work(cast.ORGANISATION) as work:
        person = work.people.person_by_email("owner@example.org")
        assert person is not None
        owner = Identity(cast.ORGANISATION, person.id, frozenset({Role.OWNER}), None, "")
        made.keys[cast.ORGANISATION, Role.OWNER], _ = people.give_key(
            work.people, owner, "desk", [Role.OWNER], cast.REGISTERED
        )
        work.commit()
    yield made
    made.house.engine.dispose()


def program(installed: Installed, name: str) -> TestClient:
    """A program of a service, with the key that the house gave it."""
    _, key = consent_feed.agree(
        installed.house, cast.ORGANISATION, name, {"territories": "DE, JP, US"}, installed.clock(), new_key=True
    )
    return installed.client(key)


def test_a_services_key_reads_its_own_feed_and_no_other(installed: Installed) -> None:
    alpha, beta = program(installed, cast.ALPHA), program(installed, cast.BETA)
    assert alpha.get(f"/api/v1/feeds/{cast.ALPHA}").json()["issues"] == []
    assert alpha.post(f"/api/v1/feeds/{cast.ALPHA}", json={}).status_code == 403
    probe = consent_feed.probe_of(installed.house, cast.ORGANISATION, cast.ALPHA, installed.clock())
    made = consent_feed.issue_feed(installed.house, cast.ORGANISATION, probe)
    told = alpha.get(f"/api/v1/feeds/{cast.ALPHA}").json()
    (issue,) = told["issues"]
    csv = alpha.get(f"/api/v1/feeds/{cast.ALPHA}/1.csv")
    lines = alpha.get(f"/api/v1/feeds/{cast.ALPHA}/1.jsonl")
    cover = Signed.from_document(alpha.get(f"/api/v1/feeds/{cast.ALPHA}/1.json").json())
    assert cover.to_document() == issue["cover"]
    assert verify(cover, installed.house.keys(installed.clock()).trusted())
    assert cover.payload["csv_sha256"] == sha256_hex(csv.content)
    assert cover.payload["jsonl_sha256"] == sha256_hex(lines.content)
    assert csv.content == made.csv.read_bytes()
    (row,) = (one for one in map(json.loads, lines.text.splitlines()) if one["type"] == "REMIX")
    assert (row["recording"], row["territories"], row["action"]) == (house.ORIGINAL_ID, "DE, US", "open")
    for path in (f"/api/v1/feeds/{cast.ALPHA}", f"/api/v1/feeds/{cast.ALPHA}/1.csv", f"/api/v1/services/{cast.ALPHA}"):
        assert beta.get(path).status_code == 403
        assert installed.client().get(path).status_code == 401
    assert beta.post(f"/api/v1/feeds/{cast.ALPHA}/comparison", content=LIST).status_code == 403
    assert alpha.get(f"/api/v1/feeds/{cast.ALPHA}/2.csv").status_code == 404
    for path in ("/api/v1/recordings", "/api/v1/coverage", "/runs"):
        assert alpha.get(path).status_code == 403, path


def test_a_service_hears_what_it_still_has_open_and_since_when_it_is_withdrawn(installed: Installed) -> None:
    alpha = program(installed, cast.ALPHA)
    desk = installed.client(installed.keys[cast.ORGANISATION, Role.OWNER])
    assert desk.post(f"/api/v1/feeds/{cast.ALPHA}", json={}).json()["since"] is None
    path = f"/api/v1/feeds/{cast.ALPHA}/comparison"
    agreed = alpha.post(path, content=LIST).json()["differences"]
    assert not [one for one in agreed if one["type"] == "REMIX"]
    consent_desk.stop(
        installed.house,
        cast.ORGANISATION,
        by=cast.LABEL,
        reason="a leak",
        at=installed.clock(),
        asset_id=house.ORIGINAL_ID,
    )
    installed.clock.at += timedelta(days=9)
    (found,) = (one for one in alpha.post(path, content=LIST).json()["differences"] if one["type"] == "REMIX")
    assert found["words"] == "still open there in DE, US, withdrawn here for 9 days"
    assert (found["kind"], found["days"]) == ("still_open", 9)
    made = desk.post(f"/api/v1/feeds/{cast.ALPHA}", json={}).json()
    assert (made["number"], made["since"]) == (2, 1)
    changes = alpha.get(f"/api/v1/feeds/{cast.ALPHA}/2.jsonl").text.splitlines()
    assert {json.loads(one)["action"] for one in changes} == {"close"}
    whole = alpha.get(f"/api/v1/feeds/{cast.ALPHA}/2.jsonl?whole=true")
    cover = alpha.get(f"/api/v1/feeds/{cast.ALPHA}").json()["issues"][1]["whole_cover"]
    assert (whole.text, cover["payload"]["jsonl_sha256"]) == ("", sha256_hex(b""))
    wrong = alpha.post(path, content="recording,type,territories\nr,REMIX,Atlantis\n")
    assert wrong.status_code == 422
    assert [one["where"] for one in wrong.json()["errors"]] == ["row 2"]


def test_a_service_asks_for_its_people_on_claims_that_it_signed(installed: Installed) -> None:
    alpha, beta = program(installed, cast.ALPHA), program(installed, cast.BETA)
    at = installed.clock()
    ring = KeyRing.generate(at - timedelta(days=1))
    consent_feed.agree(installed.house, cast.ORGANISATION, cast.ALPHA, {"claim_keys": ring.trusted().to_document()}, at)
    others = KeyRing.generate(at - timedelta(days=1))
    theirs = {"claim_keys": others.trusted().to_document()}
    consent_feed.agree(installed.house, cast.ORGANISATION, cast.BETA, theirs, at)
    facts = {"tier": "subscribers", "age": 30, "verified": True}

    def signed(person: str = "per_of_alpha", by: KeyRing = ring, issuer: str = cast.ALPHA) -> dict[str, object]:
        return claim(person, facts, by, issuer=issuer, at=at, until=at + timedelta(days=1)).to_document()

    question = {
        "types": ["REMIX"], "sources": [house.ORIGINAL_ID], "acts": ["publish"], "territories": "DE",
        "services": [cast.ALPHA], "person": {"id": "per_of_alpha"},
    }  # fmt: skip
    door = "/api/v1/decisions"
    nobody = alpha.post(door, json=question).json()
    assert "WHO_NOT_ALLOWED" in {one["code"] for one in nobody["reasons"]}
    known = alpha.post(door, json={**question, "claims": [signed()]}).json()
    assert known["outcome"] == "allow", known["reasons"]
    kept = {one["kind"]: one for one in known["request"]["person"]["claims"]}
    assert (kept["tier"]["value"], kept["tier"]["issuer"]) == ("subscribers", cast.ALPHA)
    with installed.house.work(cast.ORGANISATION, read_only=True) as work:
        assert work.feeds.claim(kept["tier"]["sha256"]) == signed()
        assert work.consent.decision(known["id"]) is not None
    wrong = (
        ({"claims": [signed("per_other")]}, "claims[0]"),
        ({"claims": [signed(by=KeyRing.generate(at))]}, "claims[0]"),
        ({"claims": [signed(by=others, issuer=cast.BETA), signed(by=others)]}, "claims[1]"),
        ({"claims": [signed(issuer="gamma")]}, "claims[0].issuer"),
        ({"claims": [{**signed(), "signature": "AAAA"}]}, "claims[0]"),
        ({"claims": [signed(), 7]}, "claims[1]"),
    )
    for change, field in wrong:
        told = alpha.post(door, json={**question, **change})
        assert told.status_code == 422, told.text
        assert [one["where"] for one in told.json()["errors"]] == [field]
    assert beta.post(door, json=question).status_code == 403
    believed = alpha.post(door, json={**question, "person": {"id": "per_of_alpha", "tier": "subscribers"}})
    assert believed.status_code == 403


WRONG: tuple[tuple[dict[str, object], str], ...] = (
    ({"act": "sing"}, "act"),
    ({"territories": "Atlantis"}, "territories"),
    ({"territories": "JP ex JP"}, "territories"),
    ({"individual_express": "yes"}, "individual_express"),
    ({"claim_keys": {"keys": [1]}}, "claim_keys"),
    ({"mood": 1}, "mood"),
)


def test_a_wrong_profile_names_its_field_and_changes_nothing(installed: Installed) -> None:
    desk = installed.client(installed.keys[cast.ORGANISATION, Role.OWNER])
    path = f"/api/v1/services/{cast.BETA}"
    before = desk.get(path).json()
    for change, field in WRONG:
        told = desk.put(path, json=change)
        assert told.status_code == 422, told.text
        assert [one["where"] for one in told.json()["errors"]] == [field]
    assert desk.get(path).json() == before
    changed = desk.put(path, json={"individual_express": True}).json()
    assert changed == {**before, "individual_express": True} == desk.get(path).json()
