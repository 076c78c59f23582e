"""What each co-owner has to enter at the services that match content: drawn from licences, decisions and releases.

Nothing is told to a service by itself. What stood on a past day is drawn from what had been recorded by then.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from ritornello.catalogue.model import RightType
from ritornello.distribution.allow_lists import Claimed, Entitled, ListRow, Owned, rows
from ritornello.distribution.matches import Match, Route, Routing, by_match, licence_in, standing
from ritornello.distribution.sample_gate import clock
from ritornello.identifiers.territories import TerritorySet
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.workflows.house import House
from ritornello.workflows.route_matches import licence_payload, licence_stands

Told = tuple[str, str, str]
"""A licence, a service and a channel."""


def lists_of(house: House, organisation: str, day: date, at: datetime) -> tuple[ListRow, ...]:
    """What each co-owner has to enter at the services that match content, as of a day and as known at a moment.

    A licence that was revoked by `at`, or that has ended by `day`, takes its channels off the list.
    """
    with house.work(organisation, read_only=True) as work:
        entitled = list(_entitled(work, at))
        claimed = list(_claimed(work, at))
        originals = sorted({one.original for one in entitled} | {one.original for one in claimed})
        owners = {one: owners_of(work, one, at) for one in originals}
    return rows(entitled, owners, day, claimed)


def owners_of(work: UnitOfWork, original: str, at: datetime) -> list[Owned]:
    """Who owns a part of an original's master, where and when, as recorded by a moment."""
    return [
        Owned(share.party_id, share.territories, share.valid_from, share.valid_to)
        for share in work.catalogue.shares_of(original, RightType.MASTER)
        if share.share > 0 and share.recorded_at <= at
    ]


def _entitled(work: UnitOfWork, at: datetime) -> Iterator[Entitled]:
    """The channels that publish under a licence that stands, one for each original of it."""
    released = _released(work, at)
    for told in work.matches.channels():
        licence, derivative = licence_payload(work, told.licence_id), work.catalogue.recording(told.recording_id)
        if licence is None or derivative is None or told.told_at > at or not licence_stands(work, licence, at):
            continue
        title = derivative.title
        for source in licence["scope"]["sources"]:
            yield Entitled(
                service=told.service,
                channel=told.channel,
                title=f"{title} ({derivative.version_title})" if derivative.version_title else title,
                isrc=derivative.isrc or "",
                original=source,
                original_isrc=_isrc(work, source),
                territories=TerritorySet.parse(licence["scope"]["territories"]),
                valid_from=date.fromisoformat(licence["issued_at"][:10]),
                valid_to=date.fromisoformat(licence["expires"]) if licence.get("expires") else None,
                licence_id=told.licence_id,
                past_from=released.get((told.licence_id, told.service, told.channel), {}),
            )


def _claimed(work: UnitOfWork, at: datetime) -> Iterator[Claimed]:
    """The files that a person decided to have claimed, and those of which a claim was withdrawn."""
    matches = {one.id: one for one in work.matches.matches() if one.found_at <= at}
    for name, routings in by_match(work.matches.routings()).items():
        known = [one for one in routings if one.at <= at]
        claims = [one for one in known if one.route is Route.CONTENT_CLAIM]
        now, match = standing(known, at), matches.get(name)
        if not claims or now is None or match is None or not match.service:
            continue
        # what its uploader disputes or declined stays as it was until a person has looked at it
        stands = now if now.route not in (Route.DISPUTED, Route.DECLINED) else claims[-1]
        last = claims[-1]
        if stands.route is Route.CONTENT_CLAIM:
            yield from _rows_of(work, match, stands, "claim", "")
        elif stands.route is Route.LEFT_ALONE:
            yield from _rows_of(work, match, last, "release", f"the claim was withdrawn: {stands.reason}")
        elif stands.route in (Route.LICENSED, Route.ALLOW_LIST):
            why = "licensed from this day on: the claim made before ends"
            yield from _rows_of(work, match, last, "release", why, max(last.valid_from, stands.valid_from))


def _rows_of(
    work: UnitOfWork, match: Match, claim: Routing, name: str, why: str, first: date | None = None
) -> Iterator[Claimed]:
    kinds = {one.id: one.kind for one in work.catalogue.recordings(match.recordings)}
    for original in match.recordings:
        if kinds.get(original) != "original":
            continue
        yield Claimed(
            service=match.service,
            channel=match.channel,
            file=match.file_name,
            original=original,
            original_isrc=_isrc(work, original),
            territories=claim.territories,
            valid_from=first or claim.valid_from,
            valid_to=claim.valid_to,
            list=name,
            why=why or _seconds(match, original),
        )


def _seconds(match: Match, original: str) -> str:
    """`0:04 to 0:31 is its 0:41 to 1:10; …`: the evidence of a claim."""
    placed = [one for one in match.answer["passages"] if one["recording"] == original]
    placed = placed or [one for one in match.answer["found"] if one["recording"] == original]
    told = []
    for one in placed:
        (a, b), (c, d) = ([ms / 1000 for ms in one[key]] for key in ("query_ms", "reference_ms"))
        told.append(f"{clock(a)} to {clock(b)} is its {clock(c)} to {clock(d)}")
    return "; ".join(told)


def _released(work: UnitOfWork, at: datetime) -> dict[Told, dict[str, date]]:
    """Since when earlier use of a channel is let go of, and by whom: from the day of the find on."""
    found: dict[Told, dict[str, date]] = {}
    matches = {one.id: one for one in work.matches.matches()}
    said = [one for one in work.matches.releases() if one.at <= at]
    for name, routings in by_match(work.matches.routings()).items():
        now, match, licence = standing(routings, at), matches[name], licence_in(routings, at)
        if now is None or licence is None:
            continue
        holders = {one.holder for one in said if one.match_id == name}
        if now.releases_past:
            holders.add("")
        day = min(match.found_at.date(), now.valid_from)
        for holder in holders:
            found.setdefault((licence, match.service, match.channel), {})[holder] = day
    return found


def _isrc(work: UnitOfWork, recording_id: str) -> str:
    recording = work.catalogue.recording(recording_id)
    return (recording.isrc if recording else None) or ""


def owners_named(work: UnitOfWork, originals: Sequence[str], at: datetime) -> tuple[str, ...]:
    """The parties that own a part of the master of any of these originals."""
    return tuple(sorted({owned.party for one in originals for owned in owners_of(work, one, at)}))
