"""`ritornello licence verify` answers in six ways, each of them typed."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ritornello.consent.licence import RevocationList, RevokedLicence
from ritornello.proof.signing import KeyRing, TrustedKeys
from ritornello.workflows.demo import cast
from tests.cli.conftest import Desk
from tests.web.house import ORIGINAL_ID

AT = cast.ASKED + timedelta(days=2)


def stamp(at: Any) -> str:
    return str(at.strftime("%Y-%m-%dT%H:%M:%S"))


@pytest.fixture
def licence(desk: Desk) -> dict[str, Any]:
    with desk.house.work(cast.ORGANISATION, read_only=True) as work:
        return dict(next(iter(work.consent.licences_of_source(ORIGINAL_ID))))


def published(desk: Desk, *revoked: RevokedLicence, stale: bool = False) -> Path:
    """The house's list of revocations, as it publishes it."""
    ends = AT - timedelta(minutes=1) if stale else AT + timedelta(days=1)
    made = RevocationList(len(revoked), AT - timedelta(hours=1), ends, revoked).sign(desk.house.keys(AT))
    return desk.file("list.json", made.to_document())


def verified(desk: Desk, document: dict[str, Any], *more: object, at: Any = AT) -> tuple[int, str]:
    told = desk.run("licence", "verify", desk.file("licence.json", document), "--at", stamp(at), *more)
    return told.exit_code, told.stdout.partition(":")[0].strip()


def test_the_six_answers(desk: Desk, licence: dict[str, Any]) -> None:
    keys = desk.file("keys.json", desk.house.keys(AT).trusted().to_document())
    strangers = desk.file("strangers.json", KeyRing.generate(AT).trusted().to_document())
    name = licence["payload"]["id"]
    clean = published(desk)
    trusted = ("--trust", keys, "--revocations", clean)
    assert verified(desk, licence, *trusted) == (0, "Trusted")
    assert verified(desk, licence, "--trust", keys) == (1, "Not checked for revocation")
    assert verified(desk, licence, "--trust", strangers) == (1, "Valid but unknown signer")
    assert verified(desk, licence) == (1, "Valid but unknown signer")
    forged = json.loads(json.dumps(licence))
    forged["payload"]["licensee"] = "pty_thief"
    assert verified(desk, forged, *trusted) == (1, "Invalid")
    assert verified(desk, {**licence, "signature": "AAAA"}, *trusted) == (1, "Invalid")
    assert verified(desk, {"hello": "world"}, *trusted) == (1, "Invalid")
    gone = RevokedLicence(name, AT - timedelta(hours=2), "taken back")
    assert verified(desk, licence, "--trust", keys, "--revocations", published(desk, gone)) == (1, "Revoked")
    later = RevokedLicence(name, AT + timedelta(hours=2), "taken back")
    assert verified(desk, licence, "--trust", keys, "--revocations", published(desk, later)) == (0, "Trusted")
    stale = published(desk, stale=True)
    assert verified(desk, licence, "--trust", keys, "--revocations", stale) == (1, "Not checked for revocation")


def test_an_expired_licence_and_a_revocation_replayed_through_the_published_list(
    desk: Desk, licence: dict[str, Any]
) -> None:
    with desk.house.work(cast.ORGANISATION, read_only=True) as work:
        decision = work.consent.decision(licence["payload"]["decision"]["id"])
        offer = work.consent.offers_of_holder(cast.WRITER_B)[0]
    assert decision is not None
    accepted, out = desk.file("accepted.txt", "I accept."), desk.folder / "short.json"
    made = desk.run(
        "licence", "issue", decision["id"], "--owner", cast.LABEL, "--accepted", accepted, "--own-work",
        "--expires", "2026-07-01", "--out", out, "--at", stamp(AT),
    )  # fmt: skip
    assert made.exit_code == 0, made.exception
    keys = desk.file("keys.json", desk.house.keys(AT).trusted().to_document())
    short = json.loads(out.read_text())
    assert verified(desk, short, "--trust", keys, at=AT.replace(month=7, day=1)) == (1, "Expired")
    assert verified(desk, short, "--trust", keys, at=AT.replace(month=6, day=30)) == (1, "Not checked for revocation")
    done = desk.told("consent", "revoke", offer.id, "--by", cast.WRITER_B, "--at", stamp(AT), "--yes")
    assert short["payload"]["id"] in [one["licence"] for one in (*done["leaves"], *done["stays"])]
    assert TrustedKeys.from_document(json.loads(keys.read_text())).keys
