"""What is believed about a maker: what a trusted service signed, while it is good, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ritornello.consent.claims import claim, person_of
from ritornello.consent.errors import ConsentError
from ritornello.consent.requests import Person
from ritornello.proof.signing import KeyRing, Signed
from tests.consent.song import AT

RING = KeyRing.generate(AT - timedelta(days=9))
DAY = timedelta(days=1)


def said(at: Any = AT - DAY, person: str = "per_fan", until: Any = AT + DAY, **facts: Any) -> Signed:
    return claim(person, facts, RING, issuer="alpha", at=at, until=until)


def test_a_stranger_is_nobody() -> None:
    assert person_of("per_fan", [], RING.trusted(), at=AT) == Person("per_fan")


def test_signed_facts_are_believed_and_kept_by_hash() -> None:
    person = person_of("per_fan", [said(tier="subscribers", age=24)], RING.trusted(), at=AT)
    assert (person.tier, person.age, person.verified) == ("subscribers", 24, False)
    assert {entry.kind: entry.value for entry in person.claims} == {"tier": "subscribers", "age": "24"}
    assert all(len(entry.sha256) == 64 for entry in person.claims)


def test_the_newest_counts_but_a_ban_stays() -> None:
    claims = [said(at=AT - 2 * DAY, tier="subscribers", banned=True), said(tier="everyone", banned=False)]
    person = person_of("per_fan", claims[::-1], RING.trusted(), at=AT)
    assert (person.tier, person.banned) == ("everyone", True)


def test_what_expired_or_is_not_yet_said_is_left_out() -> None:
    claims = [said(until=AT, tier="subscribers"), said(at=AT + DAY, until=AT + 2 * DAY, tier="subscribers")]
    assert person_of("per_fan", claims, RING.trusted(), at=AT).tier == "everyone"


@pytest.mark.parametrize(
    ("signed", "match"),
    [
        (said(person="per_other", tier="subscribers"), "about this person"),
        (said(shoe_size=44), "shoe_size"),
        (said(age="24"), "age"),
        (said(age=True), "age"),
        (replace(said(age=24), signature=b"0" * 64), "does not belong"),
        (claim("per_fan", {}, KeyRing.generate(AT), issuer="x", at=AT, until=AT + DAY), "not on the list"),
    ],
)
def test_a_claim_that_cannot_be_believed(signed: Signed, match: str) -> None:
    with pytest.raises(ConsentError, match=match):
        person_of("per_fan", [signed], RING.trusted(), at=AT)
