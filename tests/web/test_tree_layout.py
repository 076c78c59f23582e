"""The picture of a family: nobody stands on anybody, children stand to the right, and it is always the same picture."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.web.tree_layout import CARD_HEIGHT, CARD_WIDTH, place
from ritornello.web.views import TreeEdge, TreeNode


def member(number: int) -> TreeNode:
    return TreeNode(f"rec_{number:02d}", f"Song {number}", "Somebody", "Remix", "yes", "Live", None, f"/songs/{number}")


@st.composite
def families(draw: st.DrawFn) -> tuple[list[TreeNode], list[TreeEdge]]:
    size = draw(st.integers(1, 14))
    nodes = [member(number) for number in range(size)]
    edges = []
    for child in range(1, size):
        for parent in draw(st.sets(st.integers(0, child - 1), max_size=3)):
            edges.append(TreeEdge(nodes[parent].id, nodes[child].id, "10 %", ""))
    return nodes, edges


@given(families())
def test_cards_do_not_overlap_and_children_stand_to_the_right(family: tuple[list[TreeNode], list[TreeEdge]]) -> None:
    nodes, edges = family
    picture = place(nodes, edges)
    at = {placed.node.id: placed for placed in picture.nodes}
    assert len(at) == len(nodes)
    assert len(picture.edges) == len(edges)
    for one, other in itertools.combinations(picture.nodes, 2):
        assert abs(one.x - other.x) >= CARD_WIDTH or abs(one.y - other.y) >= CARD_HEIGHT
    for edge in edges:
        assert at[edge.child].x >= at[edge.parent].x + CARD_WIDTH
    for placed in picture.nodes:
        assert 0 <= placed.x <= picture.width - CARD_WIDTH
        assert 0 <= placed.y <= picture.height - CARD_HEIGHT


@given(families(), st.randoms())
def test_the_order_of_what_comes_in_does_not_matter(
    family: tuple[list[TreeNode], list[TreeEdge]], chance: object
) -> None:
    nodes, edges = family
    shuffled = list(nodes)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    first, second = place(nodes, edges), place(shuffled, edges)
    assert first.nodes == second.nodes
    assert {drawn.path for drawn in first.edges} == {drawn.path for drawn in second.edges}


def test_a_line_that_passes_a_generation_runs_beside_its_cards() -> None:
    nodes = [member(number) for number in range(4)]
    edges = [
        TreeEdge("rec_00", "rec_01", "", ""),
        TreeEdge("rec_01", "rec_02", "", ""),
        TreeEdge("rec_00", "rec_02", "", ""),
        TreeEdge("rec_00", "rec_03", "", ""),
    ]
    picture = place(nodes, edges)
    long = next(d for d in picture.edges if (d.edge.parent, d.edge.child) == ("rec_00", "rec_02"))
    level = long.path.split("H")[0].rsplit(" ", 1)[-1]
    for placed in picture.nodes:
        if placed.generation == 1:
            assert not placed.y < int(level) < placed.y + CARD_HEIGHT


def test_a_circle_is_an_error() -> None:
    with pytest.raises(ValueError, match="circle"):
        place([member(0), member(1)], [TreeEdge("rec_00", "rec_01", "", ""), TreeEdge("rec_01", "rec_00", "", "")])
