"""The money vectors through whole scenarios. Amounts of the vectors are integer cents unless said."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pytest

from ritornello.royalty.engines.duckdb import DuckdbEngine, write_lake
from ritornello.royalty.run import RunResult
from ritornello.royalty.tables import UsageLine
from tests.royalty.by_command import simulate
from tests.royalty.golden import VECTORS

VECTOR: dict[str, Any] = {
    one["id"]: one for one in json.loads((VECTORS / "money.json").read_text(encoding="utf-8"))["vectors"]
}
ELSEWHERE_TESTED = {"mixed-signs", "mixed-signs-2"}
"""Vectors of a single allocation: tests/money holds them."""


def cents(amount: int) -> str:
    return str(Fraction(amount, 100))


def figures(result: RunResult, rule: str) -> dict[str, Fraction]:
    return {one.subject: one.amount * 100 for one in result.figures if one.rule == rule}


def scenario(
    amounts: list[int] | dict[str, int], holders: dict[str, str] | None = None, **terms: Any
) -> dict[str, Any]:
    """Usage of one asset (by place where named) held by some parties."""
    places = {"": amounts[0]} if isinstance(amounts, list) and len(amounts) == 1 else amounts
    rows = places.items() if isinstance(places, dict) else [("", amount) for amount in places]
    return {
        "shares": [
            {"asset": "a", "party": party, "share": share} for party, share in (holders or {"holder": "1"}).items()
        ],
        "usage": [
            {
                "asset": "a",
                "service": "dsp",
                "territory": place,
                "amount": cents(amount),
                "currency": terms.get("from", "EUR"),
            }
            for place, amount in rows
        ],
        "terms": {"currency": "EUR", **{name: value for name, value in terms.items() if name != "from"}},
    }


def waterfall_order(given: Any, expect: Any) -> None:
    stack = given["stack_bp"]
    result = simulate(
        scenario(
            [given["gross"]],
            {party: str(Fraction(part, 10_000)) for party, part in stack.items()},
            platform_fees=[{"rate": str(Fraction(given["platform_fee_pct"], 100))}],
            commissions=[{"payee": "dist", "rate": str(Fraction(given["distributor_commission_pct_of_net"], 100))}],
        )
    )
    assert result.units["commission:dist"] == expect["commission"]
    assert sum(result.units.values()) - result.units["cleared:platform_fee:dsp"] == expect["net_receipts"]
    assert figures(result, "net_all") == {"all": expect["royalty_base"]}
    assert {party: result.units[f"payable:{party}:direct"] for party in stack} == {
        party: expect[party] for party in stack
    }


def gross_vs_net(given: Any, expect: Any) -> None:
    for basis in ("gross", "net"):
        result = simulate(
            scenario(
                [given["gross"]],
                platform_fees=[{"rate": str(Fraction(given["platform_fee"], given["gross"]))}],
                contracts=[
                    {
                        "id": "c",
                        "holder": "holder",
                        "royalties": [{"party": "x", "rate": str(Fraction(given["rate_pct"], 100)), "basis": basis}],
                    }
                ],
            )
        )
        assert result.units["payable:x:c"] == expect[f"on_{basis}"]


def royalty_or_profit(given: Any, expect: Any) -> None:
    deal = simulate(
        scenario(
            [given["net"]],
            {"label": "1"},
            contracts=[
                {
                    "id": "c",
                    "holder": "label",
                    "royalties": [{"party": "payee", "rate": str(Fraction(given["royalty_pct"], 100))}],
                    "recoupments": [
                        {"id": "costs", "kind": "cost", "party": "payee", "outstanding": cents(given["costs"])}
                    ],
                }
            ],
        )
    )
    assert deal.balances["costs"] * 100 == expect["royalty_deal_balance"]
    assert deal.units.get("payable:payee:c", 0) == expect["royalty_deal_payable"]
    share = simulate(
        scenario(
            [given["net"]],
            {"label": "1"},
            contracts=[
                {
                    "id": "c",
                    "holder": "label",
                    "royalties": [{"party": "payee", "rate": str(Fraction(given["profit_share_pct"], 100))}],
                    "recoupments": [
                        {"id": "costs", "kind": "net_profit", "party": "label", "outstanding": cents(given["costs"])}
                    ],
                }
            ],
        )
    )
    divided = figures(share, "divided")
    assert divided == {"c payee": expect["profit_share_payee"], "c label": expect["profit_share_label"]}
    assert share.units["payable:label:c"] == expect["profit_share_label"] + given["costs"]


def weights(given: Any, expect: Any) -> None:
    parts = given["weights"]
    whole = sum(parts.values())
    holders = {party: f"{weight}/{whole}" for party, weight in parts.items()}
    result = simulate(scenario([given["total"]], holders))
    assert {party: result.units[f"payable:{party}:direct"] for party in parts} == expect


def sum_before_round(given: Any, expect: Any) -> None:
    document = scenario([0])
    amount = f"{given['micro_per_line'] / 10**6:.6f}"
    document["usage"] = [{"asset": "a", "amount": amount, "currency": "EUR"}]

    def many(lines: Sequence[UsageLine]) -> DuckdbEngine:
        write_lake(folder / "one.parquet", lines)
        repeated = f"SELECT one.* FROM '{folder}/one.parquet' one, range({given['lines']})"
        duckdb.sql(f"COPY ({repeated}) TO '{folder}/many.parquet' (FORMAT parquet)")
        return DuckdbEngine([folder / "many.parquet"], threads=2)

    with TemporaryDirectory() as name:
        folder = Path(name)
        result = simulate(document, engine=many)
    assert result.usage_rows == given["lines"]
    assert result.receipts * 10**6 == expect["total_micro"]
    assert result.units == {"payable:holder:direct": expect["cents"]}


def recoup_advance(given: Any, expect: Any) -> None:
    outstanding, paid, after = given["advance"], [], []
    for earned in given["earned"]:
        result = simulate(
            scenario(
                [earned],
                {"label": "1"},
                contracts=[
                    {
                        "id": "c",
                        "holder": "label",
                        "royalties": [{"party": "x", "rate": "1"}],
                        "recoupments": [
                            {"id": "adv", "kind": "advance", "party": "x", "outstanding": cents(outstanding)}
                        ],
                    }
                ],
            )
        )
        paid.append(result.units.get("payable:x:c", 0))
        after.append(int(result.balances["adv"] * 100))
        outstanding = -after[-1]
    assert (paid, after) == (expect["paid"], expect["balance_after"])


def recoup_first(given: Any, expect: Any) -> None:
    ((first, amount),) = given["recoup"].items()
    others = {party: pct for party, pct in given["split_pct"].items() if party != first}
    result = simulate(
        scenario(
            [given["income"]],
            {first: "1"},
            contracts=[
                {
                    "id": "c",
                    "holder": first,
                    "royalties": [{"party": party, "rate": str(Fraction(pct, 100))} for party, pct in others.items()],
                    "recoupments": [{"id": "r", "kind": "recoup_first", "party": first, "outstanding": cents(amount)}],
                }
            ],
        )
    )
    assert {party: result.units[f"payable:{party}:c"] for party in expect} == expect


def cross_collateral(given: Any, expect: Any) -> None:
    def payout(crossed: list[list[str]]) -> Any:
        document = scenario([given["contract_A"]], {"x": "1"}, contracts=[{"id": "A", "holder": "x"}])
        document["terms"]["payees"] = [{"party": "x", "opening": {"B": cents(given["contract_B"])}, "crossed": crossed}]
        return simulate(document).payouts[0]

    crossed, alone = payout([["A", "B"]]), payout([])
    assert (crossed.paid, sum(crossed.carried.values())) == (expect["crossed_payable"], expect["crossed_carry"])
    assert (alone.paid, alone.carried["B"]) == (expect["uncrossed_payable_A"], expect["uncrossed_carry_B"])


def minimum_payout(given: Any, expect: Any) -> None:
    opening, paid = 0, []
    for amount in given["periods"]:
        payees = [{"party": "x", "minimum": cents(given["threshold"]), "opening": {"direct": cents(opening)}}]
        payout = simulate(scenario([amount], {"x": "1"}, payees=payees)).payouts[0]
        paid.append(payout.paid)
        opening = payout.carried["direct"]
    assert paid == expect["paid"]


def reserve_and_release(given: Any, expect: Any) -> None:
    def run(amounts: list[int], **reserve: Any) -> RunResult:
        contract = {
            "id": "c",
            "holder": "x",
            "reserves": [{"party": "x", "rate": str(Fraction(given["reserve_pct"], 100)), **reserve}],
        }
        return simulate(scenario(amounts, {"x": "1"}, contracts=[contract]))

    first = run([given["royalty"]])
    assert first.units == {"payable:x:c": expect["statement"], "reserve:x:c": expect["reserve_taken"]}
    for part, released in zip(given["release"], expect["released"], strict=True):
        later = run([0], releases=[{"taken": cents(expect["reserve_taken"]), "part": str(Fraction(part, 100))}])
        assert later.units == {"payable:x:c": released, "reserve:x:c": -released}
    returns = run([given["returns_line"]])
    assert returns.units.get("reserve:x:c", 0) == expect["reserve_on_returns"]


def withholding(given: Any, expect: Any) -> None:
    amounts = {"US": given["us_source"], "DE": given["payable"] - given["us_source"]}
    taxes = [{"country": "US", "rate": str(Fraction(given["rate_pct"], 100))}]
    payout = simulate(scenario(amounts, {"x": "1"}, payees=[{"party": "x", "withholding": taxes}])).payouts[0]
    assert (sum(payout.withheld.values()), payout.paid) == (expect["withheld"], expect["paid"])


def withholding_no_form(given: Any, expect: Any) -> None:
    amounts = {"US": given["us_source"], "DE": given["payable"] - given["us_source"]}
    taxes = [{"country": "US", "rate": "0.05", "form": False}]
    payout = simulate(scenario(amounts, {"x": "1"}, payees=[{"party": "x", "withholding": taxes}])).payouts[0]
    assert (sum(payout.withheld.values()), payout.paid) == (expect["withheld"], expect["paid"])


def fx_fixed(given: Any, expect: Any) -> None:
    holders = {party: f"{weight}/3" for party, weight in given["split"].items()}
    rate = {
        "currency": "USD",
        "rate": given["rate"],
        "bank_credit": cents(given["bank_credit_eur"]),
        "basis": "reported",
    }
    result = simulate(scenario([given["usd"]], holders, fx=[rate], **{"from": "USD"}))
    assert result.units == {
        **{f"payable:{party}:direct": expect[party] for party in holders},
        "fx": expect["fx_gain_house"],
    }
    assert sum(expect[party] for party in holders) == expect["eur"]


def territory_rights(given: Any, expect: Any) -> None:
    document = scenario(given["lines"])
    document["shares"] = [
        {"asset": "a", "party": party, "share": "1", "territories": ", ".join(places), "sheet": "s"}
        for party, places in given["owners"].items()
    ]
    result = simulate(document)
    assert result.units == {
        "payable:X:direct": expect["X"],
        "payable:Y:direct": expect["Y"],
        "suspense:no_right": expect["suspense_no_right"],
    }


def dated_split() -> dict[str, Any]:
    return scenario([0]) | {
        "shares": [
            {"asset": "a", "party": "A", "share": "0.5", "valid_to": "2026-04-01", "sheet": "s1"},
            {"asset": "a", "party": "B", "share": "0.5", "valid_to": "2026-04-01", "sheet": "s1"},
            {"asset": "a", "party": "A", "share": "0.7", "valid_from": "2026-04-01", "sheet": "s2"},
            {"asset": "a", "party": "B", "share": "0.3", "valid_from": "2026-04-01", "sheet": "s2"},
        ]
    }


def split_by_use_date(given: Any, expect: Any) -> None:
    document = dated_split()
    document["usage"] = [
        {"asset": "a", "use_date": day, "amount": cents(amount), "currency": "EUR"}
        for day, amount in (("2026-03-31", given["mar"]), ("2026-04-01", given["apr"]))
    ]
    units = simulate(document).units
    assert (units["payable:A:direct"], units["payable:B:direct"]) == (expect["A"], expect["B"])


def overclaim(given: Any, expect: Any) -> None:
    document = scenario([given["amount"]])
    document["shares"] = [
        {
            "asset": "a",
            "party": party,
            "share": str(Fraction(part, 100)),
            "source": party,
            "sheet": party,
            "status": "asserted",
        }
        for party, part in given["claims"].items()
    ]
    held = simulate(document)
    assert held.units == {
        "payable:X:direct": expect["X"],
        "payable:Y:direct": expect["Y"],
        "suspense:overclaim": expect["held"],
    }
    document["shares"] = [
        {"asset": "a", "party": party, "share": share, "sheet": "z", "status": "agreed"}
        for party, share in (("X", "0.55"), ("Y", "0.45"))
    ]
    released = simulate(document, earlier=held)
    assert released.delta == {
        "payable:X:direct": expect["release"]["X"],
        "payable:Y:direct": expect["release"]["Y"],
        "suspense:overclaim": -expect["held"],
    }


def unmatched_then_matched(given: Any, expect: Any) -> None:
    document = dated_split()
    line = {
        "asset": None,
        "use_date": "2026-03-10",
        "amount": cents(given["p1_unmatched"]),
        "currency": "EUR",
        "file": "f",
    }
    document["usage"] = [line]
    first = simulate(document)
    assert first.units == {"suspense:no_asset": expect["p1_suspense"]}
    document["usage"] = [{**line, "asset": "a"}]
    later = simulate(document, earlier=first)
    assert {name: later.delta[f"payable:{name}:direct"] for name in ("A", "B")} == expect["p3"]
    assert later.units.get("suspense:no_asset", 0) == expect["suspense_after"]


def rerun(given: Any, expect: Any) -> None:
    document = scenario([given["run1"]])
    document["usage"][0]["file"] = "first"
    first = simulate(document)
    again = simulate(document, earlier=first)
    assert first.digest == simulate(document).digest
    assert len(again.delta) == expect["rerun_postings"]
    late = {
        **document,
        "usage": [
            *document["usage"],
            {"asset": "a", "service": "dsp", "amount": cents(given["late_file"]), "currency": "EUR", "file": "late"},
        ],
    }
    after = simulate(late, earlier=first)
    assert after.delta == {"payable:holder:direct": given["late_file"]}
    assert after.units == {"payable:holder:direct": expect["after_late"]}


CASES: dict[str, Callable[[Any, Any], None]] = {
    "waterfall-order": waterfall_order,
    "gross-vs-net-basis": gross_vs_net,
    "royalty-deal-vs-profit-share": royalty_or_profit,
    "largest-remainder-3": weights,
    "largest-remainder-75-25": weights,
    "largest-remainder-negative": weights,
    "sum-before-round": sum_before_round,
    "recoup-advance": recoup_advance,
    "recoup-off-the-top": recoup_first,
    "cross-collateral": cross_collateral,
    "minimum-payout": minimum_payout,
    "reserve-and-release": reserve_and_release,
    "withholding-source": withholding,
    "withholding-no-form": withholding_no_form,
    "fx-fixed-per-receipt": fx_fixed,
    "territory-rights": territory_rights,
    "split-version-by-use-date": split_by_use_date,
    "overclaim-overlap-hold": overclaim,
    "unmatched-then-matched": unmatched_then_matched,
    "rerun-idempotent": rerun,
}


@pytest.mark.parametrize("name", CASES)
def test_vector(name: str) -> None:
    CASES[name](VECTOR[name]["given"], VECTOR[name]["expect"])


def test_every_vector_is_a_test() -> None:
    from tests.royalty.test_run import ORDER_VECTOR

    assert set(VECTOR) == set(CASES) | ELSEWHERE_TESTED | {ORDER_VECTOR}
