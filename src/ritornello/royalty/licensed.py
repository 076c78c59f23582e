"""The money terms that a licence froze, as the run reads them.

Fan share, cap, floor, ceiling and reciprocity are those of the day on which the derivative was made; where the licence
reaches is the scope within which its plays are payable. A later change of an offer changes neither.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from typing import Any

from ritornello.identifiers.territories import TerritorySet
from ritornello.royalty.terms import MakerTerms

FAN_SHARE = "fan_share"


def makers_of(
    licence: Mapping[str, Any], asset: str, *, flows: Sequence[str] = (), ends: date | None = None, grace_days: int = 0
) -> tuple[MakerTerms, ...]:
    """The terms of the maker of `asset` under a licence document, one per side (master, composition) that carries money.

    Args:
        licence: the payload of a signed licence (`ritornello-licence/1`).
        asset: the derivative that was made under it.
        flows: the flows in which the maker shares; empty for all with lineage.
        ends: the last day of the derivative where a revocation ended it.
        grace_days: days after `ends` in which plays are still payable.
    """
    money, scope = licence["money"], licence["scope"]
    territories = TerritorySet.parse(scope["territories"])
    fan = money["form"] == FAN_SHARE
    return tuple(
        MakerTerms(
            licence=licence["id"],
            asset=asset,
            maker=licence["licensee"],
            right=side["side"],
            fan_share=Fraction(side["fan_share_permille"], 1000) if fan else None,
            reciprocity=Fraction(money["reciprocity_permille"], 1000),
            flows=tuple(flows),
            cap=_micros(money["cap_micros"]),
            floor=_micros(money["floor_micros"] or None),
            ceiling=_micros(money["ceiling_micros"]),
            scope=tuple((service, territories) for service in scope["services"]),
            ends=ends,
            grace_days=grace_days,
        )
        for side in money["sides"]
    )


def _micros(amount: int | None) -> Fraction | None:
    return None if amount is None else Fraction(amount, 1_000_000)
