"""May a derivative become a reference of its own, against which services match others? The default is no.

What can be known is looked up and heard: its type, how much of the original was measured in it, to whom else its
originals are licensed, what undeclared is in it. That nobody else has its material is a person's word, place by place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from ritornello.consent.events import replay
from ritornello.distribution.model import Hindrance
from ritornello.distribution.routing import ReferenceWish, keeps_from_reference
from ritornello.distribution.sample_gate import Outcome
from ritornello.identifiers.territories import TerritorySet
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.workflows.house import House
from ritornello.workflows.identify_audio import index_catalogue
from ritornello.workflows.release_gate import sample_check
from ritornello.workflows.route_matches import NotThere, licence_under

NOWHERE = TerritorySet.of()


@dataclass(frozen=True, slots=True)
class Referred:
    """The answer: what was asked, and everything that keeps the derivative from it; empty where it may."""

    wish: ReferenceWish
    against: tuple[Hindrance, ...]

    def to_document(self) -> dict[str, Any]:
        """JSON of texts, integers and lists."""
        return {
            "may_be_a_reference": not self.against,
            "asked": str(self.wish.asked),
            "exclusive": str(self.wish.exclusive) if self.wish.exclusive else "",
            "original_permille": self.wish.original_permille,
            "against": [{"code": one.code, "what": one.what, "mend": one.mend} for one in self.against],
        }


def may_be_reference(
    house: House,
    organisation: str,
    recording_id: str,
    at: datetime,
    *,
    by: str = "",
    asked: TerritorySet | None = None,
    vouched: TerritorySet = NOWHERE,
) -> Referred:
    """Ask whether a derivative may become a reference.

    Args:
        house: the installation.
        organisation: whose derivative it is.
        recording_id: of the derivative.
        at: as of when.
        by: the person who wants it; "" when nobody does, which is a no.
        asked: where; by default where its licence holds.
        vouched: where that person vouches that nobody else has any of its material.

    Raises `NotThere` for what is no licensed derivative with sound.
    """
    from ritornello.analysis import decode

    with house.work(organisation, read_only=True) as work:
        recording, licence = work.catalogue.recording(recording_id), licence_under(work, recording_id)
        if recording is None or recording.kind != "derivative" or recording.audio_key is None or licence is None:
            raise NotThere(f"{recording_id} is no licensed derivative of this house")
        render = work.studio.render(recording_id)
        sources = work.catalogue.recordings(licence["scope"]["sources"])
        others = _licensed_to_others(work, licence, at)
    index_catalogue(house, organisation)
    heard = sample_check(
        house, organisation, decode.read(house.blobs.local_path(recording.audio_key)), recording_id,
        measure_composition=False,
    )  # fmt: skip
    wish = ReferenceWish(
        derivative_type=recording.derivative_type or "",
        asked=asked if asked is not None else TerritorySet.parse(licence["scope"]["territories"]),
        exclusive=vouched - others,
        original_permille=None if render is None else render.measurement.get("original_permille"),
        third_party_samples=any(one.contains_third_party_samples for one in (recording, *sources)),
        undeclared=tuple(one.recording for one in heard.findings if one.outcome is Outcome.BLOCKS),
        wanted_by=by,
    )
    return Referred(wish, keeps_from_reference(wish))


def _licensed_to_others(work: UnitOfWork, licence: Mapping[str, Any], at: datetime) -> TerritorySet:
    """Where another licence that stands covers one of the same originals."""
    revoked = {
        one.licence_id for one in replay(work.consent.events(at), at).revoked_licences if one.effective_from <= at
    }
    found = NOWHERE
    for source in licence["scope"]["sources"]:
        for document in work.consent.licences_of_source(source):
            other = document["payload"]
            over = other.get("expires") is not None and date.fromisoformat(other["expires"]) <= at.date()
            if other["id"] != licence["id"] and other["id"] not in revoked and not over:
                found = found | TerritorySet.parse(other["scope"]["territories"])
    return found
