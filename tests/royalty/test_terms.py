"""Every term has a scenario that changes when the term is taken away, and an unknown term is an error.

Each case is a small scenario, the place of one term in it, and what the run says with the term.
"""

from __future__ import annotations

import copy
from fractions import Fraction
from typing import Any

import pytest

from ritornello.royalty.documents import TermError
from ritornello.royalty.run import RunResult
from ritornello.royalty.scenario import simulate


def base(**changes: Any) -> dict[str, Any]:
    """One song of a label and a writer, one remix of it by a fan, 1000.00 on each, in two countries."""
    document: dict[str, Any] = {
        "shares": [
            {"asset": "song", "party": "label", "share": "1"},
            {"asset": "song", "right": "composition", "party": "writer", "share": "1"},
        ],
        "lineage": [{"child": "remix", "parent": "song"}],
        "usage": [
            {
                "asset": "remix",
                "service": "alpha",
                "territory": "DE",
                "amount": "600.00",
                "currency": "EUR",
                "units": 600,
            },
            {
                "asset": "remix",
                "service": "alpha",
                "territory": "US",
                "amount": "400.00",
                "currency": "EUR",
                "units": 400,
            },
        ],
        "terms": {
            "currency": "EUR",
            "flows": [{"name": "stream"}],
            "licences": [{"id": "lic", "derivative": "remix", "maker": "fan", "fan_share": "0.1"}],
            "contracts": [{"id": "deal", "holder": "label", "royalties": [{"party": "artist", "rate": "0.5"}]}],
        },
    }
    terms = changes.pop("terms", {})
    document.update(changes)
    document["terms"].update(terms)
    return document


def licence(**terms: Any) -> dict[str, Any]:
    return {"terms": {"licences": [{"id": "lic", "derivative": "remix", "maker": "fan", "fan_share": "0.1", **terms}]}}


def contract(**terms: Any) -> dict[str, Any]:
    royalties = terms.pop("royalties", [{"party": "artist", "rate": "0.5"}])
    return {"terms": {"contracts": [{"id": "deal", "holder": "label", "royalties": royalties, **terms}]}}


def payee(**terms: Any) -> dict[str, Any]:
    return {"terms": {"payees": [{"party": "artist", **terms}]}}


FAN, LABEL, ARTIST = "payable:fan:lic", "payable:label:deal", "payable:artist:deal"
EXTRA_FLOW = [{"name": "stream"}, {"name": "pool", "parts": {"master": "0.25", "composition": "0.75"}}]
POOL_USAGE = [
    {"asset": "remix", "service": "alpha", "territory": "DE", "flow": "pool", "amount": "100", "currency": "EUR"}
]
RETURNS = [
    {"asset": "remix", "service": "alpha", "territory": "DE", "amount": "100", "currency": "EUR"},
    {"asset": "remix", "service": "alpha", "territory": "DE", "amount": "-40", "currency": "EUR"},
]

# name, scenario, path of the term, what some accounts hold with it (exact; None: no such account)
CASES: list[tuple[str, dict[str, Any], str, dict[str, str | None]]] = [
    (
        "settlement to_cmo of a flow",
        base(terms={"flows": [{"name": "stream", "settlement": "to_cmo", "collector": "SOC"}]}),
        "terms.flows.0.settlement",
        {"payable:SOC:to_cmo": "1000", FAN: None},
    ),
    (
        "settlement elsewhere of a flow",
        base(terms={"flows": [{"name": "stream", "settlement": "elsewhere"}]}),
        "terms.flows.0.settlement",
        {FAN: None, LABEL: None},
    ),
    (
        "parts of a flow (parity)",
        base(terms={"flows": EXTRA_FLOW}, usage=POOL_USAGE),
        "terms.flows.1.parts",
        {"payable:writer:direct": "75", FAN: "5/2"},
    ),
    (
        "most favoured parts",
        base(terms={"flows": [EXTRA_FLOW[0], {**EXTRA_FLOW[1], "most_favoured": True}]}, usage=POOL_USAGE),
        "terms.flows.1.most_favoured",
        {"payable:writer:direct": "50"},
    ),
    (
        "flow without lineage",
        base(terms={"flows": [{"name": "stream", "lineage": False}]}),
        "terms.flows.0.lineage",
        {FAN: None, LABEL: "500"},
    ),
    (
        "platform fee",
        base(terms={"platform_fees": [{"rate": "0.3"}]}),
        "terms.platform_fees",
        {"cleared:platform_fee:alpha": "300", FAN: "70"},
    ),
    (
        "platform fee of a right",
        base(terms={"platform_fees": [{"rate": "0.3", "rights": ["composition"]}]}),
        "terms.platform_fees.0.rights",
        {"cleared:platform_fee:alpha": None},
    ),
    (
        "condition: service",
        base(terms={"platform_fees": [{"rate": "0.3", "when": {"services": ["beta"]}}]}),
        "terms.platform_fees.0.when.services",
        {"cleared:platform_fee:alpha": None},
    ),
    (
        "condition: territory",
        base(terms={"platform_fees": [{"rate": "0.3", "when": {"territories": "US"}}]}),
        "terms.platform_fees.0.when",
        {"cleared:platform_fee:alpha": "120"},
    ),
    (
        "condition: flow",
        base(terms={"platform_fees": [{"rate": "0.3", "when": {"flows": ["pool"]}}]}),
        "terms.platform_fees.0.when.flows",
        {"cleared:platform_fee:alpha": None},
    ),
    (
        "condition: from a date",
        base(terms={"platform_fees": [{"rate": "0.3", "when": {"valid_from": "2026-02-01"}}]}),
        "terms.platform_fees.0.when.valid_from",
        {"cleared:platform_fee:alpha": None},
    ),
    (
        "condition: until a date",
        base(terms={"platform_fees": [{"rate": "0.3", "when": {"valid_to": "2026-01-01"}}]}),
        "terms.platform_fees.0.when.valid_to",
        {"cleared:platform_fee:alpha": None},
    ),
    (
        "source withholding",
        base(terms={"source_withholding": [{"country": "US", "rate": "0.3"}]}),
        "terms.source_withholding",
        {"tax:US": "120", FAN: "88"},
    ),
    (
        "source withholding of a flow",
        base(terms={"source_withholding": [{"country": "US", "rate": "0.3", "flows": ["pool"]}]}),
        "terms.source_withholding.0.flows",
        {"tax:US": None},
    ),
    (
        "source withholding of a right",
        base(terms={"source_withholding": [{"country": "US", "rate": "0.3", "rights": ["composition"]}]}),
        "terms.source_withholding.0.rights",
        {"tax:US": None},
    ),
    (
        "commission",
        base(terms={"commissions": [{"payee": "dist", "rate": "0.15"}]}),
        "terms.commissions",
        {"commission:dist": "150", FAN: "85"},
    ),
    (
        "commission base",
        base(
            terms={
                "platform_fees": [{"rate": "0.5"}],
                "commissions": [{"payee": "dist", "rate": "0.15", "base": "gross"}],
            }
        ),
        "terms.commissions.0.base",
        {"commission:dist": "150", FAN: "35"},
    ),
    (
        "commission of a right",
        base(terms={"commissions": [{"payee": "dist", "rate": "0.15", "rights": ["composition"]}]}),
        "terms.commissions.0.rights",
        {"commission:dist": None},
    ),
    (
        "hold",
        base(terms={"holds": [{"kind": "disputed_claim", "when": {"territories": "US"}}]}),
        "terms.holds",
        {"suspense:disputed_claim": "400", FAN: "60"},
    ),
    (
        "hold of an asset",
        base(terms={"holds": [{"kind": "judged", "assets": ["song"]}]}),
        "terms.holds.0.assets",
        {"suspense:judged": None},
    ),
    ("fan share", base(), "terms.licences.0.fan_share", {FAN: "100", LABEL: "450"}),
    ("fan share: flows", base(**licence(flows=["pool"])), "terms.licences.0.flows", {FAN: None}),
    ("fan share: cap", base(**licence(cap="80")), "terms.licences.0.cap", {FAN: "80", LABEL: "460"}),
    ("fan share: floor", base(**licence(floor="150")), "terms.licences.0.floor", {FAN: "150", LABEL: "425"}),
    (
        "fan share: basis",
        base(terms={**licence(basis="gross")["terms"], "platform_fees": [{"rate": "0.5"}]}),
        "terms.licences.0.basis",
        {FAN: "100", LABEL: "200"},
    ),
    (
        "licence: scope",
        base(**licence(scope={"alpha": "DE"})),
        "terms.licences.0.scope",
        {"suspense:out_of_scope": "400"},
    ),
    (
        "licence: ceiling",
        base(**licence(ceiling="500")),
        "terms.licences.0.ceiling",
        {"suspense:over_ceiling": "500", FAN: "50"},
    ),
    (
        "licence: revenue before",
        base(**licence(ceiling="1500", revenue_before="1000")),
        "terms.licences.0.revenue_before",
        {"suspense:over_ceiling": "500"},
    ),
    ("licence: ends", base(**licence(ends="2025-12-31")), "terms.licences.0.ends", {"suspense:consent_gap": "1000"}),
    (
        "licence: grace",
        base(**licence(ends="2025-12-31", grace_days=60)),
        "terms.licences.0.grace_days",
        {"suspense:consent_gap": None, FAN: "100"},
    ),
    ("royalty", base(), "terms.contracts.0.royalties", {ARTIST: "450"}),
    (
        "royalty: points within",
        base(
            **contract(
                royalties=[{"party": "artist", "rate": "0.5"}, {"party": "producer", "rate": "0.1", "within": "artist"}]
            )
        ),
        "terms.contracts.0.royalties.1.within",
        {ARTIST: "360", "payable:producer:deal": "90", LABEL: "450"},
    ),
    (
        "royalty: basis",
        base(
            terms={
                **contract(royalties=[{"party": "artist", "rate": "0.2", "basis": "gross"}])["terms"],
                "platform_fees": [{"rate": "0.5"}],
            }
        ),
        "terms.contracts.0.royalties.0.basis",
        {ARTIST: "180", LABEL: "270"},
    ),
    (
        "royalty: condition",
        base(**contract(royalties=[{"party": "artist", "rate": "0.5", "when": {"territories": "DE"}}])),
        "terms.contracts.0.royalties.0.when",
        {ARTIST: "270"},
    ),
    (
        "royalty: escalation",
        base(
            **contract(
                royalties=[{"party": "artist", "rate": "0.2", "escalations": [{"above": "500", "rate": "0.25"}]}]
            )
        ),
        "terms.contracts.0.royalties.0.escalations",
        {ARTIST: "200"},
    ),
    (
        "royalty: cumulated",
        base(
            **contract(
                royalties=[
                    {
                        "party": "artist",
                        "rate": "0.2",
                        "escalations": [{"above": "500", "rate": "0.25"}],
                        "cumulated": "500",
                    }
                ]
            )
        ),
        "terms.contracts.0.royalties.0.cumulated",
        {ARTIST: "225"},
    ),
    (
        "contract: settlement",
        base(**contract(settlement="to_cmo", society="SOC")),
        "terms.contracts.0.settlement",
        {"payable:SOC:to_cmo": "900", ARTIST: None},
    ),
    (
        "contract: elsewhere",
        base(**contract(settlement="elsewhere")),
        "terms.contracts.0.settlement",
        {"suspense:no_settlement": "900"},
    ),
    ("contract: assets", base(**contract(assets=["other"])), "terms.contracts.0.assets", {ARTIST: None}),
    ("contract: rights", base(**contract(rights=["composition"])), "terms.contracts.0.rights", {ARTIST: None}),
    (
        "recoupment: advance",
        base(**contract(recoupments=[{"id": "adv", "kind": "advance", "party": "artist", "outstanding": "100"}])),
        "terms.contracts.0.recoupments",
        {ARTIST: "350", LABEL: "550"},
    ),
    (
        "recoupment: rate",
        base(
            **contract(
                recoupments=[{"id": "adv", "kind": "advance", "party": "artist", "outstanding": "900", "rate": "0.5"}]
            )
        ),
        "terms.contracts.0.recoupments.0.rate",
        {ARTIST: "225", LABEL: "675"},
    ),
    (
        "recoupment: cost",
        base(**contract(recoupments=[{"id": "video", "kind": "cost", "party": "artist", "outstanding": "50"}])),
        "terms.contracts.0.recoupments",
        {ARTIST: "400"},
    ),
    (
        "recoupment: first",
        base(**contract(recoupments=[{"id": "mix", "kind": "recoup_first", "party": "artist", "outstanding": "100"}])),
        "terms.contracts.0.recoupments",
        {ARTIST: "500", LABEL: "400"},
    ),
    (
        "recoupment: net profit",
        base(**contract(recoupments=[{"id": "costs", "kind": "net_profit", "party": "label", "outstanding": "100"}])),
        "terms.contracts.0.recoupments",
        {ARTIST: "400", LABEL: "500"},
    ),
    (
        "reserve",
        base(**contract(reserves=[{"party": "artist", "rate": "0.2"}]), usage=RETURNS),
        "terms.contracts.0.reserves",
        {"reserve:artist:deal": "9", ARTIST: "18"},
    ),
    (
        "reserve: release",
        base(**contract(reserves=[{"party": "artist", "rate": "0", "releases": [{"taken": "10", "part": "0.5"}]}])),
        "terms.contracts.0.reserves.0.releases",
        {"reserve:artist:deal": "-5", ARTIST: "455"},
    ),
    (
        "fine",
        base(terms={"fines": [{"service": "alpha", "party": "fan", "amount": "10", "reason": "self-dealing"}]}),
        "terms.fines",
        {"penalty:alpha": "10", FAN: "90"},
    ),
    (
        "fine: contract",
        base(
            terms={
                "fines": [{"service": "alpha", "party": "label", "amount": "10", "reason": "r", "contract": "other"}]
            }
        ),
        "terms.fines.0.contract",
        {"payable:label:other": "-10"},
    ),
    (
        "overclaims",
        base(
            terms={"overclaims": "all"},
            shares=[
                {"asset": "song", "party": "label", "share": "0.6", "source": "a", "sheet": "a", "status": "asserted"},
                {"asset": "song", "party": "rival", "share": "0.6", "source": "b", "sheet": "b", "status": "asserted"},
            ],
        ),
        "terms.overclaims",
        {"suspense:overclaim": "900"},
    ),
    ("exchange rate", base(terms={"fx": [{"currency": "EUR", "rate": "0.5"}]}), "terms.fx", {FAN: "50"}),
    (
        "exchange: bank credit",
        base(terms={"fx": [{"currency": "EUR", "rate": "1", "bank_credit": "900"}]}),
        "terms.fx.0.bank_credit",
        {FAN: "90"},
    ),
    (
        "exchange: basis",
        base(terms={"fx": [{"currency": "EUR", "rate": "1", "bank_credit": "1010", "basis": "reported"}]}),
        "terms.fx.0.basis",
        {FAN: "100", "fx": "10"},
    ),
    (
        "exchange: files",
        base(
            terms={"fx": [{"currency": "EUR", "rate": "0.5", "files": ["f1"]}]},
            usage=[{**line, "file": f"f{number}"} for number, line in enumerate(base()["usage"])],
        ),
        "terms.fx.0.files",
        {FAN: "80"},
    ),
]


def taken_away(document: dict[str, Any], path: str) -> dict[str, Any]:
    """The scenario without the term (and with its reading as if it had never been written)."""
    changed = copy.deepcopy(document)
    *way, last = path.split(".")
    place: Any = changed
    for step in way:
        place = place[int(step)] if isinstance(place, list) else place[step]
    if isinstance(place, list):
        del place[int(last)]
    else:
        del place[last]
    return changed


def money_of(result: RunResult) -> tuple[object, ...]:
    return result.exact, result.memo, result.payouts, result.billed, result.balances


@pytest.mark.parametrize(("name", "document", "path", "expected"), CASES, ids=[case[0] for case in CASES])
def test_each_term_changes_the_result(
    name: str, document: dict[str, Any], path: str, expected: dict[str, str | None]
) -> None:
    result = simulate(document)
    for account, amount in expected.items():
        found = result.exact.get(account)
        assert found == (None if amount is None else Fraction(amount)), f"{account}: {found}, {result.exact}"
    without = simulate(taken_away(document, path))
    assert money_of(without) != money_of(result), f"{name} changes nothing"


PAYOUTS: list[tuple[str, dict[str, Any], str, tuple[int, int]]] = [
    ("minimum", base(**payee(minimum="500")), "terms.payees", (0, 45000)),
    ("minimum is met at it", base(**payee(minimum="450", opening={"deal": "0"})), "terms.payees.0.opening", (45000, 0)),
    ("flush", base(**payee(minimum="500", flush=True)), "terms.payees.0.flush", (45000, 0)),
    ("payable", base(**payee(payable=False)), "terms.payees.0.payable", (0, 45000)),
    ("opening", base(**payee(opening={"deal": "-100"})), "terms.payees.0.opening", (35000, 0)),
    (
        "crossed",
        base(**payee(opening={"old": "-500"}, crossed=[["deal", "old"]])),
        "terms.payees.0.crossed",
        (0, -5000),
    ),
    ("withholding", base(**payee(withholding=[{"country": "US", "rate": "0.05"}])), "terms.payees", (44100, 0)),
    (
        "withholding: no form",
        base(**payee(withholding=[{"country": "US", "rate": "0.05", "form": False}])),
        "terms.payees.0.withholding.0.form",
        (39600, 0),
    ),
    (
        "withholding: statutory",
        base(**payee(withholding=[{"country": "US", "rate": "0.05", "form": False, "statutory": "0.5"}])),
        "terms.payees.0.withholding.0.statutory",
        (36000, 0),
    ),
    (
        "withholding: expired",
        base(**payee(withholding=[{"country": "US", "rate": "0.05", "expires": "2026-01-30"}])),
        "terms.payees.0.withholding.0.expires",
        (39600, 0),
    ),
]


@pytest.mark.parametrize(("name", "document", "path", "expected"), PAYOUTS, ids=[case[0] for case in PAYOUTS])
def test_each_term_of_payment_changes_the_payout(
    name: str, document: dict[str, Any], path: str, expected: tuple[int, int]
) -> None:
    result = simulate(document)
    payout = next(one for one in result.payouts if one.party == "artist")
    assert (payout.paid, sum(payout.carried.values())) == expected
    assert payout.gross == payout.paid + sum(payout.withheld.values())
    if name != "minimum is met at it":
        assert simulate(taken_away(document, path)).payouts != result.payouts, f"{name} changes nothing"


def test_a_guarantee_bills_what_is_missing() -> None:
    document = base(**contract(guarantee={"amount": "1500", "earned_before": "100"}))
    assert simulate(document).billed == {"deal": Fraction(500)}
    assert simulate(taken_away(document, "terms.contracts.0.guarantee.earned_before")).billed == {"deal": Fraction(600)}
    assert simulate(taken_away(document, "terms.contracts.0.guarantee")).billed == {}


def test_a_rule_of_monetisation_takes_expected_money_but_no_receipt() -> None:
    rules = [{"service": "alpha", "minimum_units": 1001, "source": "published terms"}]
    expected = simulate(base(monetisation_rules=rules, expected=True))
    assert expected.receipts == 0
    assert [one.rule for one in expected.figures].count("unpaid_by_service") == 2
    assert simulate(base(monetisation_rules=rules)).receipts == 1000
    assert simulate(base(monetisation_rules=[{**rules[0], "minimum_units": 1000}], expected=True)).receipts == 1000


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("terms", "scenario.terms: unknown term 'recup'; known here"),
        ("terms.licences.0", "licences[0]: unknown term 'recup'"),
        ("terms.contracts.0", "contracts[0]: unknown term 'recup'; did you mean 'recoupments'?"),
        ("terms.contracts.0.royalties.0", "royalties[0]: unknown term"),
        ("terms.flows.0", "flows[0]: unknown term"),
        ("shares.0", "shares[0]: unknown term"),
        ("lineage.0", "lineage[0]: unknown term"),
        ("usage.0", "usage[0]: unknown term"),
    ],
)
def test_an_unknown_term_is_an_error(path: str, told: str) -> None:
    document = base()
    place: Any = document
    for step in path.split("."):
        place = place[int(step)] if isinstance(place, list) else place[step]
    place["recup"] = "0.5"
    with pytest.raises(TermError) as raised:
        simulate(document)
    assert told in str(raised.value)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (licence(fan_share=0.1), "is not exact"),
        (licence(fan_share="10"), 'write 15 % as "0.15"'),
        (licence(cap="1", floor="2"), "lies above the cap"),
        (licence(derivative="nothing"), "no parents"),
        ({"terms": {"flows": [{"name": "stream", "parts": {"master": "0.4"}}]}}, "do not add up to one"),
        ({"terms": {"flows": [{"name": "download"}]}}, "flow 'stream', which the terms do not name"),
        ({"terms": {"flows": [{"name": "stream"}, {"name": "stream"}]}}, "stands there twice"),
        ({"terms": {"currency": "EURO"}}, "terms.currency"),
        ({"terms": {"currency": "USD"}}, "no rate from EUR to USD"),
        ({"terms": {"commissions": [{"payee": "d", "rate": "0.7"}, {"payee": "e", "rate": "0.7"}]}}, "more than all"),
        (
            contract(recoupments=[{"id": "x", "kind": "advance", "party": "nobody", "outstanding": "1"}]),
            "no part in this",
        ),
        (contract(recoupments=[{"id": "x", "kind": "gift", "party": "artist", "outstanding": "1"}]), "none of advance"),
        (contract(royalties=[{"party": "label", "rate": "0.5"}]), "or the holder itself"),
        (contract(settlement="to_cmo"), "no society is named"),
    ],
)
def test_terms_that_cannot_be_meant(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(TermError) as raised:
        simulate(base(**changes))
    assert told in str(raised.value)
