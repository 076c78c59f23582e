"""Taking a release away again: the same message once more, with its deals ended.

A Purge is no takedown at the services that matter (rules of the trade, 16), so it is never sent. A deal that has run
ends on its last allowed day. A deal that has not begun by then never begins: it is put wholly into the past, since a
deal that is merely left out might be read as "unchanged".
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from ritornello.distribution.destinations import Destination, Feed, Takedown
from ritornello.messages import ern
from ritornello.proof import stable_id


@dataclass(frozen=True, slots=True)
class Route:
    """How a takedown reaches its destinations: by the message, and by a person."""

    by_message: tuple[Destination, ...]
    by_hand: tuple[Destination, ...]


def route(destinations: Iterable[Destination]) -> Route:
    """Who is reached by a message with ended deals, and who must be asked by a person. Nobody is left out."""
    every = tuple(destinations)
    by_message = tuple(one for one in every if one.feed is Feed.ERN and one.takedown is Takedown.ENDED_DEALS)
    return Route(by_message, tuple(one for one in every if one not in by_message))


def ended(message: ern.NewReleaseMessage, from_day: date, at: datetime) -> ern.NewReleaseMessage:
    """The message that takes a release away from `from_day` on (that day it is gone).

    It stays in the thread of the first one. Deals that end earlier keep their end. Taken down twice from the same day
    it is the same message but for its time.
    """
    last = from_day - timedelta(days=1)
    deals = tuple(
        replace(deal, start=min(deal.start, last), end=last if deal.end is None else min(deal.end, last))
        for deal in message.deals
    )
    header = replace(
        message.header,
        message_id=stable_id("msg", message.header.thread_id, "takedown", from_day.isoformat(), at.isoformat()),
        created_at=at,
    )
    return replace(message, header=header, deals=deals)
