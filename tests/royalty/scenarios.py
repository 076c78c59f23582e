"""Random scenarios: several holders, dated and territorial shares, derivatives, currencies, clawbacks, holes."""

from __future__ import annotations

import random
from typing import Any

SERVICES = ("alpha", "beta", "clipz")
PLACES = ("DE", "US", "GB", "BR", "JP")
CURRENCIES = {"EUR": "1", "USD": "0.9", "GBP": "1.17", "BRL": "0.163"}


def random_scenario(seed: int, *, lines: int = 60) -> dict[str, Any]:
    """A scenario that uses most terms at once; the same seed gives the same one."""
    dice = random.Random(seed)
    shares: list[dict[str, Any]] = []
    originals = [f"rec_{number}" for number in range(4)]
    for number, asset in enumerate(originals):
        for right in ("master", "composition"):
            parties = dice.sample([f"p{index}" for index in range(6)], 3)
            whole = dice.choice([3, 7, 10, 12])
            first = dice.randint(1, whole - 2)
            parts = [first, dice.randint(1, whole - first - 1)]
            parts.append(whole - sum(parts) - (1 if number == 3 and whole - sum(parts) > 1 else 0))
            day = f"2026-02-{dice.randint(2, 27):02d}"
            for party, part in zip(parties, parts, strict=True):
                place = dice.choice(["WW", "WW", "WW ex JP", "EU, US"]) if number == 2 else "WW"
                shares.append(
                    {
                        "asset": asset,
                        "right": right,
                        "party": party,
                        "share": f"{part}/{whole}",
                        "territories": place,
                        "sheet": "a",
                        "valid_to": day if number == 1 else None,
                    }
                )
            if number == 1:
                shares.append(
                    {"asset": asset, "right": right, "party": "p9", "share": "1", "valid_from": day, "sheet": "b"}
                )
    lineage, licences = [], []
    for number in range(3):
        child = f"der_{number}"
        parents = dice.sample(originals, dice.choice([1, 1, 2])) if number != 1 else ["der_0"]
        lineage += [{"child": child, "parent": parent, "licence": f"lic_{number}"} for parent in parents]
        licences.append(
            {
                "id": f"lic_{number}",
                "derivative": child,
                "maker": f"fan{number}",
                "fan_share": f"{dice.randint(1, 30)}/100",
                "reciprocity": "0.3",
                "flows": ["stream", "clawback"],
                **dice.choice(
                    [{}, {"cap": "5"}, {"floor": "3"}, {"ceiling": "40"}, {"scope": {"alpha": "WW", "beta": "DE, US"}}]
                ),
                **dice.choice([{}, {}, {"ends": "2026-02-14", "grace_days": 3}]),
            }
        )
    usage = []
    for _ in range(lines):
        amount = dice.randint(-50_000_000_000, 300_000_000_000)
        sign = "-" if amount < 0 else ""
        usage.append(
            {
                "asset": dice.choice([*originals, "der_0", "der_1", "der_2", None, "rec_unknown"]),
                "service": dice.choice(SERVICES),
                "territory": dice.choice(PLACES),
                "flow": "clawback" if amount < 0 else dice.choice(["stream", "stream", "pool", "society"]),
                "amount": f"{sign}{abs(amount) // 10**10}.{abs(amount) % 10**10:010d}",
                "currency": dice.choice(list(CURRENCIES)),
                "units": dice.randint(0, 9999),
                **({"use_date": f"2026-02-{dice.randint(1, 28):02d}"} if dice.random() < 0.8 else {}),
                **({"suspense": "fraud_check"} if dice.random() < 0.03 else {}),
            }
        )
    return {
        "title": f"random {seed}",
        "period": {"start": "2026-02-01", "end": "2026-02-28"},
        "shares": shares,
        "lineage": lineage,
        "usage": usage,
        "terms": {
            "currency": "EUR",
            "fx": [{"currency": code, "rate": rate} for code, rate in CURRENCIES.items()],
            "flows": [
                {"name": "stream"},
                {"name": "clawback"},
                {"name": "pool", "lineage": False, "parts": {"master": "0.5", "composition": "0.5"}},
                {"name": "society", "settlement": "elsewhere", "parts": {"composition": "1"}},
            ],
            "source_withholding": [{"country": "BR", "rate": "0.15", "rights": ["master"]}],
            "platform_fees": [{"rate": "0.1", "when": {"services": ["clipz"]}}],
            "commissions": [
                {"payee": "dist", "rate": "0.15", "rights": ["master"]},
                {"payee": "late", "rate": "0.02", "when": {"valid_from": "2026-02-15"}},
            ],
            "holds": [
                {"kind": "disputed_claim", "assets": ["rec_0"], "when": {"services": ["clipz"], "territories": "GB"}}
            ],
            "licences": licences,
            "contracts": [
                {
                    "id": "c1",
                    "holder": "p1",
                    "royalties": [
                        {"party": "artist", "rate": "0.25", "when": {"territories": "EU, US"}},
                        {"party": "producer", "rate": "1/30"},
                    ],
                    "recoupments": [
                        {"id": "adv", "kind": "advance", "party": "artist", "outstanding": "12", "rate": "0.5"}
                    ],
                    "reserves": [{"party": "artist", "rate": "0.1"}],
                },
                {"id": "c2", "holder": "p2", "settlement": "to_cmo", "society": "SOC", "rights": ["composition"]},
            ],
            "payees": [
                {"party": "p1", "minimum": "10"},
                {"party": "artist", "withholding": [{"country": "US", "rate": "0.05"}]},
                {"party": "p3", "opening": {"direct": "-50"}},
            ],
            "fines": [{"service": "alpha", "party": "fan0", "amount": "2", "reason": "artificial streams"}],
        },
    }
