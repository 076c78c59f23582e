"""The money of a licence, frozen when it is granted: one form, and the narrowest shares that the offers agree on.

`fan_share`: the maker gets a share; per side (master, composition) it is the least that any holder of that side
offers, since a holder cannot give away another's money. `parent_share`: each original asks a share; per side it is
the greatest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ritornello.consent.decision import Decision
from ritornello.consent.errors import ConsentError, Finding, raise_any
from ritornello.consent.offers import Offer, Reply

SIDES = {
    "M_USE": "master",
    "P_ECON": "master",
    "C_MECH": "composition",
    "C_PERF": "composition",
    "C_ARR": "composition",
    "C_LYR": "composition",
    "C_SYNC": "composition",
}
"""Which rights carry money, and on which side; moral rights, voice, name and training do not."""


def money_of(decision: Decision) -> dict[str, Any]:
    """The money form of a decision as a document. Raises `ConsentError` where the offers do not agree on a common
    term.

    Only what the derivative touches carries money: a cover has no master side, whatever else its holders' offers grant.
    """
    request = decision.request
    touched = decision.rules.rights_of(
        request.types, conditioned_on_master=request.conditioned_on_master, video=request.video
    )
    paid = {right: SIDES[right] for right in touched if right in SIDES}
    offers = [
        offer
        for offer in decision.offers
        if offer.reply is Reply.GRANT and any(right in paid for right in offer.rights)
    ]
    if not offers:
        raise ConsentError.of("money", "no offer carries money", "a licence needs an offer on the master or the work")
    findings: list[Finding] = []
    common = {
        name: _one(name, offers, findings)
        for name in ("form", "base", "currency", "lineage_policy", "cap_period", "rounding")
    }
    raise_any(findings)
    terms = [offer.terms.share_money for offer in offers]
    sides = sorted({paid[right] for offer in offers for right in offer.rights if right in paid})
    return {
        **common,
        "cap_micros": _least(entry.cap_micros for entry in terms),
        "ceiling_micros": _least(entry.ceiling_micros for entry in terms),
        "floor_micros": min(entry.floor_micros for entry in terms),
        "most_favoured": any(entry.most_favoured for entry in terms),
        "parity_permille": _least(entry.parity_permille for entry in terms),
        "points_permille": min(entry.points_permille for entry in terms),
        "reciprocity_permille": min(offer.terms.chain.reciprocity_permille for offer in offers),
        "sides": [_side(side, offers, paid) for side in sides],
        # rules of the trade, 4: by duration only where every parent's offer says so
        "split_basis": terms[0].split_basis if len({entry.split_basis for entry in terms}) == 1 else "agreed",
    }


def _side(side: str, offers: Sequence[Offer], paid: Mapping[str, str]) -> dict[str, Any]:
    theirs = [o.terms.share_money for o in offers if any(paid.get(right) == side for right in o.rights)]
    return {
        "fan_share_permille": min(entry.fan_share_permille for entry in theirs),
        "parent_share_permille": max(entry.parent_share_permille for entry in theirs),
        "side": side,
    }


def _one(name: str, offers: Sequence[Offer], findings: list[Finding]) -> str:
    values = sorted({str(getattr(offer.terms.share_money, name)) for offer in offers})
    if len(values) > 1:
        asks = ", ".join(f"{offer.holder}: {getattr(offer.terms.share_money, name)}" for offer in offers)
        findings.append(
            Finding(f"share_money.{name}", f"the offers differ ({asks})", "one of them makes a new version")
        )
    return values[0]


def _least(values: Iterable[int | None]) -> int | None:
    return min((value for value in values if value is not None), default=None)
