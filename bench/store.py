"""The store: what exactness, triggers and leases cost, against the bare driver doing the same writes without them."""

from __future__ import annotations

import sqlite3
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from bench import Row
from ritornello.jobs import Order
from ritornello.ledger import Period, Posting, Transaction, open_period, post
from ritornello.store.database import create_all, open_engine
from ritornello.store.job_queue import DatabaseQueue
from ritornello.store.unit_of_work import UnitOfWork

AT = datetime(2026, 6, 1, tzinfo=UTC)
POSTINGS = 50_000
JOBS = 300


def seconds(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


def bare(path: Path, rows: int, commits: int) -> float:
    """The same number of rows through sqlite3 itself, in as many commits, in a table without rules."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE plain (a TEXT, b TEXT, c INTEGER, d TEXT, e INTEGER, f TEXT)")
    each = rows // commits

    def write() -> None:
        for _ in range(commits):
            connection.execute("BEGIN IMMEDIATE")
            lines = [("org_bench", "txn_1", n, f"payable:pty_{n}:c", n, "{}") for n in range(each)]
            connection.executemany("INSERT INTO plain VALUES (?, ?, ?, ?, ?, ?)", lines)
            connection.execute("COMMIT")

    taken = seconds(write)
    connection.close()
    return taken


def rows() -> list[Row]:
    """Posting one royalty run, and jobs from order to end, both on SQLite with every commit on the disk."""
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(f"sqlite:///{Path(folder) / 'records.sqlite'}")
        create_all(engine)
        lines = [Posting(f"payable:pty_{n}:c", n, {"line": n}) for n in range(1, POSTINGS)]
        lines.append(Posting("receipts:sonar", -sum(line.micros for line in lines)))

        def run() -> None:
            with UnitOfWork(engine, "org_bench") as work:
                open_period(work.ledger, Period("2026-05", date(2026, 5, 1), date(2026, 6, 1), AT))
                post(Transaction.of("run:1", "2026-05", "EUR", lines), work.ledger, AT)
                work.commit()

        queue = DatabaseQueue(engine)

        def jobs() -> None:
            for number in range(JOBS):
                with UnitOfWork(engine, "org_bench") as work:
                    work.jobs.enqueue(Order("render", f"key {number}"), AT)
                    work.commit()
            while job := queue.claim("w", ["render"], AT, timedelta(minutes=1)):
                queue.finish(job, AT, {})

        posted, plain = seconds(run), bare(Path(folder) / "plain.sqlite", POSTINGS, 1)
        done, plain_jobs = seconds(jobs), bare(Path(folder) / "plain2.sqlite", JOBS * 3, JOBS * 3)
        engine.dispose()
    return [
        Row(
            f"one run of {POSTINGS:,} postings, sealed and hashed",
            f"{POSTINGS / posted:,.0f} postings/s",
            f"{POSTINGS / plain:,.0f} rows/s (bare sqlite3, no rules)",
            f"{plain / posted:.2f}",
            "≥ 5,000 postings/s",
        ),
        Row(
            "jobs ordered, claimed and ended, each step durable",
            f"{JOBS / done:,.0f} jobs/s",
            f"{JOBS / plain_jobs:,.0f} × 3 commits/s (bare sqlite3)",
            f"{plain_jobs / done:.2f}",
            "≥ 20 jobs/s",
        ),
    ]
