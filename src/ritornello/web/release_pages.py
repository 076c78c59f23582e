"""Clearing a derivative for delivery as a page: what could not be measured, what is in the way, what was packed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, BackgroundTasks, Depends, File, Form, Query, Request, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from ritornello.api.clearing import Approves, Delivers, do_here, job_of, packed_file, prepared, refusals
from ritornello.api.doors import Here, Installation, Reading, allowed
from ritornello.api.errors import NotFound, Problem
from ritornello.jobs import Job, JobState
from ritornello.people.model import Identity
from ritornello.people.roles import Capability
from ritornello.provenance.manifest import Disclosure
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.web.exports import Kind, Table, answer
from ritornello.web.frames import frame, names_for, said
from ritornello.web.rendering import page
from ritornello.workflows import clear_for_delivery, clearing_jobs, open_points, prepare_release
from ritornello.workflows.clear_for_delivery import NotCleared
from ritornello.workflows.convert_match import end_of
from ritornello.workflows.release_forecast import forecast_release
from ritornello.workflows.release_gate import NotRuled

router = APIRouter(include_in_schema=False)

Opens = Annotated[
    Identity,
    Depends(allowed(Capability.DELIVER, Capability.EDIT_OFFERS, Capability.MAKE_DERIVATIVE, Capability.APPROVE)),
]
_STATES = {
    JobState.QUEUED: ("wait", "Waiting for its turn"),
    JobState.RUNNING: ("wait", "On its way out"),
    JobState.DONE: ("yes", "Packed"),
    JobState.FAILED: ("no", "It was not cleared"),
    JobState.CANCELLED: ("none", "Stopped; nothing was packed"),
}
POINT_COLUMNS = ("term", "what", "allowed", "approved", "by", "at", "reason")


@router.get("/songs/{recording_id}/release")
def release(
    recording_id: str,
    request: Request,
    member: Opens,
    work: Reading,
    here: Here,
    day: date | None = None,
    job: str = "",
    to: Annotated[list[str], Query()] = [],  # noqa: B006 - read, never changed
) -> Response:
    """Where a derivative stands on its way out: what is in the way, how far clearing is, what was packed."""
    watched = job_of(job, work) if job else None
    return _page(recording_id, request, member, work, here, day, job=watched, to=to)


def _page(
    recording_id: str,
    request: Request,
    member: Identity,
    work: UnitOfWork,
    here: Installation,
    day: date | None = None,
    trouble: Sequence[str] = (),
    status: int = 200,
    job: Job | None = None,
    to: Sequence[str] = (),
) -> Response:
    moment = here.now() if day is None else end_of(day)
    found = _points(work, recording_id, here, day)
    with refusals():
        told = forecast_release(here.house, member.organisation, recording_id, (), moment)
    names = names_for(work, member)
    delivers = member.may(Capability.DELIVER) and day is None
    state, words = _STATES[job.state] if job is not None else ("", "")
    context = {
        "recording": found.recording,
        "found": found,
        "told": told,
        "general": [one for one in told.general if not one.code.startswith("unmeasured")],
        "chosen": set(to) or {one.id for one in told.destinations if not one.hindrances},
        "sending": prepare_release.sending_of(work, moment),
        "release": told.prospect.release,
        "packages": [one for one in reversed(told.prospect.packages) if one.packed_at <= moment],
        "may_approve": member.may(Capability.APPROVE) and day is None,
        "may_deliver": delivers,
        "disclosures": [one.value for one in Disclosure],
        "why_not": {one.term: open_points.why_not(work, found.licence, one.term, member) for one in found.points},
        "day_chosen": day,
        "trouble": trouble,
        "names": names,
        "said": lambda words: said(words, names),
        "job": job,
        "state": state,
        "words": words,
        "over": job is None or job.state.ended,
    }
    return HTMLResponse(page("release.html", frame(request, work, member, "matches"), **context), status)


@router.post("/songs/{recording_id}/release")
def clear(
    recording_id: str,
    request: Request,
    member: Delivers,
    here: Here,
    work: Reading,
    background: BackgroundTasks,
    act: Annotated[Literal["clear", "stop"], Form()] = "clear",
    to: Annotated[list[str], Form()] = [],  # noqa: B006 - read, never changed
    job: Annotated[str, Form(max_length=64)] = "",
) -> Response:
    """Clear it for the chosen services, or stop that; then the page on which it is watched."""
    if act == "stop":
        job_of(job, work)
        with here.house.work(member.organisation) as writing:
            writing.jobs.cancel(job, here.now())
            writing.commit()
        return RedirectResponse(f"/songs/{recording_id}/release?job={job}", 303)
    try:
        with refusals():
            ordered = clearing_jobs.order_clearing(
                here.house, member.organisation, recording_id, to, here.now(), member.person_id
            )
    except NotCleared as error:
        trouble = [f"{one.what[0].upper()}{one.what[1:]}: {one.mend}." for one in error.found]
        return _page(recording_id, request, member, work, here, trouble=trouble, status=422, to=to)
    do_here(here, background)
    return RedirectResponse(f"/songs/{recording_id}/release?job={ordered.id}", 303)


@router.post("/songs/{recording_id}/release/particulars")
def particulars(
    recording_id: str,
    request: Request,
    member: Delivers,
    here: Here,
    work: Reading,
    upc: Annotated[str, Form(max_length=32)] = "",
    public: Annotated[str, Form(max_length=10)] = "",
    genre: Annotated[str, Form(max_length=100)] = "",
    cover: Annotated[UploadFile | None, File()] = None,
    cover_ai: Annotated[str, Form(max_length=16)] = "",
) -> Response:
    """Keep the product code, the day, the genre and the cover."""
    try:
        day = date.fromisoformat(public) if public else None
        prepared(
            recording_id, member, here, upc=upc, public=day, genre=genre or None, cover=cover, cover_ai=cover_ai or None
        )
    except ValueError:
        trouble = [f"{public} is no day: choose one, such as 2026-07-01."]
        return _page(recording_id, request, member, work, here, trouble=trouble, status=422)
    except NotFound:
        raise
    except Problem as error:
        trouble = [f"{error.detail[0].upper()}{error.detail[1:]}: {error.mend}."]
        return _page(recording_id, request, member, work, here, trouble=trouble, status=422)
    return RedirectResponse(f"/songs/{recording_id}/release", 303)


@router.post("/songs/{recording_id}/release/sender")
def sender(
    recording_id: str,
    request: Request,
    member: Delivers,
    here: Here,
    work: Reading,
    dpid: Annotated[str, Form(max_length=64)] = "",
    name: Annotated[str, Form(max_length=200)] = "",
    owner: Annotated[str, Form(max_length=64)] = "",
    prefix: Annotated[str, Form(max_length=16)] = "",
) -> Response:
    """Put the sender's DPID, or an owner's registrant prefix, on file."""
    _points(work, recording_id, here, None)
    try:
        if prefix:
            prepare_release.set_prefix(here.house, member.organisation, owner, prefix, here.now(), member.person_id)
        else:
            prepare_release.set_sender(here.house, member.organisation, dpid, name, here.now(), member.person_id)
    except prepare_release.NotPrepared as error:
        trouble = [f"{one.what[0].upper()}{one.what[1:]}: {one.mend}." for one in error.found]
        return _page(recording_id, request, member, work, here, trouble=trouble, status=422)
    return RedirectResponse(f"/songs/{recording_id}/release", 303)


@router.get("/packages/{package_id}/files/{name}")
def file(package_id: str, name: str, member: Delivers, here: Here) -> Response:
    """A file of a package, as it was packed."""
    return packed_file(package_id, name, member, here)


@router.get("/exports/songs/{recording_id}/packages.{kind}")
def packages(recording_id: str, kind: Kind, member: Opens, here: Here) -> Response:
    """What was packed, file by file, as a table."""
    with refusals():
        found = clear_for_delivery.packages_of(here.house, member.organisation, recording_id)
    return answer(Table("packages", clear_for_delivery.PACKAGE_COLUMNS, clear_for_delivery.package_rows(found)), kind)


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
        trouble = [f"{one.what[0].upper()}{one.what[1:]}: {one.mend}." for one in error.found]
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
