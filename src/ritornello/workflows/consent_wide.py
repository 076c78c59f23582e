"""Consent over a whole catalogue: how much of it is ready, what stands in the way, and what each service may open.

All three ask the single decision's own question of every recording, so that a board, a path to yes and a feed never
say anything else than a decision would.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from ritornello.catalogue.model import Recording
from ritornello.consent.blocked import Step, blocked_by, obstacles, shortest_path
from ritornello.consent.bounds import bounds_of
from ritornello.consent.codes import TYPES, Outcome
from ritornello.consent.coverage import Probe, SnapshotBuilder, Tally, partner_of
from ritornello.consent.decide import decide
from ritornello.consent.decision import Decision
from ritornello.consent.errors import ConsentError
from ritornello.consent.facts import Stop
from ritornello.consent.feed import Difference, Feed, Line, compare, delta, full, read_list
from ritornello.consent.offers import Reply
from ritornello.consent.requests import Person
from ritornello.identifiers.territories import WORLD, TerritorySet
from ritornello.proof import canonical_json
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
        reader = _reader(house, work, probe.at)
        stops = [one for one in reader.state.stops if _reaches(one, probe)]
        builders: dict[int, SnapshotBuilder] = {}
        originals = _originals(work)
        for source in reader.every_source(originals):
            mask = _stopped(source.asset_id, stops).mask
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


def lines_for(house: House, organisation: str, probe: Probe) -> list[Line]:
    """What one service may open now: per original and type, where, from when until when, and within which bounds."""
    lines = []
    for recording_id, decision in _decisions(house, organisation, probe, TYPES):
        where = decision.largest_scope
        if not where:
            continue
        # bounds and days are those of the offers that open this territory, not of those that close another
        open_there = decision if where == decision.request.territories else _narrowed(house, organisation, decision)
        granted = [offer for offer in open_there.offers if offer.reply is Reply.GRANT]
        ends = [offer.valid_until for offer in granted if offer.valid_until is not None]
        if granted:
            lines.append(
                Line(
                    recording_id,
                    decision.request.types[0],
                    where,
                    max(offer.valid_from for offer in granted),
                    min(ends, default=None),
                    bounds_of(open_there).to_document(),
                )
            )
    return lines


@dataclass(frozen=True, slots=True)
class Issued:
    """A feed as it was written: the CSV, the JSON lines, and the signed cover sheet."""

    feed: Feed
    csv: Path
    json_lines: Path
    cover: Path


def issue_feed(house: House, organisation: str, probe: Probe, *, whole: bool = False) -> Issued:
    """Write the next issue for a destination (`probe.service`): the changes since the last one, or everything.

    The issues of a destination are numbered from 1 without a gap; the first is always full.
    """
    folder = _feeds(house, organisation, probe.service)
    now = lines_for(house, organisation, probe)
    last = _last_number(folder)
    number = last + 1
    if whole or last == 0:
        feed = full(probe.service, number, now, at=probe.at)
    else:
        feed = delta(probe.service, number, _lines_of(folder, last), now, at=probe.at)
    stem = f"{number:06d}"
    # the state is made first and must be new, so that two issues never take one number
    with (folder / f"{stem}.state.jsonl").open("xb") as state:
        state.write(canonical_json({"made_at": probe.at.isoformat()}) + b"\n")
        state.writelines(canonical_json(line.to_document("open")) + b"\n" for line in now)
    made = Issued(feed, folder / f"{stem}.csv", folder / f"{stem}.jsonl", folder / f"{stem}.signed.json")
    made.csv.write_bytes(feed.as_csv())
    made.json_lines.write_bytes(feed.as_json_lines())
    made.cover.write_bytes(canonical_json(feed.sign(house.keys(probe.at)).to_document()))
    return made


def hold_against_service(house: House, organisation: str, probe: Probe, their_list: bytes) -> list[Difference]:
    """The service's own list against ours, with since when something that is open there is withdrawn here."""
    ours = lines_for(house, organisation, probe)
    folder = _feeds(house, organisation, probe.service)
    withdrawn: dict[tuple[str, str], date] = {}
    before: set[tuple[str, str]] = set()
    for number in range(1, _last_number(folder) + 1):
        keys = {line.key for line in _lines_of(folder, number)}
        day = _made_at(folder, number).date()
        withdrawn = {key: since for key, since in withdrawn.items() if key not in keys}
        withdrawn.update(dict.fromkeys(before - keys, day))
        before = keys
    withdrawn.update(dict.fromkeys(before - {line.key for line in ours}, probe.at.date()))
    return compare(read_list(their_list), ours, withdrawn, on=probe.at.date())


def _decisions(house: House, organisation: str, probe: Probe, types: Sequence[str]) -> Iterator[tuple[str, Decision]]:
    """The single decision for each original and type. A type that no offer names is left to the board."""
    with house.work(organisation, read_only=True) as work:
        reader = _reader(house, work, probe.at)
        bare = reader.facts({})
        for source in reader.every_source(_originals(work)):
            offered = frozenset().union(*(offer.terms.types.allowed for offer in source.offers))
            for name in types:
                if len(types) == 1 or name in offered:
                    yield (
                        source.asset_id,
                        decide(probe.request(name, source.asset_id), partner_of(source, bare), seek_nearest=False),
                    )


def _narrowed(house: House, organisation: str, decision: Decision) -> Decision:
    """The decision about the territories alone in which everything is allowed."""
    request = decision.request.changed(territories=decision.largest_scope)
    with house.work(organisation, read_only=True) as work:
        reader = _reader(house, work, request.at)
        source = reader.source(reader.recording(request.sources[0]))
        return decide(request, partner_of(source, reader.facts({})), seek_nearest=False)


def _reader(house: House, work: UnitOfWork, at: datetime) -> FactsReader:
    return FactsReader(work, rules_of(house), at=at, day=at.astimezone(UTC).date())


def _originals(work: UnitOfWork) -> tuple[Recording, ...]:
    return tuple(one for one in work.catalogue.recordings() if one.kind == "original")


def _reaches(stop: Stop, probe: Probe) -> bool:
    return (
        stop.active(probe.at)
        and stop.person_id in (None, probe.person.id)
        and stop.service in (None, probe.service)
        and bool(stop.territories & TerritorySet.of(*probe.territories))
    )


def _stopped(asset_id: str, stops: Iterable[Stop]) -> TerritorySet:
    found = TerritorySet(0)
    for stop in stops:
        if stop.asset_id in (None, asset_id):
            found = found | stop.territories
    return found


def _feeds(house: House, organisation: str, destination: str) -> Path:
    if not destination or not all(letter.isalnum() or letter in "-_" for letter in destination):
        raise ConsentError.of("destination", f"{destination!r} is no service's id", "use letters, digits, - and _")
    folder = house.files / "feeds" / organisation / destination
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _last_number(folder: Path) -> int:
    return max((int(path.name.partition(".")[0]) for path in folder.glob("*.state.jsonl")), default=0)


def _made_at(folder: Path, number: int) -> datetime:
    with (folder / f"{number:06d}.state.jsonl").open(encoding="utf-8") as file:
        return datetime.fromisoformat(json.loads(file.readline())["made_at"])


def _lines_of(folder: Path, number: int) -> list[Line]:
    """Everything that was open with an issue."""
    with (folder / f"{number:06d}.state.jsonl").open(encoding="utf-8") as file:
        rows = [json.loads(row) for row in file.readlines()[1:]]
    return [
        Line(
            row["recording"],
            row["type"],
            TerritorySet.parse(row["territories"]),
            date.fromisoformat(row["from"]),
            date.fromisoformat(row["until"]) if row["until"] else None,
            json.loads(row["bounds"]),
        )
        for row in rows
    ]


def stranger(service: str, at: datetime, territories: TerritorySet = WORLD, *, act: str = "publish") -> Probe:
    """The question of boards and feeds: a verified adult subscriber without any part in the music, one act."""
    person = Person("pty_any_subscriber", tier="subscribers", age=30, verified=True)
    return Probe(act, service, person, at, tuple(sorted(territories)))
