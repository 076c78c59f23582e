"""What a service may open, told issue by issue, and the service's own list held against it.

An issue is what changed since the one before; both it and the whole state at its number are signed when it is made, and
both can be written again at any time from the tables. Every line is the single decision's own answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from ritornello.consent.bounds import bounds_of
from ritornello.consent.codes import TYPES
from ritornello.consent.coverage import Probe, SnapshotBuilder, partner_of
from ritornello.consent.decide import decide
from ritornello.consent.errors import ConsentError
from ritornello.consent.facts import Facts, SourceFacts
from ritornello.consent.feed import (
    Change,
    Difference,
    Feed,
    Line,
    Theirs,
    changes,
    compare,
    delta,
    full,
    read_list,
    state,
    withdrawn,
)
from ritornello.consent.offers import Reply
from ritornello.consent.services import Service
from ritornello.identifiers.territories import NOWHERE, TerritorySet
from ritornello.people.model import Identity
from ritornello.people.roles import Role
from ritornello.people.service import give_key
from ritornello.proof import canonical_json
from ritornello.store.feed_store import Issue
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.workflows.consent_desk import NotOnFile
from ritornello.workflows.consent_wide import originals_of, reader_of, stopped_in, stops_for, stranger
from ritornello.workflows.house import House

MOST_DAYS_BACK = 400
"""How far back it is looked for the day on which something was withdrawn since the last issue."""


def probe_of(
    house: House,
    organisation: str,
    service: str,
    at: datetime,
    *,
    act: str | None = None,
    territories: TerritorySet | None = None,
) -> Probe:
    """The question of a service's feed: as its profile says, or as it is told here."""
    with house.work(organisation, read_only=True) as work:
        profile = work.feeds.services(at).get(service) or Service(service, at)
    return stranger(service, at, profile.territories if territories is None else territories, act=act or profile.act)


@dataclass(frozen=True, slots=True)
class _Opening:
    """What all recordings of one combination of stances may do for a type."""

    territories: TerritorySet
    valid_from: date
    valid_until: date | None
    bounds: Mapping[str, object]


def _lines(house: House, work: UnitOfWork, probe: Probe) -> list[Line]:
    reader = reader_of(house, work, probe.at)
    bare = reader.facts({}, about_requests=False)
    stops = stops_for(reader.state.stops, probe)
    builder = SnapshotBuilder(probe, bare)
    known: dict[tuple[int, int, str], _Opening | None] = {}
    lines = []
    for source in reader.every_source(originals_of(work)):
        offered = frozenset().union(*(offer.terms.types.allowed for offer in source.offers))
        if not offered:
            continue
        combination, closed = builder.add(source), stopped_in(source.asset_id, stops)
        for name in TYPES:
            if name not in offered:
                continue
            key = (combination, closed.mask, name)
            if key not in known:
                known[key] = _opening(probe, name, source, bare, closed)
            if (one := known[key]) is not None:
                lines.append(Line(source.asset_id, name, one.territories, one.valid_from, one.valid_until, one.bounds))
    return lines


def _opening(probe: Probe, name: str, source: SourceFacts, bare: Facts, closed: TerritorySet) -> _Opening | None:
    facts = partner_of(source, bare)
    request = probe.request(name, source.asset_id)
    decision = decide(request, facts, seek_nearest=False)
    where = decision.largest_scope - closed
    if not where:
        return None
    if where != request.territories:
        # bounds and days are those of the offers that open this territory, not of those that close another
        decision = decide(request.changed(territories=where), facts, seek_nearest=False)
    granted = [offer for offer in decision.offers if offer.reply is Reply.GRANT]
    if not granted:
        return None
    ends = [offer.valid_until for offer in granted if offer.valid_until is not None]
    starts = max(offer.valid_from for offer in granted)
    return _Opening(where, starts, min(ends, default=None), bounds_of(decision).to_document())


@dataclass(frozen=True, slots=True)
class Issued:
    """An issue as it was handed out: the CSV, the JSON lines, and the signed cover sheet."""

    feed: Feed
    csv: Path
    json_lines: Path
    cover: Path


def issue_feed(house: House, organisation: str, probe: Probe, *, whole: bool = False) -> Issued:
    """Make the next issue for a destination (`probe.service`), and write it as files: the changes since the last one,
    or with `whole` everything. The issues are numbered from 1 without a gap; the first is always whole."""
    service, ring = probe.service, house.keys(probe.at)
    with house.work(organisation) as work:
        now = _lines(house, work, probe)
        before = state(work.feeds.changes(service))
        number = work.feeds.last_number(service) + 1
        every = full(service, number, now, at=probe.at)
        part = delta(service, number, before, now, at=probe.at) if number > 1 else every
        issue = Issue(service, number, probe.at, whole or number == 1, part.sign(ring), every.sign(ring))
        work.feeds.add_issue(issue, changes(number, before, now))
        work.commit()
    feed, cover = (every, issue.whole_cover) if issue.whole else (part, issue.cover)
    folder = house.files / "feeds" / organisation / service
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{number:06d}"
    made = Issued(feed, folder / f"{stem}.csv", folder / f"{stem}.jsonl", folder / f"{stem}.signed.json")
    made.csv.write_bytes(feed.as_csv())
    made.json_lines.write_bytes(feed.as_json_lines())
    made.cover.write_bytes(canonical_json(cover.to_document()))
    return made


def issue_again(house: House, organisation: str, service: str, number: int, *, whole: bool) -> tuple[Feed, Issue]:
    """An issue as it was made, from the tables: the changes that it brought, or everything that was open with it.

    Raises `NotOnFile`.
    """
    with house.work(organisation, read_only=True) as work:
        issue = work.feeds.issue(service, number)
        if issue is None:
            raise NotOnFile("issue", f"{service} {number}")
        kept = work.feeds.changes(service, until=number)
    if whole or number == 1:
        return full(service, number, state(kept), at=issue.made_at), issue
    rows = tuple(one.line.to_document(one.action) for one in kept if one.number == number)
    return Feed(service, number, issue.made_at, number - 1, rows), issue


def issues_of(house: House, organisation: str, service: str) -> list[Issue]:
    """Every issue of a service, oldest first."""
    with house.work(organisation, read_only=True) as work:
        return list(work.feeds.issues(service))


def hold_against_service(house: House, organisation: str, probe: Probe, their_list: bytes) -> list[Difference]:
    """The service's own list against ours, with since when something that is open there is withdrawn here.

    The list may name recordings by their ISRC. Raises `ConsentError` naming each row that cannot be read.
    """
    told = read_list(their_list)
    on = probe.at.astimezone(UTC).date()
    with house.work(organisation, read_only=True) as work:
        by_isrc = {one.isrc: one.id for one in originals_of(work) if one.isrc}
        theirs = {(by_isrc.get(_plain(name), name), type_): one for (name, type_), one in told.items()}
        ours = _lines(house, work, probe)
        made_on = {one.number: one.made_at.astimezone(UTC).date() for one in work.feeds.issues(probe.service)}
        kept = work.feeds.changes(probe.service)
        gone = {key: list(parts) for key, parts in withdrawn(kept, made_on).items()}
        for key, parts in _since_the_last(house, work, probe, theirs, ours, kept, made_on).items():
            gone.setdefault(key, []).extend(parts)
    return compare(theirs, ours, gone, on=on)


def _since_the_last(
    house: House,
    work: UnitOfWork,
    probe: Probe,
    theirs: Mapping[tuple[str, str], Theirs],
    ours: Iterable[Line],
    kept: Iterable[Change],
    made_on: Mapping[int, date],
) -> dict[tuple[str, str], list[tuple[TerritorySet, date]]]:
    """What was open with the last issue and is closed now, with the first day on which it was."""
    here = {line.key: line.territories for line in ours}
    last_day = max(made_on.values(), default=None)
    if last_day is None:
        return {}
    lost = {
        line.key: surplus
        for line in state(kept)
        if line.key in theirs and (surplus := line.territories - here.get(line.key, NOWHERE))
    }
    reader = reader_of(house, work, probe.at)
    bare = reader.facts({})
    found: dict[tuple[str, str], list[tuple[TerritorySet, date]]] = {}
    today = probe.at.astimezone(UTC).date()
    for (recording_id, name), territories in lost.items():
        recording = work.catalogue.recording(recording_id)
        since = today
        if recording is not None:
            facts = partner_of(reader.source(recording), bare)
            first = max(last_day, today - timedelta(days=MOST_DAYS_BACK))
            while since > first:
                night = datetime.combine(since - timedelta(days=1), time(23, 59, 59), UTC)
                asked = probe.request(name, recording_id, territories).changed(at=night)
                if decide(asked, facts, seek_nearest=False).largest_scope:
                    break
                since -= timedelta(days=1)
        found[recording_id, name] = [(territories, since)]
    return found


def _plain(name: str) -> str:
    return name.replace("-", "").upper()


def agree(
    house: House,
    organisation: str,
    name: str,
    changes: Mapping[str, object],
    at: datetime,
    *,
    new_key: bool = False,
    dry_run: bool = False,
) -> tuple[Service, str]:
    """What is agreed with a service, after these changes to its profile; with `new_key` also the secret of a key for
    its program (otherwise empty), given in the name of the house's first owner. With `dry_run` nothing is written.

    Raises `ConsentError` naming the field that cannot be taken.
    """
    with house.work(organisation, read_only=dry_run) as work:
        known = work.feeds.services(at).get(name) or Service(name, at)
        profile = Service.from_document({**known.to_document(), **changes, "service": name}, at)
        if dry_run:
            return profile, ""
        if changes:
            work.feeds.add_service(profile)
        secret = _key_for(work, name, at) if new_key else ""
        work.commit()
    return profile, secret


def _key_for(work: UnitOfWork, name: str, at: datetime) -> str:
    owners = [member.person_id for _, member in work.people.members() if Role.OWNER in member.roles]
    if not owners:
        raise ConsentError.of("service", "this house has no owner who could give a key", "admit an owner first")
    giver = Identity(work.organisation, owners[0], frozenset({Role.OWNER}), None, "")
    secret, _ = give_key(work.people, giver, f"feed of {name}", [Role.SERVICE], at, service=name)
    return secret
