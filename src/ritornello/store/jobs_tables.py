"""The queue: one row per job, written in the transaction of the change that needs it."""

from __future__ import annotations

from sqlalchemy import Boolean, CheckConstraint, Column, Index, Integer, String, Text, UniqueConstraint

from ritornello.store.tables import Document, Id, Instant, tenant_table

jobs = tenant_table(
    "jobs",
    Column("id", Id, primary_key=True),
    Column("kind", Id, nullable=False),
    Column("key", String(200), nullable=False),
    Column("payload", Document, nullable=False),
    Column("state", String(16), nullable=False),
    Column("priority", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("max_attempts", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("not_before", Instant, nullable=False),
    Column("started_at", Instant),
    Column("ended_at", Instant),
    Column("lease_until", Instant),
    Column("worker", String(200)),
    Column("cancel_asked", Boolean, nullable=False),
    Column("progress", Integer, nullable=False),
    Column("message", Text, nullable=False),
    Column("result", Document),
    Column("error", Text),
    UniqueConstraint("organisation", "key"),
    CheckConstraint("state IN ('queued', 'running', 'done', 'failed', 'cancelled')", name="state"),
    CheckConstraint("(state = 'running') = (lease_until IS NOT NULL)", name="lease"),
    CheckConstraint("progress BETWEEN 0 AND 1000", name="progress"),
)
Index("ix_jobs_due", jobs.c.state, jobs.c.not_before)
