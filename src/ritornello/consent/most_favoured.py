"""Most favoured: whoever asked that nobody gets better terms is told when somebody does.

Compared are terms of money that one holder can have better than another, in the direction that is better for a holder
of the original. Amounts are compared within one currency, shares within one form of dividing; what cannot be compared
is not called better.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from ritornello.consent.offers import Offer, Reply
from ritornello.consent.sentence import sentence_of
from ritornello.identifiers.territories import TerritorySet

LESS_IS_BETTER = (
    "share_money.fan_share_permille",
    "share_money.cap_micros",
    "share_money.floor_micros",
    "share_money.points_permille",
    "share_money.maker_publishing_permille",
)
MORE_IS_BETTER = (
    "share_money.parent_share_permille",
    "share_money.minimum_guarantee_micros",
    "share_money.advance_micros",
)
_OF_FORM = {
    "share_money.fan_share_permille": "fan_share",
    "share_money.cap_micros": "fan_share",
    "share_money.floor_micros": "fan_share",
    "share_money.parent_share_permille": "parent_share",
}


@dataclass(frozen=True, slots=True)
class Beaten:
    """One term of a most-favoured offer (`offer`) that another holder's offer (`other`) has better, and where."""

    offer: Offer
    other: Offer
    path: str
    territories: TerritorySet
    ours: str
    theirs: str

    def to_document(self) -> dict[str, Any]:
        return {
            "holder": self.offer.holder,
            "offer": {"id": self.offer.id, "version": self.offer.version},
            "other": {"holder": self.other.holder, "id": self.other.id, "version": self.other.version},
            "ours": self.ours,
            "parameter": self.path,
            "territories": str(self.territories),
            "theirs": self.theirs,
        }


def beaten(offer: Offer, others: Iterable[Offer], day: date) -> list[Beaten]:
    """The terms of `offer` that others have better on a day. `others` reach the same music, each in its newest version.

    Empty where the offer does not ask to be most favoured.
    """
    if not _in_force(offer, day) or not offer.terms["share_money.most_favoured"]:
        return []
    found = []
    for other in sorted(others, key=lambda one: one.id):
        shared = offer.territories & other.territories
        if other.holder == offer.holder or not shared or not _in_force(other, day):
            continue
        if not offer.terms.types.allowed & other.terms.types.allowed:
            continue
        for path in (*LESS_IS_BETTER, *MORE_IS_BETTER):
            if _better(path, offer, other):
                ours, theirs = sentence_of(path, offer.terms), sentence_of(path, other.terms)
                found.append(Beaten(offer, other, path, shared, ours, theirs))
    return found


def _in_force(offer: Offer, day: date) -> bool:
    return offer.reply is Reply.GRANT and offer.covers(day)


def _better(path: str, offer: Offer, other: Offer) -> bool:
    """Whether the other offer has this term better for its holder."""
    mine, theirs = offer.terms.share_money, other.terms.share_money
    form = _OF_FORM.get(path)
    if form is not None and not mine.form == theirs.form == form:
        return False
    one, two = offer.terms[path], other.terms[path]
    if path.endswith("_micros") and mine.currency != theirs.currency and one != two:
        return False
    if path in MORE_IS_BETTER:
        return bool(two > one)
    # no cap at all is the worst for the holder
    return two is not None and (one is None or bool(two < one))
