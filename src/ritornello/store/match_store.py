"""Matches at rest: written once, found by their queue, each with everything that was decided about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Row

from ritornello.distribution.matches import Channel, Match, PastRelease, Route, Routing
from ritornello.identifiers.territories import TerritorySet
from ritornello.store.match_tables import match_releases, match_routings, matches, publishing_channels
from ritornello.store.scope import Scope


class MatchStore:
    """One organisation's matches inside one transaction."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def add(self, match: Match) -> bool:
        """Keep a match; False where the very same was found before."""
        if self.match(match.id) is not None:
            return False
        self._scope.insert(matches, {**asdict(match), "answer": dict(match.answer)})
        return True

    def match(self, match_id: str) -> Match | None:
        row = self._scope.first(self._scope.select(matches).where(matches.c.id == match_id))
        return None if row is None else _match(row)

    def matches(self) -> Sequence[Match]:
        """All matches, oldest first."""
        asked = self._scope.select(matches).order_by(matches.c.found_at, matches.c.id)
        return [_match(row) for row in self._scope.all(asked)]

    def add_routing(self, routing: Routing) -> bool:
        """Keep a decision; False where it is there already."""
        known = self._scope.select(match_routings).where(match_routings.c.id == routing.id)
        if self._scope.first(known) is not None:
            return False
        self._scope.insert(
            match_routings,
            {
                "id": routing.id,
                "match_id": routing.match_id,
                "route": routing.route.value,
                "decided_by": routing.by,
                "decided_at": routing.at,
                "reason": routing.reason,
                "territories": str(routing.territories),
                "valid_from": routing.valid_from,
                "valid_to": routing.valid_to,
                "licence_id": routing.licence_id,
                "releases_past": routing.releases_past,
            },
        )
        return True

    def routings(self, match_id: str | None = None) -> Sequence[Routing]:
        """All decisions, or those about one match, oldest first."""
        asked = self._scope.select(match_routings)
        if match_id is not None:
            asked = asked.where(match_routings.c.match_id == match_id)
        rows = self._scope.all(asked.order_by(match_routings.c.decided_at, match_routings.c.id))
        return [_routing(row) for row in rows]

    def add_release(self, release: PastRelease) -> bool:
        """Keep what a holder said; False where that very record is there already."""
        known = self._scope.select(match_releases).where(match_releases.c.id == release.id)
        if self._scope.first(known) is not None:
            return False
        values = asdict(release)
        self._scope.insert(match_releases, {"recorded_by": values.pop("by"), "recorded_at": values.pop("at"), **values})
        return True

    def releases(self, match_id: str | None = None) -> Sequence[PastRelease]:
        """All that holders let go of, or of one match, oldest first."""
        asked = self._scope.select(match_releases)
        if match_id is not None:
            asked = asked.where(match_releases.c.match_id == match_id)
        rows = self._scope.all(asked.order_by(match_releases.c.recorded_at, match_releases.c.id))
        return [
            PastRelease(row.id, row.match_id, row.holder, row.recorded_by, row.recorded_at, row.reason) for row in rows
        ]

    def add_channel(self, channel: Channel) -> bool:
        """Keep a channel; False where it was told before for this recording and service."""
        known = self._scope.select(publishing_channels).where(publishing_channels.c.id == channel.id)
        if self._scope.first(known) is not None:
            return False
        self._scope.insert(publishing_channels, asdict(channel))
        return True

    def channels(self, recording_id: str | None = None) -> Sequence[Channel]:
        """All channels of licensed derivatives, or those of one, oldest first."""
        asked = self._scope.select(publishing_channels)
        if recording_id is not None:
            asked = asked.where(publishing_channels.c.recording_id == recording_id)
        rows = self._scope.all(asked.order_by(publishing_channels.c.told_at, publishing_channels.c.id))
        return [
            Channel(row.id, row.recording_id, row.licence_id, row.service, row.channel, row.told_at) for row in rows
        ]


def _match(row: Row[Any]) -> Match:
    values = dict(row._mapping)
    values.pop("organisation")
    values["peaks"] = tuple((low, high) for low, high in values["peaks"])
    return Match(**values)


def _routing(row: Row[Any]) -> Routing:
    return Routing(
        id=row.id,
        match_id=row.match_id,
        route=Route(row.route),
        by=row.decided_by,
        at=row.decided_at,
        reason=row.reason,
        valid_from=row.valid_from,
        territories=TerritorySet.parse(row.territories),
        valid_to=row.valid_to,
        licence_id=row.licence_id,
        releases_past=row.releases_past,
    )
