"""An order worked off by the command itself, beside whoever else works here, with its progress on the terminal."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ritornello.jobs import Handlers
    from ritornello.workflows.house import House


def worked_off(
    house: House, organisation: str, job_id: str, what: str, handlers: Callable[[Callable[[], datetime]], Handlers]
) -> Mapping[str, Any]:
    """The result of a job, worked off here; Ctrl-C asks it to stop. Raises Refused with why it has none.

    `what` is what was ordered, in words; `handlers` gives the kinds of jobs that may be done, for a clock.
    """
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    from ritornello.cli.failures import Refused
    from ritornello.jobs import JobState, Worker
    from ritornello.store.job_queue import DatabaseQueue

    def now() -> datetime:
        return datetime.now(UTC)

    worker = Worker(DatabaseQueue(house.engine), handlers(now), name=f"cli-{job_id}", clock=now, idle=0.1)
    columns = (TextColumn("{task.description}"), BarColumn(bar_width=28), TimeElapsedColumn(), TimeRemainingColumn())
    worker.start()
    try:
        with Progress(*columns, console=Console(stderr=True, highlight=False), transient=True) as progress:
            bar = progress.add_task("waiting", total=1000)
            while True:
                with house.work(organisation, read_only=True) as work:
                    job = work.jobs.get(job_id)
                if job is None:
                    raise Refused(f"the order {job_id} is gone")
                progress.update(bar, completed=job.progress, description=job.message[:40] or job.state.value)
                if job.state.ended:
                    break
                time.sleep(0.1)
    except KeyboardInterrupt:
        with house.work(organisation) as work:
            work.jobs.cancel(job_id, now())
            work.commit()
        raise
    finally:
        worker.stop()
    if job.state is not JobState.DONE or job.result is None:
        raise Refused(job.error or f"{what} was {job.state.value}")
    return job.result
