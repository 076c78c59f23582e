"""What would it have paid? Nothing changed changes nothing; a changed fan share pays as if it had been granted."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any

import pytest

from ritornello.catalogue.lineage import Graph
from ritornello.catalogue.model import LineageEdge
from ritornello.royalty.documents import TermError
from ritornello.royalty.engines.memory import MemoryEngine
from ritornello.royalty.flatten import Ownership
from ritornello.royalty.run import RunInputs, RunResult, run
from ritornello.royalty.scenario import read_scenario
from ritornello.royalty.terms import Terms
from ritornello.royalty.terms_document import read_terms
from ritornello.royalty.what_if import changed, declared, difference, read_change

KNOWN = datetime(2026, 2, 1, tzinfo=UTC)
PARENTS = {"remix": {"song": 1}, "mash": {"remix": 1, "tune": 2}, "edit": {"mash": 1}}


def family(second: str = "0.1") -> dict[str, Any]:
    """Two songs, a remix of one, a mash-up of the remix and the other, an edit of that; each with a fan share."""
    shares = {"remix": "0.2", "mash": second, "edit": "0.15"}
    return {
        "shares": [
            {"asset": "song", "party": "label", "share": "1"},
            {"asset": "tune", "party": "rival", "share": "1"},
        ],
        "lineage": [
            {"child": child, "parent": parent, "weight": str(weight)}
            for child, parents in PARENTS.items()
            for parent, weight in parents.items()
        ],
        "usage": [
            {"asset": asset, "service": "alpha", "territory": "DE", "amount": "1000", "currency": "EUR"}
            for asset in PARENTS
        ],
        "terms": {
            "currency": "EUR",
            "licences": [
                {
                    "id": f"lic_{child}",
                    "derivative": child,
                    "maker": f"fan_{child}",
                    "fan_share": share,
                    "reciprocity": "0.3",
                }
                for child, share in shares.items()
            ],
        },
    }


def frozen(document: dict[str, Any]) -> tuple[LineageEdge, ...]:
    """The family's edges as they are written when each derivative is licensed."""
    graph = Graph()
    edges: list[LineageEdge] = []
    for licence in document["terms"]["licences"]:
        made = graph.fan_share_edges(
            licence["derivative"],
            PARENTS[licence["derivative"]],
            fan_share=Fraction(licence["fan_share"]),
            reciprocity=Fraction(licence["reciprocity"]),
            licence_id=licence["id"],
            right_type="master",
        )
        graph = graph.with_edges(made)
        edges += made
    return tuple(edges)


def valued(document: dict[str, Any], terms: Terms, ownership: Ownership) -> RunResult:
    usage = read_scenario(document).usage
    return run(RunInputs(date(2026, 1, 1), date(2026, 1, 31), terms, ownership, MemoryEngine(usage), KNOWN))


def pair(document: dict[str, Any], change: dict[str, Any]) -> tuple[RunResult, RunResult, tuple[str, ...]]:
    scenario = read_scenario(document)
    # as in a house: the licences come from their records, not from the terms on file
    on_file = {name: value for name, value in document["terms"].items() if name != "licences"}
    terms = scenario.terms
    ownership = replace(scenario.ownership, edges=frozen(document))
    other, owned, met = changed(read_change(change), on_file, terms, ownership)
    return valued(document, terms, ownership), valued(document, other, owned), met


def test_the_same_fan_shares_again_change_nothing() -> None:
    before, after, met = pair(family(), {"licences": [{"derivatives": "mash", "fan_share": "0.1"}]})
    assert met == ("mash",)
    assert difference(before, after) == ()
    assert before.exact == after.exact


def test_a_changed_fan_share_pays_as_if_it_had_been_granted() -> None:
    before, after, _ = pair(family(), {"licences": [{"derivatives": ["mash"], "fan_share": "0.05"}]})
    granted = family("0.05")
    scenario = read_scenario(granted)
    as_granted = valued(granted, scenario.terms, replace(scenario.ownership, edges=frozen(granted)))
    assert after.exact == as_granted.exact != before.exact
    told = {one.party: one.more for one in difference(before, after)}
    assert told["fan_mash"] < 0 < told["label"] and sum(told.values()) == 0
    assert "fan_edit" in told, "the edit was made from the mash-up, whose lower share holds for it too"


def test_what_was_made_from_a_recording_is_met_through_generations() -> None:
    _, _, met = pair(family(), {"licences": [{"made_from": ["tune"], "cap": "10"}]})
    assert met == ("edit", "mash")
    _, after, met = pair(family(), {"licences": [{"derivatives": ["*"], "cap": "10", "floor": None}]})
    assert met == ("edit", "mash", "remix")
    assert all(after.exact[f"payable:fan_{child}:lic_{child}"] == 10 for child in ("edit",))


def test_lists_of_terms_are_replaced_and_others_stay() -> None:
    document = family()
    document["terms"]["commissions"] = [{"payee": "dist", "rate": "0.1"}]
    before, after, _ = pair(document, {"terms": {"commissions": [{"payee": "dist", "rate": "0.2"}]}})
    assert before.exact["commission:dist"] * 2 == after.exact["commission:dist"] == 600
    assert after.receipts == before.receipts == 3000


def test_edges_go_back_to_what_was_declared() -> None:
    document = family()
    scenario = read_scenario(document)
    again = declared(frozen(document), scenario.terms.makers)
    known = {(edge.child, edge.parent): edge.weight for edge in again}
    whole = {child: sum(parents.values()) for child, parents in PARENTS.items()}
    assert known == {
        (child, parent): Fraction(weight, whole[child])
        for child, parents in PARENTS.items()
        for parent, weight in parents.items()
    }


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"licences": [{"derivatives": ["nobody"], "cap": "1"}]}, "no licensed derivative is met"),
        ({"licences": [{"cap": "1"}]}, "name derivatives"),
        ({"licences": [{"derivatives": ["mash"], "capp": "1"}]}, "did you mean 'cap'"),
        ({"terms": {"currency": "USD"}}, "one currency"),
        ({"terms": {"comissions": []}}, "did you mean 'commissions'"),
    ],
)
def test_a_change_that_is_not_understood_is_refused(change: dict[str, Any], told: str) -> None:
    with pytest.raises(TermError, match=told):
        pair(family(), change)


def test_terms_on_file_are_read_once() -> None:
    document = family()
    scenario = read_scenario(document)
    ownership = replace(scenario.ownership, edges=frozen(document))
    # here the licences stand in the terms on file; they must not count twice
    terms, _, _ = changed(read_change({}), document["terms"], read_terms(document["terms"]), ownership)
    assert [maker.licence for maker in terms.makers] == ["lic_remix", "lic_mash", "lic_edit"]
