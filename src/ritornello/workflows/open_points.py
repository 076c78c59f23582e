"""What of a derivative could not be measured goes before those who may approve it; no such point ever passes by itself.

The points are computed from what was kept of the render and from its licence, by the comparison that was made when it
was rendered. A ruling is a record of its own, so what stood on a past day can be read again.

Who may rule is who may approve for the holders (see `approve`): a holder in person, and whom the offers behind the
licence name besides; else the house's own approvers, where a representative signed every offer behind it, and never
about a voice. Who made it does not rule on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ritornello.catalogue.model import Recording
from ritornello.consent.offers import Obtained, Offer
from ritornello.distribution.model import MOST_REASON_LETTERS, Hindrance
from ritornello.distribution.open_points import OF_ORIGINAL, OpenPoint, PointRuling, open_points, ruled
from ritornello.people.model import Identity
from ritornello.proof import stable_id
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.studio.bounds import Bounds
from ritornello.workflows.approve import names_of
from ritornello.workflows.house import House
from ritornello.workflows.make_derivative import held_again
from ritornello.workflows.release_gate import NotRuled
from ritornello.workflows.route_matches import NotThere, licence_payload


@dataclass(frozen=True, slots=True)
class Points:
    """The open points of a derivative as of a moment, and every ruling until then, oldest first."""

    recording: Recording
    licence: Mapping[str, Any]
    points: tuple[OpenPoint, ...]
    rulings: tuple[PointRuling, ...]

    @property
    def approved(self) -> bool:
        """Whether nothing is left open; true where everything could be measured."""
        return all(one.approved for one in self.points)

    def to_document(self) -> dict[str, Any]:
        return {
            "recording": self.recording.id,
            "licence": self.licence["id"],
            "approved": self.approved,
            "points": [one.to_document() for one in self.points],
            "rulings": [one.to_document() for one in self.rulings],
        }


def points_of(house: House, organisation: str, recording_id: str, at: datetime) -> Points:
    """What could not be measured of a derivative, with what had been ruled by then.

    Raises `NotThere` for what was not rendered here under a licence that is on file.
    """
    with house.work(organisation, read_only=True) as work:
        return points_in(work, recording_id, at)


def points_in(work: UnitOfWork, recording_id: str, at: datetime) -> Points:
    """`points_of` within a transaction."""
    recording, render = work.catalogue.recording(recording_id), work.studio.render(recording_id)
    licence = None if render is None else licence_payload(work, render.licence_id)
    if recording is None or render is None or licence is None:
        raise NotThere(f"{recording_id} is no derivative that was rendered here under a licence on file")
    bounds = Bounds.from_document(licence["bounds"])
    sources = licence["scope"]["sources"]
    titles = {one.id: one.title for one in work.catalogue.recordings(sources)}
    found = open_points(held_again(render, bounds, sources[0]), bounds, titles)
    rulings = tuple(one for one in work.distribution.point_rulings(recording_id) if one.at <= at)
    now = ruled(found, rulings, recording.pcm_sha256 or "", str(licence["id"]), at)
    return Points(recording, licence, now, rulings)


def rule_on_point(
    house: House,
    organisation: str,
    recording_id: str,
    term: str,
    member: Identity,
    *,
    approves: bool,
    reason: str,
    at: datetime,
) -> Points:
    """Somebody who may approve rules on a point, having listened; where the derivative stands then.

    Args:
        term: the point, as `points_of` names it.
        member: who rules.
        approves: whether it may leave all the same.
        reason: why, in their words; needed.

    Raises `NotRuled` with everything that stands against it, `NotThere` for what was not rendered here.
    """
    against: list[Hindrance] = []
    with house.work(organisation) as work:
        now = points_in(work, recording_id, at)
        if not 0 < len(reason.strip()) <= MOST_REASON_LETTERS:
            mend = "say why, so that it can be read again"
            against.append(Hindrance("reason", f"a reason has 1 to {MOST_REASON_LETTERS} letters", mend))
        point = next((one for one in now.points if one.term == term), None)
        if point is None:
            names = ", ".join(one.term for one in now.points) or "nothing"
            against.append(Hindrance("point", f"{term} is no open point of it", f"open is {names}"))
        elif why := why_not(work, now.licence, term, member):
            against.append(Hindrance("not_theirs", why, "have somebody rule who may approve for the holders"))
        if against or point is None:
            raise NotRuled(against)
        ruling = PointRuling(
            id=stable_id("ptr", recording_id, now.recording.pcm_sha256 or "", term, member.person_id, at.isoformat()),
            recording_id=recording_id,
            pcm_sha256=now.recording.pcm_sha256 or "",
            licence_id=str(now.licence["id"]),
            term=term,
            told=point.told,
            approves=approves,
            by=member.person_id,
            at=at,
            reason=reason.strip(),
        )
        work.distribution.add_point_ruling(ruling)
        work.commit()
    return points_of(house, organisation, recording_id, at)


def why_not(work: UnitOfWork, licence: Mapping[str, Any], term: str, member: Identity) -> str:
    """Empty where this person may rule on a point of a derivative under this licence; else why not."""
    names = names_of(member)
    if licence["licensee"] in names:
        return "who made it does not rule on it"
    offers = offers_behind(work, licence)
    named = frozenset[str]().union(*(one.terms.moderation.approvers for one in offers))
    if names & (named | {one.holder for one in offers}):
        return ""
    if named:
        return "others are named to approve this"
    if term.partition(OF_ORIGINAL)[0] == "vocals":
        return "what became of a voice is heard by a holder in person"
    spoken_for = offers and all(one.evidence.how is not Obtained.INDIVIDUAL_EXPRESS for one in offers)
    return "" if spoken_for else "the holders answer in person"


def offers_behind(work: UnitOfWork, licence: Mapping[str, Any]) -> list[Offer]:
    """The offers that a licence was granted under, as they were then."""
    found = (work.consent.offer(str(one["offer"]), int(one["version"])) for one in licence["terms"])
    return [one for one in found if one is not None]
