"""The money terms of a licence, as a run takes them: what was frozen when the derivative was made."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from ritornello.identifiers.territories import TerritorySet
from ritornello.money import MICRO
from ritornello.royalty.documents import TermError
from ritornello.royalty.terms import MakerTerms

_BASES = {"gross": "gross", "after_distributor": "net"}


def makers_of(
    licence: Mapping[str, Any],
    asset: str,
    *,
    ends: date | None = None,
    grace_days: int = 0,
    earned_before: Fraction = Fraction(0),
    revenue_before: Fraction = Fraction(0),
) -> tuple[MakerTerms, ...]:
    """The maker's terms of a derivative, one record per side that carries money.

    `licence`: the payload of a signed licence; `asset`: the derivative made under it. `ends`: the day from which use
    is no longer consented (the fate of the derivative after a revocation), then `grace_days`. `earned_before` and
    `revenue_before`: what earlier runs paid the maker and earned under the licence, for caps and ceilings that count
    over periods. Raises `TermError` for a base that a run cannot compute.
    """
    money, scope = licence["money"], licence["scope"]
    base = _BASES.get(money["base"])
    if base is None:
        raise TermError(
            f"licence {licence['id']}: the share is counted {money['base']!r}; a run counts it "
            f"{' or '.join(sorted(_BASES))}, and the label's own contract divides the rest"
        )
    territories = TerritorySet.parse(scope["territories"])
    per_period = money["cap_period"] == "period"
    fan = money["form"] == "fan_share"
    return tuple(
        MakerTerms(
            licence=licence["id"],
            asset=asset,
            maker=licence["licensee"],
            right=side["side"],
            fan_share=Fraction(side["fan_share_permille"], 1000) if fan else None,
            reciprocity=Fraction(money["reciprocity_permille"], 1000),
            basis=base,
            cap=_units(money["cap_micros"]),
            earned_before=Fraction(0) if per_period else earned_before,
            floor=_units(money["floor_micros"] or None),
            ceiling=_units(money["ceiling_micros"]),
            before=revenue_before,
            scope=tuple((service, territories) for service in sorted(scope["services"])),
            ends=ends,
            grace_days=grace_days,
        )
        for side in money["sides"]
    )


def _units(micros: int | None) -> Fraction | None:
    return None if micros is None else Fraction(micros, MICRO)
