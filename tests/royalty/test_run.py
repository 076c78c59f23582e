"""Runs: the same digest in any order and on any engine, conservation, restatements, and what fails closed."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ritornello.ledger.accounts import Side
from ritornello.money import minor_unit
from ritornello.royalty.account import side_of
from ritornello.royalty.engines.duckdb import DuckdbEngine, write_lake
from ritornello.royalty.engines.memory import MemoryEngine
from ritornello.royalty.postings import payout_postings, postings_of
from ritornello.royalty.run import ConservationError, RunInputs, RunResult, run
from ritornello.royalty.scenario import read_scenario, simulate
from ritornello.royalty.tables import PoolRow, Tables
from tests.royalty.golden import VECTORS, golden_scenario
from tests.royalty.scenarios import random_scenario

ORDER_VECTOR = "order-independence"


def shuffled(document: Any, seed: int) -> Any:
    """The same scenario with every list in another order."""
    dice = random.Random(seed)
    if isinstance(document, dict):
        items = list(document.items())
        dice.shuffle(items)
        return {name: shuffled(value, seed + 1) for name, value in items}
    if isinstance(document, list):
        entries = [shuffled(value, seed + 1) for value in document]
        dice.shuffle(entries)
        return entries
    return document


def test_order_changes_nothing() -> None:
    vector = next(
        one
        for one in json.loads((VECTORS / "money.json").read_text(encoding="utf-8"))["vectors"]
        if one["id"] == ORDER_VECTOR
    )
    document = golden_scenario()
    document["usage"] = document["usage"][:12]
    results = {(simulate(shuffled(document, seed)).units.__repr__()) for seed in range(vector["given"]["shuffles"])}
    assert len(results) == vector["expect"]["distinct_results"]


def test_shuffled_lines_give_the_same_digest() -> None:
    scenario = read_scenario(golden_scenario())
    digests = set()
    for seed in range(10):
        lines = list(scenario.usage)
        random.Random(seed).shuffle(lines)
        shares = list(scenario.ownership.shares)
        random.Random(seed).shuffle(shares)
        digests.add(_run(scenario, MemoryEngine(lines), shares=tuple(shares)).digest)
    assert len(digests) == 1


def _run(scenario: Any, engine: Any, **changes: Any) -> RunResult:
    ownership = replace(scenario.ownership, **{k: v for k, v in changes.items() if k == "shares"})
    return run(
        RunInputs(
            period_start=scenario.period_start,
            period_end=scenario.period_end,
            terms=scenario.terms,
            ownership=ownership,
            engine=engine,
            known_at=scenario.known_at,
            apart=changes.get("apart", False),
            expected=changes.get("expected"),
            earlier=changes.get("earlier"),
        )
    )


@pytest.mark.parametrize("seed", [None, 1, 2, 3, 4, 5, 6])
def test_duckdb_and_memory_agree_digit_for_digit(tmp_path: Path, seed: int | None) -> None:
    document = golden_scenario() if seed is None else random_scenario(seed)
    scenario = read_scenario(document)
    lake = tmp_path / "usage.parquet"
    write_lake(lake, scenario.usage)
    engine = DuckdbEngine([lake], threads=2)
    try:
        on_duckdb = _run(scenario, engine, apart=seed is None)
        in_memory = _run(scenario, MemoryEngine(scenario.usage), apart=seed is None)
        assert on_duckdb.exact == in_memory.exact
        assert on_duckdb.digest == in_memory.digest
        assert on_duckdb.flags == in_memory.flags
        assert on_duckdb.tables is not None
        stakes = sorted(on_duckdb.stakes)
        key = lambda row: repr(row)  # noqa: E731
        ours = sorted(engine.detail(on_duckdb.tables, stakes), key=key)
        theirs = sorted(MemoryEngine(scenario.usage).detail(on_duckdb.tables, stakes), key=key)
        assert ours == theirs
        for line in ours[:5]:
            rows = engine.source_rows(on_duckdb.tables, line)
            assert rows == MemoryEngine(scenario.usage).source_rows(on_duckdb.tables, line)
            assert sum(row.amount_e10 for row in rows) == line.amount_e10
            assert len(rows) == line.rows
    finally:
        engine.close()


def test_keeping_places_apart_changes_no_money() -> None:
    scenario = read_scenario(golden_scenario())
    apart = _run(scenario, MemoryEngine(scenario.usage), apart=True)
    together = _run(scenario, MemoryEngine(scenario.usage))
    assert apart.digest == together.digest
    assert len(together.lanes) < len(apart.lanes)


@given(st.integers(0, 10**6))
@settings(max_examples=25, deadline=None)
def test_everything_received_is_payable_held_or_kept(seed: int) -> None:
    result = simulate(random_scenario(seed))
    unit = minor_unit(result.currency)
    sides = {side: result.total(side) for side in Side}
    assert sum(sides.values()) + result.carry == result.receipts
    assert abs(result.carry) < unit
    assert all(abs(result.units.get(name, 0) * unit - amount) < unit for name, amount in result.exact.items())
    assert all(side_of(account) for account in result.units)
    assert all(payout.paid >= 0 for payout in result.payouts)
    for transaction in (*postings_of(result, "per_1"), *payout_postings(result, "per_1")):
        assert not transaction.findings()


@given(st.integers(0, 10**6))
@settings(max_examples=10, deadline=None)
def test_a_late_file_adds_its_own_and_a_rerun_nothing(seed: int) -> None:
    document = random_scenario(seed)
    for number, line in enumerate(document["usage"]):
        line["file"] = f"f{number % 3}"
    early = {**document, "usage": [line for line in document["usage"] if line["file"] != "f2"]}
    first = simulate(early)
    assert simulate(early, earlier=first).delta == {}
    assert postings_of(simulate(early, earlier=first), "per_2", first) == ()
    both = simulate(document, earlier=first)
    assert both.exact == simulate(document).exact
    touched = {a for a in both.exact.keys() | first.exact.keys() if both.exact.get(a) != first.exact.get(a)}
    assert set(both.delta) <= touched
    unit = minor_unit(both.currency)
    assert sum(both.units.values()) * unit + both.carry == both.receipts


def test_a_restatement_points_at_what_it_corrects() -> None:
    document = golden_scenario()
    first = simulate(document)
    document["usage"].append(
        {
            "service": "alpha",
            "territory": "DE",
            "flow": "stream",
            "currency": "EUR",
            "amount": "50.00",
            "asset": "rec_remix",
        }
    )
    second = simulate(document, earlier=first)
    (original,) = postings_of(first, "per_1")
    (correction,) = postings_of(second, "per_2", first)
    assert correction.corrects == original.id
    assert correction.idempotency_key != original.idempotency_key
    assert {posting.account for posting in correction.postings} == set(second.delta) | {"receipts:EUR"}
    with pytest.raises(ValueError, match="not the one"):
        postings_of(second, "per_2")


class LeakyEngine(MemoryEngine):
    """An engine whose join loses a row."""

    def pools(self, tables: Tables) -> list[PoolRow]:
        return super().pools(tables)[1:]


def test_a_lost_row_fails_the_run() -> None:
    scenario = read_scenario(golden_scenario())
    with pytest.raises(ConservationError):
        _run(scenario, LeakyEngine(scenario.usage))


def test_a_lake_that_differs_from_the_take_in_fails_the_run() -> None:
    scenario = read_scenario(golden_scenario())
    totals: dict[str, int] = {}
    for line in scenario.usage:
        totals[line.currency] = totals.get(line.currency, 0) + line.amount_e10
    assert _run(scenario, MemoryEngine(scenario.usage), expected=totals).usage_rows == len(scenario.usage)
    with pytest.raises(ConservationError, match="take the files in again"):
        _run(scenario, MemoryEngine(scenario.usage[1:]), expected=totals)


def test_a_line_without_a_day_that_straddles_the_end_is_payable_and_flagged() -> None:
    document: dict[str, Any] = {
        "period": {"start": "2026-03-01", "end": "2026-03-31"},
        "shares": [{"asset": "o", "party": "holder", "share": "1"}],
        "lineage": [{"child": "d", "parent": "o"}],
        "terms": {
            "currency": "EUR",
            "licences": [
                {
                    "id": "lic",
                    "derivative": "d",
                    "maker": "fan",
                    "fan_share": "0.4",
                    "ends": "2026-03-10",
                    "grace_days": 5,
                }
            ],
        },
        "usage": [
            {"asset": "d", "amount": "120.00", "currency": "EUR", "use_date": "2026-03-09"},
            {"asset": "d", "amount": "15.00", "currency": "EUR", "use_date": "2026-03-14"},
            {"asset": "d", "amount": "4.00", "currency": "EUR", "use_date": "2026-03-15"},
        ],
    }
    result = simulate(document)
    assert result.units == {"payable:fan:lic": 5400, "payable:holder:direct": 8100, "suspense:consent_gap": 400}
    document["usage"] = [{"asset": "d", "amount": "10.00", "currency": "EUR"}]
    straddling = simulate(document)
    assert straddling.units == {"payable:fan:lic": 400, "payable:holder:direct": 600}
    assert [(flag.asset_id, flag.rows) for flag in straddling.flags] == [("d", 1)]


def test_a_clawback_takes_balances_below_zero_and_payouts_never() -> None:
    document = {
        "shares": [{"asset": "a", "party": "x", "share": "0.5"}, {"asset": "a", "party": "y", "share": "0.5"}],
        "terms": {
            "currency": "EUR",
            "payees": [{"party": "x", "opening": {"direct": "40"}}, {"party": "y", "opening": {"direct": "5"}}],
        },
        "usage": [{"asset": "a", "amount": "-30.00", "currency": "EUR"}],
    }
    x, y = simulate(document).payouts
    assert (x.paid, y.paid, y.carried) == (2500, 0, {"direct": -1000})


def test_no_amount_is_a_float() -> None:
    scenario = read_scenario(golden_scenario())
    result = _run(scenario, MemoryEngine(scenario.usage))
    assert all(type(amount) is Fraction for amount in result.exact.values())
    assert all(type(count) is int for count in result.units.values())


def test_known_at_decides_what_was_known() -> None:
    document = golden_scenario()
    document["shares"] = [
        {
            "asset": "rec_song",
            "right": "master",
            "party": "label",
            "share": "1",
            "recorded_at": "2026-01-01T00:00:00+00:00",
            "sheet": "a",
        },
        {
            "asset": "rec_song",
            "right": "master",
            "party": "heir",
            "share": "1",
            "recorded_at": "2026-06-01T00:00:00+00:00",
            "sheet": "b",
        },
        *document["shares"][1:],
    ]
    assert "payable:label:deal" in simulate({**document, "known_at": "2026-03-01T00:00:00+00:00"}).units
    assert "payable:heir:direct" in simulate({**document, "known_at": "2026-07-01T00:00:00+00:00"}).units


def test_recordings_of_the_same_holders_keep_their_own_shares() -> None:
    """What is shared out alike is worked out once; the same parties with other parts or days are not alike."""
    parts = {"a": ("1/2", None), "b": ("1/2", None), "c": ("1/4", None), "d": ("1/2", "2026-01-15")}
    document: dict[str, Any] = {
        "shares": [
            {"asset": asset, "party": party, "share": share, "valid_from": day}
            for asset, (part, day) in parts.items()
            for party, share in (("x", part), ("y", str(1 - Fraction(part))))
        ],
        "terms": {"currency": "EUR"},
        "usage": [{"asset": asset, "amount": "100", "currency": "EUR", "use_date": "2026-01-10"} for asset in parts],
    }
    assert simulate(document).exact == {
        "payable:x:direct": Fraction(50 + 50 + 25),
        "payable:y:direct": Fraction(50 + 50 + 75),
        "suspense:no_right": Fraction(100),
    }
