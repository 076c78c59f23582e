"""Lists for the services that match content: channels to be left in peace, claims to be let go, one list a co-owner.

Only whole channels can be put on an allow-list, every co-owner has to do it with their own account, and claims made
before stay until somebody lets go of them (rules of the trade, 17). So each co-owner of an original gets their own
rows, for the days and places on which they own it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
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
        past_from: the day from which earlier use is let go of; None when no holder said so.
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
    past_from: date | None = None


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


def rows(entitled: Iterable[Entitled], owners: Mapping[str, Sequence[Owned]], day: date) -> tuple[ListRow, ...]:
    """The rows of every co-owner as they stand on a day, by co-owner, service, channel and original.

    `list` is `allow` for channels to be left in peace from now on, and `release` for claims on use before the licence
    that a holder let go of. What has ended by `day` is no longer listed; what begins later is, with its day.
    """
    found: set[ListRow] = set()
    for one in entitled:
        spans = [("allow", one.valid_from, one.valid_to, "licensed from this day on")]
        if one.past_from is not None and one.past_from < one.valid_from:
            spans.append(("release", one.past_from, one.valid_from, "a holder lets go of use before the licence"))
        for owned in owners.get(one.original, ()):
            where = one.territories & owned.territories
            for name, first, last, why in spans:
                start = max((day_ for day_ in (first, owned.valid_from) if day_ is not None), default=None)
                end = min((day_ for day_ in (last, owned.valid_to) if day_ is not None), default=None)
                over = end is not None and (end <= day if name == "allow" else False)
                if not where or over or (start is not None and end is not None and start >= end):
                    continue
                found.add(
                    ListRow(
                        owned.party, one.service, one.channel, name, one.title, one.isrc, one.original,
                        one.original_isrc, str(where), start, end, one.licence_id, why,
                    )
                )  # fmt: skip
    return _joined(sorted(found, key=lambda row: row.cells()))


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
