"""A recording arrives: its people, its work, who owns what since when, its sound and its stems.

The sound is decoded and heard before anything is written, so that a wrong file leaves nothing behind. Once it is in the
catalogue it is taken into the index of what can be found. Telling the same again is no change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from ritornello.analysis.model import Analysis, Audio
from ritornello.catalogue import service as catalogue
from ritornello.catalogue.model import Recording, RightType, Stem, Work
from ritornello.catalogue.shares import ShareFinding, ShareRow, findings, sheet
from ritornello.people import service as people
from ritornello.people.model import PartyDetails, PartyKind
from ritornello.proof.ids import stable_id
from ritornello.studio.records import Heard
from ritornello.workflows.house import House, Report, silent
from ritornello.workflows.identify_audio import index_recording

PEAKS = 1800
"""Buckets of the waveform that pages draw."""


@dataclass(frozen=True, slots=True)
class Holder:
    """A party of the catalogue with the details that can be erased."""

    kind: PartyKind
    details: PartyDetails


@dataclass(frozen=True, slots=True)
class Sheet:
    """Who owns a right in an asset, as one source states it."""

    asset_id: str
    right_type: RightType
    rows: Sequence[ShareRow]
    source: str = "label"


@dataclass(frozen=True, slots=True)
class Arrival:
    """Everything that comes with a recording. `stems` maps part names to files."""

    recording: Recording
    audio: Path
    works: Sequence[Work] = ()
    holders: Sequence[Holder] = ()
    sheets: Sequence[Sheet] = ()
    stems: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Onboarded:
    """The recording as it stands in the catalogue, what was heard in it, and what is remarkable about its shares."""

    recording: Recording
    analysis: Analysis
    findings: tuple[ShareFinding, ...]


def onboard_recording(
    house: House, organisation: str, arrival: Arrival, at: datetime, report: Report = silent
) -> Onboarded:
    """Take in one recording with all that belongs to it, in one transaction.

    Raises `AudioError` for a file that cannot be used and `CatalogueError` for facts that cannot be; nothing is
    written then.
    """
    from ritornello.analysis import decode

    report(0.0, "reading the recording")
    audio = decode.read(arrival.audio)
    parts = {part: decode.read(path) for part, path in sorted(arrival.stems.items())}
    analysis, heard = listen(arrival.recording.id, audio, at, report)
    key = house.blobs.put_file(arrival.audio)
    recording = replace(
        arrival.recording,
        duration_ms=round(audio.duration_s * 1000),
        pcm_sha256=heard.pcm_sha256,
        audio_key=key,
    )
    stems = [
        Stem(
            id=stable_id("stm", recording.id, part),
            recording_id=recording.id,
            part=part,
            audio_key=house.blobs.put_file(arrival.stems[part]),
            pcm_sha256=decode.pcm_sha256(sound),
        )
        for part, sound in parts.items()
    ]
    report(0.95, "writing the catalogue")
    remarkable: list[ShareFinding] = []
    with house.work(organisation) as work:
        for holder in arrival.holders:
            people.register_party(work.people, holder.details.party_id, holder.kind, at)
            people.record_details(work.people, holder.details, at)
        for one in arrival.works:
            work.catalogue.save_work(one)
        work.catalogue.save_recording(recording)
        for stem in stems:
            work.catalogue.save_stem(stem)
        for one_sheet in arrival.sheets:
            rows = sheet(
                one_sheet.asset_id, one_sheet.right_type, one_sheet.rows, recorded_at=at, source=one_sheet.source
            )
            catalogue.record_sheet(work.catalogue, rows)
            known = work.catalogue.shares_of(one_sheet.asset_id, one_sheet.right_type)
            remarkable += findings(known, one_sheet.asset_id, one_sheet.right_type, at)
        work.studio.save_heard(heard)
        work.commit()
    report(0.98, "so that it is found")
    index_recording(house, organisation, recording, audio, heard.analysis)
    report(1.0, "in the catalogue")
    return Onboarded(recording, analysis, tuple(remarkable))


def listen(recording_id: str, audio: Audio, at: datetime, report: Report = silent) -> tuple[Analysis, Heard]:
    """Hear a recording: beats, key, chords, sections, loudness, and the waveform to draw."""
    from ritornello.analysis import decode, waveform
    from ritornello.analysis.listen import analyse

    report(0.1, "listening")
    analysis = analyse(audio, lambda done, words: report(0.1 + 0.8 * done, words))
    heard = Heard(
        recording_id=recording_id,
        pcm_sha256=decode.pcm_sha256(audio),
        analysis=analysis.to_document(),
        peaks=tuple((int(low), int(high)) for low, high in waveform.peaks(audio, PEAKS)),
        heard_at=at,
    )
    return analysis, heard
