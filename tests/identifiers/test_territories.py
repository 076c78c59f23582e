"""Territory sets: exact, and their shortest writing reads back as the same set."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.identifiers.reading import IdentifierError
from ritornello.identifiers.territories import ALL, EU, EU_MEMBERS, NOWHERE, WORLD, TerritorySet

CODES = sorted(ALL)
LITTLE = st.frozensets(st.sampled_from(CODES), max_size=6)
SETS = st.one_of(
    LITTLE,
    LITTLE.map(lambda codes: ALL - codes),
    LITTLE.map(lambda codes: EU_MEMBERS | codes),
    LITTLE.map(lambda codes: EU_MEMBERS - codes),
    st.frozensets(st.sampled_from(CODES)),
).map(TerritorySet.from_codes)


@given(SETS)
def test_the_shortest_writing_reads_back(territories: TerritorySet) -> None:
    assert TerritorySet.parse(str(territories)) == territories
    assert len(str(territories)) <= max(4, len(", ".join(territories)))


@given(SETS, SETS)
def test_the_operations_are_those_of_sets(one: TerritorySet, other: TerritorySet) -> None:
    assert (one & other).codes == one.codes & other.codes
    assert (one | other).codes == one.codes | other.codes
    assert (one - other).codes == one.codes - other.codes
    assert one.covers(other) == (other.codes <= one.codes)
    assert len(one) == len(one.codes)
    assert bool(len(one)) == (one != NOWHERE)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("WW", ALL),
        ("worldwide", ALL),
        ("WW ex JP", ALL - {"JP"}),
        ("WW ex EU, JP", ALL - EU_MEMBERS - {"JP"}),
        ("*, -US, -BR", ALL - {"US", "BR"}),
        ("EU", EU_MEMBERS),
        ("EU, CH ex DE", (EU_MEMBERS | {"CH"}) - {"DE"}),
        ("de;fr  us", {"DE", "FR", "US"}),
        ("DE ex DE", set()),
        ("none", set()),
        ("World excluding US/CA", ALL - {"US", "CA"}),
    ],
)
def test_what_people_write(text: str, codes: set[str]) -> None:
    assert TerritorySet.parse(text).codes == frozenset(codes)


@pytest.mark.parametrize(
    ("codes", "text"),
    [
        (ALL, "WW"),
        (ALL - {"JP"}, "WW ex JP"),
        (ALL - EU_MEMBERS, "WW ex EU"),
        (EU_MEMBERS, "EU"),
        (EU_MEMBERS | {"CH"}, "EU, CH"),
        (EU_MEMBERS - {"DE"}, "EU ex DE"),
        ({"US", "DE"}, "DE, US"),
        (set(), "none"),
    ],
)
def test_the_shortest_form(codes: set[str], text: str) -> None:
    assert str(TerritorySet.from_codes(codes)) == text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("UK", "did you mean GB"),
        ("DE, XX", "'XX' is no territory"),
        ("", "empty"),
        ("WW ex", 'nothing follows "ex"'),
        ("ex US", "nothing to take from"),
        ("WW ex US ex CA", "twice"),
        ("-US", "nothing to take from"),
    ],
)
def test_what_is_no_set_says_why(text: str, says: str) -> None:
    with pytest.raises(IdentifierError, match=says):
        TerritorySet.parse(text)


def test_one_territory() -> None:
    assert WORLD.contains("DE") and not EU.contains("US") and "DE" in EU and "UK" not in WORLD
    with pytest.raises(IdentifierError, match="did you mean DE"):
        WORLD.contains("de")
    assert len(ALL) == 250 and len(EU_MEMBERS) == 27 and EU_MEMBERS < ALL
    assert TerritorySet.of("US", "DE") == TerritorySet.parse("DE, US")
    assert hash(TerritorySet.of("US")) == hash(TerritorySet.parse("US"))
