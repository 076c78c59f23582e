"""Looking into a file as a job: for files of which hearing and comparing takes minutes, such as a set of two hours.

The file waits in the house's home, beside the index that it is held against, until the job has ended in whatever way;
then it goes. A worker that dies leaves it there, so that the next one can begin again.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ritornello.analysis.model import AudioError
from ritornello.identify.model import IdentifyError
from ritornello.jobs import Cancelled, GiveUp, Handlers, Job, JobError, LeaseLost, Order, Report
from ritornello.workflows.house import House
from ritornello.workflows.identify_audio import identify_file
from ritornello.workflows.take_in_matches import take_in_match

LOOK = "identify.file"

LONG_SECONDS = 300.0
"""A file that lasts longer is looked into by a job where a person waits at a page."""


@dataclass(frozen=True, slots=True)
class Use:
    """Where a file was found, as far as it is known: service, channel in the service's words, plays."""

    service: str = ""
    channel: str = ""
    plays: int | None = None


def is_long(path: Path) -> bool:
    """Whether a file is worth a job, by its header.

    Raises `AudioError` for what is no audio.
    """
    from ritornello.analysis import decode

    header = decode.probe(path)
    return header.frames > LONG_SECONDS * header.rate


def order_look(
    house: House, organisation: str, path: Path, name: str, at: datetime, by: str, *, record: Use | None = None
) -> Job:
    """Order a file to be looked into; it is taken away from `path`.

    Args:
        house: the installation.
        organisation: whose catalogue is looked through.
        path: the file, which the caller needs no longer.
        name: what the file is called.
        at: when.
        by: who orders it.
        record: where it was found, if what is in it is to be recorded as a match; else only the answer is told.
    """
    sweep(house, organisation)
    token = secrets.token_hex(16)
    waiting = _waiting(house, organisation) / token
    waiting.mkdir(parents=True)
    shutil.move(path, waiting / f"upload{path.suffix}")
    payload = {
        "file": token,
        "name": name,
        "by": by,
        "record": None if record is None else asdict(record),
    }
    with house.work(organisation) as work:
        job = work.jobs.enqueue(Order(LOOK, _key(token), payload, max_attempts=3), at)
        work.commit()
    return job


def stop(house: House, organisation: str, job_id: str, at: datetime) -> Job:
    """Ask a job to stop. One that waits is over at once; one that runs ends at its next step.

    Raises `JobError` for what is no such job of this organisation.
    """
    with house.work(organisation) as work:
        found = work.jobs.get(job_id)
        if found is None or found.kind != LOOK:
            raise JobError(f"there is no job {job_id} that looks into a file")
        stopped = work.jobs.cancel(job_id, at)
        work.commit()
    if stopped.state.ended:
        _forget(house, stopped)
    return stopped


def sweep(house: House, organisation: str) -> None:
    """Remove the files of jobs that have ended, such as those whose worker died on its last try."""
    for folder in _waiting(house, organisation).glob("*"):
        with house.work(organisation, read_only=True) as work:
            job = work.jobs.by_key(_key(folder.name))
        if job is not None and job.state.ended:
            shutil.rmtree(folder, ignore_errors=True)


def register(handlers: Handlers, house: House, now: Callable[[], datetime]) -> Handlers:
    """Add the handler of this module to those of a worker."""
    handlers.register(LOOK, lambda job, report: _look(house, job, report, now()), (AudioError, IdentifyError))
    return handlers


def _look(house: House, job: Job, report: Report, at: datetime) -> Mapping[str, Any]:
    payload = job.payload
    path = next(iter((_waiting(house, job.organisation) / payload["file"]).glob("upload*")), None)
    if path is None:
        raise GiveUp(f"{payload['name']}: the file is no longer there; send it again")
    try:
        done = _heard(house, job.organisation, path, payload, report, at)
    except (AudioError, IdentifyError):
        _forget(house, job)
        raise
    except LeaseLost:
        raise
    except Cancelled:
        if _asked_to_stop(house, job):
            _forget(house, job)
        raise
    _forget(house, job)
    return done


def _heard(
    house: House, organisation: str, path: Path, payload: Mapping[str, Any], report: Report, at: datetime
) -> Mapping[str, Any]:
    name = Path(str(payload["name"]))
    if payload["record"] is None:
        answer = identify_file(house, organisation, path, report)
        return {"answer": {**answer.to_document(), "file": name.name}, "match": None}
    use = Use(**payload["record"])
    taken = take_in_match(
        house, organisation, path, at, name=name.name, service=use.service, channel=use.channel, plays=use.plays,
        report=report,
    )  # fmt: skip
    return {"answer": taken.answer.to_document(), "match": None if taken.match is None else taken.match.id}


def _asked_to_stop(house: House, job: Job) -> bool:
    """Whether a person asked for it; a worker that closes down gives the job back, and the next one needs the file."""
    with house.work(job.organisation, read_only=True) as work:
        now = work.jobs.get(job.id)
    return now is not None and now.cancel_asked


def _forget(house: House, job: Job) -> None:
    shutil.rmtree(_waiting(house, job.organisation) / str(job.payload["file"]), ignore_errors=True)


def _waiting(house: House, organisation: str) -> Path:
    return house.home / "identify" / f"{organisation}.waiting"


def _key(token: str) -> str:
    return f"{LOOK}:{token}"
