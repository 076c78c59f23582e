"""What is this audio made of? The catalogue's recordings are indexed; a file is answered with their titles.

The index lies in the house's home, one folder for each organisation, and can be rebuilt from the catalogue at any time.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ritornello.analysis.model import Audio
from ritornello.catalogue.model import Recording
from ritornello.identify.index import Density, Index
from ritornello.identify.model import Answer, IdentifyError
from ritornello.identify.segment import Entry
from ritornello.workflows.house import House, Report, silent

MOST_COMPARED = 64
"""Derivatives of the originals found that a file is laid over."""

KINDS = ("original", "derivative")
"""The indexes of an organisation."""

Samples = np.ndarray[Any, np.dtype[np.int64]]

BATCH = 32
"""Recordings in one segment while indexing: what a stopped run has to do again."""


@dataclass(frozen=True, slots=True)
class Named:
    """An answer with what a person calls the recording."""

    answer: Answer
    title: str
    artist: str
    isrc: str | None


@dataclass(frozen=True, slots=True)
class FileAnswer:
    """What a file is made of.

    Attributes:
        path: the file.
        seconds: its length.
        found: one answer for each recording, the surest first.
        passages: each passage that was attributed, in the order of the file.
        duration_shares: permille of the known seconds, by recording.
        unknown_seconds: seconds that are attributed to nobody.
        copies: derivatives of ours that the file is a copy of, the surest first.
    """

    path: Path
    seconds: float
    found: tuple[Named, ...]
    passages: tuple[Named, ...]
    duration_shares: dict[str, int]
    unknown_seconds: float
    copies: tuple[Named, ...] = ()

    def to_document(self) -> dict[str, Any]:
        """Whole numbers and texts only."""
        return {
            "file": self.path.name,
            "duration_ms": round(self.seconds * 1000),
            "unknown_ms": round(self.unknown_seconds * 1000),
            "found": [_document(one) for one in self.found],
            "copies": [_document(one) for one in self.copies],
            "passages": [_document(one) for one in self.passages],
            "duration_shares_permille": dict(sorted(self.duration_shares.items())),
        }


def index_of(house: House, organisation: str, kind: str = "original") -> Index:
    """The index of an organisation's originals; or of its derivatives, which are looked for only as copies.

    They lie apart, since a derivative sounds like its original: in one index each would hide the other.
    """
    folder = house.home / "identify" / (organisation if kind == "original" else f"{organisation}.{kind}")
    return Index(folder, house.density or Density.FULL)


def anew_where_broken(house: House, organisation: str, kind: str) -> Index:
    """The index; one that cannot be read is moved aside first, so that it can be filled again and nothing is lost."""
    index = index_of(house, organisation, kind)
    try:
        index.recordings()
        index.segments()
    except (IdentifyError, OSError, ValueError):
        index.folder.rename(index.folder.with_name(f"{index.folder.name}.broken-{secrets.token_hex(4)}"))
        return index_of(house, organisation, kind)
    return index


def index_catalogue(
    house: House,
    organisation: str,
    report: Report = silent,
    *,
    anew: bool = False,
    density: Density | None = None,
) -> int:
    """Bring the indexes in line with the catalogue; returns how many recordings can be found then.

    Recordings that are there with the same sound are left alone, those that left the catalogue or are kept out of the
    index are taken out.

    Args:
        house: the installation.
        organisation: whose catalogue.
        report: hears how far it is.
        anew: hear all again, beside the index as it is, which is searched until all is made; stopped, it stays so.
        density: what new segments are made as from now on; by default what the index is, or for one that is made anew
            what the house's setting says.
    """
    out = kept_out(house, organisation)
    with house.work(organisation, read_only=True) as work:
        wanted = [one for one in work.catalogue.recordings() if one.audio_key is not None and one.id not in out]
        written = {one.id: _written(work.studio.heard(one.id)) for one in wanted}
    found = 0
    for kind in KINDS:
        here = [one for one in wanted if one.kind == kind]
        if anew:
            index = anew_where_broken(house, organisation, kind)
            batches = _batches(house, here, written, report)
            index.remake(batches, density or house.density)
            index.remove(kept_out(house, organisation))
            index.merge()
        else:
            index = index_of(house, organisation, kind)
            if density:
                index.turn(density)
            known = index.recordings()
            index.remove(set(known) - {one.id for one in here})
            missing = [one for one in here if known.get(one.id) != one.pcm_sha256]
            for batch in _batches(house, missing, written, report):
                index.add(batch)
            index.tidy()
        found += len(index.recordings())
    report(1.0, "indexed")
    return found


def index_recording(
    house: House, organisation: str, recording: Recording, audio: Audio, analysis: Mapping[str, Any]
) -> bool:
    """Take one recording into its index as it arrives, from the sound that was just heard; False where it cannot be.

    Args:
        recording: as it stands in the catalogue.
        audio: its sound.
        analysis: what was heard in it: its beats and chords, in samples; without beats it is not found as a
            re-performance.

    Sound of less than three seconds cannot be found again, and a recording that is kept out stays out.
    """
    from ritornello.identify.service import entry

    if recording.pcm_sha256 is None or recording.id in kept_out(house, organisation):
        return False
    try:
        made = entry(
            recording.id, audio, np.asarray(analysis["beats"], np.int64), tones=chord_tones(analysis["chords"])
        )
    except IdentifyError:
        return False
    index = index_of(house, organisation, recording.kind)
    index.add([(made, recording.pcm_sha256)])
    index.tidy()
    return True


def kept_out(house: House, organisation: str) -> frozenset[str]:
    """The recordings that a person took out of the index, until they are put back by name."""
    path = house.home / "identify" / f"{organisation}.kept-out.json"
    return frozenset(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else frozenset()


def keep_out(house: House, organisation: str, recordings: Iterable[str]) -> None:
    """Say which recordings are kept out of the index; the list takes the place of the one before."""
    path = house.home / "identify" / f"{organisation}.kept-out.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f".{secrets.token_hex(4)}.partial")
    partial.write_text(json.dumps(sorted(set(recordings))), encoding="utf-8")
    partial.replace(path)


def _batches(
    house: House,
    recordings: Sequence[Recording],
    written: dict[str, tuple[Samples | None, Samples | None]],
    report: Report,
) -> Iterator[Iterator[tuple[Entry, str]]]:
    """The recordings as they are heard, some at a time."""
    for start in range(0, len(recordings), BATCH):
        yield _heard(house, recordings[start : start + BATCH], written, start, len(recordings), report)


def _heard(
    house: House,
    batch: Sequence[Recording],
    written: dict[str, tuple[Samples | None, Samples | None]],
    done: int,
    total: int,
    report: Report,
) -> Iterator[tuple[Entry, str]]:
    from ritornello.analysis import decode
    from ritornello.identify.service import entry

    for place, one in enumerate(batch):
        report((done + place) / total, f"listening to {one.title}")
        if one.audio_key is None:
            continue
        audio = decode.read(house.blobs.local_path(one.audio_key))
        try:
            beats, tones = written[one.id]
            made = entry(one.id, audio, beats, hear_beats=True, tones=tones)
        except IdentifyError:
            continue  # of less than three seconds: it cannot be found, and must not keep the others from being found
        yield made, one.pcm_sha256 or decode.pcm_sha256(audio)


def identify_file(house: House, organisation: str, path: Path, report: Report = silent) -> FileAnswer:
    """Say which of the organisation's recordings a file is made of; `report` hears how far it is, and may stop it.

    Raises `AudioError` for a file that is not audio and `IdentifyError` for one that is too short.
    """
    from ritornello.analysis import decode

    report(0.0, "reading the file")
    return identify_sound(house, organisation, decode.read(path), path, report)


def identify_sound(house: House, organisation: str, audio: Audio, path: Path, report: Report = silent) -> FileAnswer:
    """Say which of the organisation's recordings a sound is made of; `path` is the file that it came in.

    `report` hears how far it is, and may stop it by what it raises.

    Raises `IdentifyError` for a sound that is too short.
    """
    from ritornello.identify import service

    segments = index_of(house, organisation).segments()
    found = service.identify(audio, segments, report=lambda done, words: report(0.95 * done, words))
    report(0.95, "looking for copies of derivatives")
    originals = {one.recording for one in found.answers}
    with house.work(organisation, read_only=True) as work:
        made = [one.id for name in sorted(originals) for one in work.catalogue.children(name)][:MOST_COMPARED]
        copied = service.copies(audio, index_of(house, organisation, "derivative").segments(), made, segments)
        wanted = originals | {one.recording for one in copied}
        known = {one.id: one for one in work.catalogue.recordings(wanted)}
    return FileAnswer(
        path,
        found.seconds,
        tuple(_named(one, known) for one in found.answers),
        tuple(_named(part.answer, known) for part in found.attribution.parts),
        {name: round(share * 1000) for name, share in found.attribution.duration_shares.items()},
        found.attribution.unknown_seconds,
        tuple(_named(one, known) for one in copied),
    )


def _written(heard: Any) -> tuple[Samples | None, Samples | None]:
    """Beats and tones of the chords, as the studio heard them before."""
    if heard is None or not heard.analysis.get("beats"):
        return None, None
    return np.asarray(heard.analysis["beats"], np.int64), chord_tones(heard.analysis.get("chords", ()))


def chord_tones(chords: Iterable[Sequence[Any]]) -> Samples:
    """The tones of the chords of an analysis (from, to, root, quality): int64 (n, 3), from, to, pitch class."""
    rows = [
        (start, end, (root + step) % 12)
        for start, end, root, quality, *_ in chords
        if root is not None
        for step in ((0, 3, 7) if quality == "min" else (0, 4, 7))
    ]
    return np.array(rows, np.int64).reshape(-1, 3)


def _named(answer: Answer, known: dict[str, Recording]) -> Named:
    recording = known.get(answer.recording)
    if recording is None:
        return Named(answer, answer.recording, "", None)
    title = f"{recording.title} ({recording.version_title})" if recording.version_title else recording.title
    return Named(answer, title, recording.main_artist, recording.isrc)


def _document(one: Named) -> dict[str, Any]:
    return {**one.answer.to_document(), "title": one.title, "artist": one.artist, "isrc": one.isrc}
