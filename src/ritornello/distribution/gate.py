"""The release gate: what must hold before a derivative leaves. Every hindrance is told, not only the first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ritornello.distribution.destination_rules import Departure, hindrances_at
from ritornello.distribution.destinations import Destination
from ritornello.distribution.model import Hindrance
from ritornello.distribution.open_points import OpenPoint
from ritornello.identifiers.territories import TerritorySet
from ritornello.provenance.manifest import State, Verdict


@dataclass(frozen=True, slots=True)
class Candidate:
    """A derivative at the gate.

    Attributes:
        licence: the payload of its licence.
        licence_stands: whether it verifies and is not revoked.
        isrc: its number, "" while it has none.
        pcm_sha256: of the samples that are to leave.
        rendered_pcm_sha256: of the samples that were measured.
        open_points: what could not be measured, with what was ruled; each needs an approval.
        tags: as read back from the file.
        verdicts: file name to what its manifest is worth under the house's trust list.
        destinations: services it is meant for.
        territories: where it is meant to go.
        message_findings: what the delivery message's checks found.
        heard: what identification holds against it, but for what a person let pass.
        departure: what the destinations' own rules are held against; None where they are not asked.
        profiles: the rules of the destinations.
    """

    licence: Mapping[str, Any]
    licence_stands: bool
    destinations: Sequence[str]
    territories: TerritorySet
    open_points: Sequence[OpenPoint] = ()
    isrc: str = ""
    pcm_sha256: str = ""
    rendered_pcm_sha256: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)
    message_findings: Sequence[str] = field(default=())
    heard: Sequence[Hindrance] = field(default=())
    departure: Departure | None = None
    profiles: Sequence[Destination] = ()


def hindrances(candidate: Candidate, day: date) -> tuple[Hindrance, ...]:
    """Everything that keeps this derivative from leaving on `day`; empty for one that may go."""
    return (*forecast(candidate, day), *_signed(candidate))


def forecast(candidate: Candidate, day: date) -> tuple[Hindrance, ...]:
    """What is known to be in the way before anything is numbered, tagged or signed."""
    return tuple(_ahead(candidate, day))


def _ahead(one: Candidate, day: date) -> Iterator[Hindrance]:
    scope = one.licence["scope"]
    expires = one.licence.get("expires")
    if not one.licence_stands:
        yield Hindrance("licence", "its licence does not verify, or was revoked", "ask again under today's offers")
    if expires is not None and date.fromisoformat(expires) <= day:
        yield Hindrance("licence_expired", f"its licence ended on {expires}", "renew the licence")
    if "deliver" not in scope["acts"]:
        yield Hindrance("act", "the licence does not cover delivery", "ask for the act of delivering")
    for service in sorted(set(one.destinations) - set(scope["services"])):
        yield Hindrance("service", f"{service} is not in the licence", "leave it out, or ask for it")
    beyond = one.territories - TerritorySet.parse(scope["territories"])
    if beyond:
        yield Hindrance("territory", f"{beyond} is outside the licence", f"deliver to {scope['territories']} only")
    for point in one.open_points:
        if (open_still := point.hindrance()) is not None:
            yield open_still
    for finding in one.message_findings:
        yield Hindrance("message", finding, "mend the release's metadata")
    yield from one.heard
    if one.departure is not None:
        yield from _at_destinations(one, one.departure)


def _signed(one: Candidate) -> Iterator[Hindrance]:
    """What the files say that are to leave."""
    if not one.isrc:
        yield Hindrance("isrc", "it has no ISRC", "allocate one from the owner's range")
    if one.pcm_sha256 != one.rendered_pcm_sha256:
        yield Hindrance("samples", "the sound is not the one that was measured", "measure what is to leave")
    if one.isrc and one.tags.get("ISRC") != one.isrc:
        yield Hindrance("tags", f"the file says ISRC {one.tags.get('ISRC')!r}, not {one.isrc}", "tag, then sign again")
    for name, verdict in sorted(one.verdicts.items()):
        if verdict.state is not State.TRUSTED:
            codes = f" ({', '.join(verdict.codes)})" if verdict.codes else ""
            yield Hindrance(
                "manifest", f"{name}: its manifest is {verdict.state}{codes}", "sign it last, by our own key"
            )
    if not one.verdicts:
        yield Hindrance("manifest", "no file is signed", "sign the master and the preview")


def _at_destinations(one: Candidate, departure: Departure) -> Iterator[Hindrance]:
    known = {profile.id: profile for profile in one.profiles}
    for service in one.destinations:
        if service in known:
            yield from hindrances_at(departure, known[service])
        else:
            yield Hindrance("no_rules", f"no rules of {service} are on file", "add it to the destinations file")
