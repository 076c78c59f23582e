"""The record of a job, and the words that pass between a job and whoever runs it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

FIRST_WAIT = timedelta(seconds=2)
LONGEST_WAIT = timedelta(minutes=15)

Report = Callable[[float, str], None]
"""How a job tells its progress: a fraction from 0 to 1 and what it is doing; it raises `Cancelled` to stop the job."""


class JobError(Exception):
    """An order that cannot be queued, or a job that is not there."""


class Cancelled(Exception):
    """Somebody asked the job to stop. A handler lets it pass, and leaves nothing half-written."""


class LeaseLost(Cancelled):
    """Another worker has taken the job up, since this one was silent too long; whatever it does now is in vain."""


class GiveUp(Exception):
    """The job cannot succeed, however often it is tried (a wrong file, a refused licence); the message says why."""


class JobState(StrEnum):
    """Where a job is; the last three are ends."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        return self in {JobState.DONE, JobState.FAILED, JobState.CANCELLED}


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for. The same `key` twice in one organisation is one job.

    Attributes:
        kind: which handler does it.
        key: the natural key of the work ("render:rcp_…"); a second order with it gives back the first job.
        payload: what the handler needs, as a JSON document without floats.
        priority: higher goes first; 0 is usual.
        max_attempts: how often it is tried, crashes included.
    """

    kind: str
    key: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    priority: int = 0
    max_attempts: int = 5

    def __post_init__(self) -> None:
        if not self.kind or not self.key or len(self.kind) > 64 or len(self.key) > 200:
            raise JobError(f"an order needs a kind (≤ 64 letters) and a key (≤ 200), not {self.kind!r}, {self.key!r}")
        if self.max_attempts < 1:
            raise JobError("max_attempts must be at least 1")


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it stands. `progress` counts thousandths; `result` and `error` are filled at its end."""

    id: str
    organisation: str
    kind: str
    key: str
    payload: Mapping[str, Any]
    state: JobState
    priority: int
    attempts: int
    max_attempts: int
    created_at: datetime
    not_before: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    lease_until: datetime | None = None
    worker: str | None = None
    cancel_asked: bool = False
    progress: int = 0
    message: str = ""
    result: Mapping[str, Any] | None = None
    error: str | None = None


def wait_after(attempt: int, job_id: str) -> timedelta:
    """How long to wait after the failure of try number `attempt` (from 1): 2 s, doubled each time, at most 15 min.

    Up to a quarter is added, drawn from the job's id, so that jobs that failed together do not come back together.
    """
    wait = min(FIRST_WAIT * (1 << min(attempt - 1, 32)), LONGEST_WAIT)
    spread = hashlib.sha256(f"{job_id}\x00{attempt}".encode()).digest()[0]
    return wait + wait * spread / 1024
