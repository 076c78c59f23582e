"""The page on what can be found: how the index stands beside the catalogue, and what is done about it."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, BackgroundTasks, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from ritornello.api.doors import Here, Installation, Reading
from ritornello.api.errors import NotFound
from ritornello.api.index import do_here, job_of
from ritornello.api.matches import Routes, Sees
from ritornello.identify.index import Density
from ritornello.identify.model import IdentifyError
from ritornello.jobs import Job, JobState
from ritornello.people.model import Identity
from ritornello.people.roles import Capability
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.web.frames import frame
from ritornello.web.rendering import page
from ritornello.workflows import keep_index
from ritornello.workflows.keep_index import NoSuchRecording

router = APIRouter(include_in_schema=False)

PAGE = "/matches/index"
_STATES = {
    JobState.QUEUED: ("wait", "Waiting for its turn"),
    JobState.RUNNING: ("wait", "Listening"),
    JobState.DONE: ("yes", "Done"),
    JobState.FAILED: ("no", "It could not be done"),
    JobState.CANCELLED: ("none", "Stopped; below is what can be found now"),
}


@router.get(PAGE)
def standing(request: Request, member: Sees, work: Reading, here: Here, job: str = "", said: str = "") -> Response:
    """What can be found, what cannot and why; and how far a job is, where one was ordered."""
    watched = job_of(job, work) if job else None
    return _page(request, member, work, here, watched, said[:200])


def _page(
    request: Request,
    member: Identity,
    work: UnitOfWork,
    here: Installation,
    job: Job | None = None,
    said: str = "",
    trouble: str = "",
    status: int = 200,
) -> Response:
    may = member.may(Capability.DELIVER) or member.may(Capability.EDIT_OFFERS)
    around = frame(request, work, member, "matches")
    view = keep_index.standing_of(here.house, member.organisation)
    state, words = _STATES[job.state] if job is not None else ("", "")
    over = job is None or job.state.ended
    context = {"view": view, "may": may, "job": job, "state": state, "words": words, "over": over, "said": said}
    return HTMLResponse(page("index.html", around, trouble=trouble, **context), status)


@router.post(PAGE)
def order(
    member: Routes,
    here: Here,
    work: Reading,
    background: BackgroundTasks,
    act: Annotated[Literal["in-line", "anew", "stop"], Form()],
    job: Annotated[str, Form(max_length=64)] = "",
    density: Annotated[Literal["", "full", "light"], Form()] = "",
) -> Response:
    """Bring the index in line, make it anew, or stop what was ordered; then the page on which it is watched."""
    if act == "stop":
        job_of(job, work)
        with here.house.work(member.organisation) as writing:
            writing.jobs.cancel(job, here.now())
            writing.commit()
        return RedirectResponse(f"{PAGE}?job={job}", 303)
    wished = Density(density) if density else None
    ordered = keep_index.order_index(
        here.house, member.organisation, here.now(), member.person_id, anew=act == "anew", density=wished
    )
    do_here(here, background)
    return RedirectResponse(f"{PAGE}?job={ordered.id}", 303)


@router.post(f"{PAGE}/moves")
def move(
    request: Request,
    member: Routes,
    work: Reading,
    here: Here,
    recording: Annotated[str, Form(max_length=64)],
    act: Annotated[Literal["out", "back"], Form()],
) -> Response:
    """Take a recording out of the index, or let it be found again."""
    act_on = keep_index.take_out if act == "out" else keep_index.put_back
    try:
        act_on(here.house, member.organisation, [recording.strip()])
    except NoSuchRecording as error:
        trouble = f"{str(error)[0].upper()}{str(error)[1:]}."
        return _page(request, member, work, here, trouble=trouble, status=422)
    said = "It cannot be found any more." if act == "out" else "It is found again once the index is in line."
    return RedirectResponse(f"{PAGE}?said={said}", 303)


@router.post(f"{PAGE}/snapshots")
def snapshots(
    request: Request,
    member: Routes,
    work: Reading,
    here: Here,
    restore: Annotated[str, Form(max_length=64)] = "",
) -> Response:
    """Keep the index as it stands, or put it back to a snapshot."""
    if not restore:
        kept = keep_index.snapshot(here.house, member.organisation, here.now())
        return RedirectResponse(f"{PAGE}?said=The index is kept as {kept.name}.", 303)
    if restore not in keep_index.standing_of(here.house, member.organisation).snapshots:
        raise NotFound("snapshot")
    try:
        found = keep_index.restore(here.house, member.organisation, restore)
    except IdentifyError as error:
        return _page(request, member, work, here, trouble=f"{error.where}: {error.what}. {error.mend}", status=422)
    return RedirectResponse(f"{PAGE}?said={found} recordings can be found.", 303)
