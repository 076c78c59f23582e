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
from ritornello.royalty.documents import TermError
from ritornello.royalty.terms import MakerTerms

FAN_SHARE = "fan_share"
_BASES = {"gross": "gross", "after_distributor": "net"}


def makers_of(
    licence: Mapping[str, Any],
    asset: str,
    *,
    flows: Sequence[str] = (),
    ends: date | None = None,
    grace_days: int = 0,
    earned_before: Fraction = Fraction(0),
    revenue_before: Fraction = Fraction(0),
) -> tuple[MakerTerms, ...]:
    """The terms of the maker of `asset` under a licence, one per side (master, composition) that carries money.

    Args:
        licence: the payload of a signed licence (`ritornello-licence/1`).
        asset: the derivative that was made under it.
        flows: the flows in which the maker shares; empty for all with lineage.
        ends: the day from which the derivative is no longer consented, where a revocation ended it.
        grace_days: days from `ends` on in which plays are still payable.
        earned_before: what earlier runs paid the maker, for caps that count over periods.
        revenue_before: what earlier runs took in under the licence, for its ceiling.

    Raises:
        TermError: the licence counts the share from a base that a run does not know.
    """
    money, scope = licence["money"], licence["scope"]
    territories = TerritorySet.parse(scope["territories"])
    fan = money["form"] == FAN_SHARE
    basis = _BASES.get(money["base"])
    if basis is None:
        raise TermError(
            f"licence {licence['id']}: the share is counted {money['base']!r}, which a run cannot know before the "
            f"contracts are settled; it counts {' or '.join(sorted(_BASES))}"
        )
    return tuple(
        MakerTerms(
            licence=licence["id"],
            asset=asset,
            maker=licence["licensee"],
            right=side["side"],
            fan_share=Fraction(side["fan_share_permille"], 1000) if fan else None,
            reciprocity=Fraction(money["reciprocity_permille"], 1000),
            basis=basis,
            flows=tuple(flows),
            cap=_micros(money["cap_micros"]),
            earned_before=Fraction(0) if money["cap_period"] == "period" else earned_before,
            floor=_micros(money["floor_micros"] or None),
            ceiling=_micros(money["ceiling_micros"]),
            before=revenue_before,
            scope=tuple((service, territories) for service in scope["services"]),
            ends=ends,
            grace_days=grace_days,
            cap_each_period=money["cap_period"] == "period",
        )
        for side in money["sides"]
    )


def _micros(amount: int | None) -> Fraction | None:
    return None if amount is None else Fraction(amount, 1_000_000)
