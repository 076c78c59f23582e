"""The worked period, figure by figure: every step, the exact sums, the cents, the memo and the three small cases."""

from __future__ import annotations

from fractions import Fraction

import pytest

from ritornello.royalty.run import RunResult
from tests.royalty.by_command import simulate
from tests.royalty.golden import ACCOUNTS, GOLDEN, golden_scenario


@pytest.fixture(scope="module")
def result() -> RunResult:
    return simulate(golden_scenario())


def figure(result: RunResult, rule: str, subject: str) -> Fraction:
    found = [one.amount for one in result.figures if (one.rule, one.subject) == (rule, subject)]
    assert len(found) == 1, f"{rule} {subject}: {found}"
    return found[0]


@pytest.mark.parametrize("step", GOLDEN["steps"], ids=lambda step: f"{step['dsp']}-{step['territory']}-{step['kind']}")
def test_every_line_on_its_way(result: RunResult, step: dict[str, str]) -> None:
    place = f"{step['dsp']} {step['territory']} {step['kind']}"
    if step["result"].startswith("suspense:"):
        kind = step["result"].partition(":")[2]
        assert figure(result, "suspense", f"{place} {kind}") == Fraction(step["eur"])
        return
    expected = {name: Fraction(text) for name, text in (part.split("=") for part in step["result"].split())}
    gross = sum(one.amount for one in result.figures if one.rule == "gross" and one.subject.startswith(f"{place} "))
    assert gross == Fraction(step["eur"])
    assert figure(result, "gross", f"{place} master") == expected["master"]
    assert figure(result, "source_withholding", f"{place} master") == expected["wht"]
    assert figure(result, "commission", f"{place} master") == expected["comm"]
    assert figure(result, "net", f"{place} master") == expected["net"]


@pytest.mark.parametrize(
    ("name", "rule", "subject"),
    [
        ("publishing_pool_eur", "gross_of_right", "composition"),
        ("fan_base", "fan_base", "lic_fan"),
        ("fan_uncapped", "fan_uncapped", "lic_fan"),
        ("fan", "fan", "lic_fan"),
        ("net_all", "net_of_right", "master"),
        ("label_base", "base", "deal"),
        ("producer", "royalty", "deal producer"),
        ("artist_royalty", "royalty", "deal artist"),
        ("recouped", "recouped", "advance"),
        ("service_gross_eur", "receipts", "all"),
        ("publishing_elsewhere_gross_eur", "memo_gross", "all"),
    ],
)
def test_intermediate_figures(result: RunResult, name: str, rule: str, subject: str) -> None:
    assert figure(result, rule, subject) == Fraction(GOLDEN["mid"][name])


def test_what_the_deal_leaves(result: RunResult) -> None:
    mid = GOLDEN["mid"]
    assert result.balances["advance"] == Fraction(mid["closing_balance"])
    assert result.exact["payable:artist:deal"] == Fraction(mid["artist_payable"])
    assert result.exact["payable:label:deal"] - figure(result, "recouped", "advance") == Fraction(mid["label"])


def test_exact_sums_and_cents(result: RunResult) -> None:
    assert result.exact == {ACCOUNTS[name]: Fraction(text) for name, text in GOLDEN["exact"].items()}
    cents = {ACCOUNTS[name]: Fraction(text) * 100 for name, text in GOLDEN["payable"].items()}
    assert result.units == cents
    assert Fraction(sum(result.units.values()), 100) == Fraction(GOLDEN["total_in"]) == result.receipts
    assert result.carry == 0


def test_what_societies_pay_is_memo_only(result: RunResult) -> None:
    assert result.memo == {name: Fraction(text) for name, text in GOLDEN["memo_elsewhere"].items()}
    assert not [account for account in result.exact if "cmo:US" in account or ":W2:" in account]


@pytest.mark.parametrize(("method", "rule"), [("pro_rata", "pool_pro_rata"), ("user_centric", "pool_user_centric")])
def test_creation_fee_pools(method: str, rule: str) -> None:
    case = GOLDEN["pool_case"]
    users = [
        {"fee": case["per_user"], "creations": {"rec_x": mine, "rec_other": total - mine}}
        for mine, total in case["users_x_of_total"]
    ]
    document = {
        "shares": [
            {"asset": "rec_x", "party": "x", "share": "1"},
            {"asset": "rec_other", "party": "other", "share": "1"},
        ],
        "pools": [{"users": users, "method": method, "currency": "EUR", "service": "alpha", "territory": "DE"}],
        "terms": {"currency": "EUR", "flows": [{"name": "creation_pool"}]},
    }
    result = simulate(document)
    exact = figure(result, rule, "rec_x")
    assert abs(exact - Fraction(case[method])) < Fraction(1, 10**38)
    assert result.receipts == Fraction("6.84")
    assert abs(result.units["payable:x:direct"] - exact * 100) < 1


def test_a_remix_of_a_remix() -> None:
    case = GOLDEN["chain_case"]
    result = simulate(
        {
            "shares": [{"asset": "o", "party": "holders", "share": "1"}],
            "lineage": [{"child": "d1", "parent": "o"}, {"child": "d2", "parent": "d1"}],
            "terms": {
                "currency": "EUR",
                "licences": [
                    {"id": "lic_1", "derivative": "d1", "maker": "fan1", "fan_share": "0.1", "reciprocity": "0.3"},
                    {"id": "lic_2", "derivative": "d2", "maker": "fan2", "fan_share": "0.1", "reciprocity": "0.3"},
                ],
            },
            "usage": [{"asset": "d2", "amount": case["net_after_commission"], "currency": "EUR"}],
        }
    )
    assert result.exact == {
        "payable:fan1:lic_1": Fraction(case["fan1_gets_30pct"]),
        "payable:fan2:lic_2": Fraction(case["fan2_keeps_70pct"]),
        "payable:holders:direct": Fraction(case["rightsholders"]),
    }


def sync_scenario() -> dict[str, object]:
    return {
        "shares": [
            {"asset": "o", "party": "label", "share": "1"},
            {"asset": "o", "right": "composition", "party": "publisher", "share": "1"},
        ],
        "lineage": [{"child": "d", "parent": "o"}],
        "terms": {
            "currency": "EUR",
            "flows": [{"name": "sync", "parts": {"master": "0.6", "composition": "0.4"}, "most_favoured": True}],
            "commissions": [{"payee": "distributor", "rate": "0.2", "rights": ["master"]}],
            "licences": [{"id": "lic", "derivative": "d", "maker": "fan", "fan_share": "0.05"}],
            "contracts": [
                {
                    "id": "deal",
                    "holder": "label",
                    "rights": ["master"],
                    "royalties": [{"party": "artist", "rate": "0.5"}],
                }
            ],
        },
        "usage": [{"asset": "d", "flow": "sync", "amount": "5000.00", "currency": "EUR"}],
    }


def test_synchronisation_of_a_derivative() -> None:
    case = GOLDEN["sync_case"]
    label, artist = case["label_artist_50_50"].split(" / ")
    assert simulate(sync_scenario()).exact == {
        "payable:publisher:direct": Fraction(case["publishing_mfn_half"]),
        "commission:distributor": Fraction(case["distributor_20pct_of_master"]),
        "payable:fan:lic": Fraction(case["fan_5pct_of_master_net"]),
        "payable:label:deal": Fraction(label),
        "payable:artist:deal": Fraction(artist),
    }
