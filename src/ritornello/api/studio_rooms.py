"""What a fan's own form, fader or recipe needs: the room of each kind, the delivered parts, the operations."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from ritornello.api.doors import Here, Installation, Reading
from ritornello.api.errors import NotFound, Problem
from ritornello.api.streaming import media_type, stream
from ritornello.api.studio import Makes, told, where_of
from ritornello.people.model import Identity
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.studio.plan import Plan
from ritornello.workflows.studio_desk import Where, room_for
from ritornello.workflows.studio_rooms import rooms_of

router = APIRouter(prefix="/api/v1/studio", tags=["studio"])
Places = Annotated[str, Query(description='where it shall go, such as "DE, FR" or "WW ex JP"')]
Services = Annotated[list[str], Query(description='on which services; "own" are the house\'s pages')]
For = Annotated[str, Query(description="the party that makes it, for those who see consent; by default the asker")]


@router.get("/operations")
def operations(member: Makes) -> list[dict[str, Any]]:
    """What a recipe may hold: every operation with its inputs, its parameters and their ranges, and its AI class."""
    from ritornello.studio import vocabulary

    return vocabulary.operations()


@router.get("/recordings/{recording_id}/rooms")
def rooms(
    recording_id: str,
    member: Makes,
    here: Here,
    kind: Annotated[list[str], Query(description="kinds of the vocabulary; all by default")] = [],  # noqa: B006
    other: Annotated[str, Query(description="the second song of a mash-up")] = "",
    groove: Annotated[str, Query(description="the song whose groove is borrowed")] = "",
    territories: Places = "WW",
    services: Services = ["own"],  # noqa: B006 - read, never changed
    person: For = "",
) -> list[dict[str, Any]]:
    """How much room each kind has: the bounds by the licence on file or what the holders would answer now, the parts
    that may be moved, or why not. Nothing is listened to or kept."""
    where = where_of(member, {"id": person} if person else None, territories, services, ["make", "publish"])
    with told():
        found = rooms_of(here.house, member.organisation, recording_id, where, here.now(),
                         kinds=kind, other=other, groove=groove)  # fmt: skip
    return [one.to_document() for one in found]


@router.get("/recordings/{recording_id}/stems/{part}/sound")
def part_sound(
    recording_id: str,
    part: str,
    request: Request,
    member: Makes,
    work: Reading,
    here: Here,
    territories: Places = "WW",
    person: For = "",
) -> Response:
    """A delivered part, whole or in a piece, for whoever may move it: the holders allow it, or a licence does."""
    where = where_of(member, {"id": person} if person else None, territories, ["own"], ["make", "publish"])
    return sound_of_part(recording_id, part, where, request, member, work, here)


def sound_of_part(
    recording_id: str, part: str, where: Where, request: Request, member: Identity, work: UnitOfWork, here: Installation
) -> Response:
    """A delivered part's sound as this door and the page's answer it; Problem where it is none or may not be moved."""
    stem = next((one for one in work.catalogue.stems_of(recording_id) if one.part == part), None)
    if stem is None or not stem.audio_key or not here.house.blobs.exists(stem.audio_key):
        raise NotFound("part of this recording")
    with told():
        found = room_for(here.house, member.organisation, recording_id, Plan("remix"), where, here.now())
    if part not in found.heard_apart:
        raise Problem(403, f"{part}: may not be heard on its own", mend="the holders have not opened this part")
    return stream(request, here.house.blobs, stem.audio_key, media_type(here.house.blobs, stem.audio_key))
