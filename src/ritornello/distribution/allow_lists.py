"""Lists for the services that match content: channels to be left in peace, claims to make and to let go of.

Only whole channels can be put on an allow-list, every co-owner has to do it with their own account, and claims made
before stay until somebody lets go of them (rules of the trade, 17). So each co-owner of an original gets their own
rows, for the days and places on which they own it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from ritornello.identifiers.territories import TerritorySet

COLUMNS = (
    "co_owner", "service", "channel", "list", "title", "isrc", "original", "original_isrc", "territories", "from",
    "until", "licence", "why",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entitled:
    """A channel that publishes under a licence, for one original.

    Attributes:
        service, channel: where.
        title, isrc: of what is published.
        original: recording id of the original whose reference would match.
        original_isrc: its number, "" if it has none.
        territories: where the licence holds.
        valid_from, valid_to: on which days (half-open).
        licence_id: what it rests on.
        past_from: by co-owner, the day from which they let go of earlier use; "" is said by all of them. Empty when no
            holder said so.
    """

    service: str
    channel: str
    title: str
    isrc: str
    original: str
    original_isrc: str
    territories: TerritorySet
    valid_from: date
    valid_to: date | None
    licence_id: str
    past_from: Mapping[str, date] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A file that a person decided to have claimed, or of which a claim is withdrawn, for one original.

    Attributes:
        service, channel, file: where.
        original, original_isrc: whose reference claims it.
        territories: where.
        valid_from, valid_to: on which days of use (half-open).
        list: `claim`, or `release` for one that was claimed and no longer is.
        why: which seconds, or why the claim is let go of.
    """

    service: str
    channel: str
    file: str
    original: str
    original_isrc: str
    territories: TerritorySet
    valid_from: date
    valid_to: date | None
    list: str
    why: str


@dataclass(frozen=True, slots=True)
class Owned:
    """Where and when a party owns a part of an original's master."""

    party: str
    territories: TerritorySet
    valid_from: date | None
    valid_to: date | None


@dataclass(frozen=True, slots=True)
class ListRow:
    """One row that one co-owner has to enter."""

    co_owner: str
    service: str
    channel: str
    list: str
    title: str
    isrc: str
    original: str
    original_isrc: str
    territories: str
    valid_from: date | None
    valid_to: date | None
    licence_id: str
    why: str

    def cells(self) -> tuple[str, ...]:
        """In the order of `COLUMNS`."""
        return (
            self.co_owner, self.service, self.channel, self.list, self.title, self.isrc, self.original,
            self.original_isrc, self.territories, self.valid_from.isoformat() if self.valid_from else "",
            self.valid_to.isoformat() if self.valid_to else "", self.licence_id, self.why,
        )  # fmt: skip


def rows(
    entitled: Iterable[Entitled],
    owners: Mapping[str, Sequence[Owned]],
    day: date,
    claimed: Iterable[Claimed] = (),
) -> tuple[ListRow, ...]:
    """The rows of every co-owner as they stand on a day, by co-owner, service, channel and original.

    `list` is `allow` for channels to be left in peace from now on, `claim` for files that a person decided to have
    claimed, and `release` for claims to be let go of: on use before the licence, by the holders who said so, and those
    that were withdrawn. What has ended by `day` is no longer listed; what begins later is, with its day.
    """
    found: set[ListRow] = set()
    for one in entitled:
        for owned in owners.get(one.original, ()):
            spans = [("allow", one.valid_from, one.valid_to, "licensed from this day on")]
            past = min((one.past_from[name] for name in ("", owned.party) if name in one.past_from), default=None)
            if past is not None and past < one.valid_from:
                who = "every holder lets" if "" in one.past_from else "this holder lets"
                spans.append(("release", past, one.valid_from, f"{who} go of use before the licence"))
            for name, first, last, why in spans:
                where, start, end = _held(one.territories, owned, first, last)
                if where and not _over(start, end) and not (name == "allow" and end is not None and end <= day):
                    found.add(
                        ListRow(
                            owned.party, one.service, one.channel, name, one.title, one.isrc, one.original,
                            one.original_isrc, str(where), start, end, one.licence_id, why,
                        )
                    )  # fmt: skip
    for claim in claimed:
        for owned in owners.get(claim.original, ()):
            where, start, end = _held(claim.territories, owned, claim.valid_from, claim.valid_to)
            if where and not _over(start, end) and not (claim.list == "claim" and end is not None and end <= day):
                found.add(
                    ListRow(
                        owned.party, claim.service, claim.channel, claim.list, claim.file, "", claim.original,
                        claim.original_isrc, str(where), start, end, "", claim.why,
                    )
                )  # fmt: skip
    return _joined(sorted(found, key=lambda row: row.cells()))


def _held(
    territories: TerritorySet, owned: Owned, first: date | None, last: date | None
) -> tuple[TerritorySet, date | None, date | None]:
    """Where and on which days something holds for one owner."""
    start = max((one for one in (first, owned.valid_from) if one is not None), default=None)
    end = min((one for one in (last, owned.valid_to) if one is not None), default=None)
    return territories & owned.territories, start, end


def _over(start: date | None, end: date | None) -> bool:
    return start is not None and end is not None and start >= end


def _joined(listed: Iterable[ListRow]) -> tuple[ListRow, ...]:
    """Rows of which one begins on the day on which the other ends are one: a split that changed is no new entry."""
    joined: list[ListRow] = []
    for row in listed:
        before = joined[-1] if joined else None
        if before is not None and before.valid_to is not None and before.valid_to == row.valid_from:
            whole = replace(row, valid_from=before.valid_from)
            if replace(before, valid_to=row.valid_to) == whole:
                joined[-1] = whole
                continue
        joined.append(row)
    return tuple(joined)
