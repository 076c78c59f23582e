"""Offers that reach wide: which apply to a recording, and which would quarrel, told before anything is saved.

A recording belongs to a release, an artist, a label; an offer about any of these reaches it. Within one holder and
right the most specific offer wins. Two offers on the same level that speak for the same territory and time both count,
the stricter wins, and that is a conflict worth knowing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ritornello.consent.errors import ConsentError
from ritornello.consent.facts import Required
from ritornello.consent.offers import SPECIFICITY, Offer, Reach, Reply
from ritornello.consent.sentence import difference
from ritornello.identifiers.territories import TerritorySet


def chain_of(reach: Reach, parents: Mapping[Reach, Iterable[Reach]]) -> tuple[Reach, ...]:
    """A recording (or stem) with everything it belongs to, most specific first. `ConsentError` for a circle."""
    found: dict[Reach, None] = {}
    open_paths: list[tuple[Reach, tuple[Reach, ...]]] = [(reach, ())]
    while open_paths:
        here, path = open_paths.pop()
        if here in path:
            circle = " → ".join(str(entry) for entry in (*path[path.index(here) :], here))
            raise ConsentError.of("reach", f"belongs to itself ({circle})", "take one of these links away")
        found[here] = None
        open_paths.extend((parent, (*path, here)) for parent in parents.get(here, ()))
    return tuple(sorted(found, key=lambda entry: (SPECIFICITY[entry.level], entry.id)))


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two offers of one holder that speak for the same right, level, territories and time, and differ."""

    one: str
    other: str
    rights: frozenset[str]
    territories: TerritorySet
    parameters: tuple[str, ...]
    words: str


def conflicts(new: Offer, existing: Sequence[Offer]) -> list[Conflict]:
    """What saving an offer would put at odds with the newest versions on file."""
    newest: dict[str, Offer] = {}
    for offer in existing:
        if offer.id not in newest or newest[offer.id].version < offer.version:
            newest[offer.id] = offer
    found = []
    for other in sorted(newest.values(), key=lambda offer: offer.id):
        rights = new.rights & other.rights
        shared = new.territories & other.territories
        apart = other.id == new.id or other.holder != new.holder or other.reach != new.reach
        if apart or not rights or not shared or not _overlap(new, other) or Reply.PROPOSAL in (new.reply, other.reply):
            continue
        if new.reply is not other.reply:
            found.append(
                Conflict(new.id, other.id, rights, shared, (), f"one grants and the other refuses in {shared}")
            )
            continue
        changed = tuple(change.path for change in difference(other.terms, new.terms))
        if changed and new.reply is Reply.GRANT:
            words = f"{len(changed)} parameters differ in {shared}; the stricter of each counts"
            found.append(Conflict(new.id, other.id, rights, shared, changed, words))
    return found


def unheld(new: Offer, required: Iterable[Required]) -> frozenset[str]:
    """The rights that an offer grants without its holder holding them anywhere in its territories."""
    held = {entry.right for entry in required if entry.party == new.holder and entry.territories & new.territories}
    return new.rights - held


def check_held(new: Offer, required: Iterable[Required]) -> None:
    """Raise `ConsentError` for a holder who consents for a right that they do not hold."""
    if missing := sorted(unheld(new, required)):
        raise ConsentError.of(
            "rights", f"{new.holder} does not hold {', '.join(missing)} here", "correct the sheet or the offer"
        )


def _overlap(one: Offer, other: Offer) -> bool:
    starts = max(one.valid_from, other.valid_from)
    ends = [offer.valid_until for offer in (one, other) if offer.valid_until is not None]
    return not ends or starts < min(ends)
