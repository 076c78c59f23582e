"""The lineage vectors through whole scenarios: every node is held by a party of its own name."""

from __future__ import annotations

import json
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest

from ritornello.royalty.documents import TermError
from tests.royalty.by_command import simulate
from tests.royalty.golden import VECTORS

DOCUMENT: dict[str, Any] = json.loads((VECTORS / "lineage.json").read_text(encoding="utf-8"), parse_float=str)
PAID = [vector for vector in DOCUMENT["vectors"] if vector.get("payments")]
POLICY = {"LAP": "absolute", "LRP": "relative", "absolute": "absolute", "relative": "relative"}


def lineage_scenario(edges: list[dict[str, Any]], payments: list[dict[str, Any]], **terms: object) -> dict[str, Any]:
    """A scenario in whole units (yen) where each node's holder is the node."""
    nodes = sorted({edge[end] for edge in edges for end in ("child", "parent")} | {one["to"] for one in payments})
    return {
        "shares": [{"asset": node, "party": node, "share": "1"} for node in nodes],
        "lineage": [
            {
                "child": edge["child"],
                "parent": edge["parent"],
                "policy": POLICY[edge["policy"]],
                "share": str(Fraction(str(edge["share_pct"])) / 100),
            }
            for edge in edges
        ],
        "usage": [{"asset": one["to"], "amount": str(one["amount"]), "currency": "JPY"} for one in payments],
        "terms": {"currency": "JPY", **terms},
    }


def paid(document: dict[str, Any]) -> dict[str, int]:
    return {account.split(":")[1]: units for account, units in simulate(document).units.items() if units}


@pytest.mark.parametrize("vector", PAID, ids=lambda vector: vector["id"])
def test_published_numbers(vector: dict[str, Any]) -> None:
    expected = vector.get("expected_ritornello", vector["expected"])
    document = lineage_scenario(vector["edges"], vector["payments"])
    assert paid(document) == {node: int(amount) for node, amount in expected.items() if int(amount)}


def test_money_before_a_transfer_stays_with_the_old_holder() -> None:
    vector = next(one for one in DOCUMENT["vectors"] if one["id"] == "test-split-change-over-time")
    owned: dict[str, Fraction] = {}
    sheets: list[dict[str, Fraction]] = []
    paid_on: list[tuple[int, int]] = []
    for act in vector["timeline"]:
        if act["op"] == "split":
            owned = {name: Fraction(int(part), 100) for name, part in act["holders"].items()}
            sheets.append(dict(owned))
        elif act["op"] == "transfer":
            part = Fraction(int(act["pct"]), 100)
            owned[act["from"]] -= part
            owned[act["to"]] = owned.get(act["to"], Fraction(0)) + part
            stated = act.get("holders_after", {})
            assert all(owned[name] == Fraction(int(whole), 100) for name, whole in stated.items())
            sheets.append(dict(owned))
        elif act["op"] == "pay":
            paid_on.append((len(sheets), int(act["amount"])))
    document = {
        "shares": [
            {
                "asset": "2",
                "party": party,
                "share": str(share),
                "sheet": f"sheet_{number}",
                "valid_from": f"2026-01-{number:02d}",
                "valid_to": f"2026-01-{number + 1:02d}" if number < len(sheets) else None,
            }
            for number, holders in enumerate(sheets, start=1)
            for party, share in holders.items()
            if share
        ],
        "usage": [
            {"asset": "2", "amount": str(amount), "currency": "JPY", "use_date": f"2026-01-{when:02d}"}
            for when, amount in paid_on
        ],
        "terms": {"currency": "JPY"},
    }
    # ip 100 + 70 + 50 + 50, alice 30 + 50 + 30, bob 20: the claims that the vector states, added up over time.
    assert paid(document) == {"ip": 270 * 10**9, "alice": 110 * 10**9, "bob": 20 * 10**9}


@pytest.mark.parametrize("vector", DOCUMENT["ours"][:1], ids=lambda vector: vector["id"])
def test_a_period_is_added_up_before_rounding(vector: dict[str, Any]) -> None:
    assert paid(lineage_scenario(vector["edges"], vector["payments"])) == vector["expected"]


def test_fan_share_chain() -> None:
    vector = DOCUMENT["ours"][1]
    chain = vector["chain"]
    document = {
        "shares": [{"asset": "O", "party": "O", "share": "1"}],
        "lineage": [{"child": child, "parent": parent} for parent, child in pairwise(chain)],
        "usage": [{"asset": "D2", "amount": str(vector["payment"]["amount"]), "currency": "JPY"}],
        "terms": {
            "currency": "JPY",
            "licences": [
                {
                    "id": f"lic_{node}",
                    "derivative": node,
                    "maker": f"maker_{node}",
                    "fan_share": "0.1",
                    "reciprocity": "0.3",
                }
                for node in chain[1:]
            ],
        },
    }
    assert paid(document) == vector["expected"]


def test_fan_share_cap_excess_goes_back() -> None:
    vector = DOCUMENT["ours"][2]
    document = {
        "shares": [{"asset": "O", "party": "O", "share": "1"}],
        "lineage": [{"child": "D1", "parent": "O"}],
        "usage": [{"asset": "D1", "amount": str(vector["payment"]["amount"]), "currency": "JPY"}],
        "terms": {
            "currency": "JPY",
            "licences": [
                {"id": "lic", "derivative": "D1", "maker": "maker_D1", "fan_share": "0.1", "cap": "500"},
            ],
        },
    }
    assert paid(document) == vector["expected"]


@pytest.mark.parametrize("once", [False, True])
def test_charge_once_diamond(once: bool) -> None:
    vector = DOCUMENT["ours"][3]
    edges = [
        {"child": child, "parent": parent, "share_pct": "10", "policy": "absolute"}
        for child, parent in (("A", "R"), ("B", "A"), ("C", "A"), ("D", "B"), ("D", "C"))
    ]
    terms = {"licences": [{"id": "lic", "derivative": "D", "maker": "D", "charge_once": once}]}
    document = lineage_scenario(edges, [{"to": "D", "amount": 100}], **terms)
    assert paid(document) == vector["expected"]["charge_once" if once else "every_path"]


def test_above_the_whole_is_an_error_and_never_clipped() -> None:
    edges = [
        {"child": "D", "parent": "A", "share_pct": "85", "policy": "absolute"},
        {"child": "D", "parent": "B", "share_pct": "20", "policy": "absolute"},
    ]
    with pytest.raises(TermError, match="take 105 %"):
        simulate(lineage_scenario(edges, [{"to": "D", "amount": 100}]))
