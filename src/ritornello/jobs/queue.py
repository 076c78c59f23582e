"""What a worker needs of a queue. Each call is a transaction of its own; `ritornello.store.job_queue` implements it.

Filling the queue is not here: an order is placed through the unit of work, in the transaction of the change itself.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Protocol

from ritornello.jobs.model import Job


class Signal(Enum):
    """What the queue answers to a sign of life."""

    GO_ON = "go on"
    CANCEL = "somebody asked to stop"
    LOST = "the lease ran out and the job is somebody else's"


class JobQueue(Protocol):
    """The queue as a worker sees it, over all organisations."""

    def claim(self, worker: str, kinds: Collection[str], at: datetime, lease: timedelta) -> Job | None:
        """Take the next job that is due, or whose worker has died; None when there is none."""
        ...

    def alive(
        self, job: Job, at: datetime, lease: timedelta, progress: int | None = None, message: str | None = None
    ) -> Signal:
        """Renew the lease, and note the progress (thousandths) where it is given."""
        ...

    def finish(self, job: Job, at: datetime, result: Mapping[str, Any]) -> bool:
        """Done. False where the lease was lost meanwhile."""
        ...

    def fail(self, job: Job, at: datetime, error: str, again_at: datetime | None) -> bool:
        """It failed: try again at `again_at`, or never. False where the lease was lost meanwhile."""
        ...

    def stopped(self, job: Job, at: datetime) -> bool:
        """It stopped because it was asked to. False where the lease was lost meanwhile."""
        ...

    def give_back(self, job: Job, at: datetime) -> bool:
        """The worker is closing down: the job goes back into the queue, and the try does not count."""
        ...
