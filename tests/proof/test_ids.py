"""Ids are short, typed, and derived ones are stable."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.proof import random_id, stable_id

PARTS = st.lists(st.text(st.characters(codec="utf-8"), max_size=8), max_size=4)


@given(PARTS, PARTS)
def test_a_stable_id_follows_its_parts(parts: list[str], others: list[str]) -> None:
    assert (stable_id("rec", *parts) == stable_id("rec", *others)) == (parts == others)


def test_the_form_of_ids() -> None:
    assert stable_id("rec", "QZABC2600001") == stable_id("rec", "QZABC2600001")
    assert stable_id("rec", "a") != stable_id("wrk", "a")
    assert stable_id("rec", "ab", "c") != stable_id("rec", "a", "bc")
    for identity in (stable_id("rec", "a"), random_id("rec")):
        prefix, _, letters = identity.partition("_")
        assert prefix == "rec" and len(letters) == 26 and letters == letters.lower()


def test_a_stable_id_never_changes_between_versions() -> None:
    """sha256('["a"]') in base32: records written years ago are found by it."""
    assert stable_id("rec", "a") == "rec_" + STABLE_A


STABLE_A = "b223rvxydpdhpwukbblhzrh2ti"


def test_random_ids_differ() -> None:
    assert len({random_id("job") for _ in range(1000)}) == 1000


@pytest.mark.parametrize("prefix", ["", "a", "Rec", "rec_", "toolongprefix"])
def test_a_prefix_is_a_few_lower_case_letters(prefix: str) -> None:
    with pytest.raises(ValueError, match="prefix"):
        random_id(prefix)


def test_parts_are_text() -> None:
    with pytest.raises(TypeError, match="text"):
        stable_id("rec", 5)  # type: ignore[arg-type]
