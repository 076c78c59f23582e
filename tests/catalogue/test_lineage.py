"""Invariant 4: write-once, acyclic, within limits, never above the whole, and no unit of money lost on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.catalogue.error import CatalogueError
from ritornello.catalogue.fan_share import within_limits
from ritornello.catalogue.lineage import MOST_ANCESTORS, MOST_PARENTS, Graph
from ritornello.catalogue.model import ALL_FLOWS, EdgeForm, LineageEdge, Policy, RightType

MASTER = RightType.MASTER
TENTH = Fraction(1, 10)


def edge(
    child: str, parent: str, share: Fraction = TENTH, policy: Policy = Policy.ABSOLUTE, **more: Any
) -> LineageEdge:
    return LineageEdge(child, parent, f"lic_{child}", more.pop("right_type", MASTER), share, policy, **more)


def codes(graph: Graph, child: str, edges: Sequence[LineageEdge], **more: Any) -> list[str]:
    return [refusal.code for refusal in graph.check_new(child, edges, **more)]


@st.composite
def families(draw: st.DrawFn, policy: Policy | None = None) -> Graph:
    """A family as it would grow: each child has parents among the earlier ones, and is kept if nothing refuses it."""
    chosen = policy or draw(st.sampled_from(list(Policy)))
    graph, known = Graph(), ["n00"]
    for number in range(1, draw(st.integers(2, 9))):
        child = f"n{number:02d}"
        parents = draw(st.lists(st.sampled_from(known), min_size=1, max_size=4, unique=True))
        shares = [draw(st.fractions(0, Fraction(2, 5), max_denominator=50)) for _ in parents]
        edges = [edge(child, parent, share, chosen) for parent, share in zip(parents, shares, strict=True)]
        if not graph.check_new(child, edges):
            graph = graph.with_edges(edges)
            known.append(child)
    return graph


CHARGED = st.one_of(st.booleans(), st.frozensets(st.sampled_from([f"n{number:02d}" for number in range(9)])))


@given(families(), CHARGED, st.integers(-(10**6), 10**6))
def test_every_split_adds_up_to_one_and_every_unit_arrives(graph: Graph, charged: Any, amount: int) -> None:
    for child in [f"n{number:02d}" for number in range(9)]:
        split = graph.split(child, charge_once=charged)
        assert sum(split.values()) == 1
        assert all(share >= 0 for share in split.values())
        assert set(split) <= {child, *graph.ancestors(child)}
        divided = graph.divide(child, amount, charged)
        assert sum(divided.values()) == amount
        assert {node for node, share in split.items() if share} - {child} == set(
            graph.path_shares(child, charge_once=charged)
        )


@given(families())
def test_charging_once_never_takes_more(graph: Graph) -> None:
    for child in [f"n{number:02d}" for number in range(9)]:
        every, once = graph.split(child), graph.split(child, charge_once=True)
        assert once[child] >= every[child]
        assert graph.stack(child, True) <= graph.stack(child)


@given(families(Policy.ABSOLUTE))
def test_charged_once_under_the_absolute_policy_is_the_largest_path(graph: Graph) -> None:
    for child in [f"n{number:02d}" for number in range(9)]:
        largest: dict[str, Fraction] = {}
        for path in graph.explain(child, most=10**6):
            largest[path.ancestor] = max(largest.get(path.ancestor, Fraction(0)), path.share)
        assert graph.path_shares(child, charge_once=True) == dict(sorted(largest.items()))


@pytest.mark.parametrize(("by_b", "by_c"), [(Fraction(1, 5), TENTH), (TENTH, Fraction(1, 5))])
def test_charged_once_under_the_relative_policy_is_the_largest_payment(by_b: Fraction, by_c: Fraction) -> None:
    """A receives 1/5 of a half, or 1/10 of a half; who does not pay keeps it."""
    relative = Policy.RELATIVE
    half = Fraction(1, 2)
    graph = Graph(
        [
            edge("B", "A", by_b, relative),
            edge("C", "A", by_c, relative),
            edge("D", "B", half, relative),
            edge("D", "C", half, relative),
        ]
    )
    payer, other = ("B", "C") if by_b > by_c else ("C", "B")
    assert graph.split("D", charge_once=True) == {"A": TENTH, payer: Fraction(4, 10), other: half, "D": Fraction(0)}


@given(families(Policy.ABSOLUTE))
def test_the_absolute_stack_is_the_sum_over_parents(graph: Graph) -> None:
    """The recursive definition of the rule, against the walk over paths."""
    for child in [f"n{number:02d}" for number in range(9)]:
        direct = sum((graph.stack(edge.parent) + edge.share for edge in graph.edges_of(child)), Fraction(0))
        assert graph.stack(child) == direct


@given(families())
def test_the_shares_are_those_of_the_paths_one_by_one(graph: Graph) -> None:
    """An oracle that walks every path, as one would with a pencil."""
    for child in [f"n{number:02d}" for number in range(9)]:
        gross: dict[str, Fraction] = {}
        for path in graph.explain(child, most=10**6):
            gross[path.ancestor] = gross.get(path.ancestor, Fraction(0)) + path.share
        if graph.edges_of(child) and graph.edges_of(child)[0].policy is Policy.RELATIVE:
            gross = {
                node: amount * (1 - sum((edge.share for edge in graph.edges_of(node)), Fraction(0)))
                for node, amount in gross.items()
            }
        assert graph.path_shares(child) == {node: share for node, share in sorted(gross.items()) if share}


@given(families(), st.data())
def test_lineage_is_written_once(graph: Graph, data: st.DataObject) -> None:
    children = [child for child in [f"n{number:02d}" for number in range(9)] if graph.edges_of(child)]
    if not children:
        return
    child = data.draw(st.sampled_from(children))
    own = graph.edges_of(child)
    assert graph.check_new(child, own) == (), "the same once more is no change"
    assert graph.with_edges(own).edges_of(child) == own
    changed = [replace(own[0], share=own[0].share / 2 + Fraction(1, 7)), *own[1:]]
    assert codes(graph, child, changed) == ["written_once"]
    assert codes(graph, child, [*own, edge(child, "another")]) == ["written_once"]
    with pytest.raises(CatalogueError, match="written once"):
        graph.with_edges(changed)


@given(families(), st.data())
def test_no_edge_can_close_a_circle(graph: Graph, data: st.DataObject) -> None:
    nodes = sorted({f"n{number:02d}" for number in range(9)} & {"n00", *graph.descendants("n00")})
    child, parent = data.draw(st.sampled_from(nodes)), data.draw(st.sampled_from(nodes))
    if child == parent:
        with pytest.raises(CatalogueError, match="its own parent"):
            edge(child, parent)
    elif child in graph.ancestors(parent):
        assert codes(graph, child, [edge(child, parent)]) in (["cycle"], ["written_once"])


def test_something_with_derivatives_gets_no_parents_any_more() -> None:
    graph = Graph([edge("B", "A")])
    assert codes(graph, "A", [edge("A", "Z")]) == ["has_derivatives"]
    assert codes(graph, "A", [edge("A", "B")]) == ["cycle"]


def test_a_circle_that_came_from_elsewhere_is_refused_when_it_is_walked() -> None:
    circle = Graph([edge("B", "A"), edge("A", "B")])
    with pytest.raises(CatalogueError, match=r"own ancestor|circle"):
        circle.path_shares("A")
    with pytest.raises(CatalogueError, match="circle"):
        circle.with_edges([edge("C", "A")]).path_shares("C")


def test_sixteen_parents_are_the_most() -> None:
    assert codes(Graph(), "C", [edge("C", f"p{n:02d}", Fraction(1, 100)) for n in range(MOST_PARENTS)]) == []
    many = [edge("C", f"p{n:02d}", Fraction(1, 100)) for n in range(MOST_PARENTS + 1)]
    assert codes(Graph(), "C", many) == ["too_many_parents"]
    assert MOST_PARENTS == 16


def test_a_thousand_and_twenty_four_ancestors_are_the_most() -> None:
    chain = Graph(edge(f"n{number + 1}", f"n{number}", Fraction(0)) for number in range(MOST_ANCESTORS))
    last = f"n{MOST_ANCESTORS}"
    assert len(chain.ancestors(last)) == MOST_ANCESTORS == 1024
    assert codes(chain, "more", [edge("more", f"n{MOST_ANCESTORS - 1}")]) == []
    assert codes(chain, "more", [edge("more", last)]) == ["too_many_ancestors"]


def test_policies_do_not_mix_across_generations() -> None:
    graph = Graph([edge("B", "A", policy=Policy.RELATIVE), edge("C", "B", policy=Policy.RELATIVE)])
    assert codes(graph, "D", [edge("D", "C"), edge("D", "X")]) == ["lineage_policy_conflict"]
    mixed = [edge("D", "X"), edge("D", "Y", policy=Policy.RELATIVE)]
    assert codes(Graph(), "D", mixed) == ["lineage_policy_conflict"]
    with pytest.raises(CatalogueError, match="both policies"):
        Graph(mixed).path_shares("D")
    with pytest.raises(CatalogueError, match="relative, not absolute"):
        graph.path_shares("C", "absolute")


def test_a_stack_above_the_whole_names_the_largest_share_that_fits() -> None:
    """85 + 20 -> 15, as in the design rule."""
    graph = Graph([edge("B", "A", Fraction(85, 100))])
    (refusal,) = graph.check_new("C", [edge("C", "B", Fraction(20, 100))])
    assert (refusal.code, refusal.parent, refusal.right_type, refusal.flow) == ("stack", "B", MASTER, ALL_FLOWS)
    assert refusal.largest == Fraction(15, 100)
    assert "15 %" in refusal.message and "105 %" in refusal.message
    assert codes(graph, "C", [edge("C", "B", Fraction(15, 100))]) == []


@given(families(), st.data(), CHARGED)
def test_the_largest_share_fits_and_nothing_above_it_does(graph: Graph, data: st.DataObject, charged: Any) -> None:
    nodes = ["n00", *sorted(graph.descendants("n00"))]
    policy = next((own.policy for node in nodes for own in graph.edges_of(node)), Policy.ABSOLUTE)
    parents = data.draw(st.lists(st.sampled_from(nodes), min_size=1, max_size=3, unique=True))
    edges = [edge("new", parent, data.draw(st.fractions(0, 1, max_denominator=20)), policy) for parent in parents]
    for refusal in graph.check_new("new", edges, charged):
        assert refusal.code == "stack" and refusal.largest is not None
        at_most = [replace(own, share=refusal.largest) if own.parent == refusal.parent else own for own in edges]
        left = graph.check_new("new", at_most, charged)
        if "no share fits" in refusal.message:
            assert left
            continue
        assert not left
        above = refusal.largest + Fraction(1, 10**6)
        too_much = [replace(own, share=above) if own.parent == refusal.parent else own for own in edges]
        assert above > 1 or graph.check_new("new", too_much, charged)


def test_a_stack_of_parents_above_the_whole_is_refused_though_the_new_shares_are_zero() -> None:
    graph = Graph([edge("B1", "A", Fraction(6, 10)), edge("B2", "A", Fraction(6, 10))])
    refusals = graph.check_new("C", [edge("C", "B1", Fraction(0)), edge("C", "B2", Fraction(0))])
    assert [refusal.code for refusal in refusals] == ["stack", "stack"]
    assert codes(graph, "C", [edge("C", "B1", Fraction(0)), edge("C", "B2", Fraction(0))], charge_once=True) == []


def test_pools_are_apart_by_right_and_flow() -> None:
    graph = Graph(
        [
            edge("B", "A", Fraction(60, 100)),
            edge("B", "A", Fraction(90, 100), right_type=RightType.COMPOSITION),
            edge("B", "A", Fraction(30, 100), flow="sync"),
        ]
    )
    assert graph.pools("B") == (("*", RightType.COMPOSITION), ("*", MASTER), ("sync", MASTER))
    assert graph.stack("B", right_type="composition") == Fraction(9, 10)
    assert graph.stack("B", right_type="master", flow="stream") == Fraction(6, 10)
    assert graph.stack("B", right_type="master", flow="sync") == Fraction(3, 10)
    assert graph.path_shares("B", right_type="voice_likeness") == {}
    with pytest.raises(CatalogueError, match="several rights"):
        graph.path_shares("B")
    refusals = graph.check_new("C", [edge("C", "B", Fraction(50, 100))])
    assert [(refusal.flow, refusal.largest) for refusal in refusals] == [("*", Fraction(4, 10))]
    assert codes(graph, "C", [edge("C", "B", Fraction(40, 100))]) == []


def test_edges_of_a_child_are_checked_together() -> None:
    assert codes(Graph(), "C", []) == ["no_parents"]
    assert codes(Graph(), "C", [edge("C", "A"), edge("C", "A", Fraction(1, 5))]) == ["twice"]
    assert codes(Graph(), "C", [edge("C", "A"), edge("D", "A")]) == ["foreign_edge"]


def fan(graph: Graph, child: str, parents: dict[str, int], share: Fraction, back: Fraction = Fraction(0)) -> Graph:
    edges = graph.fan_share_edges(
        child, parents, fan_share=share, reciprocity=back, licence_id=f"lic_{child}", right_type=MASTER
    )
    assert graph.check_new(child, edges) == ()
    return graph.with_edges(edges)


def test_the_smallest_fan_share_of_the_chain_holds() -> None:
    generous = fan(fan(Graph(), "D1", {"O": 1}, TENTH), "D2", {"D1": 1}, Fraction(3, 10))
    assert generous.split("D2") == {"D2": TENTH, "O": Fraction(9, 10)}
    strict = fan(fan(Graph(), "D1", {"O": 1}, Fraction(3, 10)), "D2", {"D1": 1}, TENTH)
    assert strict.split("D2") == {"D2": TENTH, "O": Fraction(9, 10)}


def test_each_maker_along_the_chain_is_paid_and_originals_only_once() -> None:
    graph = Graph()
    for number in range(3):
        graph = fan(graph, f"D{number + 1}", {f"D{number}" if number else "O": 1}, TENTH, Fraction(3, 10))
    parts = {"D1": Fraction(3, 100), "D2": Fraction(3, 100), "D3": Fraction(4, 100), "O": Fraction(90, 100)}
    assert graph.split("D3") == parts
    edges = graph.edges_of("D3")
    assert {(own.parent, own.form) for own in edges} == {("O", EdgeForm.TO_ORIGINAL), ("D2", EdgeForm.TO_MAKER)}
    paths = graph.explain("D3")
    assert [(path.ancestor, len(path.edges), path.share) for path in paths] == [
        ("O", 1, Fraction(9, 10)),
        ("D1", 2, Fraction(3, 100)),
        ("D2", 1, Fraction(3, 100)),
    ]


def test_a_mash_up_passes_the_weight_of_a_derivative_on_to_its_originals() -> None:
    graph = fan(Graph(), "D1", {"O1": 1}, TENTH, Fraction(3, 10))
    graph = fan(graph, "M", {"D1": 1, "O2": 1}, TENTH, Fraction(3, 10))
    assert graph.split("M") == {
        "D1": Fraction(15, 1000),
        "M": Fraction(85, 1000),
        "O1": Fraction(45, 100),
        "O2": Fraction(45, 100),
    }
    measured = fan(Graph(), "M2", {"O1": 3, "O2": 1}, TENTH)
    assert measured.split("M2") == {"M2": TENTH, "O1": Fraction(675, 1000), "O2": Fraction(225, 1000)}


def test_a_fan_share_above_a_lineage_share_is_stacked_and_refused_above_the_whole() -> None:
    graph = Graph([edge("B", "A", Fraction(4, 10))])
    edges = graph.fan_share_edges("C", {"B": 1}, fan_share=TENTH, licence_id="lic", right_type=MASTER)
    (refusal,) = graph.check_new("C", edges)
    assert refusal.code == "stack" and refusal.largest == Fraction(6, 10)


def test_a_fan_share_goes_with_the_absolute_policy_only() -> None:
    with pytest.raises(CatalogueError, match="absolute policy only"):
        edge("B", "A", policy=Policy.RELATIVE, form=EdgeForm.TO_ORIGINAL)
    graph = Graph([edge("B", "A", policy=Policy.RELATIVE)])
    edges = graph.fan_share_edges("C", {"B": 1}, fan_share=TENTH, licence_id="lic", right_type=MASTER)
    assert codes(graph, "C", edges) == ["lineage_policy_conflict"]


@pytest.mark.parametrize(
    ("parents", "share", "back"), [({}, TENTH, TENTH), ({"A": 0}, TENTH, TENTH), ({"A": 1}, Fraction(2), TENTH)]
)
def test_what_is_no_fan_share(parents: dict[str, int], share: Fraction, back: Fraction) -> None:
    with pytest.raises(CatalogueError):
        Graph().fan_share_edges("C", parents, fan_share=share, reciprocity=back, licence_id="l", right_type=MASTER)


AMOUNTS = st.fractions(0, 10**6, max_denominator=1000)


@given(AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS, AMOUNTS, st.integers(1, 9), st.integers(1, 9))
def test_caps_and_floors_move_money_and_never_make_any(
    maker: Fraction, one: Fraction, two: Fraction, cap: Fraction, floor: Fraction, left: int, right: int
) -> None:
    amounts = {"maker": maker, "one": one, "two": two, "other": Fraction(5)}
    floor = min(cap, floor)
    held = within_limits(amounts, "maker", {"one": left, "two": right}, cap=cap, floor=floor)
    assert sum(held.values()) == sum(amounts.values())
    assert held["maker"] <= max(cap, maker) and held["other"] == 5
    assert (held["maker"] <= cap) and min(held.values()) >= 0
    if held["maker"] < floor:
        assert 0 in (held["one"], held["two"]), "the originals gave what they could by their weights"
    assert (held["one"] - one) * right == (held["two"] - two) * left


def test_a_reversal_is_neither_capped_nor_lifted() -> None:
    amounts = {"maker": Fraction(-5), "one": Fraction(-45)}
    assert within_limits(amounts, "maker", {"one": 1}, cap=Fraction(3), floor=Fraction(1)) == amounts
    with pytest.raises(CatalogueError, match="above its cap"):
        within_limits(amounts, "maker", {"one": 1}, cap=Fraction(1), floor=Fraction(2))


def test_originals_and_family() -> None:
    graph = Graph([edge("B", "A"), edge("C", "B"), edge("C", "X")])
    assert graph.originals("C") == ("A", "X") and graph.originals("A") == ("A",)
    assert graph.descendants("A") == {"B", "C"} and graph.parents("C") == ("B", "X") and graph.children("B") == ("C",)
