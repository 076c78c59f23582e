"""The long acts on money as jobs: taking a delivery in, running a period, closing it with its statements.

An order that waits or runs is not placed twice. What was uploaded rests among the blobs, so that any worker of the
installation can do the job. A job that is stopped leaves nothing half-written.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

from ritornello.jobs import Handlers, Job, Order, Report
from ritornello.ledger.model import LedgerError, PeriodError
from ritornello.messages.findings import MOST_PER_CODE
from ritornello.messages.sheets import SheetError
from ritornello.messages.workbooks import WorkbookError
from ritornello.proof import digest
from ritornello.royalty.approval import StepError
from ritornello.royalty.documents import TermError
from ritornello.royalty.run import ConservationError
from ritornello.royalty.wording import decimal
from ritornello.statements.model import StatementError
from ritornello.usage.model import Exchange, TakenIn, UsageError
from ritornello.workflows.close_period import close_with_statements, run_period
from ritornello.workflows.house import House
from ritornello.workflows.periods import PeriodProblem, named
from ritornello.workflows.take_in_usage import take_in_usage

TAKE_IN, RUN, CLOSE = "usage.take-in", "royalties.run", "royalties.close"
KINDS = (TAKE_IN, RUN, CLOSE)
REFUSALS = (
    *(ConservationError, LedgerError, PeriodError, PeriodProblem, SheetError, StatementError, StepError, TermError),
    *(UsageError, WorkbookError),
)
"""What no second try mends: the job fails at once, and its error is for people."""


def register(handlers: Handlers, house: House, now: Callable[[], datetime]) -> Handlers:
    """Add the handlers of this module to those of a worker."""
    handlers.register(TAKE_IN, lambda job, report: _take_in(house, job, report, now()), REFUSALS)
    handlers.register(RUN, lambda job, report: _run(house, job, report, now()), REFUSALS)
    handlers.register(CLOSE, lambda job, report: _close(house, job, report, now()), REFUSALS)
    return handlers


# ── ordering ──


def order_take_in(
    house: House,
    organisation: str,
    files: Sequence[tuple[str, bytes]],
    source: str,
    at: datetime,
    by: str,
    *,
    period: tuple[date, date] | None = None,
    supersedes: str | None = None,
    accept: Sequence[str] = (),
    exchange: Mapping[str, Exchange] | None = None,
) -> Job:
    """Order one delivery of a source to be taken in. Raises `UsageError` for a source that is not recorded."""
    with house.work(organisation, read_only=True) as work:
        work.usage.source(source)
    payload = {
        "files": [{"name": Path(name).name or "upload", "key": house.blobs.put(content)} for name, content in files],
        "source": source,
        "period": None if period is None else [str(day) for day in period],
        "supersedes": supersedes,
        "accept": sorted(accept),
        "exchange": {
            currency: {"target": one.target, "rate": str(one.rate), "day": str(one.day), "provider": one.provider}
            for currency, one in sorted((exchange or {}).items())
        },
    }
    return _order(house, organisation, TAKE_IN, payload, at, by)


def order_run(house: House, organisation: str, period: str, at: datetime, by: str) -> Job:
    """Order a period to be run. Raises `PeriodProblem` for what names none."""
    return _order(house, organisation, RUN, {"period": named(period).id}, at, by)


def order_close(house: House, organisation: str, run_id: str, at: datetime, by: str) -> Job:
    """Order the books of a posted run to be closed, and everybody's statement to be written."""
    return _order(house, organisation, CLOSE, {"run": run_id}, at, by)


def _order(house: House, organisation: str, kind: str, payload: Mapping[str, Any], at: datetime, by: str) -> Job:
    with house.work(organisation) as work:
        number = 0
        while True:
            key = f"{kind}:{digest(payload)}:{number}"
            known = work.jobs.by_key(key)
            if known is None or not known.state.ended:
                break
            number += 1
        job = work.jobs.enqueue(Order(kind, key, {**payload, "by": by}, max_attempts=3), at)
        work.commit()
    return job


# ── doing ──


def _take_in(house: House, job: Job, report: Report, at: datetime) -> Mapping[str, Any]:
    payload = job.payload
    with house.work(job.organisation, read_only=True) as work:
        source = work.usage.source(payload["source"])
    start_end = payload["period"]
    exchange = {
        currency: Exchange(one["target"], Fraction(one["rate"]), date.fromisoformat(one["day"]), one["provider"])
        for currency, one in payload["exchange"].items()
    }
    with tempfile.TemporaryDirectory(prefix="ritornello-upload-") as folder:
        paths = []
        for number, one in enumerate(payload["files"]):
            path = Path(folder) / str(number) / one["name"]
            path.parent.mkdir()
            with house.blobs.open(one["key"]) as content:
                path.write_bytes(content.read())
            paths.append(path)
        taken = take_in_usage(
            house,
            job.organisation,
            paths,
            source,
            at,
            exchange=exchange,
            period=None if start_end is None else (date.fromisoformat(start_end[0]), date.fromisoformat(start_end[1])),
            supersedes=payload["supersedes"],
            accept=payload["accept"],
            report=report,
            by=payload.get("by", ""),
        )
    if job.attempts > 1 and taken.errors and all(one.code == "already_taken_in" for one in taken.errors):
        return _recorded_before(house, job, taken)
    return told(taken)


def _recorded_before(house: House, job: Job, taken: TakenIn) -> dict[str, Any]:
    """The worker died after the files were recorded and before it could say so: they are taken in."""
    contents = {one.given for one in taken.errors}
    with house.work(job.organisation, read_only=True) as work:
        files = tuple(file for file in work.usage.files(superseded=True) if file.sha256 in contents)
        receipts = tuple(work.usage.receipts([file.id for file in files]))
        findings = tuple(found for file in files for found in work.usage.findings(file.id))
    return told(TakenIn(files, receipts, findings))


def told(taken: TakenIn) -> dict[str, Any]:
    """The outcome of an intake as a document."""
    return {
        "taken_in": not taken.refused,
        "files": [
            {
                **asdict(file),
                "period_start": str(file.period_start),
                "period_end": str(file.period_end),
                "taken_in_at": file.taken_in_at.isoformat(),
            }
            for file in taken.files
        ],
        "receipts": [
            {
                "file": one.file_id,
                "currency": one.currency,
                "total": decimal(Fraction(one.total_e10, 10**10)),
                "unmatched": decimal(Fraction(one.unmatched_e10, 10**10)),
                "rows": one.rows,
            }
            for one in taken.receipts
        ],
        "findings": [asdict(found) for found in taken.findings[:MOST_PER_CODE]],
    }


def _run(house: House, job: Job, report: Report, at: datetime) -> Mapping[str, Any]:
    ran = run_period(house, job.organisation, named(job.payload["period"]), at, job.payload["by"], report)
    return {"run": ran.record.id, "again": ran.again}


def _close(house: House, job: Job, report: Report, at: datetime) -> Mapping[str, Any]:
    closed = close_with_statements(house, job.organisation, job.payload["run"], at, job.payload["by"], report)
    return {"run": job.payload["run"], "books": closed.closure.period, "statements": len(closed.statements)}
