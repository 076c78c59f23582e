"""Clearing a derivative for delivery, for programs: what could not be measured and who approved it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query

from ritornello.api.doors import Here, allowed
from ritornello.api.errors import NotFound, Problem
from ritornello.people.model import Identity
from ritornello.people.roles import Capability
from ritornello.workflows import open_points
from ritornello.workflows.convert_match import end_of
from ritornello.workflows.release_gate import NotRuled

router = APIRouter(prefix="/api/v1", tags=["delivery"])

Sees = Annotated[
    Identity,
    Depends(allowed(Capability.DELIVER, Capability.EDIT_OFFERS, Capability.SEE_CONSENT, Capability.APPROVE)),
]
Approves = Annotated[Identity, Depends(allowed(Capability.APPROVE))]


@router.get("/recordings/{recording_id}/open-points")
def points(
    recording_id: str,
    member: Sees,
    here: Here,
    at: Annotated[date | None, Query(description="as it stood at the end of a day; now if left out")] = None,
) -> dict[str, Any]:
    """What of a derivative could not be measured: each in words, the bound that it belongs to, and every ruling."""
    moment = here.now() if at is None else end_of(at)
    try:
        return open_points.points_of(here.house, member.organisation, recording_id, moment).to_document()
    except LookupError as error:
        raise NotFound("derivative that was rendered here") from error


@router.post("/recordings/{recording_id}/open-points/rulings")
def rule(
    recording_id: str,
    member: Approves,
    here: Here,
    term: Annotated[str, Body(max_length=128, description="the point, as the list names it")],
    approves: Annotated[bool, Body(description="whether it may leave all the same")],
    reason: Annotated[str, Body(max_length=500)],
) -> dict[str, Any]:
    """Rule on what could not be measured, having listened, as a holder or for those who let the house speak."""
    try:
        return open_points.rule_on_point(
            here.house, member.organisation, recording_id, term, member,
            approves=approves, reason=reason, at=here.now(),
        ).to_document()  # fmt: skip
    except NotRuled as error:
        raise refused(error) from error
    except LookupError as error:
        raise NotFound("derivative that was rendered here") from error


def refused(error: NotRuled) -> Problem:
    """Everything that stands against a ruling, as one problem."""
    return Problem(422, "; ".join(one.what for one in error.found), mend="; ".join(one.mend for one in error.found))
