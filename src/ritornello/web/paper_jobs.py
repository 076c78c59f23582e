"""Long work on a maker's desk, watched and stopped from its page: writing a song down, measuring, checking stems."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from ritornello.api.doors import Here
from ritornello.api.studio import Makes, render_of
from ritornello.api.studio_desk import KINDS
from ritornello.jobs import Job
from ritornello.workflows.studio_papers import WRITE_DOWN
from ritornello.workflows.studio_stems import STEMS

router = APIRouter(include_in_schema=False)


@router.post("/studio/jobs/{job_id}/cancel")
def cancel(job_id: str, member: Makes, here: Here) -> Response:
    """Stop it: one that waits ends at once, one that runs at its next report. Nothing is kept."""
    with here.house.work(member.organisation) as work:
        job = render_of(job_id, member, work, KINDS)
        work.jobs.cancel(job_id, here.now())
        work.commit()
    return RedirectResponse(page_of(job), 303)


def page_of(job: Job) -> str:
    """Where a job of the desk is watched."""
    if job.kind == WRITE_DOWN:
        return f"/songs/{job.payload['recording_id']}/score?job={job.id}"
    if job.kind == STEMS:
        return f"/studio/stems/{job.id}"
    return f"/studio/measurements/{job.id}"
