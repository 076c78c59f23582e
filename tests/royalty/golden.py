"""The golden period of tests/vectors as one scenario document."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

VECTORS = Path(__file__).parent.parent / "vectors"
GOLDEN: dict[str, Any] = json.loads((VECTORS / "golden_period.json").read_text(encoding="utf-8"))
DERIVATIVE = "rec_remix"


def golden_scenario() -> dict[str, Any]:
    """The worked period: three services, four territories, a creation pool and the publishing side."""
    given = GOLDEN["inputs"]
    terms = given["terms"]
    fan = terms["fan_share"]
    deal = terms["label_deal"]
    publishing = sorted({row[4] for row in given["publishing"]})
    usage = [
        {
            "service": service,
            "territory": territory,
            "flow": flow,
            "currency": currency,
            "amount": amount,
            "units": units,
            "asset": DERIVATIVE,
        }
        for service, territory, flow, currency, amount, units in given["lines"]
    ] + [
        {
            "service": society,
            "territory": territory,
            "flow": kind,
            "currency": currency,
            "amount": amount,
            "asset": DERIVATIVE,
        }
        for territory, currency, kind, amount, society, _ in given["publishing"]
    ]
    scope = {service: ", ".join(places) for service, places in terms["consent_scope"].items()}
    return {
        "title": "golden period",
        "period": {"start": "2026-01-01", "end": "2026-01-31"},
        "shares": [
            {"asset": "rec_song", "right": "master", "party": "label", "share": "1"},
            {"asset": "rec_song", "right": "composition", "party": "W1", "share": terms["composition"]["W1"]["share"]},
            {"asset": "rec_song", "right": "composition", "party": "W2", "share": terms["composition"]["W2"]["share"]},
        ],
        "lineage": [{"child": DERIVATIVE, "parent": "rec_song", "licence": "lic_fan"}],
        "usage": usage,
        "terms": {
            "currency": terms["reporting_currency"],
            "version": str(given["terms_version"]),
            "fx": [{"currency": code, "rate": rate} for code, rate in given["fx"].items()],
            "flows": [
                {"name": "stream"},
                {"name": "ugc"},
                {"name": "fraud_clawback"},
                {
                    "name": "creation_pool",
                    "lineage": False,
                    "parts": {
                        "composition": terms["creation_pool_parity"]["publishing"],
                        "master": terms["creation_pool_parity"]["master"],
                    },
                },
                {"name": "mech", "settlement": "elsewhere", "parts": {"composition": "1"}},
                {"name": "perf", "settlement": "elsewhere", "parts": {"composition": "1"}},
            ],
            "source_withholding": [
                {"country": country, "rate": rate, "rights": ["master"] if right == "master" else ["composition"]}
                for country, rates in terms["source_withholding"].items()
                for right, rate in rates.items()
            ],
            "commissions": [
                {"payee": "distributor", "rate": terms["distributor_commission"]["rate"], "rights": ["master"]},
                *(
                    {
                        "payee": f"cmo:{society}",
                        "rate": rate,
                        "when": {"services": [society], "flows": [kind], "territories": place},
                    }
                    for place, _, kind, _, society, rate in given["publishing"]
                ),
            ],
            "holds": [
                {"kind": "disputed_claim", "when": {"services": [service], "territories": place}}
                for service, place in terms["disputed_content_claims"]
            ],
            "licences": [
                {
                    "id": "lic_fan",
                    "derivative": DERIVATIVE,
                    "maker": "fan",
                    "fan_share": fan["rate"],
                    "cap": fan["cap_eur"],
                    "scope": scope | dict.fromkeys(publishing, "WW"),
                }
            ],
            "contracts": [
                {
                    "id": "deal",
                    "holder": "label",
                    "rights": ["master"],
                    "royalties": [
                        {"party": "artist", "rate": deal["artist_all_in"]},
                        {"party": "producer", "rate": deal["producer_points_from_record_one"], "within": "artist"},
                    ],
                    "recoupments": [
                        {
                            "id": "advance",
                            "kind": "advance",
                            "party": "artist",
                            "outstanding": deal["opening_balance_eur"].lstrip("-"),
                            "rate": deal["recoup_rate_of_artist_royalty"],
                        }
                    ],
                },
                {
                    "id": "copub",
                    "holder": "W1",
                    "rights": ["composition"],
                    "royalties": [
                        {"party": "publisher", "rate": terms["composition"]["W1"]["co_publishing"]["publisher"]}
                    ],
                },
                {
                    "id": "w2",
                    "holder": "W2",
                    "rights": ["composition"],
                    "settlement": "to_cmo",
                    "society": "W2-CMO",
                },
            ],
            "fines": [
                {
                    "service": "dsp",
                    "party": "fan",
                    "amount": terms["penalty"]["amount_eur"],
                    "reason": terms["penalty"]["reason"],
                }
            ],
        },
    }


ACCOUNTS = {
    "W1": "payable:W1:copub",
    "artist_payable": "payable:artist:deal",
    "distributor": "commission:distributor",
    "dsp_penalty": "penalty:dsp",
    "fan": "payable:fan:lic_fan",
    "label": "payable:label:deal",
    "producer": "payable:producer:deal",
    "publisher": "payable:publisher:copub",
    "suspense:disputed_claim": "suspense:disputed_claim",
    "suspense:out_of_scope": "suspense:out_of_scope",
    "tax:BR": "tax:BR",
    "to_cmo:W2-CMO": "payable:W2-CMO:to_cmo",
}
"""The vector's names -> the run's accounts."""
