"""The meet of bounds is what holders agree on: order, grouping and repetition do not matter, and nothing widens."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.studio.bounds import TYPES, Bounds, BoundsError, meet, narrower

names = st.frozensets(st.sampled_from(["drums", "bass", "harmony", "lead"]))
maybe_names = st.none() | names
bounds = st.builds(
    Bounds,
    types=st.frozensets(st.sampled_from(TYPES)),
    tempo_lo_permille=st.integers(500, 1000),
    tempo_hi_permille=st.integers(1000, 2000),
    key_lo_cents=st.integers(-1200, 0),
    key_hi_cents=st.integers(0, 1200),
    keep_pitch=st.booleans(),
    structure=st.sampled_from(["keep", "extract", "reorder"]),
    max_extract_ms=st.none() | st.integers(0, 10**6),
    min_original_permille=st.integers(0, 1000),
    max_added_permille=st.integers(0, 1000),
    vocals=st.sampled_from(["keep", "remove", "replace", "any"]),
    stems=names,
    reharmonise=st.booleans(),
    styles=maybe_names,
    locales=maybe_names,
    languages=names,
    ai=st.sampled_from(["none", "assistive", "generative"]),
    commercial=st.booleans(),
    lufs_lo_centi=st.integers(-3000, -1400),
    lufs_hi_centi=st.integers(-1400, -600),
    true_peak_centi=st.integers(-300, 0),
)


@given(bounds, bounds, bounds)
def test_meet_is_commutative_associative_and_idempotent(a: Bounds, b: Bounds, c: Bounds) -> None:
    assert meet(a, b) == meet(b, a)
    assert meet(a, meet(b, c)) == meet(meet(a, b), c)
    assert meet(a, a) == a


@given(bounds, bounds)
def test_meet_never_widens(a: Bounds, b: Bounds) -> None:
    both = meet(a, b)
    assert narrower(both, a) and narrower(both, b)
    assert both.tempo_lo_permille >= a.tempo_lo_permille and both.tempo_hi_permille <= a.tempo_hi_permille
    assert both.types <= a.types and both.stems <= b.stems
    assert all(both.allows_vocals(v) <= (a.allows_vocals(v) and b.allows_vocals(v)) for v in ("keep", "remove"))
    assert both.keep_pitch >= a.keep_pitch and both.reharmonise <= a.reharmonise


@given(bounds)
def test_a_document_says_it_all(a: Bounds) -> None:
    assert Bounds.from_document(a.to_document()) == a


def test_defaults_allow_nothing() -> None:
    safe = Bounds()
    assert not safe.types and safe.tempo_lo_permille == safe.tempo_hi_permille == 1000
    assert (
        not safe.allows_structure("extract") and not safe.allows_vocals("remove") and not safe.allows_ai("generative")
    )
    assert safe.max_added_permille == 0 and not safe.stems and not safe.reharmonise


@pytest.mark.parametrize(
    ("field", "value"),
    [("tempo", 1), ("tempo_lo_permille", "900"), ("tempo_lo_permille", True), ("types", ["NOISE"]), ("vocals", "mute"),
     ("keep_pitch", 1), ("max_extract_ms", "30"), ("styles", 3), ("max_extract_ms", True)],
)  # fmt: skip
def test_a_wrong_field_is_named(field: str, value: object) -> None:
    with pytest.raises(BoundsError, match=field):
        Bounds.from_document({field: value})
