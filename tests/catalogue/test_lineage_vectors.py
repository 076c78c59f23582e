"""Every vector of lineage.json through the public interface: edges, refusals, path shares, one allocation."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from ritornello.catalogue.error import CatalogueError
from ritornello.catalogue.fan_share import within_limits
from ritornello.catalogue.lineage import MOST_ANCESTORS, MOST_PARENTS, Graph
from ritornello.catalogue.model import LineageEdge, Policy, RightType
from ritornello.catalogue.shares import ShareRow, holders_on, sheet
from ritornello.identifiers.territories import WORLD
from ritornello.money import round_exact

DOCUMENT = json.loads((Path(__file__).parent.parent / "vectors" / "lineage.json").read_text(), parse_float=Fraction)
VECTORS: dict[str, dict[str, Any]] = {vector["id"]: vector for vector in DOCUMENT["vectors"]}
OURS: dict[str, dict[str, Any]] = {vector["id"]: vector for vector in DOCUMENT["ours"]}
POLICIES = {"LAP": Policy.ABSOLUTE, "LRP": Policy.RELATIVE, "absolute": Policy.ABSOLUTE, "relative": Policy.RELATIVE}


def edges_of(vector: dict[str, Any]) -> list[LineageEdge]:
    return [
        LineageEdge(
            child=edge["child"],
            parent=edge["parent"],
            licence_id=f"lic_{edge['child']}",
            right_type=RightType.MASTER,
            share=Fraction(edge["share_pct"]) / 100,
            policy=POLICIES[edge["policy"]],
        )
        for edge in vector["edges"]
    ]


def registered(edges: list[LineageEdge]) -> Graph:
    """The graph built as the house builds it: child by child, in the order of registration, each checked."""
    graph = Graph()
    for child in dict.fromkeys(edge.child for edge in edges):
        own = [edge for edge in edges if edge.child == child]
        assert graph.check_new(child, own) == ()
        graph = graph.with_edges(own)
    return graph


@pytest.mark.parametrize("name", [name for name, vector in VECTORS.items() if "expected" in vector])
def test_published_vectors(name: str) -> None:
    vector = VECTORS[name]
    graph = registered(edges_of(vector))
    received: Counter[str] = Counter()
    for payment in vector["payments"]:
        received[payment["to"]] += payment["amount"]
    divided: Counter[str] = Counter()
    for child, amount in received.items():
        divided.update(graph.divide(child, amount))
    assert dict(divided) == vector.get("expected_ritornello", vector["expected"])
    assert sum(divided.values()) == sum(received.values()), "no dust, no treasury"
    for child, stacks in vector["stacks_pct"].items():
        assert graph.stack(child) == (Fraction(stacks["LAP"]) + Fraction(stacks["LRP"])) / 100


def test_all_published_vectors_are_covered() -> None:
    elsewhere = {"test-split-change-over-time", "test-lap-above-100"}
    assert {name for name, vector in VECTORS.items() if "expected" not in vector} == elsewhere
    assert len(VECTORS) == 14 and len(OURS) == 4
    assert DOCUMENT["limits"]["max_parents"] == MOST_PARENTS
    assert DOCUMENT["limits"]["max_ancestors"] == MOST_ANCESTORS


def test_a_share_above_the_whole_is_refused() -> None:
    """Vector test-lap-above-100."""
    share = Fraction(VECTORS["test-lap-above-100"]["licence_share_pct"]) / 100
    with pytest.raises(CatalogueError, match="from 0 to 1"):
        LineageEdge("2", "1", "lic_2", RightType.MASTER, share, Policy.ABSOLUTE)


def test_money_from_before_a_transfer_stays_with_the_old_holder() -> None:
    """Vector test-split-change-over-time: every payment goes by the sheet of its own day."""
    start, recorded = date(2026, 1, 1), datetime(2026, 1, 1, tzinfo=UTC)
    shares: list[Any] = []
    payments: list[tuple[date, int]] = []
    paid: Counter[str] = Counter()
    holders: dict[str, Fraction] = {}

    def claimable(known_at: datetime) -> dict[str, int]:
        exact: dict[str, Fraction] = {}
        for day, amount in payments:
            for party, share in holders_on(shares, "2", RightType.MASTER, "DE", day, known_at).holders:
                exact[party] = exact.get(party, Fraction(0)) + amount * share
        return {party: units - paid[party] for party, units in round_exact(exact).units.items()}

    for number, step in enumerate(VECTORS["test-split-change-over-time"]["timeline"]):
        day, now = start + timedelta(days=number), recorded + timedelta(days=number)
        if step["op"] == "pay":
            payments.append((day, step["amount"]))
            continue
        if step["op"] == "claim":
            assert claimable(now)[step["who"]] == step["paid"]
            paid[step["who"]] += step["paid"]
            continue
        if step["op"] == "split":
            holders = {party: Fraction(pct, 100) for party, pct in step["holders"].items()}
        else:
            moved = Fraction(step["pct"], 100)
            holders = {**holders, step["from"]: holders[step["from"]] - moved}
            holders[step["to"]] = holders.get(step["to"], Fraction(0)) + moved
            after = step.get("holders_after", {party: share * 100 for party, share in holders.items()})
            assert {party: share * 100 for party, share in holders.items()} == after
        rows = [ShareRow(party, share, WORLD, valid_from=day) for party, share in holders.items()]
        shares += sheet("2", RightType.MASTER, rows, recorded_at=now)
        for party, amount in step.get("claimable", {}).items():
            assert claimable(now).get(party, 0) == amount


def test_ten_payments_of_one_are_summed_before_rounding() -> None:
    vector = OURS["ours-ten-payments-of-1"]
    graph = registered(edges_of(vector))
    total = sum(payment["amount"] for payment in vector["payments"])
    assert graph.divide("C", total) == vector["expected"]


def fan_chain(fan_share: Fraction, reciprocity: Fraction, *chain: str) -> Graph:
    graph = Graph()
    for parent, child in pairwise(chain):
        edges = graph.fan_share_edges(
            child,
            {parent: 1},
            fan_share=fan_share,
            reciprocity=reciprocity,
            licence_id=f"lic_{child}",
            right_type=RightType.MASTER,
        )
        assert graph.check_new(child, edges) == ()
        graph = graph.with_edges(edges)
    return graph


def test_fan_share_chain() -> None:
    vector = OURS["ours-fan-share-chain-2"]
    graph = fan_chain(Fraction(10, 100), Fraction(30, 100), *vector["chain"])
    divided = graph.divide(vector["payment"]["to"], vector["payment"]["amount"])
    named = {node if node == "O" else f"maker_{node}": amount for node, amount in divided.items()}
    assert named == vector["expected"]
    assert graph.stack("D2") == Fraction(93, 100)


def test_fan_share_cap_excess_goes_back_to_the_originals() -> None:
    vector = OURS["ours-fan-share-cap-excess"]
    graph = fan_chain(Fraction(10, 100), Fraction(0), "O", "D1")
    exact = {node: vector["payment"]["amount"] * share for node, share in graph.split("D1").items()}
    capped = within_limits(exact, "D1", {"O": 1}, cap=Fraction(500))
    assert round_exact(capped).units == {"O": vector["expected"]["O"], "D1": vector["expected"]["maker_D1"]}


@pytest.mark.parametrize("once", [False, True])
def test_charge_once_diamond(once: bool) -> None:
    vector = OURS["ours-charge-once-diamond"]
    pairs = [("A", "R"), ("B", "A"), ("C", "A"), ("D", "B"), ("D", "C")]
    graph = registered(
        [
            LineageEdge(child, parent, "lic", RightType.MASTER, Fraction(1, 10), Policy.ABSOLUTE)
            for child, parent in pairs
        ]
    )
    expected = vector["expected"]["charge_once" if once else "every_path"]
    assert graph.divide("D", vector["payment"]["amount"], charge_once=once) == expected


def test_charge_once_may_hold_for_some_ancestors_only() -> None:
    pairs = [("A", "R"), ("B", "A"), ("C", "A"), ("D", "B"), ("D", "C")]
    graph = Graph(
        LineageEdge(child, parent, "lic", RightType.MASTER, Fraction(1, 10), Policy.ABSOLUTE) for child, parent in pairs
    )
    assert graph.divide("D", 100, charge_once={"A"}) == {"A": 10, "B": 10, "C": 10, "D": 50, "R": 20}
