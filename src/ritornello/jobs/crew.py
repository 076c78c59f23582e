"""Several workers beside one application: started together, one put in the place of any that hangs, all stopped."""

from __future__ import annotations

import threading
from collections.abc import Callable

from ritornello.jobs.worker import Worker


class Crew:
    """Runs `size` workers made by `hire` (given a number that is never used twice). Size 0 runs none."""

    def __init__(self, hire: Callable[[int], Worker], size: int, watch_seconds: float = 5.0) -> None:
        self._hire = hire
        self._size = size
        self._watch_seconds = watch_seconds
        self._workers: list[Worker] = []
        self._hired = 0
        self._stopping = threading.Event()
        self._watcher: threading.Thread | None = None

    def start(self) -> None:
        """Start the workers and whoever watches over them."""
        self._workers = [self._hired_one() for _ in range(self._size)]
        if self._size:
            self._watcher = threading.Thread(target=self._watch, name="crew", daemon=True)
            self._watcher.start()

    def stop(self, wait_seconds: float = 30.0) -> None:
        """Stop every worker; running jobs go back into the queue."""
        self._stopping.set()
        for worker in self._workers:
            worker.abandon()
        for worker in self._workers:
            worker.stop(wait_seconds)
        if self._watcher is not None:
            self._watcher.join(wait_seconds)

    def wake(self) -> None:
        """There may be new work: ask now."""
        for worker in self._workers:
            worker.wake()

    def _hired_one(self) -> Worker:
        worker = self._hire(self._hired)
        self._hired += 1
        worker.start()
        return worker

    def _watch(self) -> None:
        while not self._stopping.wait(self._watch_seconds):
            for place, worker in enumerate(self._workers):
                if worker.hangs:
                    worker.abandon()
                    self._workers[place] = self._hired_one()
