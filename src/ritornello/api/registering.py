"""Registering what is new or changed after moving in, for programs: looked at first, then written as it was seen."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends

from ritornello.api.doors import Here, allowed
from ritornello.api.money import Upload, files_of, refusals, text_of
from ritornello.people.model import Identity
from ritornello.people.roles import Capability
from ritornello.workflows import registering

router = APIRouter(prefix="/api/v1/royalties/registrations", tags=["royalties"])

Runs = Annotated[Identity, Depends(allowed(Capability.RUN_ROYALTIES))]
Closes = Annotated[Identity, Depends(allowed(Capability.CLOSE_PERIOD))]


@router.post("/check")
def check(form: Upload, member: Runs, here: Here) -> dict[str, Any]:
    """What sheets like the opening's (`files`) would change, and which periods are to be run again; nothing is written.

    `agreed=yes`: all holders agree to these splits, so that they close what other sources said. Findings name file (and
    worksheet), row and field. `effect` in the answer is what a commit may be held to.
    """
    with refusals():
        found = registering.check(
            here.house, member.organisation, files_of(form, here), here.now(), agreed=text_of(form, "agreed") == "yes"
        )
    return registering.told(found)


@router.post("/commit")
def commit(form: Upload, member: Closes, here: Here) -> dict[str, Any]:
    """Register the sheets (`files`) in one step; refused ones come back with their findings and nothing is written.

    `effect` (of a check, if given): where they would change something else by now, nothing is written and `committed`
    is false.
    """
    with refusals():
        found = registering.commit(
            here.house,
            member.organisation,
            files_of(form, here),
            here.now(),
            member.person_id,
            agreed=text_of(form, "agreed") == "yes",
            seen=text_of(form, "effect") or None,
        )
    return registering.told(found)
