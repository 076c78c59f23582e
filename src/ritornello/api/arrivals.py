"""Bringing a recording, for programs: facts, sound and stems in one form; the sound is heard as a job."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import PurePath
from typing import Annotated, Any

from fastapi import APIRouter, BackgroundTasks, Depends, File, Form, UploadFile

from ritornello.api.beside import do_beside
from ritornello.api.doors import Here, Installation, Reading, allowed
from ritornello.api.errors import NotFound, Problem
from ritornello.api.money import job_document
from ritornello.api.studio import Refused
from ritornello.api.uploads import heard_in_turn, plain_name, uploaded
from ritornello.catalogue.arrivals import ArrivalRefused, Told, told_of
from ritornello.jobs import Handlers, Job
from ritornello.people.model import Identity
from ritornello.people.roles import Capability
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.workflows import bring_recording
from ritornello.workflows.bring_recording import ARRIVE, MOST_STEMS, Brought, Files

router = APIRouter(prefix="/api/v1/recordings", tags=["records"])

Edits = Annotated[Identity, Depends(allowed(Capability.EDIT_CATALOGUE))]
MOST_FACTS = 1_000_000
"""Letters of the facts about one recording."""


@router.post("", status_code=202)
def bring(
    facts: Annotated[str, Form(description="JSON: what is told of the recording", max_length=MOST_FACTS)],
    member: Edits,
    here: Here,
    background: BackgroundTasks,
    file: Annotated[UploadFile | None, File(description="its sound")] = None,
    stems: Annotated[list[UploadFile], File(description="its stems, each named after its part")] = [],  # noqa: B006
) -> dict[str, Any]:
    """Register a recording with its people, works and shares, and have its sound heard as a job (`job`).

    Everything that is wrong is told at once, and nothing is written then. Told again it is no change; for a recording
    that is here already `isrc` and the file are enough.
    """
    with refusals():
        return brought_document(brought(member, here, background, told_of(_json(facts)), file, stems))


@router.get("/arrivals/{arrival}")
def job(arrival: str, member: Edits, work: Reading) -> dict[str, Any]:
    """How far hearing a brought recording is; `result` tells its tempo, metre and key."""
    return job_document(job_of(arrival, work))


@router.post("/arrivals/{arrival}/cancel")
def cancel(arrival: str, member: Edits, here: Here) -> dict[str, Any]:
    """Stop hearing a recording; it stays registered, without sound."""
    return job_document(stopped(arrival, member, here))


def brought(
    member: Identity,
    here: Installation,
    background: BackgroundTasks,
    told: Told,
    file: UploadFile | None,
    stems: list[UploadFile],
) -> Brought:
    """Bring what a form told and carried; files that were left empty count as none."""
    given = [one for one in stems if one.filename]
    if len(given) > MOST_STEMS:
        raise Problem(413, f"stems: there are {len(given)}", mend=f"send at most {MOST_STEMS}")
    with ExitStack() as opened:
        sound = opened.enter_context(uploaded(file, here)) if file is not None and file.filename else None
        parts = tuple((PurePath(plain_name(one)).stem, opened.enter_context(uploaded(one, here))) for one in given)
        with heard_in_turn(here):
            made = bring_recording.bring_recording(
                here.house, member.organisation, told, Files(sound, parts), here.now(), member.person_id
            )
    if made.job is not None:
        do_beside(here, background, lambda: bring_recording.register(Handlers(), here.house, here.now))
    return made


@contextmanager
def refusals() -> Iterator[None]:
    """What cannot be brought, as a problem document with an entry for everything that is wrong."""
    try:
        yield
    except ArrivalRefused as error:
        found = [{"where": one.where, "what": f"{one.reason}; {one.mend}"} for one in error.findings]
        raise Refused(422, "this recording cannot be brought", found) from error


def job_of(job_id: str, work: UnitOfWork) -> Job:
    """A job that hears a recording of the asker's house."""
    found = work.jobs.get(job_id)
    if found is None or found.kind != ARRIVE:
        raise NotFound("arrival")
    return found


def stopped(job_id: str, member: Identity, here: Installation) -> Job:
    """The same job, asked to stop."""
    with here.house.work(member.organisation) as work:
        job_of(job_id, work)
        job = work.jobs.cancel(job_id, here.now())
        work.commit()
    return job


def brought_document(made: Brought) -> dict[str, Any]:
    """What was written, and the job that hears its sound, as JSON."""
    return {**made.to_document(), "job": None if made.job is None else job_document(made.job)}


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        raise Problem(422, f"facts: they are no JSON ({error})", mend="send one JSON object") from error
