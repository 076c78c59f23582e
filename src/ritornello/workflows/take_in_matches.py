"""Audio from outside: what is in it, whether it is a copy of a derivative of ours, and its place in the queue.

A file in which nothing is found leaves no record. A copy of a licensed derivative is linked to its manifest again,
which deliveries strip: by its samples where they are the very same, else by its sound.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from ritornello.distribution.matches import WAITING, Match, Routing, by_match, standing, worth
from ritornello.proof import stable_id
from ritornello.provenance.model import SignedFile
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.usage.lake import Lake
from ritornello.workflows.house import House, Report, silent
from ritornello.workflows.identify_audio import FileAnswer, identify_sound

BUCKETS = 360
"""Strokes of a file's drawn waveform."""


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What became of a file: its answer, and the match that was recorded; None where nothing of ours is in it."""

    answer: FileAnswer
    match: Match | None
    known_before: bool = False


@dataclass(frozen=True, slots=True)
class Queued:
    """A match in the queue with what stands on it."""

    match: Match
    standing: Routing | None
    worth_micros: int | None


def take_in_match(
    house: House,
    organisation: str,
    path: Path,
    at: datetime,
    *,
    name: str = "",
    service: str = "",
    channel: str = "",
    plays: int | None = None,
    keep_audio: bool = True,
    report: Report = silent,
) -> TakenIn:
    """Hear a file and record what was found in it.

    Args:
        house: the installation.
        organisation: whose catalogue is looked through.
        path: the file.
        at: when.
        name: what the file is called, where `path` is a temporary name.
        service, channel: where it was found, "" when not known.
        plays: how often it was played there.
        keep_audio: whether its sound is kept for listening.
        report: hears how far it is, and may stop it: nothing is recorded before the end.

    Raises `AudioError` for a file that is not audio and `IdentifyError` for one that is too short.
    """
    from ritornello.analysis import decode
    from ritornello.analysis.waveform import peaks

    report(0.0, "reading the file")
    audio = decode.read(path)
    answer = identify_sound(house, organisation, audio, Path(name or path.name), report)
    samples = decode.pcm_sha256(audio)
    with house.work(organisation, read_only=True) as work:
        original, copied = _copy_of(work, samples, answer)
    if not answer.found and original is None:
        return TakenIn(answer, None)
    match = Match(
        id=stable_id("mat", organisation, samples, service, channel),
        file_name=answer.path.name[-255:],
        pcm_sha256=samples,
        audio_key=house.blobs.put_file(path) if keep_audio else None,
        duration_ms=round(answer.seconds * 1000),
        service=service,
        channel=channel,
        plays=plays,
        answer=answer.to_document(),
        copy_of=original,
        copied=copied,
        found_at=at,
        peaks=tuple(peaks(audio, BUCKETS)),
    )
    with house.work(organisation) as work:
        new = work.matches.add(match)
        kept = match if new else work.matches.match(match.id)
        work.commit()
    return TakenIn(answer, kept, known_before=not new)


def queue(house: House, organisation: str, at: datetime) -> Sequence[Queued]:
    """The matches of a moment with what stood on them: the undecided first, then by value (what their plays earn)."""
    with house.work(organisation, read_only=True) as work:
        found = [one for one in work.matches.matches() if one.found_at <= at]
        routings = by_match(work.matches.routings())
        paths = [file.lake_path for file in work.usage.files()]
    per_play = _per_play(house, paths) if any(one.plays for one in found) else {}
    rows = []
    for match in found:
        earned = [per_play[name] for name in match.recordings if name in per_play]
        each = max(earned, default=per_play.get("", None))
        stands = standing(routings.get(match.id, ()), at)
        waits = (None if stands is None else stands.route) in WAITING
        rows.append((not waits, worth(match, each), Queued(match, stands, _times(each, match.plays))))
    return [row for *_, row in sorted(rows, key=lambda row: row[:2])]


def manifest_of(work: UnitOfWork, match: Match) -> SignedFile | None:
    """The signed file whose manifest belongs to a copy that lost it; None for what is no copy of ours."""
    if match.copy_of is None:
        return None
    files = work.provenance.files_of(match.copy_of)
    same = [one for one in files if one.pcm_sha256 == match.pcm_sha256]
    return next(iter(same or [one for one in files if one.role == "master"] or files), None)


def _copy_of(work: UnitOfWork, samples: str, answer: FileAnswer) -> tuple[str | None, str]:
    """The derivative of ours that a file is a copy of, and how that is known."""
    for file in work.provenance.by_samples(samples):
        return file.recording_id, "samples"
    for recording in work.catalogue.recordings_by_samples(samples):
        if recording.kind == "derivative":
            return recording.id, "samples"
    return (answer.copies[0].answer.recording, "sound") if answer.copies else (None, "")


def _per_play(house: House, paths: Sequence[str]) -> dict[str, int]:
    """What one play has earned on average (10^-6 of the unit), by recording and, under "", of all together."""
    from ritornello.usage.performance import played

    if not paths:
        return {}
    units: dict[str, int] = {}
    money: dict[str, int] = {}
    for line in played(Lake(house.lake), paths, ("asset",)):
        for name in (line.key[0], ""):
            units[name] = units.get(name, 0) + line.units
            money[name] = money.get(name, 0) + line.amount_e10
    return {name: money[name] // (units[name] * 10_000) for name in units if units[name] > 0}


def _times(each: int | None, plays: int | None) -> int | None:
    return None if each is None or plays is None else each * plays
