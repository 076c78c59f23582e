"""The queue and the worker on both databases: nothing is lost, nothing done by two at a time, a crash survived."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text

from ritornello.jobs import Cancelled, Crew, GiveUp, Handlers, Job, JobError, JobState, LeaseLost, Order, Report, Worker
from ritornello.jobs.model import wait_after
from ritornello.jobs.queue import Signal
from ritornello.store.job_queue import DatabaseQueue
from ritornello.store.unit_of_work import UnitOfWork

AT = datetime(2026, 5, 1, 12, tzinfo=UTC)
LEASE = timedelta(seconds=60)
KINDS = ("render",)


class Clock:
    """A clock that goes on only when told to."""

    def __init__(self) -> None:
        self.now = AT

    def __call__(self) -> datetime:
        return self.now

    def go_on(self, by: timedelta) -> None:
        self.now += by


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def queue(engine: Engine) -> DatabaseQueue:
    return DatabaseQueue(engine)


Ordering = Callable[..., Job]


@pytest.fixture
def order(engine: Engine) -> Ordering:
    def place(key: str = "one", organisation: str = "org_test", **more: Any) -> Job:
        with UnitOfWork(engine, organisation) as work:
            job = work.jobs.enqueue(Order(more.pop("kind", "render"), key, **more), AT)
            work.commit()
        return job

    return place


def stored(engine: Engine, job: Job) -> Job:
    with UnitOfWork(engine, job.organisation, read_only=True) as work:
        found = work.jobs.get(job.id)
    assert found is not None
    return found


def worker(queue: DatabaseQueue, clock: Callable[[], datetime], handler: Any, **more: Any) -> Worker:
    handlers = Handlers()
    handlers.register("render", handler, final=more.pop("final", ()))
    return Worker(queue, handlers, name=more.pop("name", "w1"), clock=clock, lease=more.pop("lease", LEASE), **more)


def done(job: Job, report: Report) -> Mapping[str, Any]:
    report(0.5, "half")
    return {"payload": dict(job.payload)}


def test_an_order_is_there_with_its_change_or_not_at_all(engine: Engine, queue: DatabaseQueue) -> None:
    with UnitOfWork(engine, "org_test") as work:
        work.jobs.enqueue(Order("render", "lost"), AT)
    assert queue.claim("w", KINDS, AT, LEASE) is None
    with UnitOfWork(engine, "org_test") as work:
        work.jobs.enqueue(Order("render", "kept"), AT)
        work.commit()
    assert queue.claim("w", KINDS, AT, LEASE) is not None


def test_the_same_order_twice_is_one_job(engine: Engine, order: Ordering) -> None:
    first = order("one", payload={"recipe": "rcp_1"})
    assert order("one") == first
    with pytest.raises(JobError, match="another kind"):
        order("one", kind="analyse")
    assert order("one", organisation="org_other").id != first.id


def test_a_job_runs_once_and_its_result_is_kept(
    engine: Engine, queue: DatabaseQueue, order: Ordering, clock: Clock
) -> None:
    job = order(payload={"recipe": "rcp_1"})
    working = worker(queue, clock, done)
    assert working.run_all() == 1 and working.run_all() == 0
    kept = stored(engine, job)
    assert (kept.state, kept.progress, kept.attempts) == (JobState.DONE, 1000, 1)
    assert kept.result == {"payload": {"recipe": "rcp_1"}} and kept.lease_until is None and kept.ended_at == AT


def test_what_is_urgent_goes_first_and_what_is_later_waits(
    engine: Engine, queue: DatabaseQueue, order: Ordering
) -> None:
    order("usual")
    urgent = order("urgent", priority=5)
    with UnitOfWork(engine, "org_test") as work:
        later = work.jobs.enqueue(Order("render", "later", priority=9), AT, not_before=AT + LEASE)
        work.commit()
    claimed = [queue.claim("w", KINDS, AT, LEASE) for _ in range(3)]
    assert [job.key if job else None for job in claimed] == ["urgent", "usual", None]
    assert claimed[0] is not None and claimed[0].id == urgent.id
    last = queue.claim("w", KINDS, AT + LEASE, LEASE * 9)
    assert last is not None and last.id == later.id


def test_a_worker_takes_only_what_it_can_do(queue: DatabaseQueue, order: Ordering) -> None:
    order(kind="analyse")
    assert queue.claim("w", KINDS, AT, LEASE) is None
    assert queue.claim("w", ("analyse", "render"), AT, LEASE) is not None


def test_many_workers_do_every_job_exactly_once(engine: Engine, queue: DatabaseQueue) -> None:
    with UnitOfWork(engine, "org_test") as work:
        for number in range(40):
            work.jobs.enqueue(Order("render", f"key {number}"), AT)
        work.commit()
    ran: list[str] = []

    def drain(number: int) -> int:
        def note(job: Job, report: Report) -> None:
            ran.append(job.key)

        return worker(queue, lambda: AT, note, name=f"w{number}").run_all()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(drain, range(4))) == 40
    assert sorted(ran) == sorted(f"key {number}" for number in range(40))


def test_a_failure_is_tried_again_later_and_in_the_end_told(
    engine: Engine, queue: DatabaseQueue, order: Ordering, clock: Clock
) -> None:
    job = order(max_attempts=3)

    def broken(job: Job, report: Report) -> None:
        raise OSError("the disk is full")

    working = worker(queue, clock, broken)
    for attempt in (1, 2):
        assert working.run_all() == 1
        kept = stored(engine, job)
        assert kept.state is JobState.QUEUED and kept.attempts == attempt
        assert kept.not_before == clock.now + wait_after(attempt, job.id)
        clock.go_on(wait_after(attempt, job.id) - timedelta(milliseconds=1))
        assert working.run_all() == 0
        clock.go_on(timedelta(milliseconds=1))
    working.run_all()
    assert stored(engine, job).state is JobState.FAILED
    assert stored(engine, job).error == "OSError: the disk is full"


@pytest.mark.parametrize("error", [GiveUp("the file is text"), ValueError("refused")])
def test_what_cannot_succeed_is_not_tried_again(
    engine: Engine, queue: DatabaseQueue, order: Ordering, clock: Clock, error: Exception
) -> None:
    job = order()

    def refuse(job: Job, report: Report) -> None:
        raise error

    worker(queue, clock, refuse, final=(ValueError,)).run_all()
    assert (stored(engine, job).state, stored(engine, job).error) == (JobState.FAILED, str(error))


def test_progress_is_seen_while_it_runs(engine: Engine, queue: DatabaseQueue, order: Ordering, clock: Clock) -> None:
    job = order()
    seen: list[tuple[int, str]] = []

    def slow(job: Job, report: Report) -> None:
        for step in range(4):
            report(step / 4, f"bar {step}")
            seen.append((stored(engine, job).progress, stored(engine, job).message))
            clock.go_on(timedelta(milliseconds=300))

    worker(queue, clock, slow).run_all()
    # written at most twice a second: every other of these reports, 300 ms apart
    assert seen == [(0, "bar 0"), (0, "bar 0"), (500, "bar 2"), (500, "bar 2")]
    assert stored(engine, job).progress == 1000


def test_a_waiting_job_is_cancelled_at_once(engine: Engine, queue: DatabaseQueue, order: Ordering) -> None:
    job = order()
    with UnitOfWork(engine, "org_test") as work:
        assert work.jobs.cancel(job.id, AT).state is JobState.CANCELLED
        work.commit()
    assert queue.claim("w", KINDS, AT, LEASE) is None


def test_a_running_job_is_cancelled_at_its_next_report(
    engine: Engine, queue: DatabaseQueue, order: Ordering, clock: Clock
) -> None:
    job = order()
    left_behind: list[str] = ["half a file"]

    def slow(job: Job, report: Report) -> None:
        try:
            report(0.1, "begun")
            with UnitOfWork(engine, "org_test") as work:
                work.jobs.cancel(job.id, clock.now)
                work.commit()
            clock.go_on(timedelta(seconds=1))
            report(0.2, "still there")
        except Cancelled:
            left_behind.clear()
            raise
        raise AssertionError("the report should have stopped it")

    worker(queue, clock, slow).run_all()
    assert stored(engine, job).state is JobState.CANCELLED and left_behind == []


def test_a_failed_job_can_be_put_back(engine: Engine, queue: DatabaseQueue, order: Ordering, clock: Clock) -> None:
    job = order(max_attempts=1)

    def broken(job: Job, report: Report) -> None:
        raise GiveUp("no")

    worker(queue, clock, broken).run_all()
    with UnitOfWork(engine, "org_test") as work:
        assert work.jobs.again(job.id, clock.now).state is JobState.QUEUED
        with pytest.raises(JobError, match="only a failed or cancelled job"):
            work.jobs.again(job.id, clock.now)
        work.commit()
    assert worker(queue, clock, done).run_all() == 1
    assert stored(engine, job).state is JobState.DONE


def test_a_lost_lease_takes_the_job_from_the_silent_worker(
    engine: Engine, queue: DatabaseQueue, order: Ordering, clock: Clock
) -> None:
    job = order()

    def silent(running: Job, report: Report) -> None:
        clock.go_on(LEASE)
        worker(queue, clock, done, name="w2").run_all()
        report(0.5, "I am back")

    heard: list[str] = []
    worker(queue, clock, silent, listen=lambda happened, job, detail: heard.append(happened)).run_all()
    assert heard == ["started", "lost"]
    kept = stored(engine, job)
    assert (kept.state, kept.attempts, kept.worker) == (JobState.DONE, 2, None)


def test_who_lost_the_lease_can_change_nothing(engine: Engine, queue: DatabaseQueue, order: Ordering) -> None:
    order()
    first = queue.claim("w", KINDS, AT, LEASE)
    second = queue.claim("w", KINDS, AT + LEASE, LEASE)  # the same worker's name: the number of the try decides
    assert first is not None and second is not None and first.id == second.id
    later = AT + LEASE
    assert queue.alive(first, later, LEASE) is Signal.LOST
    assert not queue.finish(first, later, {}) and not queue.fail(first, later, "late", None)
    assert not queue.stopped(first, later) and not queue.give_back(first, later)
    assert queue.finish(second, later, {})


def test_a_job_that_kills_its_workers_is_buried(engine: Engine, queue: DatabaseQueue, order: Ordering) -> None:
    job = order(max_attempts=2)
    for turn in range(2):
        assert queue.claim("w", KINDS, AT + turn * LEASE, LEASE) is not None
    assert queue.claim("w", KINDS, AT + 2 * LEASE, LEASE) is None
    assert stored(engine, job).state is JobState.FAILED and "died" in str(stored(engine, job).error)


def test_a_long_computation_keeps_its_lease_without_reporting(
    engine: Engine, queue: DatabaseQueue, order: Ordering
) -> None:
    job = order()
    lease = timedelta(milliseconds=600)

    def now() -> datetime:
        return datetime.now(UTC)

    def deep(job: Job, report: Report) -> None:
        time.sleep(1.0)
        assert queue.claim("w2", KINDS, now(), lease) is None

    worker(queue, now, deep, lease=lease).run_all()
    assert stored(engine, job).state is JobState.DONE and stored(engine, job).attempts == 1


def test_a_handler_that_hangs_loses_its_lease_and_a_fresh_worker_does_the_job(
    engine: Engine, queue: DatabaseQueue, order: Ordering
) -> None:
    job = order(max_attempts=3)
    hanging, released, finished = threading.Event(), threading.Event(), threading.Event()

    def handler(job: Job, report: Report) -> Mapping[str, Any]:
        report(0.1, "begun")
        if job.attempts == 1:
            hanging.set()
            released.wait(30)
            report(0.2, "too late")
            raise AssertionError("a handler that lost its job went on")
        finished.set()
        return {"by": job.worker or ""}

    lease = timedelta(milliseconds=300)

    def hire(number: int) -> Worker:
        return worker(
            queue, lambda: datetime.now(UTC), handler, name=f"w{number}", lease=lease, silence=2 * lease, idle=0.05
        )

    crew = Crew(hire, 1, watch_seconds=0.05)
    crew.start()
    try:
        assert hanging.wait(10)
        assert finished.wait(20)
    finally:
        released.set()
        crew.stop(10)
    ended = stored(engine, job)
    assert (ended.state, ended.attempts, ended.result) == (JobState.DONE, 2, {"by": "w1"})


def test_a_worker_that_closes_down_gives_its_job_back(engine: Engine, queue: DatabaseQueue, order: Ordering) -> None:
    job = order()
    begun = threading.Event()

    def endless(job: Job, report: Report) -> None:
        begun.set()
        while True:
            report(0.1, "on and on")
            time.sleep(0.01)

    working = worker(queue, lambda: datetime.now(UTC), endless, idle=0.05)
    working.start()
    assert begun.wait(10)
    working.stop()
    kept = stored(engine, job)
    assert (kept.state, kept.attempts, kept.worker) == (JobState.QUEUED, 0, None)


def test_a_thread_takes_up_new_work_when_woken(engine: Engine, queue: DatabaseQueue, order: Ordering) -> None:
    finished = threading.Event()
    working = worker(queue, lambda: datetime.now(UTC), lambda job, report: finished.set(), idle=600)
    working.start()
    try:
        with pytest.raises(JobError, match="runs already"):
            working.start()
        time.sleep(0.1)  # it has asked the empty queue and waits for ten minutes
        order()
        working.wake()
        assert finished.wait(10)
    finally:
        working.stop()


def test_jobs_of_another_house_are_not_seen_nor_stopped(engine: Engine, order: Ordering) -> None:
    job = order()
    with UnitOfWork(engine, "org_other") as work:
        assert work.jobs.get(job.id) is None and work.jobs.newest() == [] and work.jobs.by_key("one") is None
        with pytest.raises(JobError, match="no job"):
            work.jobs.cancel(job.id, AT)
        work.commit()
    assert not stored(engine, job).cancel_asked


CHILD = """
import sys, time
from datetime import UTC, datetime, timedelta
from ritornello.jobs import Handlers, Worker
from ritornello.store.database import open_engine
from ritornello.store.job_queue import DatabaseQueue

def hang(job, report):
    report(0.3, "half a file written")
    print("claimed", job.id, flush=True)
    time.sleep(600)

handlers = Handlers()
handlers.register("render", hang)
Worker(DatabaseQueue(open_engine(sys.argv[1])), handlers, name="child", clock=lambda: datetime.now(UTC),
       lease=timedelta(seconds=1.5)).run_one()
"""


def address_for_a_child(engine: Engine) -> str:
    url = engine.url
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            schema = connection.execute(text("SELECT current_schema()")).scalar()
        url = url.update_query_dict({"options": f"-csearch_path={schema}"})
    return url.render_as_string(hide_password=False)


def test_a_killed_process_loses_nothing(engine: Engine, queue: DatabaseQueue, order: Ordering) -> None:
    job = order()
    path = os.pathsep.join(["src", os.environ.get("PYTHONPATH", "")])
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, address_for_a_child(engine)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
    )
    try:
        assert child.stdout is not None and child.stdout.readline().split() == ["claimed", job.id]
    finally:
        child.send_signal(signal.SIGKILL)
        child.communicate()
    assert child.returncode == -signal.SIGKILL
    held = stored(engine, job)
    assert (held.state, held.worker, held.message) == (JobState.RUNNING, "child", "half a file written")

    working = worker(queue, lambda: datetime.now(UTC), done, name="heir")
    assert not working.run_one()  # the dead worker's lease still runs
    until = time.monotonic() + 20
    while not working.run_one():
        assert time.monotonic() < until
        time.sleep(0.05)
    kept = stored(engine, job)
    assert (kept.state, kept.attempts) == (JobState.DONE, 2)
    assert held.lease_until is not None and kept.started_at is not None and kept.started_at >= held.lease_until


def test_a_lost_lease_is_a_kind_of_cancelling() -> None:
    assert issubclass(LeaseLost, Cancelled)
