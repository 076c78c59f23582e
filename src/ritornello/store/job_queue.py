"""The queue from the side that empties it: each call is a short transaction of its own, over all organisations.

A job is claimed by one statement. On PostgreSQL it passes over rows that another worker is just claiming (SKIP LOCKED);
on SQLite there is one writer at a time, so that the same statement needs no lock.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, Update, and_, or_, select, update

from ritornello.jobs.model import Job, JobState
from ritornello.jobs.queue import Signal
from ritornello.store.jobs_store import job_of
from ritornello.store.jobs_tables import jobs

_QUEUED, _RUNNING = str(JobState.QUEUED), str(JobState.RUNNING)
_NO_LEASE: dict[str, Any] = {"lease_until": None, "worker": None}


class DatabaseQueue:
    """Implements `ritornello.jobs.JobQueue`. It is not scoped: a worker works for the whole installation."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def claim(self, worker: str, kinds: Collection[str], at: datetime, lease: timedelta) -> Job | None:
        died = and_(jobs.c.state == _RUNNING, jobs.c.lease_until <= at)
        due = and_(jobs.c.state == _QUEUED, jobs.c.not_before <= at)
        next_one = (
            select(jobs.c.id)
            .where(jobs.c.kind.in_(sorted(kinds)), or_(due, died))
            .order_by(jobs.c.priority.desc(), jobs.c.not_before, jobs.c.id)
            .limit(1)
            .with_for_update(skip_locked=True)
            .scalar_subquery()
        )
        taken = (
            update(jobs)
            .where(jobs.c.id == next_one)
            .values(
                state=_RUNNING,
                attempts=jobs.c.attempts + 1,
                started_at=at,
                lease_until=at + lease,
                worker=worker,
                progress=0,
                message="",
            )
            .returning(jobs)
        )
        with self._engine.begin() as connection:
            self._bury(connection, at)
            row = connection.execute(taken).first()
        return None if row is None else job_of(row)

    @staticmethod
    def _bury(connection: Any, at: datetime) -> None:
        """End the jobs whose worker died and that are not to be tried again."""
        died = update(jobs).where(jobs.c.state == _RUNNING, jobs.c.lease_until <= at)
        connection.execute(
            died.where(jobs.c.cancel_asked.is_(True)).values(state=str(JobState.CANCELLED), ended_at=at, **_NO_LEASE)
        )
        connection.execute(
            died.where(jobs.c.attempts >= jobs.c.max_attempts).values(
                state=str(JobState.FAILED),
                ended_at=at,
                error="its worker died each time it was tried; see the log of the workers",
                **_NO_LEASE,
            )
        )

    def alive(
        self, job: Job, at: datetime, lease: timedelta, progress: int | None = None, message: str | None = None
    ) -> Signal:
        noted: dict[str, Any] = {"lease_until": at + lease}
        if progress is not None:
            noted["progress"] = progress
        if message is not None:
            noted["message"] = message
        with self._engine.begin() as connection:
            row = connection.execute(_held(job).values(**noted).returning(jobs.c.cancel_asked)).first()
        if row is None:
            return Signal.LOST
        return Signal.CANCEL if row.cancel_asked else Signal.GO_ON

    def finish(self, job: Job, at: datetime, result: Mapping[str, Any]) -> bool:
        return self._end(job, state=str(JobState.DONE), ended_at=at, result=dict(result), progress=1000, error=None)

    def fail(self, job: Job, at: datetime, error: str, again_at: datetime | None) -> bool:
        if again_at is None:
            return self._end(job, state=str(JobState.FAILED), ended_at=at, error=error)
        return self._end(job, state=_QUEUED, not_before=again_at, error=error)

    def stopped(self, job: Job, at: datetime) -> bool:
        return self._end(job, state=str(JobState.CANCELLED), ended_at=at)

    def give_back(self, job: Job, at: datetime) -> bool:
        return self._end(job, state=_QUEUED, not_before=at, attempts=job.attempts - 1)

    def _end(self, job: Job, **values: Any) -> bool:
        with self._engine.begin() as connection:
            return connection.execute(_held(job).values(**values, **_NO_LEASE)).rowcount == 1


def _held(job: Job) -> Update:
    """The job as long as this try of this worker still holds it: a lost lease changes `attempts`."""
    return update(jobs).where(
        jobs.c.id == job.id,
        jobs.c.state == _RUNNING,
        jobs.c.worker == job.worker,
        jobs.c.attempts == job.attempts,
    )
