"""Passages follow the recipe's graph; what is drawn agrees with where the studio puts the beats."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ritornello.web.passages import passages
from ritornello.web.views import Passage, SectionMark

RATE = 44_100
SECOND = RATE
SECTIONS = (SectionMark("A", 0, 10_000), SectionMark("B", 10_000, 20_000), SectionMark("A", 20_000, 30_000))


def recipe(*nodes: tuple[str, str, list[str], dict[str, Any]], out: str) -> dict[str, Any]:
    return {
        "sr": RATE,
        "sources": [{"id": "s0", "kind": "recording", "frames": 30 * SECOND}],
        "nodes": [{"id": i, "op": op, "in": inputs, "p": p} for i, op, inputs, p in nodes],
        "out": {"node": out},
    }


def test_an_untouched_song_is_its_sections_in_place() -> None:
    found = passages(recipe(("g", "gain", ["s0"], {"centidb": -600}), out="g"), "s0", SECTIONS)
    assert found == tuple(
        Passage(n * 10_000, (n + 1) * 10_000, n * 10_000, (n + 1) * 10_000, label, False)
        for n, label in enumerate("ABA")
    )


def test_reordered_faster_and_with_a_layer() -> None:
    document = recipe(
        ("order", "sequence", ["s0"], {"slices": [[10 * SECOND, 20 * SECOND], [0, 10 * SECOND]]}),
        ("fast", "tempo", ["order"], {"permille": 1250}),
        ("drums", "groove", ["fast"], {}),
        ("mix", "mix", ["drums", "fast"], {}),
        out="mix",
    )
    found = passages(document, "s0", SECTIONS)
    assert [(p.derivative_start_ms, p.derivative_end_ms, p.label) for p in found] == [
        (0, 8000, "B"),
        (8000, 16_000, "A"),
    ]
    assert [(p.original_start_ms, p.original_end_ms) for p in found] == [(10_000, 20_000), (0, 10_000)]
    assert sum(p.moved for p in found) == 1


def test_a_contribution_alone_has_no_passages() -> None:
    assert passages(recipe(("p", "perform", [], {"notes": []}), out="p"), "s0", SECTIONS) == ()


@given(st.permutations(range(6)), st.integers(500, 2000))
def test_every_moment_of_a_reordered_song_has_one_passage(order: list[int], permille: int) -> None:
    slices = [[5 * SECOND * n, 5 * SECOND * (n + 1)] for n in order]
    document = recipe(
        ("order", "sequence", ["s0"], {"slices": slices}), ("t", "tempo", ["order"], {"permille": permille}), out="t"
    )
    found = passages(document, "s0", SECTIONS)
    assert found[0].derivative_start_ms == 0
    for one, following in pairwise(found):
        assert abs(one.derivative_end_ms - following.derivative_start_ms) <= 1
    assert sum(p.original_end_ms - p.original_start_ms for p in found) == 30_000
    kept = [p.original_start_ms for p in found if not p.moved]
    assert kept == sorted(kept)
    assert any(p.moved for p in found) == (order != sorted(order))
