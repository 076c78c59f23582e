"""The worker: takes jobs one at a time, runs their handlers, and keeps their lease alive meanwhile.

It runs in a thread beside the web application or in a process of its own; several share one queue. A second thread
gives the sign of life, so that a handler deep in a long computation keeps its lease without having to think of it.
"""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ritornello.jobs.model import Cancelled, GiveUp, Job, JobError, LeaseLost, Report, wait_after
from ritornello.jobs.queue import JobQueue, Signal

Handler = Callable[[Job, Report], Mapping[str, Any] | None]
"""Does a job; what it returns (a JSON document without floats) is kept as the job's result."""

Clock = Callable[[], datetime]
Listen = Callable[[str, Job | None, str], None]
"""Hears what happens, with the job and a detail: 'started', 'done', 'failed', 'again', 'cancelled', 'lost', 'hangs', or
'queue' where the queue itself does not answer (then there may be no job)."""

NOTED_EVERY = timedelta(milliseconds=500)
"""Progress is written down at most this often, however often a handler reports."""


@dataclass(frozen=True, slots=True)
class _Entry:
    handler: Handler
    final: tuple[type[BaseException], ...]


class Handlers:
    """Which handler does which kind of job."""

    def __init__(self) -> None:
        self._entries: dict[str, _Entry] = {}

    def register(self, kind: str, handler: Handler, final: tuple[type[BaseException], ...] = ()) -> None:
        """Name the handler of a kind. An exception of the `final` types fails the job at once, like `GiveUp`.

        Raises:
            JobError: the kind has a handler already.
        """
        if kind in self._entries:
            raise JobError(f"{kind!r} has a handler already")
        self._entries[kind] = _Entry(handler, final)

    @property
    def kinds(self) -> frozenset[str]:
        return frozenset(self._entries)

    def run(self, job: Job, report: Report) -> Mapping[str, Any]:
        """Run the job's handler."""
        return self._entries[job.kind].handler(job, report) or {}

    def is_final(self, job: Job, error: BaseException) -> bool:
        """Whether trying again would be in vain."""
        return isinstance(error, (GiveUp, *self._entries[job.kind].final))


def _deaf(happened: str, job: Job | None, detail: str) -> None:
    """The listener of a worker that nobody listens to."""


class Worker:
    """Runs the jobs of a queue.

    Args:
        queue: where jobs come from.
        handlers: what does them; only their kinds are taken.
        name: tells this worker from others (host, process, number).
        clock: gives the time, aware.
        lease: how long it may be silent before its job is given to another.
        silence: how long a handler may go without a report before it counts as hanging: its lease is renewed no more,
            and another worker takes the job up.
        idle: how long to wait, in seconds, before asking an empty queue again; `wake` shortens it.
        listen: hears what happens (for logs and figures).
    """

    def __init__(
        self,
        queue: JobQueue,
        handlers: Handlers,
        *,
        name: str,
        clock: Clock,
        lease: timedelta = timedelta(seconds=120),
        silence: timedelta = timedelta(minutes=15),
        idle: float = 1.0,
        listen: Listen = _deaf,
    ) -> None:
        self._queue = queue
        self._handlers = handlers
        self._name = name
        self._clock = clock
        self._lease = lease
        self._silence = silence
        self._idle = idle
        self._listen = listen
        self._running: _Run | None = None
        self._stopping = threading.Event()
        self._woken = threading.Event()
        self._thread: threading.Thread | None = None

    # ── in a thread ──

    def start(self) -> None:
        """Run in a thread of its own until `stop`."""
        if self._thread is not None:
            raise JobError(f"the worker {self._name} runs already")
        self._stopping.clear()
        self._thread = threading.Thread(target=self.run_until_stopped, name=self._name, daemon=True)
        self._thread.start()

    def stop(self, wait_seconds: float = 30.0) -> None:
        """Stop after asking the running job to; it goes back into the queue."""
        self._stopping.set()
        self._woken.set()
        if self._thread is not None:
            self._thread.join(wait_seconds)
            self._thread = None

    @property
    def hangs(self) -> bool:
        """Whether its handler has been silent for too long; what it does then is in vain."""
        running = self._running
        return running is not None and running.hung

    def abandon(self) -> None:
        """Take no further job; a handler that hangs is not waited for."""
        self._stopping.set()
        self._woken.set()

    def wake(self) -> None:
        """There may be a new job: ask now."""
        self._woken.set()

    def run_until_stopped(self) -> None:
        """Take jobs until `stop` is called; a queue that does not answer for a while is asked again."""
        while not self._stopping.is_set():
            self._woken.clear()
            try:
                worked = self.run_one()
            except Exception as error:
                self._listen("queue", None, f"{type(error).__name__}: {error}")
                worked = False
            if not worked:
                self._woken.wait(self._idle)

    def run_all(self) -> int:
        """Run everything that is due now, in this thread; returns how many jobs that were."""
        count = 0
        while self.run_one():
            count += 1
        return count

    def run_one(self) -> bool:
        """Run one job that is due, in this thread; False when there is none."""
        job = self._queue.claim(self._name, self._handlers.kinds, self._clock(), self._lease)
        if job is None:
            return False
        self._running = _Run(
            self._queue, self._handlers, job, self._clock, self._lease, self._silence, self._stopping, self._listen
        )
        try:
            self._running.do()
        finally:
            self._running = None
        return True


class _Run:
    """One try of one job."""

    def __init__(
        self,
        queue: JobQueue,
        handlers: Handlers,
        job: Job,
        clock: Clock,
        lease: timedelta,
        silence: timedelta,
        stopping: threading.Event,
        listen: Listen,
    ) -> None:
        self._queue = queue
        self._handlers = handlers
        self._job = job
        self._clock = clock
        self._lease = lease
        self._silence = silence
        self._heard_at = clock()
        self.hung = False
        self._stopping = stopping
        self._listen = listen
        self._signal = Signal.GO_ON
        self._noted: datetime | None = None
        self._over = threading.Event()

    def do(self) -> None:
        self._listen("started", self._job, f"try {self._job.attempts} of {self._job.max_attempts}")
        heart = threading.Thread(target=self._beat, name=f"{self._job.id} lease", daemon=True)
        heart.start()
        try:
            result = self._handlers.run(self._job, self._report)
        except Cancelled as why:
            self._end_heart(heart)
            self._was_stopped(why)
        except Exception as error:
            self._end_heart(heart)
            self._has_failed(error)
        except BaseException:
            # The process is told to end (KeyboardInterrupt, SystemExit): another worker does the job.
            self._end_heart(heart)
            self._queue.give_back(self._job, self._clock())
            raise
        else:
            self._end_heart(heart)
            done = self._queue.finish(self._job, self._clock(), result)
            self._listen("done" if done else "lost", self._job, "")

    def _report(self, fraction: float, message: str) -> None:
        now = self._heard_at = self._clock()
        if self.hung:
            raise LeaseLost(f"{self._job.id} was silent for too long and is run by another worker")
        if self._noted is None or now - self._noted >= NOTED_EVERY or fraction >= 1:
            self._noted = now
            thousandths = max(0, min(1000, int(fraction * 1000)))
            self._signal = self._queue.alive(self._job, now, self._lease, thousandths, message)
        if self._signal is Signal.LOST:
            raise LeaseLost(f"{self._job.id} was silent for longer than its lease and is run by another worker")
        if self._signal is Signal.CANCEL or self._stopping.is_set():
            raise Cancelled(f"{self._job.id} was asked to stop")

    def _beat(self) -> None:
        while not self._over.wait(self._lease.total_seconds() / 3):
            if self._clock() - self._heard_at > self._silence:
                self.hung = True
                self._listen("hangs", self._job, f"silent since {self._heard_at:%H:%M:%S}; its lease is let go")
                return
            try:
                self._signal = self._queue.alive(self._job, self._clock(), self._lease)
            except Exception as error:
                # A database that is away for a moment is no reason to stop: the lease is still running.
                self._listen("queue", self._job, f"{type(error).__name__}: {error}")
            if self._signal is Signal.LOST:
                return

    def _end_heart(self, heart: threading.Thread) -> None:
        self._over.set()
        heart.join()

    def _was_stopped(self, why: Cancelled) -> None:
        if isinstance(why, LeaseLost):
            self._listen("lost", self._job, str(why))
        elif self._signal is not Signal.CANCEL and self._stopping.is_set():
            self._queue.give_back(self._job, self._clock())
            self._listen("again", self._job, "the worker is closing down")
        else:
            self._queue.stopped(self._job, self._clock())
            self._listen("cancelled", self._job, str(why))

    def _has_failed(self, error: Exception) -> None:
        now = self._clock()
        final = self._handlers.is_final(self._job, error) or self._job.attempts >= self._job.max_attempts
        again_at = None if final else now + wait_after(self._job.attempts, self._job.id)
        told = str(error) if self._handlers.is_final(self._job, error) else f"{type(error).__name__}: {error}"
        kept = self._queue.fail(self._job, now, told, again_at)
        happened = "lost" if not kept else "failed" if final else "again"
        self._listen(happened, self._job, "".join(traceback.format_exception(error)))
