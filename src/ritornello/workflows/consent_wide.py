"""Consent over a whole catalogue: how much of it is ready, and what stands in the way.

Both ask the single decision's own question of every recording, so that a board and a path to yes never say anything
else than a decision would. What the holders' answers come to is prepared once for a question and a day, and kept in a
file until an offer, a contract, a share, a credit or a rule behind it changes; what a kill switch stops is looked up
each time.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

import numpy as np

from ritornello import __version__
from ritornello.catalogue.model import Recording
from ritornello.consent.blocked import Blocked, Step, blocked_by, obstacles, shortest_path
from ritornello.consent.codes import ACTS, TYPES, Outcome
from ritornello.consent.coverage import Probe, SnapshotBuilder, partner_of
from ritornello.consent.decide import decide
from ritornello.consent.errors import ConsentError
from ritornello.consent.facts import Stop
from ritornello.consent.requests import Person
from ritornello.consent.snapshot import Coverage, Snapshot, Tally
from ritornello.identifiers.territories import WORLD, TerritorySet
from ritornello.proof import canonical_json, sha256_hex
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.usage.lake import Lake
from ritornello.usage.performance import played
from ritornello.workflows.ask import rules_of
from ritornello.workflows.consent_facts import FactsReader
from ritornello.workflows.house import House, Report, silent

MOST_KEPT = 12
"""How many snapshots of one organisation are kept; the oldest go first."""


@dataclass(frozen=True)
class Prepared:
    """A snapshot with what it took to make it; `kept` where it was read and not made."""

    probe: Probe
    snapshot: Snapshot
    stops: tuple[Stop, ...]
    seconds: float
    kept: bool

    @cached_property
    def coverage(self) -> Coverage:
        return self.snapshot.evaluate()

    @cached_property
    def closed(self) -> Mapping[int, frozenset[str]]:
        """Recordings (by number) that a kill switch stops, with the territories in which it does."""
        if not self.stops:
            return {}
        found = {}
        for number, asset_id in enumerate(self.snapshot.ids):
            if where := stopped_in(asset_id, self.stops) & TerritorySet.of(*self.probe.territories):
                found[number] = frozenset(where)
        return found

    def words(self) -> str:
        """How the snapshot came about, for whoever waits for it."""
        how = "kept from before; it took" if self.kept else "prepared in"
        return f"{len(self.snapshot.ids)} originals, snapshot {how} {self.seconds:.1f} s"


def prepare(house: House, organisation: str, probe: Probe, report: Report = silent) -> Prepared:
    """The snapshot behind the board: read where nothing behind it has changed, otherwise made and kept."""
    with house.work(organisation, read_only=True) as work:
        reader = reader_of(house, work, probe.at)
        stops = tuple(stops_for(reader.state.stops, probe))
        key = _key(work, reader, probe)
        folder = house.home / "cache" / "coverage" / organisation
        path = folder / f"{sha256_hex(canonical_json(_question(probe)))[:24]}.npz"
        if path.exists():
            found = Snapshot.load(path, key=key)
            if found is not None:
                path.touch()
                return Prepared(probe, found[0], stops, found[1], kept=True)
        began = time.perf_counter()
        originals = originals_of(work)
        builder = SnapshotBuilder(probe, reader.facts({}, about_requests=False))
        for number, source in enumerate(reader.every_source(originals)):
            builder.add(source)
            if number % 500 == 0:
                report(number / max(1, len(originals)), f"{number} of {len(originals)} originals")
        snapshot = builder.finish()
        seconds = time.perf_counter() - began
    folder.mkdir(parents=True, exist_ok=True)
    snapshot.save(path, key=key, seconds=seconds)
    for old in sorted(folder.glob("*.npz"), key=lambda one: one.stat().st_mtime, reverse=True)[MOST_KEPT:]:
        old.unlink(missing_ok=True)
    return Prepared(probe, snapshot, stops, seconds, kept=False)


def _question(probe: Probe) -> dict[str, Any]:
    """What a snapshot answers, apart from the moment."""
    return {
        "act": probe.act,
        "person": probe.person.to_document(),
        "plan": probe.plan.to_document(),
        "service": probe.service,
        "territories": list(probe.territories),
    }


def _key(work: UnitOfWork, reader: FactsReader, probe: Probe) -> str:
    """Everything that a snapshot depends on, as a hash: the question, the day, the rules, and what is on file."""
    parties = len(work.people.parties())
    parts = (
        __version__,
        reader.day.isoformat(),
        reader.rules.sha256,
        sha256_hex(canonical_json(_question(probe))),
        work.consent.content_key(probe.at),
        work.catalogue.content_key(probe.at),
        str(parties),
    )
    return sha256_hex("\n".join(parts).encode())


@dataclass(frozen=True, slots=True)
class Board:
    """(type, territory) → how many originals (or plays) are ready, wait for an approval, or are closed."""

    probe: Probe
    recordings: int
    tallies: Mapping[tuple[str, str], Tally]
    prepared: str = ""
    by_plays: bool = False

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
            "counted": "plays" if self.by_plays else "recordings",
            "recordings": self.recordings,
            "service": self.probe.service,
        }


def coverage(
    house: House,
    organisation: str,
    probe: Probe,
    *,
    plays: Mapping[str, int] | None = None,
    report: Report = silent,
) -> Board:
    """The coverage board of all originals; with `plays`, of what is listened to. What a kill switch stops is closed,
    whatever its holders say."""
    made = prepare(house, organisation, probe, report)
    weights = None
    if plays is not None:
        weights = np.array([plays.get(name, 0) for name in made.snapshot.ids], np.int64)
    tallies = made.coverage.board(weights=weights, closed=made.closed)
    return Board(probe, len(made.snapshot.ids), tallies, made.words(), plays is not None)


@dataclass(frozen=True, slots=True)
class ShortestPath:
    """The steps that unlock most per signature, and what no signature mends (code → recordings)."""

    type: str
    ready: int
    steps: tuple[Step, ...]
    obstacles: Mapping[str, int]
    blocked: int = 0
    prepared: str = ""
    by_plays: bool = False

    def to_document(self) -> dict[str, Any]:
        return {
            "blocked": self.blocked,
            "counted": "plays" if self.by_plays else "recordings",
            "obstacles": dict(self.obstacles),
            "ready": self.ready,
            "steps": [
                {
                    "proved": one.proved,
                    "signers": list(one.signers),
                    "unlocks": list(one.unlocks),
                    "weight": one.weight,
                }
                for one in self.steps
            ],
            "type": self.type,
        }


def why_blocked(
    house: House,
    organisation: str,
    probe: Probe,
    type_: str,
    *,
    plays: Mapping[str, int] | None = None,
    report: Report = silent,
) -> ShortestPath:
    """Why originals are not open for a type, and the fewest signatures that would open most of them (or most plays)."""
    if type_ not in TYPES:
        raise ConsentError.of("type", f"{type_!r} is unknown", f"known are {', '.join(TYPES)}")
    made = prepare(house, organisation, probe, report)
    if made.snapshot.attributes:
        blocked = made.coverage.blocked(type_, closed=made.closed)
    else:
        blocked = dict(_blocked_one_by_one(house, organisation, probe, type_))
    ready = len(made.snapshot.ids) - len(blocked)
    steps = tuple(shortest_path(blocked, plays))
    hindrances = obstacles(blocked.values())
    return ShortestPath(type_, ready, steps, hindrances, len(blocked), made.words(), plays is not None)


def _blocked_one_by_one(house: House, organisation: str, probe: Probe, type_: str) -> Iterator[tuple[str, Blocked]]:
    """What stands in the way where one co-owner's yes may do, from the single decision of each original."""
    with house.work(organisation, read_only=True) as work:
        reader = reader_of(house, work, probe.at)
        bare = reader.facts({})
        for source in reader.every_source(originals_of(work)):
            request = probe.request(type_, source.asset_id)
            decision = decide(request, partner_of(source, bare), seek_nearest=False)
            if decision.outcome is not Outcome.ALLOW:
                yield source.asset_id, blocked_by(decision)


def plays_of(house: House, organisation: str) -> Mapping[str, int]:
    """Recording → how often it was played, as far as services have reported it; nobody's plays are guessed."""
    with house.work(organisation, read_only=True) as work:
        paths = [file.lake_path for file in work.usage.files()]
    found: dict[str, int] = {}
    if paths:
        for one in played(Lake(house.lake), paths, ["asset"]):
            found[one.key[0]] = found.get(one.key[0], 0) + max(0, one.units)
    return found


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
    """The question of boards and feeds: a verified adult subscriber without any part in the music, one act.

    Raises `ConsentError` for an act that is unknown, or no territory.
    """
    if act not in ACTS:
        raise ConsentError.of("act", f"{act!r} is unknown", f"write one of {', '.join(ACTS)}")
    if not territories:
        raise ConsentError.of("territories", "is empty", "name at least one territory, or WW")
    person = Person("pty_any_subscriber", tier="subscribers", age=30, verified=True)
    return Probe(act, service, person, at, tuple(sorted(territories)))
