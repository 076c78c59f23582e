"""Where a derivative can go, and what each place asks for: rules as dated data, replaceable without code.

A destination's rules are facts about somebody else, so they stand in a file with a source for each, and what nobody has
confirmed is marked so. The gate, the release message and the takedown read them; none of them knows a service by name.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, get_args

Claim = Literal["BlockAccess", "Monetize", "ReportUsage"]


class DestinationError(Exception):
    """The file of destinations cannot be used; the message names the destination and the field."""


class Feed(StrEnum):
    """How a release gets there: as an ERN message, by a person with a checklist, or not at all."""

    ERN = "ern"
    CHECKLIST = "checklist"
    NONE = "none"


class Takedown(StrEnum):
    """What takes a release away: the same message with ended deals, or a person."""

    ENDED_DEALS = "ended_deals"
    BY_HAND = "by_hand"


class AiForm(StrEnum):
    """How a destination wants to hear of generative AI: as ERN says it, per role, or as four tags."""

    CONTAINS_AI = "contains_ai"
    ROLES = "roles"
    FOUR_TAGS = "four_tags"


@dataclass(frozen=True, slots=True)
class Offering:
    """One deal that a destination makes: commercial models and use types, in the words of ERN."""

    models: tuple[str, ...]
    uses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Destination:
    """A service and its rules.

    Attributes:
        id: the name under which licences and reports know it.
        name: as it is shown.
        dpid: its DDEX party id, "" where none is on file (it comes from the partner, not from us).
        feed: how a release gets there.
        ern_at_least: the oldest ERN version that it takes, "" where nothing was found that states one.
        ern_confirmed: the versions that it has confirmed to take.
        lead_days_new, lead_days_update: days between delivery and the day it is public.
        takedown: how a release is taken away there.
        ai: how it wants to hear of generative AI.
        shows_ai: what it does with what it hears, in words.
        needs: what a release must have besides ("upc", "artwork").
        offerings: the deals that are made there.
        refused_types: types of derivative that it refuses, each with the reason.
        forbidden: why nothing may go there, "" where it may.
        reference: whether files become references of a content identification system.
        claim: what the service does with what its users upload (RightsClaimPolicy), None where that is not offered.
        source: where this was read.
    """

    id: str
    name: str
    feed: Feed
    dpid: str = ""
    ern_at_least: str = ""
    ern_confirmed: tuple[str, ...] = ()
    lead_days_new: int = 0
    lead_days_update: int = 0
    takedown: Takedown = Takedown.ENDED_DEALS
    ai: AiForm = AiForm.CONTAINS_AI
    shows_ai: str = ""
    needs: frozenset[str] = frozenset()
    offerings: tuple[Offering, ...] = ()
    refused_types: Mapping[str, str] = field(default_factory=dict)
    forbidden: str = ""
    reference: bool = False
    claim: Claim | None = None
    source: str = ""

    def takes(self, version: str) -> bool:
        """Whether it takes an ERN version at all (a newer one still needs its confirmation)."""
        oldest = self.ern_at_least
        return self.feed is Feed.ERN and (not oldest or _numbers(version) >= _numbers(oldest))

    def lead_days(self, *, update: bool = False) -> int:
        return self.lead_days_update if update else self.lead_days_new


STREAMING = (
    Offering(("SubscriptionModel", "AdvertisementSupportedModel"), ("OnDemandStream", "NonInteractiveStream")),
)
"""What most services offer: streams, paid by subscription or by advertising."""


@dataclass(frozen=True, slots=True)
class Destinations:
    """All destinations on file, of one date."""

    version: str
    dated: date
    reviewed: bool
    by_id: Mapping[str, Destination]

    def named(self, ids: Iterable[str]) -> tuple[Destination, ...]:
        """Destinations by id. Raises `DestinationError` for one that is not on file."""
        wanted = tuple(ids)
        missing = sorted(set(wanted) - set(self.by_id))
        if missing:
            raise DestinationError(f"no rules are on file for {', '.join(missing)}; add them to the destinations file")
        return tuple(self.by_id[one] for one in wanted)

    def and_these(self, more: Iterable[Destination]) -> Destinations:
        """With further destinations, or others in place of those of the same id."""
        merged = {**self.by_id, **{one.id: one for one in more}}
        return Destinations(self.version, self.dated, self.reviewed, MappingProxyType(merged))


def earliest_release(destinations: Iterable[Destination], delivered: date, *, update: bool = False) -> date:
    """The first day on which a delivery of `delivered` can be public everywhere: the longest lead decides."""
    return delivered + timedelta(days=max((one.lead_days(update=update) for one in destinations), default=0))


def load(path: Path | None = None) -> Destinations:
    """The destinations of a file, or those that are shipped. Raises `DestinationError`."""
    return _shipped() if path is None else _read(path.read_text(encoding="utf-8"), str(path))


@cache
def _shipped() -> Destinations:
    file = resources.files("ritornello.distribution").joinpath("data/destinations.toml")
    return _read(file.read_text(encoding="utf-8"), "destinations.toml")


def _read(text: str, name: str) -> Destinations:
    try:
        document = tomllib.loads(text)
        found = [_destination(row) for row in document["destination"]]
        ids = [one.id for one in found]
        if len(set(ids)) != len(ids):
            raise DestinationError(f"{name}: an id stands in it twice; each destination has one row")
        return Destinations(
            str(document["version"]),
            _day(document["dated"]),
            bool(document["reviewed"]),
            MappingProxyType({one.id: one for one in found}),
        )
    except tomllib.TOMLDecodeError as error:
        raise DestinationError(f"{name} is no TOML: {error}") from error
    except KeyError as error:
        raise DestinationError(f"{name}: {error.args[0]} is missing; every row needs it") from error


_PLAIN = {
    "dpid": str,
    "ern_at_least": str,
    "lead_days_new": int,
    "lead_days_update": int,
    "shows_ai": str,
    "forbidden": str,
    "reference": bool,
}
_OTHERS = {
    "id", "name", "feed", "takedown", "ai", "source", "ern_confirmed", "needs", "offerings", "refused_types",
    "claim",
}  # fmt: skip


def _destination(row: dict[str, Any]) -> Destination:
    name = str(row["id"])
    unknown = sorted(set(row) - _OTHERS - set(_PLAIN))
    if unknown:
        raise DestinationError(f"{name}: {', '.join(unknown)} is no field of a destination; see the shipped file")
    for key, kind in _PLAIN.items():
        if key in row and type(row[key]) is not kind:
            raise DestinationError(f"{name}.{key} is {row[key]!r}; it should be of type {kind.__name__}")
    if row.get("claim") not in (None, *get_args(Claim)):
        raise DestinationError(f"{name}.claim is {row['claim']!r}; it is one of {', '.join(get_args(Claim))}")
    if not str(row["source"]).strip():
        raise DestinationError(f"{name}.source is empty; say where its rules were read, and when")
    try:
        made = Destination(
            id=name,
            name=str(row["name"]),
            feed=Feed(row["feed"]),
            takedown=Takedown(row["takedown"]),
            ai=AiForm(row["ai"]),
            source=str(row["source"]),
            claim=row.get("claim"),
            ern_confirmed=tuple(row.get("ern_confirmed", ())),
            needs=frozenset(row["needs"]),
            offerings=tuple(Offering(tuple(o["models"]), tuple(o["uses"])) for o in row.get("offerings", ())),
            refused_types=MappingProxyType(dict(row.get("refused_types", {}))),
            **{key: row[key] for key in _PLAIN if key in row},
        )
    except ValueError as error:
        raise DestinationError(f"{name}: {error}") from error
    if made.feed is Feed.ERN and not made.offerings:
        raise DestinationError(f"{name}: a destination with an ERN feed needs offerings, since each becomes a deal")
    return made


def _day(value: object) -> date:
    if not isinstance(value, date):
        raise DestinationError(f"dated is {value!r}; write a day, such as 2026-06-01")
    return value


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
