"""Hearing a derivative at the release gate as a job: it takes seconds to minutes, shows how far it is, can be stopped.

What was heard is kept at the end only, so a hearing that was stopped leaves nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from ritornello.analysis.model import AudioError
from ritornello.identify.model import IdentifyError
from ritornello.jobs import Handlers, Job, Order, Report
from ritornello.workflows.house import House
from ritornello.workflows.release_gate import at_gate, hear_at_gate
from ritornello.workflows.route_matches import NotThere

HEAR = "release.hear"


def order_hearing(house: House, organisation: str, recording_id: str, at: datetime, by: str) -> Job:
    """Order a derivative to be heard at the gate; one that waits or runs is not doubled.

    Raises `NotThere` for what is no derivative with sound.
    """
    at_gate(house, organisation, recording_id, at)
    with house.work(organisation) as work:
        number = 0
        while (known := work.jobs.by_key(f"{HEAR}:{recording_id}:{number}")) is not None and known.state.ended:
            number += 1
        key = f"{HEAR}:{recording_id}:{number}"
        job = known or work.jobs.enqueue(Order(HEAR, key, {"recording": recording_id, "by": by}, max_attempts=2), at)
        work.commit()
    return job


def register(handlers: Handlers, house: House, now: Callable[[], datetime]) -> Handlers:
    """Add the handler of this module to those of a worker."""

    def do(job: Job, report: Report) -> Mapping[str, Any]:
        asked = job.payload
        found = hear_at_gate(
            house, job.organisation, str(asked["recording"]), now(), by=str(asked["by"]), report=report
        )
        return {"recording": found.recording.id, "verdict": None if found.verdict is None else found.verdict.value}

    handlers.register(HEAR, do, (IdentifyError, AudioError, NotThere))
    return handlers
