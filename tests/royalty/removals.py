"""Scenarios with one term to be taken away and what it is worth: flows, exchange, fees, licences.

Each worth is computed by hand. `test_removals` holds them to the runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.royalty.test_schema import EDGES
from tests.royalty.test_terms import ARTIST, EXTRA_FLOW, FAN, LABEL, POOL_USAGE, base, contract, licence, payee

Worth = dict[str, tuple[str | None, str | None]]
"""Account → what it holds with the term and without it; None: there is no such account."""
REFUSED = "refused"
"""In place of a worth: without the term the document says something that cannot be meant, and is refused."""

FEE, DIST, WRITER = "cleared:platform_fee:alpha", "commission:dist", "payable:writer:direct"
HALVES: Worth = {LABEL: ("450", None), ARTIST: ("450", None)}
ADVANCE = {"id": "adv", "kind": "advance", "party": "artist", "outstanding": "900"}
STEPS = {"party": "artist", "rate": "0.2", "escalations": [{"above": "500", "rate": "0.25"}]}
US_TAX = {"country": "US", "rate": "0.05"}
RULE = {"service": "alpha", "minimum_units": 1001}
BOTH_RIGHTS = [{"child": "remix", "parent": "song", "right": right} for right in ("master", "composition")]
USERS = [{"fee": "10", "creations": {"x": 1}}, {"fee": "10", "creations": {"x": 1, "y": 3}}]


def line(flow: str, amount: str, **more: Any) -> dict[str, Any]:
    found = {"asset": "remix", "service": "alpha", "territory": "DE", "flow": flow, "currency": "EUR", **more}
    return {**found, "amount": amount}


def pool(**more: Any) -> dict[str, Any]:
    """Two users pay 10 each: one made x once, the other x once and y three times; a service keeps a tenth of `made`."""
    return {
        "shares": [{"asset": asset, "party": asset, "share": "1"} for asset in ("x", "y")],
        "pools": [{"currency": "EUR", "users": USERS, "service": "alpha", **more}],
        "terms": {"currency": "EUR", "flows": [{"name": "creation_pool"}, {"name": "made"}]},
    }


def kept(when: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The pool, of which the service keeps a tenth where `when` says so."""
    document = pool(**more)
    document["terms"]["platform_fees"] = [{"rate": "0.1", "when": when}]
    return document


def tips(**changes: Any) -> dict[str, Any]:
    """A tip of 20.00 for the remix: it pays for the performance, nine tenths of which are the remixer's."""
    return base(
        shares=[{"asset": "song", "right": "performance", "party": "label", "share": "1"}],
        lineage=[{"child": "remix", "parent": "song", "right": "performance"}],
        usage=[line("tip", "20")],
        terms={
            "flows": [{"name": "tip", "parts": {"performance": "1"}}],
            "platform_fees": [{"rate": "0.25", "when": {"flows": ["tip"]}}],
            "licences": [
                {"id": "lic", "derivative": "remix", "maker": "fan", "right": "performance", "fan_share": "0.9"}
            ],
            **changes,
        },
    )


def clawed_back(**terms_: Any) -> dict[str, Any]:
    """100.00 streamed, 30.00 of it taken back by the service as artificial."""
    found = licence(**terms_)["terms"]
    flows = [{"name": "stream"}, {"name": "fraud_clawback"}]
    return base(usage=[line("stream", "100"), line("fraud_clawback", "-30")], terms={**found, "flows": flows})


def sync(**flow: Any) -> dict[str, Any]:
    """5000.00 for the remix in a film: 60 for the recording, 40 for the work, as the deal was struck."""
    parts = {"master": "0.6", "composition": "0.4"}
    flows = [{"name": "stream"}, {"name": "sync", "parts": parts, **flow}]
    return base(lineage=BOTH_RIGHTS, usage=[line("sync", "5000")], terms={**both_licensed(), "flows": flows})


def both_licensed() -> dict[str, Any]:
    makers = [
        {"id": f"lic_{right}", "derivative": "remix", "maker": "fan", "fan_share": "0.05", "right": right}
        for right in ("master", "composition")
    ]
    return {"licences": makers}


def again(**more: Any) -> dict[str, Any]:
    """A remix of the remix earns 100.00, and its maker has a tenth too."""
    first = {"id": "first", "derivative": "remix", "maker": "fan", "fan_share": "0.1"}
    second = {"id": "second", "derivative": "again", "maker": "other", "fan_share": "0.1", **more}
    return base(
        lineage=[{"child": "remix", "parent": "song"}, {"child": "again", "parent": "remix"}],
        usage=[line("stream", "100", asset="again")],
        terms={"licences": [first, second]},
    )


def diamond(**more: Any) -> dict[str, Any]:
    """100.00 on what was made of two derivatives of one song, each edge at 10 %; nobody is on file for the two."""
    return base(
        lineage=[{"child": child, "parent": parent, "share": "0.1"} for child, parent in EDGES],
        usage=[line("stream", "100", asset="diamond")],
        terms={"licences": [{"id": "lic", "derivative": "diamond", "maker": "fan", **more}]},
    )


def conditions(path: str, document: Any, account: str, whole: int) -> Iterator[tuple[str, dict[str, Any], Worth]]:
    """A term that holds nowhere in the scenario, or in the US alone (400 of 1000), with and without that condition."""
    for name, value in (
        ("services", ["beta"]),
        ("flows", ["pool"]),
        ("valid_from", "2027-01-01"),
        ("valid_to", "2025-01-01"),
    ):
        yield f"{path}.{name}", document({name: value}), {account: (None, str(whole))}
    yield f"{path}.territories", document({"territories": "US"}), {account: (str(whole * 2 // 5), str(whole))}
    yield path, document({"territories": "US"}), {account: (str(whole * 2 // 5), str(whole))}


Removal = tuple[str, dict[str, Any], Any]
OF_LISTS_FLOWS_AND_LICENCES: list[Removal] = [
    # ── lists of terms as a whole ──
    (
        "terms.overclaims",
        base(
            terms={"overclaims": "all"},
            shares=[
                {"asset": "song", "party": party, "share": "0.6", "source": party, "sheet": party, "status": "asserted"}
                for party in ("label", "rival")
            ],
        ),
        # 60 + 60 claim 120: 20 are contested, and 40 of each are not
        {"suspense:overclaim": ("900", "180"), LABEL: (None, "180"), "payable:rival:direct": (None, "360")},
    ),
    ("terms.flows", base(terms={"flows": [{"name": "stream", "lineage": False}]}), {FAN: (None, "100")}),
    ("terms.fx", base(terms={"fx": [{"currency": "EUR", "rate": "0.5"}]}), {FAN: ("50", "100"), LABEL: ("225", "450")}),
    (
        "terms.platform_fees",
        base(terms={"platform_fees": [{"rate": "0.3"}]}),
        {FEE: ("300", None), FAN: ("70", "100"), LABEL: ("315", "450"), ARTIST: ("315", "450")},
    ),
    (
        "terms.source_withholding",
        base(terms={"source_withholding": [{"country": "US", "rate": "0.3"}]}),
        {"tax:US": ("120", None), FAN: ("88", "100"), LABEL: ("396", "450")},
    ),
    (
        "terms.commissions",
        base(terms={"commissions": [{"payee": "dist", "rate": "0.15"}]}),
        {DIST: ("150", None), FAN: ("85", "100"), LABEL: ("382.5", "450")},
    ),
    (
        "terms.holds",
        base(terms={"holds": [{"kind": "disputed_claim", "when": {"territories": "US"}}]}),
        {"suspense:disputed_claim": ("400", None), FAN: ("60", "100"), LABEL: ("270", "450")},
    ),
    # what nobody licensed earns for the originals alone
    ("terms.licences", base(), {FAN: ("100", None), LABEL: ("450", "500"), ARTIST: ("450", "500")}),
    ("terms.contracts", base(), {**HALVES, "payable:label:direct": (None, "900")}),
    ("terms.payees", base(**payee(minimum="500")), {"paid:artist": ("0", "45000")}),
    (
        "terms.fines",
        base(terms={"fines": [{"service": "alpha", "party": "fan", "amount": "10", "reason": "self-dealing"}]}),
        {"penalty:alpha": ("10", None), FAN: ("90", "100")},
    ),
    # ── flows; tips, clawbacks, synchronisation ──
    (
        "terms.flows.0.settlement",
        base(terms={"flows": [{"name": "stream", "settlement": "to_cmo", "collector": "SOC"}]}),
        {"payable:SOC:to_cmo": ("1000", None), FAN: (None, "100")},
    ),
    (
        "terms.flows.1.settlement",
        sync(settlement="elsewhere"),
        {"payable:fan:lic_master": (None, "150"), WRITER: (None, "1900")},
    ),
    (
        "terms.flows.1.most_favoured",
        sync(most_favoured=True),
        {"payable:fan:lic_master": ("125", "150"), WRITER: ("2375", "1900")},
    ),
    ("terms.flows.1", sync(), REFUSED),
    (
        "terms.flows.0.collector",
        base(terms={"flows": [{"name": "stream", "settlement": "to_cmo", "collector": "SOC"}]}),
        REFUSED,
    ),
    (
        "terms.flows.1.parts",
        base(terms={"flows": EXTRA_FLOW}, usage=POOL_USAGE),
        {WRITER: ("75", None), FAN: ("2.5", "10"), LABEL: ("11.25", "45")},
    ),
    (
        "terms.flows.1.most_favoured",
        base(terms={"flows": [EXTRA_FLOW[0], {**EXTRA_FLOW[1], "most_favoured": True}]}, usage=POOL_USAGE),
        {WRITER: ("50", "75"), FAN: ("5", "2.5"), LABEL: ("22.5", "11.25")},
    ),
    (
        "terms.flows.0.lineage",
        base(terms={"flows": [{"name": "stream", "lineage": False}]}),
        {FAN: (None, "100"), LABEL: ("500", "450")},
    ),
    # a tip of 20, a quarter of which the service keeps: 15, nine tenths of it the remixer's
    ("terms.flows", tips(), REFUSED),
    ("terms.platform_fees", tips(), {FEE: ("5", None), FAN: ("13.5", "18"), LABEL: ("0.75", "1")}),
    (
        "terms.licences.0.flows",
        tips(
            licences=[
                {
                    "id": "lic",
                    "derivative": "remix",
                    "maker": "fan",
                    "right": "performance",
                    "fan_share": "0.9",
                    "flows": ["stream"],
                }
            ]
        ),
        {FAN: (None, "13.5"), LABEL: ("7.5", "0.75")},
    ),
    # what is taken back is taken back from those who had it: the fan gives back a tenth, or nothing where the licence
    # leaves clawbacks out
    (
        "terms.licences.0.flows",
        clawed_back(flows=["stream"]),
        {FAN: ("10", "7"), LABEL: ("30", "31.5"), ARTIST: ("30", "31.5")},
    ),
    ("terms.flows.1", clawed_back(), REFUSED),
    # ── exchange ──
    (
        "terms.fx.0.basis",
        base(terms={"fx": [{"currency": "EUR", "rate": "1", "bank_credit": "1010", "basis": "reported"}]}),
        {"fx": ("10", None), FAN: ("100", "101"), LABEL: ("450", "454.5")},
    ),
    (
        "terms.fx.0.bank_credit",
        base(terms={"fx": [{"currency": "EUR", "rate": "1", "bank_credit": "900"}]}),
        {FAN: ("90", "100"), LABEL: ("405", "450")},
    ),
    (
        "terms.fx.0.files",
        base(
            terms={"fx": [{"currency": "EUR", "rate": "0.5", "files": ["f1"]}]},
            usage=[{**one, "file": f"f{number}"} for number, one in enumerate(base()["usage"])],
        ),
        {FAN: ("80", "50"), LABEL: ("360", "225")},  # 600 + 400/2, against 1000/2
    ),
    # ── fees, taxes, commissions, holds ──
    (
        "terms.platform_fees.0.rights",
        base(terms={"platform_fees": [{"rate": "0.3", "rights": ["composition"]}]}),
        {FEE: (None, "300"), FAN: ("100", "70")},
    ),
    (
        "terms.source_withholding.0.flows",
        base(terms={"source_withholding": [{"country": "US", "rate": "0.3", "flows": ["pool"]}]}),
        {"tax:US": (None, "120"), FAN: ("100", "88")},
    ),
    (
        "terms.source_withholding.0.rights",
        base(terms={"source_withholding": [{"country": "US", "rate": "0.3", "rights": ["composition"]}]}),
        {"tax:US": (None, "120"), FAN: ("100", "88")},
    ),
    (
        "terms.commissions.0.rights",
        base(terms={"commissions": [{"payee": "dist", "rate": "0.15", "rights": ["composition"]}]}),
        {DIST: (None, "150"), FAN: ("100", "85")},
    ),
    (
        "terms.commissions.0.base",
        base(
            terms={
                "platform_fees": [{"rate": "0.5"}],
                "commissions": [{"payee": "dist", "rate": "0.15", "base": "gross"}],
            }
        ),
        {DIST: ("150", "75"), FAN: ("35", "42.5")},
    ),
    (
        "terms.holds.0.assets",
        base(terms={"holds": [{"kind": "judged", "assets": ["song"]}]}),
        {"suspense:judged": (None, "1000"), FAN: ("100", None)},
    ),
    *conditions(
        "terms.platform_fees.0.when",
        lambda when: base(terms={"platform_fees": [{"rate": "0.3", "when": when}]}),
        FEE,
        300,
    ),
    *conditions(
        "terms.commissions.0.when",
        lambda when: base(terms={"commissions": [{"payee": "dist", "rate": "0.1", "when": when}]}),
        DIST,
        100,
    ),
    *conditions(
        "terms.holds.0.when",
        lambda when: base(terms={"holds": [{"kind": "dispute", "when": when}]}),
        "suspense:dispute",
        1000,
    ),
    *conditions(
        "terms.contracts.0.royalties.0.when",
        lambda when: base(**contract(royalties=[{"party": "artist", "rate": "0.5", "when": when}])),
        ARTIST,
        450,
    ),
    # ── licences; reciprocity, charge once ──
    (
        "terms.licences.0.right",
        base(
            lineage=BOTH_RIGHTS,
            terms={
                "flows": [{"name": "stream", "parts": {"master": "0.75", "composition": "0.25"}}],
                "licences": [
                    {"id": "lic", "derivative": "remix", "maker": "fan", "fan_share": "0.1", "right": "composition"}
                ],
            },
        ),
        # the right that no licence is about is the originals' alone: 750 of the master, or 250 of the work
        {FAN: ("25", "75"), WRITER: ("225", "250"), LABEL: ("375", "337.5"), ARTIST: ("375", "337.5")},
    ),
    ("terms.licences.0.fan_share", base(), {FAN: ("100", "1000"), LABEL: ("450", None)}),  # lineage shares, of none
    (
        "terms.licences.1.reciprocity",
        again(reciprocity="0.3"),
        {"payable:other:second": ("7", "10"), "payable:fan:first": ("3", None), LABEL: ("45", "45")},
    ),
    (
        "terms.licences.0.charge_once",
        diamond(charge_once=True),
        {FAN: ("70", "60"), LABEL: ("5", "10"), "suspense:no_right": ("20", "20")},
    ),
    (
        "terms.licences.0.basis",
        base(terms={**licence(basis="gross")["terms"], "platform_fees": [{"rate": "0.5"}]}),
        {FAN: ("100", "50"), LABEL: ("200", "225")},
    ),
    ("terms.licences.0.flows", base(**licence(flows=["pool"])), {FAN: (None, "100"), LABEL: ("500", "450")}),
    ("terms.licences.0.cap", base(**licence(cap="80")), {FAN: ("80", "100"), LABEL: ("460", "450")}),
    (
        "terms.licences.0.earned_before",
        base(**licence(cap="50", earned_before="20")),
        {FAN: ("30", "50"), LABEL: ("485", "475")},
    ),
    ("terms.licences.0.floor", base(**licence(floor="150")), {FAN: ("150", "100"), LABEL: ("425", "450")}),
    (
        "terms.licences.0.ceiling",
        base(**licence(ceiling="500")),
        {"suspense:over_ceiling": ("500", None), FAN: ("50", "100"), LABEL: ("225", "450")},
    ),
    (
        "terms.licences.0.revenue_before",
        base(**licence(ceiling="1500", revenue_before="1000")),
        {"suspense:over_ceiling": ("500", None), FAN: ("50", "100")},
    ),
    (
        "terms.licences.0.scope",
        base(**licence(scope={"alpha": "DE"})),
        {"suspense:out_of_scope": ("400", None), FAN: ("60", "100")},
    ),
    (
        "terms.licences.0.ends",
        base(**licence(ends="2025-12-31")),
        {"suspense:consent_gap": ("1000", None), FAN: (None, "100")},
    ),
    (
        "terms.licences.0.grace_days",
        base(**licence(ends="2025-12-31", grace_days=60)),
        {"suspense:consent_gap": (None, "1000"), FAN: ("100", None)},
    ),
]
"""Path of the term in the scenario, the scenario, and what the term is worth."""
