"""Jobs as one organisation sees them: ordering, looking, asking to stop — all inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.dialects import postgresql, sqlite

from ritornello.jobs.model import Job, JobError, JobState, Order
from ritornello.proof.ids import stable_id
from ritornello.store.jobs_tables import jobs
from ritornello.store.scope import Scope

_FIELDS = tuple(field.name for field in fields(Job))


class JobsStore:
    """The queue from the side that fills it."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def enqueue(self, order: Order, at: datetime, not_before: datetime | None = None) -> Job:
        """Place an order in this transaction; an order with the same key gives back the job that is there.

        Raises:
            JobError: the key is that of a job of another kind.
        """
        job_id = stable_id("job", self._scope.organisation, order.key)
        row = {
            "organisation": self._scope.organisation,
            "id": job_id,
            "kind": order.kind,
            "key": order.key,
            "payload": dict(order.payload),
            "state": str(JobState.QUEUED),
            "priority": order.priority,
            "attempts": 0,
            "max_attempts": order.max_attempts,
            "created_at": at,
            "not_before": not_before or at,
            "cancel_asked": False,
            "progress": 0,
            "message": "",
        }
        # "Do nothing" rather than look first: two requests may place the same order at the same moment.
        dialect = postgresql if self._scope.connection.dialect.name == "postgresql" else sqlite
        self._scope.connection.execute(dialect.insert(jobs).values(row).on_conflict_do_nothing())
        job = self.get(job_id)
        if job is None or job.kind != order.kind:
            raise JobError(f"the key {order.key!r} is that of a job of another kind than {order.kind!r}")
        return job

    def get(self, job_id: str) -> Job | None:
        """The job as it stands."""
        row = self._scope.first(self._scope.select(jobs).where(jobs.c.id == job_id))
        return None if row is None else job_of(row)

    def by_key(self, key: str) -> Job | None:
        """The job that was ordered under this key."""
        row = self._scope.first(self._scope.select(jobs).where(jobs.c.key == key))
        return None if row is None else job_of(row)

    def newest(self, limit: int = 50, kind: str | None = None) -> Sequence[Job]:
        """The newest jobs, newest first."""
        query = self._scope.select(jobs)
        if kind is not None:
            query = query.where(jobs.c.kind == kind)
        rows = self._scope.all(query.order_by(jobs.c.created_at.desc(), jobs.c.id).limit(limit))
        return [job_of(row) for row in rows]

    def cancel(self, job_id: str, at: datetime) -> Job:
        """Ask a job to stop: one that waits ends here, one that runs ends at its next report, one that ended stays.

        Raises:
            JobError: there is no such job.
        """
        mine = self._scope.update(jobs).where(jobs.c.id == job_id)
        waiting = mine.where(jobs.c.state == str(JobState.QUEUED))
        self._scope.connection.execute(waiting.values(state=str(JobState.CANCELLED), ended_at=at, cancel_asked=True))
        running = mine.where(jobs.c.state == str(JobState.RUNNING))
        self._scope.connection.execute(running.values(cancel_asked=True))
        return self._there(job_id)

    def again(self, job_id: str, at: datetime) -> Job:
        """Put a job that failed or was cancelled back into the queue, with all its tries.

        Raises:
            JobError: there is no such job, or it has not ended badly.
        """
        ended = (str(JobState.FAILED), str(JobState.CANCELLED))
        change = self._scope.update(jobs).where(jobs.c.id == job_id, jobs.c.state.in_(ended))
        fresh = {"state": str(JobState.QUEUED), "attempts": 0, "not_before": at, "cancel_asked": False}
        if not self._scope.connection.execute(
            change.values(**fresh, progress=0, message="", error=None, ended_at=None)
        ).rowcount:
            raise JobError(f"{job_id} is {self._there(job_id).state}; only a failed or cancelled job is tried again")
        return self._there(job_id)

    def _there(self, job_id: str) -> Job:
        job = self.get(job_id)
        if job is None:
            raise JobError(f"there is no job {job_id} here")
        return job


def job_of(row: Row[Any]) -> Job:
    """The record of a row of `jobs`."""
    values = {name: getattr(row, name) for name in _FIELDS}
    return Job(**{**values, "state": JobState(row.state)})
