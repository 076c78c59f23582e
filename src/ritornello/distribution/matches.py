"""Audio that was found somewhere and what is in it: the match, what was decided about it, and what stands today.

A match is written once, as it was heard. Every decision about it is a record of its own that names who took it, so that
what stood on any past day can be read again; a later decision takes the place of an earlier one, it never erases it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from ritornello.identifiers.territories import TerritorySet


class Route(StrEnum):
    """What is done about a match."""

    ALLOW_LIST = "allow_list"
    CONTENT_CLAIM = "content_claim"
    CONVERT = "convert_to_licensed"
    LICENSED = "licensed"
    DECLINED = "declined"
    DISPUTED = "disputed"
    LEFT_ALONE = "left_alone"


CHOSEN_BY_HAND = (Route.ALLOW_LIST, Route.CONTENT_CLAIM, Route.CONVERT, Route.LEFT_ALONE)
"""What a person may choose. `licensed`, `declined` and `disputed` follow from what the uploader answers."""

WAITING = (None, Route.DECLINED, Route.DISPUTED)
"""What stands on a match that waits for a person: nothing, or an answer that somebody has to look at."""


@dataclass(frozen=True, slots=True)
class Match:
    """A file in which something was found.

    Attributes:
        id: derived from where it was found and from its samples: heard twice, it is one match.
        file_name: as it came.
        pcm_sha256: hash of its samples.
        audio_key: where its sound is kept; None when only the answer is.
        duration_ms: its length.
        service: where it stands, "" when that is not known.
        channel: the channel that put it there, in the service's own words; "" when not known.
        plays: how often it was played there, None when nobody has said.
        answer: what identification said, as its document.
        copy_of: the derivative of ours that it is a copy of.
        copied: how that is known: `samples` (the very same) or `sound` (recognised), "" for no copy.
        found_at: when.
        peaks: (lowest, highest) in -127..127 of equal slices of its sound, for drawing it.
    """

    id: str
    file_name: str
    pcm_sha256: str
    audio_key: str | None
    duration_ms: int
    service: str
    channel: str
    plays: int | None
    answer: Mapping[str, Any]
    copy_of: str | None
    copied: str
    found_at: datetime
    peaks: tuple[tuple[int, int], ...] = ()

    @property
    def recordings(self) -> tuple[str, ...]:
        """The recordings found in it, the surest first."""
        return tuple(str(one["recording"]) for one in self.answer["found"])


@dataclass(frozen=True, slots=True)
class Routing:
    """One decision about a match.

    Attributes:
        id: of the record.
        match_id: what it is about.
        route: what was decided.
        by: the person who decided (or accepted).
        at: when.
        reason: in that person's words.
        territories: where it holds.
        valid_from: from which day of use.
        valid_to: to which day (that day no more); None is open.
        licence_id: what it rests on, where it rests on a licence.
        releases_past: whether every holder lets go of what was earned before `valid_from`; one alone says so by a
            `PastRelease`.
    """

    id: str
    match_id: str
    route: Route
    by: str
    at: datetime
    reason: str
    valid_from: date
    territories: TerritorySet = field(default_factory=lambda: TerritorySet.parse("WW"))
    valid_to: date | None = None
    licence_id: str | None = None
    releases_past: bool = False


@dataclass(frozen=True, slots=True)
class PastRelease:
    """One holder lets go of what was earned before the licence: their own claims, nobody else's.

    Attributes:
        id: of the record.
        match_id: the file.
        holder: the party that said so.
        by: the person who wrote it down.
        at: when.
        reason: in that person's words, such as who said it and how.
    """

    id: str
    match_id: str
    holder: str
    by: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Channel:
    """The channel on which a derivative is published, as its maker gave it on the publish sheet."""

    id: str
    recording_id: str
    licence_id: str
    service: str
    channel: str
    told_at: datetime


def standing(routings: Iterable[Routing], at: datetime) -> Routing | None:
    """What stood at a moment: the latest decision recorded until then. At one moment an answer follows its offer."""
    known = [one for one in routings if one.at <= at]
    return max(known, key=lambda one: (one.at, _turn(one.route), one.id), default=None)


def _turn(route: Route) -> int:
    return 0 if route in CHOSEN_BY_HAND else 2 if route is Route.LICENSED else 1


def by_match(routings: Iterable[Routing]) -> dict[str, list[Routing]]:
    """The decisions about each match, in the order in which they are given."""
    found: dict[str, list[Routing]] = {}
    for routing in routings:
        found.setdefault(routing.match_id, []).append(routing)
    return found


def worth(match: Match, per_play_micros: int | None) -> tuple[int, int, int, str]:
    """The place of a match in the queue, the most valuable first: what its plays earn, plays, seconds that are ours.

    `per_play_micros`: what a play of the recordings found has earned on average (10^-6 of the unit); None if unknown.
    """
    plays = match.plays or 0
    ours = match.duration_ms - int(match.answer["unknown_ms"])
    return (-plays * (per_play_micros or 0), -plays, -ours, match.id)


def licence_in(routings: Iterable[Routing], at: datetime) -> str | None:
    """The licence that a match rests on, whatever was decided about it since; None where there is none."""
    known = [one for one in routings if one.at <= at and one.licence_id is not None]
    return max(known, key=lambda one: (one.at, one.id)).licence_id if known else None
