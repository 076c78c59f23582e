"""Invariant 5: sums kept, negation symmetric, order of no account, nobody a whole unit away from exact."""

from __future__ import annotations

import json
import random
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ritornello.money import ONE_SHARE, AllocationError, allocate, parse_decimal, round_exact, shares_of

VECTORS: dict[str, dict[str, Any]] = {
    vector["id"]: vector
    for vector in json.loads((Path(__file__).parent.parent / "vectors" / "money.json").read_text())["vectors"]
}
ACCOUNTS = st.text("abcdefgh0123456789_", min_size=1, max_size=6)
EXACT = st.fractions(min_value=-(10**6), max_value=10**6, max_denominator=10**6)
AMOUNTS = st.dictionaries(ACCOUNTS, EXACT, max_size=12)
WEIGHTS = st.dictionaries(
    ACCOUNTS, st.fractions(min_value=0, max_value=1000, max_denominator=999), min_size=1, max_size=12
).filter(lambda weights: any(weights.values()))
UNITS = st.sampled_from([Fraction(1), Fraction(1, 100), Fraction(1, 3), Fraction(5)])


@pytest.mark.parametrize("name", ["largest-remainder-3", "largest-remainder-75-25", "largest-remainder-negative"])
def test_allocation_vectors(name: str) -> None:
    given_, expected = VECTORS[name]["given"], VECTORS[name]["expect"]
    assert allocate(given_["total"], given_["weights"]) == expected


@pytest.mark.parametrize("name", ["mixed-signs", "mixed-signs-2"])
def test_mixed_sign_vectors(name: str) -> None:
    exact = {account: parse_decimal(text) for account, text in VECTORS[name]["given"]["exact"].items()}
    assert round_exact(exact).units == VECTORS[name]["expect"]
    negated = round_exact({account: -amount for account, amount in exact.items()})
    assert negated.units == {account: -units for account, units in VECTORS[name]["expect"].items()}


def test_waterfall_vector_is_one_allocation() -> None:
    given_, expected = VECTORS["waterfall-order"]["given"], VECTORS["waterfall-order"]["expect"]
    net = Fraction(given_["gross"]) * (100 - given_["platform_fee_pct"]) / 100
    commission = net * given_["distributor_commission_pct_of_net"] / 100
    exact = {name: (net - commission) * basis / 10_000 for name, basis in given_["stack_bp"].items()}
    rounded = round_exact({**exact, "commission": commission})
    assert rounded.carry == 0
    assert {**rounded.units, "net_receipts": net, "royalty_base": net - commission} == expected


def test_sum_before_round_vector() -> None:
    given_, expected = VECTORS["sum-before-round"]["given"], VECTORS["sum-before-round"]["expect"]
    micros = given_["lines"] * given_["micro_per_line"]
    assert micros == expected["total_micro"]
    assert round_exact({"payee": Fraction(micros, 10**6)}, unit=Fraction(1, 100)).units == {"payee": expected["cents"]}
    one_line = round_exact({"payee": Fraction(given_["micro_per_line"], 10**6)}, unit=Fraction(1, 100))
    assert one_line.units["payee"] == expected["per_line_rounding_would_give"]
    assert one_line.carry == Fraction(4, 10**6), "what is below a cent is carried, not lost"


def test_foreign_exchange_vector() -> None:
    given_, expected = VECTORS["fx-fixed-per-receipt"]["given"], VECTORS["fx-fixed-per-receipt"]["expect"]
    euro = given_["usd"] * parse_decimal(given_["rate"])
    assert euro == expected["eur"]
    assert allocate(int(euro), given_["split"]) == {name: expected[name] for name in "abc"}
    assert given_["bank_credit_eur"] - euro == expected["fx_gain_house"]


@given(AMOUNTS, UNITS)
def test_the_sum_is_kept_and_the_carry_is_below_one_unit(exact: dict[str, Fraction], unit: Fraction) -> None:
    rounded = round_exact(exact, unit=unit)
    total = sum(exact.values(), Fraction(0))
    assert sum(rounded.units.values()) * unit + rounded.carry == total
    assert abs(rounded.carry) < unit
    assert rounded.carry * total >= 0, "the carry never has the other sign than the total"


@given(AMOUNTS, UNITS)
def test_the_negation_gives_the_negation(exact: dict[str, Fraction], unit: Fraction) -> None:
    there, back = round_exact(exact, unit=unit), round_exact({key: -value for key, value in exact.items()}, unit=unit)
    assert back.units == {account: -units for account, units in there.units.items()}
    assert back.carry == -there.carry


@given(AMOUNTS, UNITS)
def test_nobody_ends_a_whole_unit_away(exact: dict[str, Fraction], unit: Fraction) -> None:
    units = round_exact(exact, unit=unit).units
    assert all(abs(units[account] * unit - amount) < unit for account, amount in exact.items())


@given(AMOUNTS.filter(bool), st.integers(-40, 40))
def test_another_whole_is_reached_too(exact: dict[str, Fraction], more: int) -> None:
    """A restatement clears what was rounded before: the others then share more or less than their own total."""
    plain = round_exact(exact)
    rounded = round_exact(exact, whole=sum(plain.units.values()) + more)
    assert sum(rounded.units.values()) == sum(plain.units.values()) + more
    assert rounded.carry == plain.carry - more
    assert round_exact(exact, whole=sum(plain.units.values())) == plain


@given(AMOUNTS, st.randoms(use_true_random=False))
def test_shuffled_input_gives_identical_bytes(exact: dict[str, Fraction], shuffler: random.Random) -> None:
    entries = list(exact.items())
    shuffler.shuffle(entries)
    assert json.dumps(round_exact(dict(entries)).units) == json.dumps(round_exact(exact).units)


@given(AMOUNTS)
def test_more_exact_money_is_never_fewer_units(exact: dict[str, Fraction]) -> None:
    units = round_exact(exact).units
    ranked = sorted(exact, key=lambda account: exact[account])
    for less, more in pairwise(ranked):
        assert exact[less] == exact[more] or units[less] <= units[more]


@given(AMOUNTS)
def test_against_a_plain_reading_of_the_rule(exact: dict[str, Fraction]) -> None:
    """An oracle that hands out unit by unit, as one would on paper."""
    units = {account: int(amount) for account, amount in exact.items()}
    target = int(sum(exact.values(), Fraction(0)))
    while (missing := target - sum(units.values())) != 0:
        step = 1 if missing > 0 else -1
        untouched = [account for account in sorted(exact) if units[account] == int(exact[account])]
        units[max(untouched, key=lambda account: step * (exact[account] - int(exact[account])))] += step
    assert round_exact(exact).units == units


@given(st.integers(-(10**12), 10**12), WEIGHTS)
def test_allocate_keeps_the_total_and_quota(total: int, weights: dict[str, Fraction]) -> None:
    parts = allocate(total, weights)
    whole = sum(weights.values(), Fraction(0))
    assert sum(parts.values()) == total
    assert parts.keys() == weights.keys()
    assert all(abs(parts[account] - total * weight / whole) < 1 for account, weight in weights.items())
    assert allocate(-total, weights) == {account: -part for account, part in parts.items()}
    assert all(part == 0 for account, part in parts.items() if weights[account] == 0)


@given(st.integers(-(10**12), 10**12), WEIGHTS)
def test_allocating_is_rounding_the_exact_parts(total: int, weights: dict[str, Fraction]) -> None:
    whole = sum(weights.values(), Fraction(0))
    exact = {account: total * weight / whole for account, weight in weights.items()}
    assert json.dumps(allocate(total, weights)) == json.dumps(round_exact(exact).units)


@given(WEIGHTS)
def test_shares_add_up_to_one_exactly(weights: dict[str, Fraction]) -> None:
    assert sum(shares_of(weights).values()) == ONE_SHARE


def test_order_independence_vector() -> None:
    exact = {f"p{number}": Fraction(number, 7) for number in range(50)}
    seen = set()
    for seed in range(VECTORS["order-independence"]["given"]["shuffles"]):
        entries = list(exact.items())
        random.Random(seed).shuffle(entries)
        seen.add(json.dumps(round_exact(dict(entries)).units))
    assert len(seen) == VECTORS["order-independence"]["expect"]["distinct_results"]


@pytest.mark.parametrize(
    ("total", "weights", "says"),
    [
        (100, {}, "nobody can take"),
        (100, {"a": 0}, "suspense"),
        (100, {"a": 2, "b": -1}, "round_exact"),
        (100, {"a": 0.5}, "float"),
        (1.5, {"a": 1}, "whole number"),
        (True, {"a": 1}, "whole number"),
    ],
)
def test_what_cannot_be_allocated_says_why(total: Any, weights: Any, says: str) -> None:
    with pytest.raises(AllocationError, match=says):
        allocate(total, weights)


def test_a_unit_must_be_above_zero() -> None:
    with pytest.raises(AllocationError, match="above zero"):
        round_exact({"a": Fraction(1)}, unit=0)
