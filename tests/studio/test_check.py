"""The licence check: every term, every refusal with its nearest value, and a nearest recipe that passes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ritornello.studio.bounds import Bounds, meet
from ritornello.studio.check import check
from ritornello.studio.nearest import nearest
from ritornello.studio.reading import validate
from ritornello.studio.recipe import Recipe
from tests.studio.recipes import FRAMES, WIDE, node, recipe, recording, remix
from tests.studio.test_bounds import bounds as any_bounds

H = FRAMES // 2
TUNE = [[3, 0, 22_050, 69, 100]]


def test_a_recipe_within_its_bounds_passes() -> None:
    assert check(remix(), WIDE) == ()


@pytest.mark.parametrize(
    ("change", "term", "node_id", "asked", "near"),
    [
        ({"types": frozenset({"SPEED_PITCH"})}, "types", "all", "REMIX", None),
        ({"tempo_hi_permille": 1050}, "tempo_permille", "fast", 1060, 1050),
        ({"tempo_lo_permille": 1070}, "tempo_permille", "fast", 1060, 1070),
        ({"key_hi_cents": 100}, "key_cents", "higher", 200, 100),
        ({"structure": "extract"}, "structure", "order", "reorder", "extract"),
        ({"max_extract_ms": 30_000}, "max_extract_ms", "order", 60_000, 30_000),
        ({"max_added_permille": 0}, "max_added_permille", "beat", "backbeat", "none"),
        ({"styles": frozenset({"bossa_nova"})}, "styles", "beat", "backbeat", "bossa_nova"),
        ({"lufs_hi_centi": -1500}, "lufs_centi", "out", -1400, -1500),
        ({"true_peak_centi": -150}, "true_peak_centi", "out", -100, -150),
    ],
)
def test_each_refusal_names_node_term_asked_and_nearest(
    change: dict[str, Any], term: str, node_id: str, asked: object, near: object
) -> None:
    (refusal,) = check(remix(), replace(WIDE, **change))
    assert (refusal.term, refusal.node, refusal.asked, refusal.nearest) == (term, node_id, asked, near)
    assert refusal.allowed and str(refusal)


def test_stems_vocals_and_voice_bound_the_parts() -> None:
    sung = [recording(vocal_part="lead")]
    karaoke = recipe(node("drums", "stem", "s0", part="drums", provider="supplied"), sources=sung)
    assert [r.term for r in check(karaoke, replace(WIDE, vocals="keep"))] == ["vocals"]
    assert check(karaoke, replace(WIDE, vocals="remove")) == ()
    assert [r.asked for r in check(karaoke, replace(WIDE, stems=frozenset({"bass"})))] == ["drums"]


def test_speed_with_pitch_needs_leave() -> None:
    nightcore = recipe(node("a", "varispeed", "s0", permille=1250))
    (refusal,) = check(nightcore, replace(WIDE, keep_pitch=True))
    assert refusal.term == "keep_pitch" and refusal.node == "a"
    # 1200 log2 1.25 = 386.3 cents
    (refusal,) = check(nightcore, replace(WIDE, key_hi_cents=300))
    assert (refusal.term, refusal.asked) == ("key_cents", 386)


def test_harmony_language_and_locale_are_terms_of_covers() -> None:
    work = [{"id": "w", "kind": "composition", "language": "en"}]
    made = recipe(
        node("a", "perform", "w", notes=TUNE, harmony="changed", market_style="cumbia"), sources=work, language="es"
    )
    strict = replace(WIDE, reharmonise=False, locales=frozenset({"bossa_nova"}), languages=frozenset())
    assert {r.term for r in check(made, strict)} == {"reharmonise", "locales", "languages"}
    assert check(made, WIDE) == ()


def test_a_limit_cannot_be_passed_in_small_steps() -> None:
    steps = [node(f"n{k}", "tempo", f"n{k - 1}" if k else "s0", permille=1040) for k in range(5)]
    refusals = check(recipe(*steps), replace(WIDE, tempo_hi_permille=1100))
    assert [(r.term, r.node, r.asked) for r in refusals] == [("tempo_permille", "n4", 1217)]
    closest = nearest(recipe(*steps), replace(WIDE, tempo_hi_permille=1100))
    assert closest is not None and check(closest, replace(WIDE, tempo_hi_permille=1100)) == ()


def test_nearest_moves_to_the_edge_and_no_further() -> None:
    closest = nearest(remix(tempo=1400, cents=700), replace(WIDE, tempo_hi_permille=1150, key_hi_cents=300))
    assert closest is not None
    nodes = {n.id: n for n in closest.nodes}
    assert nodes["fast"].p["permille"] == 1150 and nodes["higher"].p["cents"] == 300
    assert nearest(remix(), WIDE) == remix()


def test_nearest_of_a_remix_under_a_speed_licence_is_a_speed_change() -> None:
    only = replace(WIDE, types=frozenset({"SPEED_PITCH"}), stems=frozenset(), structure="keep", max_added_permille=0)
    closest = nearest(remix(), only)
    assert closest is not None and check(closest, only) == () and validate(closest) == ()
    assert any(n.op == "tempo" and n.p["permille"] == 1060 for n in closest.nodes)
    assert not any(n.op in ("groove", "stem") for n in closest.nodes)


def test_what_cannot_be_mended_has_no_nearest() -> None:
    assert nearest(remix(), replace(WIDE, types=frozenset())) is None
    assert nearest(remix(), replace(WIDE, tempo_lo_permille=1200, tempo_hi_permille=1100)) is None


steps = st.one_of(
    st.integers(250, 4000).map(lambda v: ("tempo", {"permille": v})),
    st.integers(250, 4000).map(lambda v: ("varispeed", {"permille": v})),
    st.integers(-2400, 2400).map(lambda v: ("key", {"cents": v})),
    st.just(("reverb", {"decay_ms": 900, "wet_permille": 200})),
    st.just(("fade", {"out_ms": 500})),
)
orders = st.sampled_from(
    [[[0, FRAMES]], [[0, H]], [[H, FRAMES], [0, H]], [[9, 99], [99, 999], [0, H]], [[0, H], [0, H]]]
)


@st.composite
def recipes(draw: st.DrawFn) -> Recipe:
    nodes = []
    last = "s0"
    if draw(st.booleans()):
        parts = draw(st.lists(st.sampled_from(["drums", "bass", "harmony", "lead"]), min_size=1, unique=True))
        nodes += [node(part, "stem", "s0", part=part, provider="supplied") for part in parts]
        gains = draw(st.lists(st.sampled_from([0, 0, -300]), min_size=len(parts), max_size=len(parts)))
        nodes.append(node("mix", "mix", *parts, centidb=gains))
        last = "mix"
    nodes.append(node("order", "sequence", last, slices=draw(orders)))
    last = "order"
    for k, (op, p) in enumerate(draw(st.lists(steps, max_size=3))):
        nodes.append(node(f"n{k}", op, last, **p))
        last = f"n{k}"
    if draw(st.booleans()):
        nodes.append(node("beat", "groove", last, style=draw(st.sampled_from(["backbeat", "shuffle"]))))
        nodes.append(node("all", "mix", last, "beat"))
    return recipe(*nodes)


@settings(max_examples=150)
@given(recipes(), any_bounds)
def test_the_nearest_recipe_passes_and_is_a_recipe(made: Recipe, limits: Bounds) -> None:
    closest = nearest(made, limits)
    if closest is not None:
        assert check(closest, limits) == ()
        assert validate(closest) == ()
        assert nearest(closest, limits) == closest


@settings(max_examples=100)
@given(recipes(), any_bounds, any_bounds)
def test_narrower_bounds_never_let_more_through(made: Recipe, a: Bounds, b: Bounds) -> None:
    if not check(made, meet(a, b)):
        assert not check(made, a) and not check(made, b)
