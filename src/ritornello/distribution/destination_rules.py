"""What a destination's own rules say to one departure: what stands in the way there, and what to know beforehand.

Rules of the trade, 13 to 18. The rules themselves are data (`destinations`); here is only how they are applied.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from ritornello.distribution.destinations import Destination, Feed, Takedown
from ritornello.distribution.disclosure import AiUse, vector
from ritornello.distribution.model import Hindrance
from ritornello.messages import ern

_NO_MACHINE = AiUse()


@dataclass(frozen=True, slots=True)
class Reference:
    """What a person vouches for who wants a derivative to become a reference of a content identification system.

    The default is not to have one. It must be distinct from its parent, exclusively licensed, and hold no sample.
    """

    distinct: bool
    exclusive: bool
    sample_free: bool


@dataclass(frozen=True, slots=True)
class Departure:
    """A derivative as a destination sees it.

    Attributes:
        derivative_type: its type, in the codes of consent.
        delivered: the day on which it is sent.
        release_date: the day on which it is to be public.
        update: whether it is known there already.
        upc: its product code, "" while it has none.
        artwork: whether it has a cover.
        ai: how machines took part.
        reference: vouched for, where it should become a reference.
        ern_version: of the message that would be sent.
    """

    derivative_type: str
    delivered: date
    release_date: date
    update: bool = False
    upc: str = ""
    artwork: bool = False
    ai: AiUse = _NO_MACHINE
    reference: Reference | None = None
    ern_version: str = ern.VERSION


def hindrances_at(one: Departure, destination: Destination) -> Iterator[Hindrance]:
    """What keeps it from going there."""
    name = destination.name
    if destination.forbidden:
        yield Hindrance("forbidden", f"nothing goes to {name}: {destination.forbidden}", "leave it out")
        return
    if destination.feed is Feed.NONE:
        yield Hindrance("feed", f"there is no way to deliver to {name}", "leave it out")
        return
    if why := destination.refused_types.get(one.derivative_type):
        yield Hindrance("refused_type", f"{name} refuses a {one.derivative_type}: {why}", "leave it out there")
    if destination.feed is Feed.ERN:
        yield from _version(one, destination)
    earliest = one.delivered + timedelta(days=destination.lead_days(update=one.update))
    if one.release_date < earliest:
        days = destination.lead_days(update=one.update)
        what = f"{name} wants it {days} days ahead, and it is to be public on {one.release_date}"
        yield Hindrance("lead", what, f"release it on {earliest} or later")
    if "upc" in destination.needs and not one.upc:
        yield Hindrance("upc", f"{name} takes no release without a product code", "give it a UPC or EAN")
    if "artwork" in destination.needs and not one.artwork:
        yield Hindrance("artwork", f"{name} takes no release without a cover", "add artwork made of cleared parts")
    if destination.reference:
        yield from _as_reference(one, destination)


def notes_at(one: Departure, destination: Destination) -> tuple[str, ...]:
    """What whoever delivers should know or do there; empty for a destination where nothing may go."""
    if destination.forbidden:
        return ()
    told = []
    disclosed = vector(one.ai, destination)
    if destination.feed is Feed.CHECKLIST:
        told.append(f"{destination.name} is supplied by a person with its own tool; nothing is sent from here")
        told.append(f"AI tags to set there: {', '.join(disclosed) or 'none, since no generative AI was used'}")
    elif disclosed:
        told.append(f"{destination.name} is told of generative AI: {', '.join(disclosed)}")
    if disclosed and destination.shows_ai:
        told.append(f"{destination.name}: {destination.shows_ai}")
    if destination.takedown is Takedown.BY_HAND:
        told.append(f"a takedown at {destination.name} is asked for by a person")
    if destination.reference:
        told.append("only channels can be allow-listed, by each co-owner; claims made before stay")
    return tuple(told)


def _version(one: Departure, destination: Destination) -> Iterator[Hindrance]:
    name, version = destination.name, one.ern_version
    if not destination.takes(version):
        what = f"{name} refuses ERN {version}: it takes {destination.ern_at_least} or newer"
        yield Hindrance("ern_version", what, f"write ERN {destination.ern_at_least} or newer")
    elif version not in destination.ern_confirmed:
        what = f"nobody has confirmed that {name} takes ERN {version}"
        yield Hindrance("ern_unconfirmed", what, "ask the partner, and put the version into ern_confirmed")


def _as_reference(one: Departure, destination: Destination) -> Iterator[Hindrance]:
    claim = one.reference
    if claim is None:
        what = f"a derivative does not become a reference at {destination.name} by itself"
        yield Hindrance("reference", what, "leave it out, or vouch that it is distinct, exclusive and sample-free")
        return
    lacks = [
        words
        for holds, words in (
            (claim.distinct, "distinct from its parent"),
            (claim.exclusive, "exclusively licensed"),
            (claim.sample_free, "free of samples"),
        )
        if not holds
    ]
    if lacks:
        what = f"it is no valid reference at {destination.name}: it is not {' and not '.join(lacks)}"
        yield Hindrance("reference", what, "leave it out there")
