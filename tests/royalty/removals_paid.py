"""Scenarios with one term to be taken away and what it is worth: contracts, payees, fines, pools, rules of services."""

from __future__ import annotations

from tests.royalty.removals import ADVANCE, FEE, REFUSED, RULE, STEPS, US_TAX, Removal, kept, pool
from tests.royalty.test_terms import ARTIST, FAN, LABEL, RETURNS, base, contract, payee

OF_CONTRACTS_PAYEES_AND_POOLS: list[Removal] = [
    # ── contracts ──
    (
        "terms.contracts.0.assets",
        base(**contract(assets=["other"])),
        {"payable:label:direct": ("900", None), ARTIST: (None, "450")},
    ),
    (
        "terms.contracts.0.rights",
        base(**contract(rights=["composition"])),
        {"payable:label:direct": ("900", None), ARTIST: (None, "450")},
    ),
    (
        "terms.contracts.0.settlement",
        base(**contract(settlement="to_cmo", society="SOC")),
        {"payable:SOC:to_cmo": ("900", None), ARTIST: (None, "450")},
    ),
    (
        "terms.contracts.0.settlement",
        base(**contract(settlement="elsewhere")),
        {"suspense:no_settlement": ("900", None), ARTIST: (None, "450")},
    ),
    ("terms.contracts.0.society", base(**contract(settlement="to_cmo", society="SOC")), REFUSED),
    ("terms.contracts.0.royalties", base(), {ARTIST: ("450", None), LABEL: ("450", "900")}),
    (
        "terms.contracts.0.recoupments",
        base(**contract(recoupments=[{**ADVANCE, "outstanding": "100"}])),
        {ARTIST: ("350", "450"), LABEL: ("550", "450")},
    ),
    (
        "terms.contracts.0.recoupments",
        base(**contract(recoupments=[{"id": "mix", "kind": "recoup_first", "party": "artist", "outstanding": "100"}])),
        {ARTIST: ("500", "450"), LABEL: ("400", "450")},
    ),
    (
        "terms.contracts.0.recoupments",
        base(**contract(recoupments=[{"id": "costs", "kind": "net_profit", "party": "label", "outstanding": "100"}])),
        {ARTIST: ("400", "450"), LABEL: ("500", "450")},
    ),
    (
        "terms.contracts.0.recoupments.0.rate",
        base(**contract(recoupments=[{**ADVANCE, "rate": "0.5"}])),
        {ARTIST: ("225", None), LABEL: ("675", "900")},
    ),
    (
        "terms.contracts.0.recoupments.0.since",
        base(**contract(recoupments=[{**ADVANCE, "outstanding": "100", "since": "2100-01-01"}])),
        {ARTIST: ("450", "350"), LABEL: ("450", "550")},
    ),  # paid after the period: nothing of it comes back yet
    (
        "terms.contracts.0.reserves",
        base(**contract(reserves=[{"party": "artist", "rate": "0.2"}]), usage=RETURNS),
        {"reserve:artist:deal": ("9", None), ARTIST: ("18", "27")},
    ),  # on 45 of 100, not on 27 of 60
    (
        "terms.contracts.0.reserves.0.releases",
        base(**contract(reserves=[{"party": "artist", "rate": "0", "releases": [{"taken": "10", "part": "0.5"}]}])),
        {"reserve:artist:deal": ("-5", None), ARTIST: ("455", "450")},
    ),
    (
        "terms.contracts.0.guarantee",
        base(**contract(guarantee={"amount": "1500", "earned_before": "100"})),
        {"billed:deal": ("500", None)},
    ),
    (
        "terms.contracts.0.guarantee.earned_before",
        base(**contract(guarantee={"amount": "1500", "earned_before": "100"})),
        {"billed:deal": ("500", "600")},
    ),
    (
        "terms.contracts.0.royalties.0.basis",
        base(
            terms={
                **contract(royalties=[{"party": "artist", "rate": "0.2", "basis": "gross"}])["terms"],
                "platform_fees": [{"rate": "0.5"}],
            }
        ),
        {ARTIST: ("180", "90"), LABEL: ("270", "360")},
    ),
    (
        "terms.contracts.0.royalties.1.within",
        base(
            **contract(
                royalties=[{"party": "artist", "rate": "0.5"}, {"party": "producer", "rate": "0.1", "within": "artist"}]
            )
        ),
        {ARTIST: ("360", "450"), "payable:producer:deal": ("90", "90"), LABEL: ("450", "360")},
    ),
    (
        "terms.contracts.0.royalties.0.escalations",
        base(**contract(royalties=[STEPS])),
        {ARTIST: ("200", "180"), LABEL: ("700", "720")},
    ),
    (
        "terms.contracts.0.royalties.0.cumulated",
        base(**contract(royalties=[{**STEPS, "cumulated": "500"}])),
        {ARTIST: ("225", "200"), LABEL: ("675", "700")},
    ),
    # ── payees and fines: minor units that are paid ──
    ("terms.payees.0.minimum", base(**payee(minimum="500")), {"paid:artist": ("0", "45000")}),
    ("terms.payees.0.flush", base(**payee(minimum="500", flush=True)), {"paid:artist": ("45000", "0")}),
    ("terms.payees.0.payable", base(**payee(payable=False)), {"paid:artist": ("0", "45000")}),
    ("terms.payees.0.opening", base(**payee(opening={"deal": "-100"})), {"paid:artist": ("35000", "45000")}),
    (
        "terms.payees.0.crossed",
        base(**payee(opening={"old": "-500"}, crossed=[["deal", "old"]])),
        {"paid:artist": ("0", "45000")},
    ),
    (
        "terms.payees.0.withholding",
        base(**payee(withholding=[US_TAX])),
        {"paid:artist": ("44100", "45000")},
    ),  # 5 % of 180
    (
        "terms.payees.0.withholding.0.form",
        base(**payee(withholding=[{**US_TAX, "form": False}])),
        {"paid:artist": ("39600", "44100")},
    ),
    (
        "terms.payees.0.withholding.0.statutory",
        base(**payee(withholding=[{**US_TAX, "form": False, "statutory": "0.5"}])),
        {"paid:artist": ("36000", "39600")},
    ),
    (
        "terms.payees.0.withholding.0.expires",
        base(**payee(withholding=[{**US_TAX, "expires": "2026-01-30"}])),
        {"paid:artist": ("39600", "44100")},
    ),
    (
        "terms.fines.0.contract",
        base(
            terms={
                "fines": [{"service": "alpha", "party": "label", "amount": "10", "reason": "r", "contract": "other"}]
            }
        ),
        {"payable:label:other": ("-10", None), LABEL: ("450", "440")},
    ),
    # ── creation-fee pools: 20.00; x was made 2 times of 5, or by whoever paid 10 and 10/4 ──
    ("pools", pool(), {"payable:x:direct": ("8", None), "payable:y:direct": ("12", None)}),
    ("pools.0.users", pool(), {"payable:x:direct": ("8", None), "payable:y:direct": ("12", None)}),
    (
        "pools.0.method",
        pool(method="user_centric"),
        {"payable:x:direct": ("12.5", "8"), "payable:y:direct": ("7.5", "12")},
    ),
    ("pools.0.users.0.creations", pool(), {"payable:x:direct": ("8", "5"), "payable:y:direct": ("12", "15")}),
    (
        "pools.0.users.0.creations",
        pool(method="user_centric"),
        {"payable:x:direct": ("12.5", "2.5"), "suspense:no_creation": (None, "10")},
    ),
    ("pools.0.service", kept({"services": ["alpha"]}), {FEE: ("2", None), "payable:x:direct": ("7.2", "8")}),
    (
        "pools.0.territory",
        kept({"territories": "DE"}, territory="DE"),
        {FEE: ("2", None), "payable:x:direct": ("7.2", "8")},
    ),
    ("pools.0.flow", kept({"flows": ["made"]}, flow="made"), {FEE: ("2", None), "payable:x:direct": ("7.2", "8")}),
    # ── what a service's own rules leave of what is expected: nothing below 1,001 of 1,000 streams ──
    (
        "monetisation_rules",
        base(monetisation_rules=[RULE], expected=True),
        {FAN: (None, "100"), LABEL: (None, "450"), "receipts": ("0", "1000")},
    ),
    (
        "monetisation_rules.0.flow",
        base(monetisation_rules=[{**RULE, "flow": "pool"}], expected=True),
        {FAN: ("100", None), "receipts": ("1000", "0")},
    ),
    (
        "monetisation_rules.0.valid_from",
        base(monetisation_rules=[{**RULE, "valid_from": "2027-01-01"}], expected=True),
        {FAN: ("100", None), "receipts": ("1000", "0")},
    ),
    (
        "monetisation_rules.0.valid_to",
        base(monetisation_rules=[{**RULE, "valid_to": "2026-01-01"}], expected=True),
        {FAN: ("100", None), "receipts": ("1000", "0")},
    ),
    ("expected", base(monetisation_rules=[RULE], expected=True), {FAN: (None, "100"), "receipts": ("0", "1000")}),
]

NAMES_ONLY: list[Removal] = [
    ("terms.version", base(terms={"version": "7"}), {FAN: ("100", "100"), LABEL: ("450", "450")}),
    ("terms.flows.0.payer", base(terms={"flows": [{"name": "stream", "payer": "alpha"}]}), {FAN: ("100", "100")}),
    (
        "terms.fx.0.date",
        base(terms={"fx": [{"currency": "EUR", "rate": "0.5", "date": "2026-02-03"}]}),
        {FAN: ("50", "50")},
    ),
    (
        "terms.fx.0.provider",
        base(terms={"fx": [{"currency": "EUR", "rate": "0.5", "provider": "ECB"}]}),
        {FAN: ("50", "50")},
    ),
    (
        "monetisation_rules.0.source",
        base(monetisation_rules=[{**RULE, "source": "terms"}], expected=True),
        {FAN: (None, None)},
    ),
    (
        "monetisation_rules.0.reviewed",
        base(monetisation_rules=[{**RULE, "reviewed": True}], expected=True),
        {FAN: (None, None)},
    ),
]
"""What something is called, or where a figure comes from: it is kept with the run and is worth nothing."""
