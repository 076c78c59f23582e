"""Files that take minutes, for programs: sent, looked into as a job, its progress read, stopped."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, BackgroundTasks, File, Form, UploadFile

from ritornello.api.beside import do_beside
from ritornello.api.doors import Here, Installation, Reading
from ritornello.api.errors import NotFound
from ritornello.api.matches import Asks, Routes
from ritornello.api.money import job_document
from ritornello.api.uploads import plain_name, uploaded
from ritornello.jobs import Handlers, Job, JobError
from ritornello.people.model import Identity
from ritornello.people.roles import Capability
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.workflows import look_into
from ritornello.workflows.look_into import Use

router = APIRouter(prefix="/api/v1", tags=["identification"])


@router.post("/identify/jobs", status_code=202)
def identify(
    member: Asks, here: Here, background: BackgroundTasks, file: Annotated[UploadFile, File()]
) -> dict[str, Any]:
    """Say what a file is made of, as a job: for files of many minutes. The file goes when the job has ended."""
    return job_document(ordered(member, here, background, file, None))


@router.get("/identify/jobs/{look_job}")
def job(look_job: str, member: Asks, work: Reading) -> dict[str, Any]:
    """How far a file is looked into: state, thousandths, what is being compared, its `answer` or why it failed."""
    return job_document(job_of(look_job, member, work))


@router.post("/identify/jobs/{look_job}/cancel")
def cancel(look_job: str, member: Asks, here: Here, work: Reading) -> dict[str, Any]:
    """Stop looking into a file; nothing of it is kept."""
    return job_document(stopped(look_job, member, here, work))


@router.post("/matches/jobs", status_code=202)
def take_in(
    member: Routes,
    here: Here,
    background: BackgroundTasks,
    file: Annotated[UploadFile, File()],
    service: Annotated[str, Form(max_length=64)] = "",
    channel: Annotated[str, Form(max_length=128)] = "",
    plays: Annotated[int | None, Form(ge=0)] = None,
) -> dict[str, Any]:
    """Look into a file that was found somewhere and record what is in it, as a job; its `match` is the result."""
    return job_document(ordered(member, here, background, file, Use(service.strip(), channel.strip(), plays)))


def ordered(
    member: Identity, here: Installation, background: BackgroundTasks, file: UploadFile, record: Use | None
) -> Job:
    """Order an upload to be looked into, and let this application do it where it has workers."""
    with uploaded(file, here) as path:
        made = look_into.order_look(
            here.house, member.organisation, path, plain_name(file), here.now(), member.person_id, record=record
        )
    do_here(here, background)
    return made


def job_of(job_id: str, member: Identity, work: UnitOfWork) -> Job:
    """A job that looks into a file: one's own, or any for whoever sees jobs; else 404."""
    found = work.jobs.get(job_id)
    own = found is not None and found.payload.get("by") == member.person_id
    if found is None or found.kind != look_into.LOOK or not (own or member.may(Capability.SEE_JOBS)):
        raise NotFound("job")
    return found


def stopped(job_id: str, member: Identity, here: Installation, work: UnitOfWork) -> Job:
    """The same job, asked to stop."""
    job_of(job_id, member, work)
    try:
        return look_into.stop(here.house, member.organisation, job_id, here.now())
    except JobError as error:
        raise NotFound("job") from error


def do_here(here: Installation, background: BackgroundTasks) -> None:
    """Let the application do what was just ordered, once it has answered; where it has no workers, others do."""
    do_beside(here, background, lambda: look_into.register(Handlers(), here.house, here.now))
