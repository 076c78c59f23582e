"""Who will share what a recording earns, and why, before it has earned anything: the shares that a run would use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from ritornello.royalty.account import HELD, Stake
from ritornello.royalty.claims import covers
from ritornello.royalty.explain import Explainer
from ritornello.royalty.flatten import Ownership, flatten
from ritornello.royalty.tables import SHARE_DIGITS
from ritornello.royalty.terms import Terms
from ritornello.royalty.wording import percent


@dataclass(frozen=True, slots=True)
class ExpectedShare:
    """One stake in one pool of a recording, before fees, taxes, commissions and what holders owe others by contract.

    `right` and `flows` name the pool; `territories` (alpha-2) are where it is so; `party` is who shares in it, or the
    kind of hold where `held`; `share` is of the pool (an integer of 10^-12, as a run has it, over 10^12); `why` tells
    how it comes about.
    """

    right: str
    flows: tuple[str, ...]
    territories: tuple[str, ...]
    party: str
    held: bool
    share: Fraction
    why: str

    def to_document(self) -> dict[str, object]:
        """The share as JSON: an exact fraction, and as people read it."""
        return {
            "right": self.right,
            "flows": list(self.flows),
            "territories": list(self.territories),
            "party": self.party,
            "held": self.held,
            "share": str(self.share),
            "percent": percent(self.share),
            "why": self.why,
        }


def expected(
    ownership: Ownership, terms: Terms, asset: str, territories: Iterable[str], day: date, known_at: datetime
) -> tuple[ExpectedShare, ...]:
    """The shares of every pool of `asset` on a day: per pool and place they add up to one, the largest first.

    Places where all pools are shared alike are told together. Raises `TermError` as a run would.
    """
    explainer = Explainer(ownership, terms, known_at)
    found = []
    for where in _alike(ownership, territories):
        flat = flatten(ownership, terms, where[:1], day, known_at)
        window = next((n for of, start, end, n in flat.windows if of == asset and start <= day < end), 0)
        split = next((split for of, number, _, split in flat.splits if of == asset and number == window), 0)
        for _, pool, stake, share in (row for row in flat.shares if row[0] == split):
            right, flows = flat.pools[pool].partition("@")[0], _flows_of(flat.variants, terms, flat.pools[pool])
            party, why = _told(
                explainer, flat.stakes[flat.stake_names[stake][0]], asset, right, flows[0], where[0], day
            )
            part = Fraction(share, 10**SHARE_DIGITS)
            found.append(ExpectedShare(right, flows, where, party, not why, part, why or "held until it is cleared"))
    return tuple(sorted(found, key=lambda one: (one.right, one.flows, one.territories, -one.share, one.party)))


def _told(
    explainer: Explainer, stake: Stake, asset: str, right: str, flow: str, place: str, day: date
) -> tuple[str, str]:
    """Who a stake is, and why it has its share; no reason for money that is held."""
    if stake.role == HELD:
        return stake.party, ""
    reasons = explainer.reasons(asset, right, flow, place, day, stake.party, stake.contract)
    return stake.party, "; ".join(one.words for one in reasons) or "by the terms"


def _alike(ownership: Ownership, territories: Iterable[str]) -> list[tuple[str, ...]]:
    """Places in groups in which the same claims count."""
    sets = sorted({share.territories.mask: share.territories for share in ownership.shares}.items())
    found: dict[tuple[bool, ...], list[str]] = {}
    for place in sorted(set(territories)):
        found.setdefault(tuple(covers(where, place) for _, where in sets), []).append(place)
    return [tuple(where) for where in found.values()]


def _flows_of(variants: Mapping[str, str], terms: Terms, pool: str) -> tuple[str, ...]:
    right, at, name = pool.partition("@")
    variant = at + name
    return tuple(
        sorted(
            flow.name
            for flow in terms.flows
            if variants[flow.name] == variant and any(of == right and part for of, part in flow.split())
        )
    )
