"""The desk of money: its own row of pages under the frame, jobs that are watched, and acts that are told when done."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, BackgroundTasks, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from ritornello.api.doors import Here, Reading, allowed
from ritornello.api.money import do_here, job_of
from ritornello.jobs import Job, JobState
from ritornello.people.model import Identity
from ritornello.people.roles import Capability
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.web.desk import back_to
from ritornello.web.frames import frame
from ritornello.web.rendering import page
from ritornello.workflows import money_jobs

router = APIRouter(include_in_schema=False)

SEES_USAGE = (Capability.SEE_MONEY, Capability.TAKE_IN_USAGE)
PAGES: tuple[tuple[str, str, str, tuple[Capability, ...]], ...] = (
    ("reports", "Reports", "/usage", SEES_USAGE),
    ("suspense", "What waits", "/usage/suspense", SEES_USAGE),
    ("creations", "Creations", "/usage/creations", SEES_USAGE),
    ("performance", "Plays", "/usage/performance", SEES_USAGE),
    ("first_days", "First days", "/usage/first-days", SEES_USAGE),
    ("runs", "Runs", "/runs", (Capability.SEE_MONEY,)),
    ("registering", "New and changed", "/registering", (Capability.RUN_ROYALTIES,)),
    ("opening", "Moving in", "/opening", (Capability.RUN_ROYALTIES,)),
)
"""The pages of the desk: key, label, address, and who may open them."""

Works = Annotated[Identity, Depends(allowed(Capability.TAKE_IN_USAGE, Capability.RUN_ROYALTIES, Capability.SEE_JOBS))]
_TITLES = {
    money_jobs.TAKE_IN: "Taking in a report",
    money_jobs.RUN: "Running a period",
    money_jobs.CLOSE: "Closing a period",
}
_STATES = {
    JobState.QUEUED: ("wait", "Waiting for its turn"),
    JobState.RUNNING: ("wait", "Running"),
    JobState.DONE: ("yes", "Done"),
    JobState.FAILED: ("no", "It could not be done"),
    JobState.CANCELLED: ("none", "Stopped; nothing was written"),
}


def money_page(
    template: str, request: Request, work: UnitOfWork, member: Identity, section: str, **context: Any
) -> HTMLResponse:
    """A page of the desk."""
    pages = tuple((key, label, url) for key, label, url, needs in PAGES if any(map(member.may, needs)))
    done = request.query_params.get("done", "")[:200]
    may = {one.value: member.may(one) for one in Capability}
    around = frame(request, work, member, "runs" if section == "runs" else "usage")
    return HTMLResponse(page(template, around, pages=pages, section=section, done=done, may=may, **context))


def watch(job: Job, here: Here, background: BackgroundTasks) -> Response:
    """On to the page on which a job is watched, which is done here if nobody else does it."""
    do_here(here, background)
    return RedirectResponse(f"/jobs/{job.id}", 303)


@router.get("/jobs/{job_id}")
def job(job_id: str, request: Request, member: Works, work: Reading) -> Response:
    found = job_of(job_id, member, work)
    kind, words = _STATES[found.state]
    result = dict(found.result or {})
    refused = found.kind == money_jobs.TAKE_IN and found.state is JobState.DONE and not result.get("taken_in")
    if refused:
        kind, words = "no", "Nothing was taken in"
    return money_page(
        "money_job.html",
        request,
        work,
        member,
        "reports" if found.kind == money_jobs.TAKE_IN else "runs",
        job=found,
        title=_TITLES[found.kind],
        state=kind,
        words=words,
        result=result,
        refused=refused,
        over=found.state.ended,
    )


@router.post("/jobs/{job_id}/cancel")
def cancel(job_id: str, member: Works, here: Here) -> Response:
    with here.house.work(member.organisation) as work:
        job_of(job_id, member, work)
        work.jobs.cancel(job_id, here.now())
        work.commit()
    return back_to(f"/jobs/{job_id}")
