"""What the doors on money share: refusals as problem documents, uploads within bounds, and jobs that are done here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import Annotated, Any

from fastapi import BackgroundTasks, Depends, Request
from starlette.datastructures import FormData, UploadFile

from ritornello.api.beside import do_beside
from ritornello.api.doors import Installation
from ritornello.api.errors import NotFound, Problem
from ritornello.catalogue.error import CatalogueError
from ritornello.jobs import Handlers, Job, JobState
from ritornello.people.model import Identity
from ritornello.people.roles import Capability
from ritornello.royalty.wording import decimal
from ritornello.statements.payment_order import PaymentError
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.workflows import money_jobs

MOST_FILES = 64


@contextmanager
def refusals() -> Iterator[None]:
    """What the rooms refuse, as problem documents: their sentences are written for people."""
    try:
        yield
    except (*money_jobs.REFUSALS, CatalogueError, PaymentError) as error:
        raise Problem(409, str(error)) from error


async def uploaded(request: Request) -> FormData:
    """The form that was sent, with its files."""
    return await request.form(max_fields=200, max_files=MOST_FILES)


Upload = Annotated[FormData, Depends(uploaded)]


def files_of(form: FormData, here: Installation, name: str = "files") -> list[tuple[str, bytes]]:
    """Names and contents of the files in a form. Problem 422 where there is none, 413 where they are too large."""
    found, room = [], here.settings.upload_limit_mib * 2**20
    for upload in form.getlist(name):
        if isinstance(upload, UploadFile) and upload.filename:
            content = upload.file.read(room + 1)
            room -= len(content)
            if room < 0:
                limit = here.settings.upload_limit_mib
                raise Problem(413, f"the files are larger than {limit} MiB", mend="use the command line on the server")
            found.append((upload.filename.replace("\\", "/").rpartition("/")[2][:200], content))
    if not found:
        raise Problem(422, f"{name}: no file was sent", mend="choose at least one file")
    return found


def text_of(form: FormData, name: str, most: int = 500) -> str:
    """One field of a form as trimmed text; empty where it is missing or a file."""
    value = form.get(name, "")
    return value.strip()[:most] if isinstance(value, str) else ""


def do_here(here: Installation, background: BackgroundTasks) -> None:
    """Let the application do what was just ordered, once it has answered; where it has no workers, others do."""
    do_beside(here, background, lambda: money_jobs.register(Handlers(), here.house, here.now))


def job_of(job_id: str, member: Identity, work: UnitOfWork) -> Job:
    """A money job of the asker's organisation; their own, or any for whoever sees jobs."""
    job = work.jobs.get(job_id)
    own = job is not None and job.payload.get("by") == member.person_id
    if job is None or job.kind not in money_jobs.KINDS or not (own or member.may(Capability.SEE_JOBS)):
        raise NotFound("job")
    return job


def job_document(job: Job) -> dict[str, Any]:
    """A job as JSON: how far it is, what it does, and its result or why it failed."""
    return {
        "id": job.id,
        "kind": job.kind,
        "state": job.state.value,
        "progress_permille": 1000 if job.state is JobState.DONE else job.progress,
        "doing": job.message,
        "cancel_asked": job.cancel_asked,
        "result": None if job.result is None else dict(job.result),
        "error": job.error,
    }


def e10(amount: int) -> str:
    """An amount of the lake as decimal text."""
    return decimal(Fraction(amount, 10**10))
