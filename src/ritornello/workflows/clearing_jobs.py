"""Clearing a derivative for delivery as a job: what is in the way is told before it is ordered, and it can be stopped.

Stopped, nothing is packed; what was heard at the gate, and a number that was given out, stay.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from ritornello.analysis.model import AudioError
from ritornello.distribution.destinations import DestinationError
from ritornello.distribution.model import Hindrance
from ritornello.identify.model import IdentifyError
from ritornello.jobs import Handlers, Job, Order, Report
from ritornello.workflows.clear_for_delivery import NotCleared, clear_for_delivery
from ritornello.workflows.house import House
from ritornello.workflows.release_forecast import forecast_release
from ritornello.workflows.route_matches import NotThere

CLEAR = "release.clear"


def order_clearing(house: House, organisation: str, recording_id: str, to: Sequence[str], at: datetime, by: str) -> Job:
    """Order a derivative to be cleared for these services; one that waits or runs is not doubled.

    Raises `NotCleared` with everything that is in the way already, and `NotThere`, `DestinationError` as the forecast.
    """
    wanted = list(dict.fromkeys(to))
    if not wanted:
        raise NotCleared([Hindrance("nowhere", "it goes nowhere", "name the services that it is for")])
    told = forecast_release(house, organisation, recording_id, wanted, at)
    if told.hindrances:
        raise NotCleared(told.hindrances)
    key = f"{CLEAR}:{recording_id}:{told.package_id}"
    with house.work(organisation) as work:
        number = 0
        while (known := work.jobs.by_key(f"{key}:{number}")) is not None and known.state.ended:
            number += 1
        payload = {"recording": recording_id, "to": wanted, "by": by}
        job = known or work.jobs.enqueue(Order(CLEAR, f"{key}:{number}", payload, max_attempts=2), at)
        work.commit()
    return job


def register(handlers: Handlers, house: House, now: Callable[[], datetime]) -> Handlers:
    """Add the handler of this module to those of a worker."""

    def do(job: Job, report: Report) -> Mapping[str, Any]:
        asked = job.payload
        done = clear_for_delivery(
            house, job.organisation, str(asked["recording"]), list(asked["to"]), now(), by=str(asked["by"]),
            report=report,
        )  # fmt: skip
        return {
            "recording": done.recording.id,
            "isrc": done.recording.isrc,
            "isrcs_left": done.isrcs_left,
            "package": done.package.id,
            "files": dict(done.package.files),
        }

    handlers.register(CLEAR, do, (NotCleared, IdentifyError, AudioError, NotThere, DestinationError))
    return handlers
