"""The release gate for programs: hear a derivative, read where it stands on any day, rule on what needs a person."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, BackgroundTasks, Body, Query

from ritornello.api.beside import do_beside
from ritornello.api.doors import Here, Installation, Reading
from ritornello.api.errors import NotFound, Problem
from ritornello.api.matches import Routes, Sees
from ritornello.api.money import job_document
from ritornello.jobs import Handlers, Job
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.workflows import release_gate, release_jobs
from ritornello.workflows.convert_match import end_of
from ritornello.workflows.release_gate import NotRuled

router = APIRouter(prefix="/api/v1", tags=["identification"])


@router.get("/recordings/{recording_id}/gate")
def standing(
    recording_id: str,
    member: Sees,
    here: Here,
    at: Annotated[date | None, Query(description="as it stood at the end of a day; now if left out")] = None,
) -> dict[str, Any]:
    """Where a derivative stands at the release gate: its last hearing, what is held against it, every ruling."""
    moment = here.now() if at is None else end_of(at)
    try:
        return release_gate.at_gate(here.house, member.organisation, recording_id, moment).to_document()
    except LookupError as error:
        raise NotFound("derivative with sound") from error


@router.post("/recordings/{recording_id}/gate", status_code=202)
def hear(recording_id: str, member: Routes, here: Here, background: BackgroundTasks) -> dict[str, Any]:
    """Hear a derivative at the gate, as a job: for what it declares, and for every other original."""
    try:
        job = release_jobs.order_hearing(here.house, member.organisation, recording_id, here.now(), member.person_id)
    except LookupError as error:
        raise NotFound("derivative with sound") from error
    do_here(here, background)
    return job_document(job)


@router.get("/gate/jobs/{gate_job}")
def job(gate_job: str, member: Routes, work: Reading) -> dict[str, Any]:
    """How far a hearing is: state, thousandths, what is being done, its verdict or why it failed."""
    return job_document(job_of(gate_job, work))


@router.post("/gate/jobs/{gate_job}/cancel")
def cancel(gate_job: str, member: Routes, here: Here) -> dict[str, Any]:
    """Stop a hearing; nothing of it is kept."""
    with here.house.work(member.organisation) as work:
        job_of(gate_job, work)
        stopped = work.jobs.cancel(gate_job, here.now())
        work.commit()
    return job_document(stopped)


@router.post("/recordings/{recording_id}/gate/rulings")
def rule(
    recording_id: str,
    member: Routes,
    here: Here,
    code: Annotated[str, Body(embed=True, max_length=32, description="of the finding")],
    original: Annotated[str, Body(embed=True, max_length=64, description="the recording that it is about")],
    passes: Annotated[bool, Body(embed=True, description="whether it may leave all the same")],
    reason: Annotated[str, Body(embed=True, max_length=500)],
) -> dict[str, Any]:
    """Rule on a finding that needs a person, with a reason; where the derivative stands then."""
    try:
        return release_gate.rule(
            here.house,
            member.organisation,
            recording_id,
            code,
            original,
            passes=passes,
            by=member.person_id,
            reason=reason,
            at=here.now(),
        ).to_document()
    except NotRuled as error:
        raise Problem(
            422, "; ".join(one.what for one in error.found), mend="; ".join(one.mend for one in error.found)
        ) from error
    except LookupError as error:
        raise NotFound("derivative with sound") from error


def job_of(job_id: str, work: UnitOfWork) -> Job:
    """A job that hears a derivative at the gate, of the asker's organisation; else 404."""
    found = work.jobs.get(job_id)
    if found is None or found.kind != release_jobs.HEAR:
        raise NotFound("job")
    return found


def do_here(here: Installation, background: BackgroundTasks) -> None:
    """Let the application do what was just ordered, once it has answered; where it has no workers, others do."""
    do_beside(here, background, lambda: release_jobs.register(Handlers(), here.house, here.now))
