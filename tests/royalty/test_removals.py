"""What is each term worth? Every term that the schema of scenarios knows is taken away from a small scenario, and the
difference is the one computed by hand, account by account.

The list of terms is the schema's own (which the reader and the typed records are held to), so that a new term without a
scenario here fails. In all scenarios a remix earns 1000.00 (600 in DE, 400 in US) unless they say otherwise: the fan
has 10 %, 100; the label 900, half of it the artist's.
"""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import pytest

from ritornello.royalty import monetisation, terms
from ritornello.royalty.documents import TermError
from ritornello.royalty.run import RunResult
from ritornello.royalty.scenario import read_scenario, simulate
from tests.royalty.removals import OF_LISTS_FLOWS_AND_LICENCES, REFUSED, Removal, Worth
from tests.royalty.removals_paid import NAMES_ONLY, OF_CONTRACTS_PAYEES_AND_POOLS
from tests.royalty.test_schema import RECORDS, document_with, least

REMOVALS = (*OF_LISTS_FLOWS_AND_LICENCES, *OF_CONTRACTS_PAYEES_AND_POOLS)


def held(result: RunResult, name: str) -> Fraction | None:
    """What stands on an account; `paid:` in minor units, `billed:` by contract, `receipts` in all."""
    kind, _, of = name.partition(":")
    if name == "receipts":
        return result.receipts
    if kind == "billed":
        return result.billed.get(of)
    if kind == "paid":
        return next((Fraction(one.paid) for one in result.payouts if one.party == of), None)
    return result.exact.get(name)


def without(document: dict[str, Any], path: str) -> dict[str, Any]:
    changed = copy.deepcopy(document)
    place: Any = changed
    *way, last = path.split(".")
    for step in way:
        place = place[int(step)] if isinstance(place, list) else place[step]
    del place[int(last) if isinstance(place, list) else last]
    return changed


def ids(removals: Sequence[Removal]) -> list[str]:
    return [f"{number}-{path}" for number, (path, _, _) in enumerate(removals)]


def in_schema(path: str) -> str:
    """The path of a term as the schema has it: `terms.flows.1.parts` is `scenario.terms.flows[0].parts`."""
    return "scenario" + "".join("[0]" if step.isdigit() else f".{step}" for step in path.split("."))


@pytest.mark.parametrize(("path", "document", "worth"), REMOVALS, ids=ids(REMOVALS))
def test_a_term_is_worth_what_was_computed_by_hand(path: str, document: dict[str, Any], worth: Any) -> None:
    result = simulate(document)
    if worth == REFUSED:
        with pytest.raises(TermError):
            simulate(without(document, path))
        return
    other = simulate(without(document, path))
    both = {account: (held(result, account), held(other, account)) for account in worth}
    assert both == {
        account: tuple(None if one is None else Fraction(one) for one in pair) for account, pair in worth.items()
    }
    assert any(one != two for one, two in both.values())


@pytest.mark.parametrize(("path", "document", "worth"), NAMES_ONLY, ids=ids(NAMES_ONLY))
def test_a_name_is_worth_nothing(path: str, document: dict[str, Any], worth: Worth) -> None:
    result, other = simulate(document), simulate(without(document, path))
    assert (result.exact, result.payouts, result.billed) == (other.exact, other.payouts, other.billed)
    for account, (amount, _) in worth.items():
        assert held(result, account) == (None if amount is None else Fraction(amount))


MONEY = ("scenario.terms", "scenario.pools", "scenario.monetisation_rules")


def test_every_term_of_the_schema_has_such_a_scenario() -> None:
    asked = {f"{path}.{name}" for path, record in RECORDS if path.startswith(MONEY) for name in record["properties"]}
    needed = {f"{path}.{name}" for path, record in RECORDS if path.startswith(MONEY) for name in record["required"]}
    shown = {in_schema(path) for path, _, _ in (*REMOVALS, *NAMES_ONLY)}
    assert asked - needed - shown == set()
    assert {in_schema(path) for path in ("pools", "monetisation_rules", "expected")} <= shown


@pytest.mark.parametrize(
    ("path", "name"),
    [(path, name) for path, record in RECORDS if path.startswith(MONEY) for name in record["required"]],
)
def test_a_term_that_is_needed_is_asked_for(path: str, name: str) -> None:
    record = dict(RECORDS)[path]
    document = document_with(path, record)
    place: Any = document
    for step in path.removeprefix("scenario").replace("[0]", ".0").split(".")[1:]:
        place = place[int(step)] if isinstance(place, list) else place[step]
    assert name in least(record)
    del place[name]
    with pytest.raises(TermError, match=name):
        read_scenario(document)


BY_RECORD = {
    "MakerTerms.cap_each_period": "the agreement on file: a cap of each month or of the whole licence",
    "PayeeTerms.why": "a hold or missing details, from the records of people",
}
"""Fields that no scenario states: they come from records."""
OTHERWISE = {"fees": "platform_fees", "withholding": "source_withholding", "makers": "licences", "rates": "fx"}
OTHERWISE |= {"licence": "id", "asset": "derivative", "before": "revenue_before", "hold": "overclaims"}


def test_every_field_of_the_typed_terms_is_a_term_of_the_schema() -> None:
    named = {name for path, record in RECORDS if path.startswith(MONEY) for name in record["properties"]}
    records = [
        one
        for room in (terms, monetisation)
        for one in vars(room).values()
        if dataclasses.is_dataclass(one) and one.__module__ == room.__name__ and one is not monetisation.Unpaid
    ]
    lost = [
        f"{record.__name__}.{field.name}"
        for record in records
        for field in dataclasses.fields(record)
        if OTHERWISE.get(field.name, field.name) not in named | set(OTHERWISE.values())
    ]
    assert sorted(lost) == sorted(BY_RECORD)
