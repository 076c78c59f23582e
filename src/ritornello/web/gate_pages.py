"""The release gate as a page: a derivative is heard, what is held against it is shown, and people rule on it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, BackgroundTasks, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from ritornello.api.doors import Here, Installation, Reading
from ritornello.api.errors import NotFound
from ritornello.api.gate import do_here, job_of
from ritornello.api.matches import Publishes, Routes
from ritornello.jobs import Job, JobState
from ritornello.people.model import Identity
from ritornello.people.roles import Capability
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.web import gate_views
from ritornello.web.frames import frame, names_for
from ritornello.web.rendering import page
from ritornello.workflows import release_gate, release_jobs
from ritornello.workflows.convert_match import end_of
from ritornello.workflows.release_gate import NotRuled

router = APIRouter(include_in_schema=False)

_STATES = {
    JobState.QUEUED: ("wait", "Waiting for its turn"),
    JobState.RUNNING: ("wait", "Listening"),
    JobState.DONE: ("yes", "Heard"),
    JobState.FAILED: ("no", "It could not be heard"),
    JobState.CANCELLED: ("none", "Stopped; nothing of it is kept"),
}


@router.get("/songs/{recording_id}/gate")
def standing(
    recording_id: str,
    request: Request,
    member: Publishes,
    work: Reading,
    here: Here,
    job: str = "",
    day: date | None = None,
) -> Response:
    """Where a derivative stands at the gate, now or at the end of a day; and how far a hearing is."""
    watched = job_of(job, work) if job else None
    return _page(recording_id, request, member, work, here, watched, day)


def _page(
    recording_id: str,
    request: Request,
    member: Identity,
    work: UnitOfWork,
    here: Installation,
    job: Job | None = None,
    day: date | None = None,
    trouble: str = "",
    status: int = 200,
) -> Response:
    moment = here.now() if day is None else end_of(day)
    try:
        found = release_gate.at_gate(here.house, member.organisation, recording_id, moment)
    except LookupError as error:
        raise NotFound("derivative with sound") from error
    may = (member.may(Capability.DELIVER) or member.may(Capability.EDIT_OFFERS)) and day is None
    state, words = _STATES[job.state] if job is not None else ("", "")
    context = {
        "view": gate_views.view_of(found, names_for(work, member)),
        "may": may,
        "job": job,
        "state": state,
        "words": words,
        "over": job is None or job.state.ended,
        "day_chosen": day,
        "trouble": trouble,
    }
    return HTMLResponse(page("gate.html", frame(request, work, member, "matches"), **context), status)


@router.post("/songs/{recording_id}/gate")
def order(
    recording_id: str,
    member: Routes,
    here: Here,
    work: Reading,
    background: BackgroundTasks,
    act: Annotated[Literal["hear", "stop"], Form()] = "hear",
    job: Annotated[str, Form(max_length=64)] = "",
) -> Response:
    """Hear it at the gate, or stop that; then the page on which it is watched."""
    if act == "stop":
        job_of(job, work)
        with here.house.work(member.organisation) as writing:
            writing.jobs.cancel(job, here.now())
            writing.commit()
        return RedirectResponse(f"/songs/{recording_id}/gate?job={job}", 303)
    try:
        ordered = release_jobs.order_hearing(
            here.house, member.organisation, recording_id, here.now(), member.person_id
        )
    except LookupError as error:
        raise NotFound("derivative with sound") from error
    do_here(here, background)
    return RedirectResponse(f"/songs/{recording_id}/gate?job={ordered.id}", 303)


@router.post("/songs/{recording_id}/gate/rulings")
def rule(
    recording_id: str,
    request: Request,
    member: Routes,
    work: Reading,
    here: Here,
    code: Annotated[str, Form(max_length=32)],
    original: Annotated[str, Form(max_length=64)],
    ruling: Annotated[Literal["pass", "refuse"], Form()],
    reason: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Rule on a finding; then the page with the ruling on it, or with what stands against it."""
    try:
        release_gate.rule(
            here.house,
            member.organisation,
            recording_id,
            code,
            original,
            passes=ruling == "pass",
            by=member.person_id,
            reason=reason,
            at=here.now(),
        )
    except NotRuled as error:
        trouble = " ".join(f"{one.what[0].upper()}{one.what[1:]}: {one.mend}." for one in error.found)
        return _page(recording_id, request, member, work, here, trouble=trouble, status=422)
    except LookupError as error:
        raise NotFound("derivative with sound") from error
    return RedirectResponse(f"/songs/{recording_id}/gate", 303)
