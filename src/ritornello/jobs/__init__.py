"""Long work, done beside the requests that ask for it: a queue, workers, progress, cancelling, trying again.

A job is written in the same transaction as the change that needs it, so neither is ever there without the other. A
worker takes a job under a *lease*, which it renews while it lives; when the worker dies, the lease runs out and another
takes the job up. A job may therefore run more than once, and what it does has to be idempotent, as all writes here are.
"""

from __future__ import annotations

from ritornello.jobs.crew import Crew
from ritornello.jobs.model import Cancelled, GiveUp, Job, JobError, JobState, LeaseLost, Order, Report
from ritornello.jobs.queue import JobQueue
from ritornello.jobs.worker import Handlers, Worker

__all__ = [
    "Cancelled",
    "Crew",
    "GiveUp",
    "Handlers",
    "Job",
    "JobError",
    "JobQueue",
    "JobState",
    "LeaseLost",
    "Order",
    "Report",
    "Worker",
]
