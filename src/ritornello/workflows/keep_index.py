"""What can be found: the index beside the catalogue, what is kept out of it, its snapshots, making it anew as a job.

A recording is taken in as it arrives. What went wrong then, or was changed since, is made good by bringing the index in
line with the catalogue; that and making it anew take long, so they are jobs that show their progress and can be
stopped: what was brought in line until then stays, and the next one goes on from there. One that is made anew is made
beside the old one, which answers until it is whole.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ritornello.identify.index import Density, Index, Share
from ritornello.identify.model import IdentifyError
from ritornello.jobs import Handlers, Job, Order, Report
from ritornello.workflows.house import House
from ritornello.workflows.identify_audio import KINDS, anew_where_broken, index_catalogue, index_of, keep_out, kept_out

INDEX = "identify.index"
_NAME = re.compile(r"[0-9TZ]{16}(-[0-9]+)?")


class NoSuchRecording(LookupError):
    """A recording is named that the catalogue does not hold."""


@dataclass(frozen=True, slots=True)
class Line:
    """One recording of the catalogue that cannot be found, or only by sound that it no longer has, and why."""

    recording: str
    title: str
    why: str


@dataclass(frozen=True, slots=True)
class Part:
    """What of the index has one density: segments, recordings in them, seconds of sound, bytes on disk for an hour."""

    density: str
    segments: int
    recordings: int
    seconds: int
    bytes: int
    bytes_per_hour: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How the index stands beside the catalogue.

    Attributes:
        found: recordings that can be found.
        behind: those of the catalogue that cannot, or only by other sound; empty when the index is in line.
        kept_out: taken out by a person.
        gone: still in the index, no longer in the catalogue.
        segments: immutable batches that a query reads.
        bytes: of the index on disk.
        snapshots: names of the snapshots kept by this installation, the newest first.
        unreadable: what keeps the index from being read; "" for one that is well.
        density: what new segments are made as.
        parts: what of the index is full and what is light.
    """

    found: int
    behind: tuple[Line, ...]
    kept_out: tuple[Line, ...]
    gone: int
    segments: int
    bytes: int
    snapshots: tuple[str, ...]
    unreadable: str = ""
    density: str = Density.FULL.value
    parts: tuple[Part, ...] = ()

    def to_document(self) -> dict[str, Any]:
        """JSON of integers, texts and lists."""
        return asdict(self)


def standing_of(house: House, organisation: str) -> Standing:
    """How the index stands beside the catalogue; also for one that cannot be read, which says so."""
    out = kept_out(house, organisation)
    with house.work(organisation, read_only=True) as work:
        recordings = work.catalogue.recordings()
    known: dict[str, str] = {}
    segments, size, unreadable = 0, 0, ""
    shares: list[Share] = []
    for kind in KINDS:
        index = index_of(house, organisation, kind)
        try:
            known |= index.recordings()
            segments += len(index.segments())
            shares += index.shares()
        except IdentifyError as error:
            unreadable = str(error)
        size += sum(one.stat().st_size for one in index.folder.rglob("*.npy"))
    behind = [
        Line(one.id, _title(one), "not in the index" if one.id not in known else "its sound was changed since")
        for one in recordings
        if one.audio_key is not None and one.id not in out and known.get(one.id) != one.pcm_sha256
    ]
    return Standing(
        found=len(known),
        behind=tuple(behind),
        kept_out=tuple(Line(one.id, _title(one), "taken out by a person") for one in recordings if one.id in out),
        gone=len(set(known) - {one.id for one in recordings}),
        segments=segments,
        bytes=size,
        snapshots=tuple(sorted((one.name for one in _snapshots(house, organisation).glob("*T*")), reverse=True)),
        unreadable=unreadable,
        density=index_of(house, organisation).density.value,
        parts=tuple(_part(density, [one for one in shares if one.density is density]) for density in Density),
    )


def _part(density: Density, shares: Sequence[Share]) -> Part:
    hours, size = sum(one.hours for one in shares), sum(one.bytes for one in shares)
    return Part(
        density.value,
        sum(one.segments for one in shares),
        sum(one.recordings for one in shares),
        round(hours * 3600),
        size,
        round(size / hours) if hours else 0,
    )


def take_out(house: House, organisation: str, names: Sequence[str]) -> tuple[str, ...]:
    """Take recordings out of the index at once, until they are put back; returns their ids.

    Args:
        names: ids or ISRCs.

    Raises `NoSuchRecording` naming every one that the catalogue does not hold; nothing is taken out then.
    """
    ids = _ids(house, organisation, names)
    keep_out(house, organisation, kept_out(house, organisation) | set(ids))
    for kind in KINDS:
        index_of(house, organisation, kind).remove(ids)
    return ids


def put_back(house: House, organisation: str, names: Sequence[str]) -> tuple[str, ...]:
    """Let recordings be found again; they are in the index once it was brought in line. Returns their ids.

    Raises `NoSuchRecording` naming every one that the catalogue does not hold.
    """
    ids = _ids(house, organisation, names)
    keep_out(house, organisation, kept_out(house, organisation) - set(ids))
    return ids


def snapshot(house: House, organisation: str, at: datetime, target: Path | None = None) -> Path:
    """Keep the index as it stands, in a folder of this installation or in a new folder elsewhere.

    Raises `IdentifyError` for a target that is there already.
    """
    if target is None:
        base = _snapshots(house, organisation) / f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
        number, target = 1, base
        while target.exists():
            number += 1
            target = base.with_name(f"{base.name}-{number}")
    elif target.exists():
        raise IdentifyError("is there already", str(target), "Name a folder that is not there yet.")
    for kind in KINDS:
        index_of(house, organisation, kind).snapshot(target / kind)
    return target


def restore(house: House, organisation: str, source: str | Path) -> int:
    """Put the index back to a snapshot, by its name or its folder; returns how many recordings can be found then.

    What changed in the catalogue since is made good by bringing the index in line; what is kept out stays out.

    Raises `IdentifyError` for what is no snapshot, or cannot be read; the index stays as it is then.
    """
    folder = _snapshots(house, organisation) / source if isinstance(source, str) else source
    if isinstance(source, str) and not _NAME.fullmatch(source):
        raise IdentifyError(f"{source!r} is no name of a snapshot", "snapshot", "Name one of those that are listed.")
    if not all((folder / kind).is_dir() for kind in KINDS):
        raise IdentifyError("holds no snapshot of an index", str(source), "Name a folder that a snapshot was kept in.")
    out = kept_out(house, organisation)
    # everything is opened before anything is changed
    kept = {kind: (Index(folder / kind).recordings(), Index(folder / kind).segments()) for kind in KINDS}
    found = 0
    for kind, (digests, segments) in kept.items():
        index = anew_where_broken(house, organisation, kind)
        standing = {name: digest for name, digest in digests.items() if name not in out}
        for segment in segments:
            entries = [segment.entry(n) for n, name in enumerate(segment.names) if name in standing]
            index.add((one, standing[one.recording]) for one in entries)
        index.remove(set(index.recordings()) - set(standing))
        index.tidy()
        found += len(index.recordings())
    return found


def order_index(
    house: House, organisation: str, at: datetime, by: str, *, anew: bool = False, density: Density | None = None
) -> Job:
    """Order the index to be brought in line with the catalogue, or made anew, where `density` is given as that.

    One that waits or runs is not doubled.
    """
    what = f"{'anew' if anew else 'in-line'}{f'-{density}' if density else ''}"
    with house.work(organisation) as work:
        number = 0
        while True:
            key = f"{INDEX}:{what}:{number}"
            known = work.jobs.by_key(key)
            if known is None or not known.state.ended:
                break
            number += 1
        job = work.jobs.enqueue(
            Order(INDEX, key, {"anew": anew, "density": density or "", "by": by}, max_attempts=3), at
        )
        work.commit()
    return job


def register(handlers: Handlers, house: House) -> Handlers:
    """Add the handler of this module to those of a worker."""

    def do(job: Job, report: Report) -> Mapping[str, Any]:
        wished = str(job.payload.get("density") or "")
        anew, density = bool(job.payload["anew"]), Density(wished) if wished else None
        return {"found": index_catalogue(house, job.organisation, report, anew=anew, density=density)}

    handlers.register(INDEX, do, (IdentifyError,))
    return handlers


def _snapshots(house: House, organisation: str) -> Path:
    return house.home / "identify" / f"{organisation}.snapshots"


def _ids(house: House, organisation: str, names: Sequence[str]) -> tuple[str, ...]:
    with house.work(organisation, read_only=True) as work:
        found = {
            name: work.catalogue.recording(name) or work.catalogue.recording_by_isrc(name.replace("-", "").upper())
            for name in names
        }
    if missing := [name for name, one in found.items() if one is None]:
        raise NoSuchRecording(f"no recording of this house: {', '.join(missing)}; give ISRCs or ids of its catalogue")
    return tuple(one.id for one in found.values() if one is not None)


def _title(recording: Any) -> str:
    return f"{recording.title} ({recording.version_title})" if recording.version_title else str(recording.title)
