"""Secrets are long, recognisable, of one kind each, and never stored as they are."""

from __future__ import annotations

import pytest

from ritornello.people.tokens import Door, door_of, hash_of, new_token


@pytest.mark.parametrize("door", Door)
def test_a_secret_has_256_bits_and_opens_one_kind_of_door(door: Door) -> None:
    token = new_token(door)
    assert len(token.split("_", 1)[1]) == 43 and door_of(token) is door
    hashed = hash_of(door, token)
    assert hashed is not None and len(hashed) == 64 and token not in hashed
    assert [hash_of(other, token) for other in Door if other is not door] == [None, None]


def test_no_two_secrets_are_alike() -> None:
    assert len({new_token(Door.SESSION) for _ in range(1000)}) == 1000


@pytest.mark.parametrize(
    "text", ["", "rits_", "rits_short", "rits_" + "x" * 44, "RITS_" + "x" * 43, "rits_" + "é" * 43]
)
def test_what_is_no_secret_has_no_hash(text: str) -> None:
    assert hash_of(Door.SESSION, text) is None


def test_the_kind_goes_into_the_hash() -> None:
    token = new_token(Door.SESSION)
    as_key = token.replace("rits", "ritk")
    assert hash_of(Door.SESSION, token) != hash_of(Door.API, as_key)
