"""Consent over a whole catalogue: how much of it is ready, what stands in the way, and what each service may open.

All three ask the single decision's own question of every recording, so that a board, a path to yes and a feed never
say anything else than a decision would.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ritornello.catalogue.model import Recording
from ritornello.consent.blocked import Step, blocked_by, obstacles, shortest_path
from ritornello.consent.codes import TYPES, Outcome
from ritornello.consent.coverage import Probe, SnapshotBuilder, Tally, partner_of
from ritornello.consent.decide import decide
from ritornello.consent.decision import Decision
from ritornello.consent.errors import ConsentError
from ritornello.consent.facts import Stop
from ritornello.consent.requests import Person
from ritornello.identifiers.territories import WORLD, TerritorySet
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.workflows.ask import rules_of
from ritornello.workflows.consent_facts import FactsReader
from ritornello.workflows.house import House


@dataclass(frozen=True, slots=True)
class Board:
    """(type, territory) → how many originals are ready, wait for an approval, or are closed."""

    probe: Probe
    recordings: int
    tallies: Mapping[tuple[str, str], Tally]

    def to_document(self) -> dict[str, Any]:
        return {
            "act": self.probe.act,
            "cells": [
                {
                    "allow": tally.allow,
                    "deny": tally.deny,
                    "needs_approval": tally.needs_approval,
                    "permille_ready": tally.permille_ready,
                    "territory": territory,
                    "type": name,
                }
                for (name, territory), tally in self.tallies.items()
            ],
            "recordings": self.recordings,
            "service": self.probe.service,
        }


def coverage(house: House, organisation: str, probe: Probe) -> Board:
    """The coverage board of all originals. What a kill switch stops is closed, whatever its holders say."""
    with house.work(organisation, read_only=True) as work:
        reader = reader_of(house, work, probe.at)
        stops = stops_for(reader.state.stops, probe)
        builders: dict[int, SnapshotBuilder] = {}
        originals = originals_of(work)
        for source in reader.every_source(originals):
            mask = stopped_in(source.asset_id, stops).mask
            builder = builders.get(mask)
            if builder is None:
                builder = builders[mask] = SnapshotBuilder(probe, reader.facts({}, about_requests=False))
            builder.add(source)
    tallies = dict.fromkeys(((name, place) for name in TYPES for place in probe.territories), Tally(0, 0, 0))
    for mask, builder in builders.items():
        closed = TerritorySet(mask)
        for key, tally in builder.finish().evaluate().board().items():
            whole = tally.allow + tally.needs_approval + tally.deny
            one = Tally(0, 0, whole) if key[1] in closed else tally
            sum_ = tallies[key]
            tallies[key] = Tally(sum_.allow + one.allow, sum_.needs_approval + one.needs_approval, sum_.deny + one.deny)
    return Board(probe, len(originals), tallies)


@dataclass(frozen=True, slots=True)
class ShortestPath:
    """The steps that unlock most per signature, and what no signature mends (code → recordings)."""

    type: str
    ready: int
    steps: tuple[Step, ...]
    obstacles: Mapping[str, int]

    def to_document(self) -> dict[str, Any]:
        return {
            "obstacles": dict(self.obstacles),
            "ready": self.ready,
            "steps": [
                {"signers": list(one.signers), "unlocks": list(one.unlocks), "weight": one.weight} for one in self.steps
            ],
            "type": self.type,
        }


def why_blocked(
    house: House, organisation: str, probe: Probe, type_: str, *, plays: Mapping[str, int] | None = None
) -> ShortestPath:
    """Why originals are not open for a type, and the fewest signatures that would open most of them (or most plays)."""
    if type_ not in TYPES:
        raise ConsentError.of("type", f"{type_!r} is unknown", f"known are {', '.join(TYPES)}")
    blocked, ready = {}, 0
    for recording_id, decision in _decisions(house, organisation, probe, (type_,)):
        if decision.outcome is Outcome.ALLOW:
            ready += 1
        else:
            blocked[recording_id] = blocked_by(decision)
    return ShortestPath(type_, ready, tuple(shortest_path(blocked, plays)), obstacles(blocked.values()))


def _decisions(house: House, organisation: str, probe: Probe, types: Sequence[str]) -> Iterator[tuple[str, Decision]]:
    """The single decision for each original and type. A type that no offer names is left to the board."""
    with house.work(organisation, read_only=True) as work:
        reader = reader_of(house, work, probe.at)
        bare = reader.facts({})
        for source in reader.every_source(originals_of(work)):
            offered = frozenset().union(*(offer.terms.types.allowed for offer in source.offers))
            for name in types:
                if len(types) == 1 or name in offered:
                    yield (
                        source.asset_id,
                        decide(probe.request(name, source.asset_id), partner_of(source, bare), seek_nearest=False),
                    )


def reader_of(house: House, work: UnitOfWork, at: datetime) -> FactsReader:
    """The facts as they are known at a moment, for uses on its day."""
    return FactsReader(work, rules_of(house), at=at, day=at.astimezone(UTC).date())


def originals_of(work: UnitOfWork) -> tuple[Recording, ...]:
    """Every original of the catalogue."""
    return tuple(one for one in work.catalogue.recordings() if one.kind == "original")


def stops_for(stops: Iterable[Stop], probe: Probe) -> list[Stop]:
    """The kill switches that are pulled over some of what a probe asks."""
    return [
        stop
        for stop in stops
        if stop.active(probe.at)
        and stop.person_id in (None, probe.person.id)
        and stop.service in (None, probe.service)
        and stop.territories & TerritorySet.of(*probe.territories)
    ]


def stopped_in(asset_id: str, stops: Iterable[Stop]) -> TerritorySet:
    """Where a recording is stopped."""
    found = TerritorySet(0)
    for stop in stops:
        if stop.asset_id in (None, asset_id):
            found = found | stop.territories
    return found


def stranger(service: str, at: datetime, territories: TerritorySet = WORLD, *, act: str = "publish") -> Probe:
    """The question of boards and feeds: a verified adult subscriber without any part in the music, one act."""
    person = Person("pty_any_subscriber", tier="subscribers", age=30, verified=True)
    return Probe(act, service, person, at, tuple(sorted(territories)))
