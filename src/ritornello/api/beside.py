"""Jobs that the application does itself, once it has answered the request that ordered them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from fastapi import BackgroundTasks

from ritornello.api.doors import Installation
from ritornello.jobs import Handlers, Worker
from ritornello.store.job_queue import DatabaseQueue


def do_beside(here: Installation, background: BackgroundTasks, handlers: Callable[[], Handlers]) -> None:
    """Let the application do what was just ordered; where it has no workers, others do. `handlers`: for the kinds of
    jobs that may be done. Several at a time share the queue; each job is done once."""

    def waiting() -> None:
        lease = timedelta(seconds=here.settings.job_lease_seconds)
        queue = DatabaseQueue(here.house.engine)
        Worker(queue, handlers(), name="beside-the-request", clock=here.now, lease=lease).run_all()

    if here.settings.workers:
        background.add_task(waiting)
