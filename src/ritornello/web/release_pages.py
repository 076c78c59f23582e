"""Clearing a derivative for delivery as a page: what could not be measured, and who approves it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from ritornello.api.clearing import Approves
from ritornello.api.doors import Here, Installation, Reading, allowed
from ritornello.api.errors import NotFound
from ritornello.people.model import Identity
from ritornello.people.roles import Capability
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.web.exports import Kind, Table, answer
from ritornello.web.frames import frame, names_for
from ritornello.web.rendering import page
from ritornello.workflows import open_points
from ritornello.workflows.convert_match import end_of
from ritornello.workflows.release_gate import NotRuled

router = APIRouter(include_in_schema=False)

Opens = Annotated[
    Identity,
    Depends(allowed(Capability.DELIVER, Capability.EDIT_OFFERS, Capability.MAKE_DERIVATIVE, Capability.APPROVE)),
]
POINT_COLUMNS = ("term", "what", "allowed", "approved", "by", "at", "reason")


@router.get("/songs/{recording_id}/release")
def release(
    recording_id: str, request: Request, member: Opens, work: Reading, here: Here, day: date | None = None
) -> Response:
    """Where a derivative stands on its way out, now or at the end of a day."""
    return _page(recording_id, request, member, work, here, day)


def _page(
    recording_id: str,
    request: Request,
    member: Identity,
    work: UnitOfWork,
    here: Installation,
    day: date | None = None,
    trouble: str = "",
    status: int = 200,
) -> Response:
    moment = here.now() if day is None else end_of(day)
    found = _points(work, recording_id, here, day)
    context = {
        "recording": found.recording,
        "found": found,
        "may_approve": member.may(Capability.APPROVE) and day is None,
        "why_not": {one.term: open_points.why_not(work, found.licence, one.term, member) for one in found.points},
        "day_chosen": day,
        "moment": moment,
        "trouble": trouble,
        "names": names_for(work, member),
    }
    return HTMLResponse(page("release.html", frame(request, work, member, "matches"), **context), status)


@router.post("/songs/{recording_id}/release/points")
def rule(
    recording_id: str,
    request: Request,
    member: Approves,
    work: Reading,
    here: Here,
    term: Annotated[str, Form(max_length=128)],
    ruling: Annotated[Literal["approve", "refuse"], Form()],
    reason: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Rule on a point; then the page with the ruling on it, or with what stands against it."""
    try:
        open_points.rule_on_point(
            here.house, member.organisation, recording_id, term, member,
            approves=ruling == "approve", reason=reason, at=here.now(),
        )  # fmt: skip
    except NotRuled as error:
        trouble = " ".join(f"{one.what[0].upper()}{one.what[1:]}: {one.mend}." for one in error.found)
        return _page(recording_id, request, member, work, here, trouble=trouble, status=422)
    except LookupError as error:
        raise NotFound("derivative that was rendered here") from error
    return RedirectResponse(f"/songs/{recording_id}/release", 303)


@router.get("/exports/songs/{recording_id}/points.{kind}")
def points(recording_id: str, kind: Kind, member: Opens, work: Reading, here: Here) -> Response:
    """The open points with what was ruled, as a table."""
    rows = [
        (
            one.term, one.what, one.bound, one.approved, *(
                ("", None, "") if one.ruling is None else (one.ruling.by, one.ruling.at, one.ruling.reason)
            ),
        )
        for one in _points(work, recording_id, here, None).points
    ]  # fmt: skip
    return answer(Table("points", POINT_COLUMNS, rows), kind)


def _points(work: UnitOfWork, recording_id: str, here: Installation, day: date | None) -> open_points.Points:
    try:
        return open_points.points_in(work, recording_id, here.now() if day is None else end_of(day))
    except LookupError as error:
        raise NotFound("derivative that was rendered here") from error
