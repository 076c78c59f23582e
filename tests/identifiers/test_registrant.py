"""A registrant's range: nothing issued twice, and what is left is known."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.identifiers import IdentifierError
from ritornello.identifiers.isrc import PER_YEAR, RangeExhausted, Registrant, parse

OURS = Registrant("qz-abc")


def test_the_first_and_the_next() -> None:
    assert OURS.next(2026, []) == "QZABC2600000"
    assert OURS.next(2026, ["QZABC2600000", "QZABC2600041"]) == "QZABC2600042"
    assert OURS.next(2027, ["QZABC2600041"]) == "QZABC2700000", "each year has its own designations"
    assert OURS.next(2026, ["QZXYZ2600041"]) == "QZABC2600000", "other registrants do not count"


def test_what_is_left() -> None:
    assert OURS.left(2026, []) == PER_YEAR == 100_000
    assert OURS.left(2026, ["QZABC2600000", "QZABC2600000", "QZABC2700000"]) == 99_999


def test_gaps_are_filled_only_at_the_end_and_then_it_is_over() -> None:
    small = Registrant("QZABC", first=10, last=12)
    assert small.next(2026, ["QZABC2600009"]) == "QZABC2600010", "outside our block: another system's"
    assert small.next(2026, ["QZABC2600012"]) == "QZABC2600010"
    issued = ["QZABC2600010", "QZABC2600011", "QZABC2600012"]
    assert small.left(2026, issued) == 0
    with pytest.raises(RangeExhausted, match="further prefix"):
        small.next(2026, issued)


@given(st.lists(st.integers(0, 7), max_size=8))
def test_issuing_never_repeats(already: list[int]) -> None:
    block = Registrant("QZABC", last=7)
    issued = {block.isrc(2026, number) for number in already}
    while block.left(2026, issued):
        fresh = block.next(2026, issued)
        assert fresh not in issued and parse(fresh) == fresh
        issued.add(fresh)
    assert len(issued) == 8


@pytest.mark.parametrize(
    ("prefix", "first", "last", "says"),
    [("QZ", 0, 9, "prefix"), ("XXABC", 0, 9, "no ISRC agency"), ("QZABC", 5, 4, "block"), ("QZABC", 0, 10**5, "block")],
)
def test_a_range_that_is_none(prefix: str, first: int, last: int, says: str) -> None:
    with pytest.raises(IdentifierError, match=says):
        Registrant(prefix, first, last)


def test_years_and_designations_have_bounds() -> None:
    for year, designation in ((1939, 0), (2040, 0), (2026, 100_000), (2026, -1)):
        with pytest.raises(IdentifierError):
            OURS.isrc(year, designation)
