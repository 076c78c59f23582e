"""A foreign file measured as a job: held against its declared parents, with progress, and stopped on demand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from ritornello.jobs import Job, JobState, Order, Report
from ritornello.proof import digest
from ritornello.workflows.house import House
from ritornello.workflows.measure_file import check_asked, measure_file, recording_named, words_of

MEASURE = "studio.measure"


def order_measuring(
    house: House,
    organisation: str,
    file: Path,
    name: str,
    parents: Sequence[str],
    at: datetime,
    by: str,
    *,
    licence_id: str = "",
) -> Job:
    """Keep the file and place its measurement. The same file against the same parents is one job.

    Raises SourceMissing, LicenceAway, and AudioError for a file that cannot be read.
    """
    from ritornello.analysis import decode

    ids = [recording_named(house, organisation, one) for one in parents]
    check_asked(house, organisation, licence_id, ids, at)
    decode.read(file)
    payload = {
        "audio_key": house.blobs.put_file(file),
        "name": name,
        "parents": ids,
        "licence": licence_id,
        "maker": by,
    }
    with house.work(organisation) as work:
        key = f"{MEASURE}:{digest(payload)}"
        known = work.jobs.by_key(key)
        job = known if known is not None and known.state is JobState.DONE else None  # it would measure the same again
        if job is None and known is not None and known.state.ended:
            job = work.jobs.again(known.id, at)
        job = job or work.jobs.enqueue(Order(MEASURE, key, payload, max_attempts=2), at)
        work.commit()
    return job


def measure_ordered(house: House, job: Job, report: Report, at: datetime) -> Mapping[str, Any]:
    """Measure an ordered file; the result is the document of `ritornello measure --json` with its words."""
    asked = job.payload
    path = house.blobs.local_path(asked["audio_key"])
    found = measure_file(
        house, job.organisation, path, asked["parents"], at, licence_id=asked["licence"], report=report
    )
    return {**found.to_document(), "words": words_of(found), "name": asked["name"]}
