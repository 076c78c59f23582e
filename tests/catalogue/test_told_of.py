"""Whatever is told of a recording is read, or refused with every finding at its field; nothing else happens."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.catalogue.arrivals import ArrivalRefused, told_of

FACTS: dict[str, Any] = {
    **{"isrc": "DEFE12600100", "title": "Low Tide", "artist": "mira", "label": "fells", "year": 2026},
    **{"genre": "Folk", "explicit": False, "performers": [{"party": "mira", "role": "MainArtist"}]},
    "parties": [{"reference": "mira", "name": "Mira Holm"}],
    "works": [{"title": "Low Tide", "language": "en", "writers": [{"party": "mira", "role": "Composer"}]}],
    "shares": [{"right": "master", "party": "mira", "share": "1", "territories": "WW", "valid_from": "2026-01-01"}],
}
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


def places(document: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value of the document."""
    if at:
        yield at
    inner = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    for name, value in inner:
        yield from places(value, (*at, name))


@given(at=st.sampled_from(list(places(FACTS))), value=ANYTHING)
def test_one_strange_value_is_read_or_refused_at_its_field(at: tuple[Any, ...], value: Any) -> None:
    document = copy.deepcopy(FACTS)
    place = document
    for name in at[:-1]:
        place = place[name]
    place[at[-1]] = value
    found: list[str] = []
    try:
        assert told_of(document).isrc == "DEFE12600100"
    except ArrivalRefused as refused:
        found = [str(one) for one in refused.findings]
    assert all(at[0] in one or "works" in one for one in found), found  # works: shares may want some


@pytest.mark.parametrize("right", [[], {}, None, "voice", 1])
def test_a_share_of_no_right_is_told_with_the_others(right: Any) -> None:
    shares = [{**FACTS["shares"][0], "right": right}, {**FACTS["shares"][0], "share": "2"}]
    with pytest.raises(ArrivalRefused) as refused:
        told_of({**FACTS, "shares": shares})
    assert [one.where for one in refused.value.findings] == ["shares[0].right", "shares[1].share"]
