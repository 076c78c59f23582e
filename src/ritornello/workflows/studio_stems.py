"""Stems brought in, as a job: checked against their master, and packed for a contest where they pass."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from ritornello.analysis.model import Audio
from ritornello.jobs import Job, JobState, Order, Report
from ritornello.proof import digest
from ritornello.workflows.house import House
from ritornello.workflows.studio_songs import material_of, recording_of

STEMS = "studio.stems"
MOST_STEMS = 32


def order_check(
    house: House,
    organisation: str,
    stems: Mapping[str, Path],
    master: Path | str,
    at: datetime,
    by: str,
    *,
    pack: bool = False,
    title: str = "",
    terms: str = "",
) -> Job:
    """Keep the files and place their check; with `pack` a contest package is made of them where they pass.

    `stems` are files by part, `master` a file or the id of a recording of the house. Raises SourceMissing, ValueError
    for more than 32 stems or none, and AudioError for a file that cannot be read.
    """
    from ritornello.analysis import decode

    if not 1 <= len(stems) <= MOST_STEMS:
        raise ValueError(f"there are {len(stems)} stems: bring 1 to {MOST_STEMS}")
    for path in stems.values():
        decode.read(path, silent=True)
    payload: dict[str, Any] = {
        "stems": {part: house.blobs.put_file(path) for part, path in sorted(stems.items())},
        "master_key": "",
        "recording_id": "",
        "maker": by,
        "pack": pack,
        "title": title,
        "terms": terms,
    }
    if isinstance(master, Path):
        decode.read(master)
        payload["master_key"] = house.blobs.put_file(master)
    else:
        material_of(house, organisation, master)
        payload["recording_id"] = master
    return _placed(house, organisation, payload, at)


def order_packing(house: House, organisation: str, checked: Job, title: str, terms: str, at: datetime) -> Job:
    """Make a contest package of stems that were checked."""
    return _placed(house, organisation, {**checked.payload, "pack": True, "title": title, "terms": terms}, at)


def _placed(house: House, organisation: str, payload: Mapping[str, Any], at: datetime) -> Job:
    key = f"{STEMS}:{digest(dict(payload))}"
    with house.work(organisation) as work:
        known = work.jobs.by_key(key)
        if known is not None and known.state in (JobState.FAILED, JobState.CANCELLED):
            known = work.jobs.again(known.id, at)
        job = known or work.jobs.enqueue(Order(STEMS, key, dict(payload), max_attempts=2), at)
        work.commit()
    return job


def check_ordered(house: House, job: Job, report: Report, at: datetime) -> Mapping[str, Any]:
    """Check an order's stems, and pack them where that was asked and they pass.

    The result holds the check, each file's level in hundredths, and the key of the package.
    """
    from ritornello.analysis import analyse, decode, loudness
    from ritornello.studio.intake import check_stems
    from ritornello.studio.package import pack_stems

    asked = job.payload
    report(0.02, "reading the master")
    master = _master(house, job.organisation, asked)
    stems: dict[str, Audio] = {}
    levels: dict[str, dict[str, int]] = {}
    for number, (part, key) in enumerate(asked["stems"].items()):
        report(0.05 + 0.5 * number / len(asked["stems"]), f"reading {part}")
        stems[part] = decode.read(house.blobs.local_path(key), silent=True)
        level = loudness.measure(stems[part])
        levels[part] = {
            "ms": round(1000 * stems[part].duration_s),
            "rate": stems[part].rate,
            "channels": stems[part].channels,
            "lufs_centi": level.lufs_centi,
            "dbtp_centi": level.dbtp_centi,
        }
    report(0.6, "holding them against the master")
    found = check_stems(master, stems)
    result: dict[str, Any] = {
        "accepted": found.accepted,
        "findings": [asdict(one) for one in found.findings],
        "residual_centidb": round(100 * found.residual_db),
        "residual_by_section_centidb": [round(100 * one) for one in found.residual_by_section_db],
        "levels": levels,
        "package_key": "",
    }
    if asked["pack"] and found.accepted:
        report(0.7, "listening for tempo and key")
        analysis = analyse(master, lambda part, what: report(0.7 + 0.2 * part, what))
        report(0.92, "packing")
        with tempfile.TemporaryDirectory(dir=house.home) as folder:
            title = asked["title"] or _title(house, job.organisation, asked) or "song"
            made = pack_stems(Path(folder), title, master, stems, analysis, asked["terms"])
            result |= {"package_key": house.blobs.put_file(made.path), "package_name": made.path.name}
    report(1.0, "checked")
    return result


def _master(house: House, organisation: str, asked: Mapping[str, Any]) -> Audio:
    from ritornello.analysis import decode

    if asked["master_key"]:
        return decode.read(house.blobs.local_path(asked["master_key"]))
    return material_of(house, organisation, asked["recording_id"]).listen()


def _title(house: House, organisation: str, asked: Mapping[str, Any]) -> str:
    if not asked["recording_id"]:
        return ""
    with house.work(organisation, read_only=True) as work:
        return recording_of(work, asked["recording_id"]).title
