"""The published schema and the reader know the same terms, and all of what is wrong in a document is told at once."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ritornello.royalty.documents import Reader, TermError
from ritornello.royalty.scenario import read_scenario, simulate
from ritornello.royalty.schema import SCENARIO, findings
from tests.royalty.golden import golden_scenario
from tests.royalty.scenarios import random_scenario
from tests.royalty.test_terms import CASES, PAYOUTS, base, contract, licence

_SAMPLES = {"string": "x", "integer": 1, "boolean": True, "object": {}, "array": []}
_FITTING = {
    "currency": "EUR",
    "settlement": "ours",
    "kind": "advance",
    "basis": "net",
    "right": "master",
    "party": "p",
    "start": "2026-01-01",
    "end": "2026-01-31",
    "child": "d",
}


def records(schema: dict[str, Any], where: str = "scenario") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every record of the schema with its path; `[0]` for an entry of a list."""
    if "properties" in schema:
        yield where, schema
        for name, inner in schema["properties"].items():
            yield from records(inner, f"{where}.{name}")
    elif schema.get("type") == "array":
        yield from records(schema["items"], f"{where}[0]")


def least(record: dict[str, Any]) -> dict[str, Any]:
    """The smallest document of a record."""
    found = {}
    for name in record["required"]:
        schema = record["properties"][name]
        if "properties" in schema:
            found[name] = least(schema)
        elif "enum" in schema:
            found[name] = schema["enum"][0]
        else:
            found[name] = _FITTING.get(name, "0.5" if "anyOf" in schema else _SAMPLES.get(str(schema["type"]), "p"))
    return found


def document_with(path: str, record: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A scenario that holds the smallest such record at its path, and more in it."""
    inner: Any = {**least(record), **more}
    steps = path.split(".")[1:]
    schemas = dict(records(SCENARIO))
    while steps:
        name = steps.pop()
        parent = ".".join(["scenario", *steps])
        inner = {**least(schemas[parent]), name.removesuffix("[0]"): [inner] if name.endswith("[0]") else inner}
    return dict(inner)


RECORDS = list(records(SCENARIO))

CONDITIONS: tuple[dict[str, Any], ...] = (
    {"services": ["beta"]},
    {"territories": "DE"},
    {"flows": ["pool"]},
    {"valid_from": "2027-01-01"},
    {"valid_to": "2025-01-01"},
)
EDGES = (("diamond", "left"), ("diamond", "remix"), ("left", "song"), ("remix", "song"))

PAID_LATER = {"id": "later", "kind": "advance", "party": "artist", "outstanding": "100", "since": "2100-01-01"}

MORE: list[dict[str, Any]] = [
    *(base(terms={"commissions": [{"payee": "d", "rate": "0.1", "when": when}]}) for when in CONDITIONS),
    *(base(terms={"holds": [{"kind": "dispute", "when": when}]}) for when in CONDITIONS),
    *(base(**contract(royalties=[{"party": "artist", "rate": "0.5", "when": when}])) for when in CONDITIONS),
    base(**contract(guarantee={"amount": "1500", "earned_before": "100"})),
    base(**contract(recoupments=[PAID_LATER])),
    base(**licence(cap="50", earned_before="20")),
    base(
        lineage=[{"child": "remix", "parent": "song"}, {"child": "again", "parent": "remix"}],
        usage=[{"asset": "again", "amount": "100", "currency": "EUR"}],
        terms={
            "licences": [
                {"id": "first", "derivative": "remix", "maker": "fan", "fan_share": "0.1"},
                {"id": "second", "derivative": "again", "maker": "other", "fan_share": "0.1", "reciprocity": "0.3"},
            ]
        },
    ),
    base(
        lineage=[{"child": "remix", "parent": "song", "right": right} for right in ("master", "composition")],
        terms={
            "flows": [{"name": "stream", "parts": {"master": "0.75", "composition": "0.25"}}],
            "licences": [
                {"id": "lic", "derivative": "remix", "maker": "fan", "fan_share": "0.1", "right": "composition"}
            ],
        },
    ),
    base(
        lineage=[{"child": child, "parent": parent, "share": "0.1"} for child, parent in EDGES],
        usage=[{"asset": "diamond", "amount": "100", "currency": "EUR"}],
        terms={"licences": [{"id": "lic", "derivative": "diamond", "maker": "fan", "charge_once": True}]},
    ),
]
"""Scenarios for terms that have no case of their own in `test_terms`."""


@pytest.mark.parametrize(("path", "record"), RECORDS, ids=[path for path, _ in RECORDS])
def test_the_reader_knows_the_terms_of_the_schema(path: str, record: dict[str, Any]) -> None:
    document = document_with(path, record, zzz=1)
    with pytest.raises(TermError, match="unknown term 'zzz'") as told:
        read_scenario(document)
    known = str(told.value).rpartition("known here: ")[2].split(", ")
    assert sorted(known) == sorted(record["properties"])
    assert [found.path for found in findings(document)] == [f"{path}.zzz"]


def _places(document: Any, steps: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Where each term of a document stands."""
    if isinstance(document, dict):
        for name, value in document.items():
            yield (*steps, name)
            yield from _places(value, (*steps, name))
    elif isinstance(document, list):
        for number, entry in enumerate(document):
            yield from _places(entry, (*steps, number))


def _named(steps: tuple[str | int, ...]) -> str:
    return "scenario" + "".join("[0]" if isinstance(step, int) else f".{step}" for step in steps)


def _outcome(document: dict[str, Any]) -> object:
    """Everything that a run decides; a refusal decides too."""
    try:
        result = simulate(document)
    except TermError as refused:
        return str(refused)
    return result.exact, result.payouts, result.billed, result.memo, result.balances


def _without(document: dict[str, Any], steps: tuple[str | int, ...]) -> dict[str, Any]:
    found = copy.deepcopy(document)
    place: Any = found
    for step in steps[:-1]:
        place = place[step]
    del place[steps[-1]]
    return found


NAMES_ONLY = {
    # what something is called, or where a figure comes from: it is kept with the run and moves no money
    "scenario.terms.version",
    "scenario.terms.flows[0].payer",
    "scenario.terms.fx[0].date",
    "scenario.terms.fx[0].provider",
}


def test_every_term_changes_some_scenario_when_it_is_taken_away() -> None:
    wanted = {
        f"{path}.{name}"
        for path, record in RECORDS
        if path.startswith("scenario.terms")
        for name in record["properties"]
    }
    idle = set(wanted)
    for document in (*(case[1] for case in CASES), *(case[1] for case in PAYOUTS), *MORE):
        before: object = None
        for steps in _places(document):
            if _named(steps) in idle:
                before = before or _outcome(document)
                if _outcome(_without(document, steps)) != before:
                    idle.remove(_named(steps))
    assert idle == NAMES_ONLY


def test_scenarios_keep_to_the_schema() -> None:
    for document in (golden_scenario(), *(random_scenario(seed) for seed in range(10)), *(case[1] for case in CASES)):
        assert findings(json.loads(json.dumps(document))) == ()


def test_all_that_is_wrong_is_told_with_its_path() -> None:
    document = base()
    document["usage"][0]["amount"] = 600.5
    document["usage"][1]["use_date"] = "31.01.2026"
    document["terms"]["contracts"][0]["royaltes"] = []
    document["terms"]["flows"][0]["settlement"] = "our"
    del document["shares"][0]["party"]
    told = {found.path: found.message for found in findings(document)}
    assert set(told) == {
        "scenario.usage[0].amount",
        "scenario.usage[1].use_date",
        "scenario.terms.contracts[0].royaltes",
        "scenario.terms.flows[0].settlement",
        "scenario.shares[0]",
    }
    assert "600.5" in told["scenario.usage[0].amount"] and "never a float" in told["scenario.usage[0].amount"]
    assert "did you mean 'royalties'" in told["scenario.terms.contracts[0].royaltes"]
    assert "did you mean 'ours'" in told["scenario.terms.flows[0].settlement"]
    assert told["scenario.shares[0]"] == "the term 'party' is missing"


def test_the_guide_names_every_term() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "scenarios.md").read_text(encoding="utf-8")
    for path, record in RECORDS:
        for name in record["properties"]:
            assert name in guide, f"{path}.{name} is not in the guide"


def test_a_reader_tells_what_it_knows() -> None:
    reader = Reader({"a": 1}, "here")
    reader.take("b")
    with pytest.raises(TermError, match="here: unknown term 'a'"):
        reader.done()
