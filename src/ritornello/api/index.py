"""What can be found, for programs: how the index stands beside the catalogue, and what is done about it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, BackgroundTasks, Body

from ritornello.api.beside import do_beside
from ritornello.api.doors import Here, Installation, Reading
from ritornello.api.errors import NotFound, Problem
from ritornello.api.matches import Routes, Sees
from ritornello.api.money import job_document
from ritornello.identify.index import Density
from ritornello.identify.model import IdentifyError
from ritornello.jobs import Handlers, Job
from ritornello.people.model import Identity
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.workflows import keep_index
from ritornello.workflows.keep_index import NoSuchRecording

router = APIRouter(prefix="/api/v1/index", tags=["identification"])


@router.get("")
def standing(member: Sees, here: Here) -> dict[str, Any]:
    """How the index stands beside the catalogue: what can be found, what cannot and why, and its snapshots."""
    return keep_index.standing_of(here.house, member.organisation).to_document()


@router.post("", status_code=202)
def order(
    member: Routes,
    here: Here,
    background: BackgroundTasks,
    anew: Annotated[bool, Body(embed=True)] = False,
    density: Annotated[
        Density | None, Body(embed=True, description="what is heard from now on is kept as this")
    ] = None,
) -> dict[str, Any]:
    """Bring the index in line with the catalogue, or make it anew, as a job."""
    job = keep_index.order_index(
        here.house, member.organisation, here.now(), member.person_id, anew=anew, density=density
    )
    do_here(here, background)
    return job_document(job)


@router.get("/jobs/{index_job}")
def job(index_job: str, member: Routes, work: Reading) -> dict[str, Any]:
    """How far the index is being made: state, progress, what is being heard, its result or why it failed."""
    return job_document(job_of(index_job, work))


@router.post("/jobs/{index_job}/cancel")
def cancel(index_job: str, member: Routes, here: Here) -> dict[str, Any]:
    """Stop it; what was brought in line until then can be found, and one that is made anew stays as it was."""
    with here.house.work(member.organisation) as work:
        job_of(index_job, work)
        stopped = work.jobs.cancel(index_job, here.now())
        work.commit()
    return job_document(stopped)


@router.delete("/{recording_id}")
def take_out(recording_id: str, member: Routes, here: Here) -> dict[str, Any]:
    """Take a recording out of the index at once, by id or ISRC; it stays out until it is put back."""
    return _moved(here, member, recording_id, keep_index.take_out)


@router.put("/{recording_id}")
def put_back(recording_id: str, member: Routes, here: Here) -> dict[str, Any]:
    """Let a recording be found again; it is in the index once that was brought in line."""
    return _moved(here, member, recording_id, keep_index.put_back)


@router.post("/snapshots")
def keep(member: Routes, here: Here) -> dict[str, str]:
    """Keep the index as it stands, in this installation."""
    return {"snapshot": keep_index.snapshot(here.house, member.organisation, here.now()).name}


@router.post("/snapshots/{snapshot}/restored")
def restore(snapshot: str, member: Routes, here: Here) -> dict[str, int]:
    """Put the index back to a snapshot; bring it in line afterwards for what the catalogue gained since."""
    try:
        return {"found": keep_index.restore(here.house, member.organisation, snapshot)}
    except IdentifyError as error:
        raise Problem(422, f"{error.where}: {error.what}", mend=error.mend) from error


def _moved(here: Installation, member: Identity, recording_id: str, move: Any) -> dict[str, Any]:
    try:
        (moved,) = move(here.house, member.organisation, [recording_id])
    except NoSuchRecording as error:
        raise NotFound("recording") from error
    return {"recording": moved}


def job_of(job_id: str, work: UnitOfWork) -> Job:
    """A job about the index, of the asker's organisation."""
    found = work.jobs.get(job_id)
    if found is None or found.kind != keep_index.INDEX:
        raise NotFound("job")
    return found


def do_here(here: Installation, background: BackgroundTasks) -> None:
    """Let the application do what was just ordered, once it has answered; where it has no workers, others do."""
    do_beside(here, background, lambda: keep_index.register(Handlers(), here.house))
