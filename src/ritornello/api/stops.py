"""The kill switch for programs, and what was allowed on a day."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query

from ritornello.api.doors import Here, Reading, allowed
from ritornello.api.errors import Problem
from ritornello.api.invitations import places_of
from ritornello.consent.offers import instant_text
from ritornello.consent.requests import Request
from ritornello.people.model import Identity
from ritornello.people.roles import Capability
from ritornello.workflows import consent_desk
from ritornello.workflows.ask import allowed_on
from ritornello.workflows.stop_now import stops

router = APIRouter(prefix="/api/v1", tags=["stops"])

Sees = Annotated[Identity, Depends(allowed(Capability.SEE_CONSENT))]
Stops = Annotated[Identity, Depends(allowed(Capability.TAKE_DOWN))]


@router.get("/stops")
def all_stops(member: Sees, work: Reading, here: Here) -> list[dict[str, Any]]:
    """Everything that was ever stopped, the newest first, with who did it, why, and whether it is in force."""
    return [one.to_document() for one in stops(work, here.now())]


@router.post("/stops")
def stop(
    member: Stops,
    here: Here,
    reason: Annotated[str, Body()],
    asset: Annotated[str | None, Body()] = None,
    maker: Annotated[str | None, Body()] = None,
    service: Annotated[str | None, Body()] = None,
    territories: Annotated[str, Body()] = "WW",
) -> dict[str, Any]:
    """Stop now: what is named can no longer be made, published or delivered until it is lifted."""
    made = consent_desk.stop(
        here.house,
        member.organisation,
        by=member.person_id,
        reason=reason,
        at=here.now(),
        asset_id=asset,
        person_id=maker,
        service=service,
        territories=places_of(territories),
    )
    return {"id": made.id, "since": instant_text(made.since), "territories": str(made.territories)}


@router.post("/stops/{stop_id}/lift")
def lift(stop_id: str, member: Stops, here: Here, reason: Annotated[str, Body(embed=True)]) -> dict[str, Any]:
    """Lift a stop; that it was in force until now stays on file."""
    consent_desk.lift(here.house, member.organisation, stop_id, by=member.person_id, reason=reason, at=here.now())
    return {"id": stop_id, "lifted": True}


@router.post("/decisions/on-a-day")
def on_a_day(
    question: Annotated[dict[str, Any], Body()],
    member: Sees,
    here: Here,
    at: Annotated[datetime, Query(description="the moment, with its zone, such as 2026-05-03T12:00:00Z")],
) -> dict[str, Any]:
    """What would have been answered at a past moment, from what was on file then. Nothing is kept."""
    if at.tzinfo is None:
        raise Problem(422, "at: the moment has no time zone", mend="write it as 2026-05-03T12:00:00Z")
    if at > here.now():
        raise Problem(422, "at: that day has not come yet", mend="ask about a past moment")
    request = Request.from_document({**question, "at": instant_text(at)})
    return allowed_on(here.house, member.organisation, request, at).to_document()
