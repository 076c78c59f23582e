"""Where a match goes: an approved derivative is never claimed, what may be licensed is offered, the rest is claimed.

The rules propose and a person decides. What they forbid nobody can choose: a claim on what was licensed, an entry on
the allow-list that no licence carries, an offer where nobody consented. A derivative becomes a reference of its own
only if everything in it is exclusive, distinct and free of samples, and the default is no (rules of the trade, 17).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from ritornello.distribution.matches import Match, Route, Routing
from ritornello.distribution.model import Hindrance
from ritornello.identifiers.territories import TerritorySet

NEVER_A_REFERENCE = frozenset({"SPEED_PITCH", "MASHUP"})
"""Sped-up, slowed or pitched versions and mash-ups are refused as references wherever content is matched."""

MOST_ORIGINAL_OF_A_REFERENCE = 500
"""Permille of the original above which a remix counts as not distinct enough. A rule of this house, stricter than "no
verbatim copy"; where nothing was measured, it is not distinct."""

STEADY_CENTS, STEADY_PPM = 30, 15_000
"""Passages whose pitch and speed agree this closely were moved as a whole."""

WHOLE_MS = 4_000
"""Gaps and edges up to this long do not make a cut or an addition: a passage is found to about a second at each end."""


@dataclass(frozen=True, slots=True)
class Found:
    """What the catalogue says about a recording that was found.

    Attributes:
        recording: its id.
        derivative_type: of a derivative of ours; None for an original.
        licence_stands: whether the licence of that derivative verifies and is not revoked or over.
        services: the services that its licence covers.
        territories: where the licence holds.
    """

    recording: str
    derivative_type: str | None = None
    licence_stands: bool = False
    services: frozenset[str] = frozenset()
    territories: TerritorySet | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the rules would do, and why.

    Attributes:
        route: the proposal.
        because: its reasons, in words.
        derivative_type: what the file is of the recordings found; "" for an untouched copy or nothing.
        recordings: whose claim it would be, or what would be licensed; for the allow-list the derivative of ours.
    """

    route: Route
    because: tuple[str, ...]
    derivative_type: str
    recordings: tuple[str, ...]


def kind_of_use(answer: Mapping[str, Any]) -> str:
    """The type of derivative that a file is, going by what was heard in it; "" for an untouched copy or nothing.

    Several recordings are a MASHUP; one that was moved as a whole, in its order and without anything between, is
    SPEED_PITCH (or a copy, if it was not moved); one performed anew is COVER_SAME; everything else is a REMIX.
    """
    passages: Sequence[Mapping[str, Any]] = answer["passages"]
    found: Sequence[Mapping[str, Any]] = answer["found"]
    names = {one["recording"] for one in passages} or {one["recording"] for one in found}
    if not names:
        return ""
    if len(names) > 1:
        return "MASHUP" if passages else "COVER_SAME"
    if not passages:
        tier = found[0]["tier"]
        return "COVER_SAME" if tier == "reperformed" else ""
    cents = [one["cents"] for one in passages]
    scale = [one["time_scale_ppm"] for one in passages]
    steady = max(cents) - min(cents) <= STEADY_CENTS and max(scale) - min(scale) <= STEADY_PPM
    in_order = all(
        later["query_ms"][0] >= earlier["query_ms"][0] and later["reference_ms"][0] >= earlier["reference_ms"][0]
        for earlier, later in pairwise(passages)
    )
    # a file of which more than the edges is unknown has something in it that is not the recording
    if not steady or not in_order or answer["unknown_ms"] > WHOLE_MS * (len(passages) + 1):
        return "REMIX"
    moved = max(map(abs, cents)) > STEADY_CENTS or max(abs(one - 1_000_000) for one in scale) > STEADY_PPM
    return "SPEED_PITCH" if moved else ""


def propose(match: Match, known: Mapping[str, Found], may_be_made: Mapping[str, str]) -> Proposal:
    """What to do about a match.

    Args:
        match: what was found.
        known: what the catalogue says of the recordings in it.
        may_be_made: today's answer (`allow`, `needs_approval`, `deny`) for each original found, asked for a stranger
            and the type that `kind_of_use` says.
    """
    ours = known.get(match.copy_of or "")
    use = kind_of_use(match.answer)
    if ours is not None and ours.licence_stands and (not match.service or match.service in ours.services):
        how = "its samples are the ones" if match.copied == "samples" else "it sounds like the one"
        return Proposal(Route.ALLOW_LIST, (f"{how} that we licensed",), ours.derivative_type or "", (ours.recording,))
    because: list[str] = []
    if ours is not None:
        because.append(
            "it is a derivative of ours whose licence does not cover this service"
            if ours.licence_stands
            else "it is a derivative of ours whose licence has ended or was revoked"
        )
    originals = tuple(one for one in match.recordings if known[one].derivative_type is None)
    if not originals:
        return Proposal(Route.LEFT_ALONE, (*because, "no original of the catalogue is in it"), use, ())
    if not use:
        because.append("it is the recording as it is, and nobody licenses copies here")
        return Proposal(Route.CONTENT_CLAIM, tuple(because), use, originals)
    if all(may_be_made.get(one) == "allow" for one in originals):
        because.append("everyone who must agree has consented to this kind of use")
        return Proposal(Route.CONVERT, tuple(because), use, originals)
    closed = [one for one in originals if may_be_made.get(one) != "allow"]
    because.append(f"{len(closed)} of {len(originals)} originals in it are not open to this kind of use")
    return Proposal(Route.CONTENT_CLAIM, tuple(because), use, originals)


def after_answer(proposal: Proposal, stands: Routing | None) -> Proposal:
    """The proposal once the uploader has answered: what was declined is not offered again, a dispute is told first."""
    if stands is not None and stands.route is Route.DECLINED:
        because = (f"its uploader declined the terms: {stands.reason}", *proposal.because)
        route = Route.CONTENT_CLAIM if proposal.route is Route.CONVERT else proposal.route
        return replace(proposal, route=route, because=because)
    if stands is not None and stands.route is Route.DISPUTED:
        return replace(proposal, because=(f"its uploader says that it is not so: {stands.reason}", *proposal.because))
    return proposal


def forbidden(
    route: Route, match: Match, known: Mapping[str, Found], may_be_made: Mapping[str, str]
) -> tuple[Hindrance, ...]:
    """Everything that stands against choosing this route; empty for one that may be taken."""
    ours = known.get(match.copy_of or "")
    licensed = ours is not None and ours.licence_stands and (not match.service or match.service in ours.services)
    originals = [one for one in match.recordings if known[one].derivative_type is None]
    found: list[Hindrance] = []
    if route is Route.CONTENT_CLAIM:
        if licensed:
            found.append(
                Hindrance(
                    "licensed",
                    "it is an approved derivative, which is never claimed",
                    "put its channel on the allow-list",
                )
            )
        if not originals:
            found.append(Hindrance("nothing_found", "no original of the catalogue is in it", "leave it alone"))
    if route is Route.ALLOW_LIST and not licensed:
        found.append(
            Hindrance(
                "not_licensed", "no licence that stands covers it", "offer its uploader a licence, or leave it alone"
            )
        )
    if route is Route.CONVERT:
        closed = [one for one in originals if may_be_made.get(one) != "allow"]
        if not originals or not kind_of_use(match.answer):
            found.append(
                Hindrance(
                    "no_derivative", "it is not a derivative of an original of ours", "claim it, or leave it alone"
                )
            )
        found += [
            Hindrance("not_open", f"{one} is not open to this kind of use", "ask its holders first") for one in closed
        ]
    return tuple(found)


@dataclass(frozen=True, slots=True)
class ReferenceWish:
    """Somebody wants a derivative to become a reference of its own.

    Attributes:
        derivative_type: its type.
        asked: where.
        exclusive: where all of its material is licensed to nobody else.
        original_permille: measured share of the original in it; None where it was not measured.
        third_party_samples: whether anybody said that samples of others are in it.
        undeclared: recordings that identification heard in it and its licence does not name.
        wanted_by: the person who asked for it; "" when nobody did.
    """

    derivative_type: str
    asked: TerritorySet
    exclusive: TerritorySet
    original_permille: int | None
    third_party_samples: bool
    undeclared: tuple[str, ...]
    wanted_by: str = ""


def keeps_from_reference(wish: ReferenceWish) -> tuple[Hindrance, ...]:
    """Everything that keeps a derivative from becoming a reference; empty for one that may. The default is no."""
    found: list[Hindrance] = []
    if not wish.wanted_by:
        found.append(Hindrance("default", "nobody asked for it", "a derivative is no reference unless a person asks"))
    if wish.derivative_type in NEVER_A_REFERENCE:
        found.append(
            Hindrance("type", f"{wish.derivative_type} can never be a reference", "use the original's reference")
        )
    beyond = wish.asked - wish.exclusive
    if beyond:
        left = wish.asked & wish.exclusive
        mend = f"ask for {left} only" if left else "vouch for places where nobody else has any of it"
        found.append(Hindrance("not_exclusive", f"not all of it is exclusive in {beyond}", mend))
    if wish.original_permille is None:
        found.append(Hindrance("not_distinct", "how much of the original is in it was not measured", "measure it"))
    elif wish.original_permille > MOST_ORIGINAL_OF_A_REFERENCE:
        found.append(
            Hindrance(
                "not_distinct",
                f"{wish.original_permille / 10:g} % of it is the original",
                f"at most {MOST_ORIGINAL_OF_A_REFERENCE // 10} % may be",
            )
        )
    if wish.third_party_samples:
        found.append(Hindrance("samples", "samples of others are in it", "take them out"))
    found += [
        Hindrance("undeclared", f"{one} is heard in it and not licensed", "license it, or take it out")
        for one in wish.undeclared
    ]
    return tuple(found)
