"""What everybody will get is what a run then shares out."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ritornello.royalty.expected import expected
from ritornello.royalty.scenario import read_scenario, simulate
from tests.royalty.scenarios import random_scenario

DAY = date(2026, 2, 10)


def remix(usage: list[dict[str, Any]]) -> dict[str, Any]:
    """A remix under a licence with a fifth for its maker; a quarter of the original is not claimed in Japan."""
    return {
        "title": "a remix",
        "known_at": "2026-03-01T00:00:00Z",
        "period": {"start": "2026-02-01", "end": "2026-02-28"},
        "shares": [
            {"asset": "rec_a", "right": "master", "party": "label", "share": "3/4", "sheet": "a"},
            {"asset": "rec_a", "right": "master", "party": "artist", "share": "1/4", "territories": "WW ex JP",
             "sheet": "a"},
        ],
        "lineage": [{"child": "rec_remix", "parent": "rec_a", "licence": "lic_fan"}],
        "terms": {
            "currency": "EUR",
            "flows": [{"name": "stream"}],
            "licences": [{"id": "lic_fan", "derivative": "rec_remix", "maker": "fan", "fan_share": "1/5"}],
        },
        "usage": usage,
    }  # fmt: skip


def played(territory: str) -> dict[str, Any]:
    return {
        "asset": "rec_remix",
        "service": "alpha",
        "territory": territory,
        "flow": "stream",
        "amount": "1000",
        "currency": "EUR",
        "units": 1,
        "use_date": DAY.isoformat(),
    }


def test_a_fan_share_and_its_owners() -> None:
    scenario = read_scenario(remix([played("DE")]))
    found = expected(scenario.ownership, scenario.terms, "rec_remix", ["DE", "FR", "JP"], DAY, scenario.known_at)
    told = {(one.territories, one.party): one.share for one in found}
    assert told == {
        (("DE", "FR"), "label"): Fraction(3, 5),
        (("DE", "FR"), "artist"): Fraction(1, 5),
        (("DE", "FR"), "fan"): Fraction(1, 5),
        (("JP",), "label"): Fraction(3, 5),
        (("JP",), "underclaim"): Fraction(1, 5),
        (("JP",), "fan"): Fraction(1, 5),
    }
    assert [one.party for one in found if one.held] == ["underclaim"]
    why = {one.party: one.why for one in found}
    assert why["fan"] == "20 % of the pool is the maker's, by licence lic_fan"
    assert "belongs to rec_a" in why["label"] and "ownership sheet" in why["label"]


@pytest.mark.parametrize("territory", ["DE", "JP"])
def test_what_was_expected_is_what_a_run_pays(territory: str) -> None:
    document = remix([played(territory)])
    scenario, result = read_scenario(document), simulate(document)
    found = expected(scenario.ownership, scenario.terms, "rec_remix", [territory], DAY, scenario.known_at)
    assert len(found) == 3
    for one in found:
        name = f"suspense:{one.party}" if one.held else f"payable:{one.party}:"
        paid = [amount for account, amount in result.exact.items() if account.startswith(name)]
        assert paid == [one.share * 1000]


@given(st.integers(0, 10**6), st.sampled_from(["rec_0", "rec_1", "rec_2", "der_0", "der_1", "der_2"]))
@settings(max_examples=12, deadline=None)
def test_every_pool_is_shared_out_whole(seed: int, asset: str) -> None:
    scenario = read_scenario(random_scenario(seed))
    found = expected(scenario.ownership, scenario.terms, asset, ["DE", "JP", "US"], DAY, scenario.known_at)
    pools: dict[tuple[object, ...], Fraction] = {}
    for one in found:
        key = (one.right, one.flows, one.territories)
        pools[key] = pools.get(key, Fraction(0)) + one.share
        assert one.why
    assert pools and set(pools.values()) == {Fraction(1)}
