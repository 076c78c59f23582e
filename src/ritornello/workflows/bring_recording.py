"""A recording is brought: what is told of it is held against the house and written; its sound is heard as a job.

Facts and files are looked at first, and nothing is written where any of them is wrong. Told again, it is no change; a
recording that was registered by sheets is known by its ISRC and only gets what it did not have.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from ritornello.analysis.model import Audio, AudioError
from ritornello.catalogue import service as catalogue
from ritornello.catalogue.arrivals import ArrivalRefused, Told, ToldCredit, ToldShare
from ritornello.catalogue.error import CatalogueError
from ritornello.catalogue.model import Credit, Recording, RightType, Work
from ritornello.catalogue.shares import ShareFinding, ShareRow, findings, sheet
from ritornello.jobs import Handlers, Job, JobState, Order, Report
from ritornello.people import service as people
from ritornello.people.model import PartyDetails, PartyKind
from ritornello.proof import digest, stable_id
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.studio.intake import StemFinding, check_stems
from ritornello.workflows.house import House
from ritornello.workflows.onboard_catalogue import Arrival, onboard_recording
from ritornello.workflows.people_desk import record_act
from ritornello.workflows.rights_sheets import SYSTEM, party_of

ARRIVE = "catalogue.arrive"
BROUGHT = "catalogue.bring"
MOST_STEMS = 32


@dataclass(frozen=True, slots=True)
class Files:
    """What came with the facts: the recording's sound, and its stems by the name of their part."""

    sound: Path | None = None
    stems: tuple[tuple[str, Path], ...] = ()


@dataclass(frozen=True, slots=True)
class Brought:
    """What was written: the recording as it stands, what is remarkable, and the job that hears its sound (if any).

    `parties`: every party that was named, by reference, with its id here.
    """

    recording: Recording
    shares: tuple[ShareFinding, ...]
    stems: tuple[StemFinding, ...]
    parties: Mapping[str, str]
    job: Job | None = None

    @property
    def remarks(self) -> tuple[str, ...]:
        """What is remarkable, in words: holes and overclaims of shares, and what the stems' check found."""
        stems = [f"stem {one.stem or 'check'}: {one.what}; {one.mend}" for one in self.stems]
        return (*(one.message for one in self.shares), *stems)

    def to_document(self) -> dict[str, Any]:
        """What was written, as JSON."""
        return {
            "recording_id": self.recording.id,
            "isrc": self.recording.isrc,
            "title": self.recording.title,
            "work_ids": list(self.recording.work_ids),
            "parties": dict(self.parties),
            "remarks": list(self.remarks),
        }


def bring_recording(house: House, organisation: str, told: Told, files: Files, at: datetime, by: str = "") -> Brought:
    """Register a recording with its people, works and shares, and order its sound to be heard.

    The same sound for the same recording is one job.

    Raises:
        ArrivalRefused: with everything that does not fit the house, or the files.
        AudioError: for a file that cannot be used, which it names.
    """
    sound, parts = _decoded(files)
    stems = check_stems(sound, parts).findings if sound is not None and parts else ()
    with house.work(organisation) as work:
        recording = _recording(work, told)
        if wrong := _unfitting(work, told, recording, sound, files):
            raise ArrivalRefused(wrong)
        remarks = _write(work, told, recording, at)
        record_act(work, BROUGHT, recording.id, by, at, {"isrc": told.isrc})
        job = None
        if files.sound is not None:
            payload = {
                "recording_id": recording.id,
                "audio_key": house.blobs.put_file(files.sound),
                "stems": {part: house.blobs.put_file(path) for part, path in files.stems},
                "by": by,
            }
            key = f"{ARRIVE}:{digest({k: v for k, v in payload.items() if k != 'by'})}"
            known = work.jobs.by_key(key)
            if known is not None and known.state in (JobState.FAILED, JobState.CANCELLED):
                job = work.jobs.again(known.id, at)
            job = job or work.jobs.enqueue(Order(ARRIVE, key, payload, max_attempts=2), at)
        named = {one: party_of(work, one) for one in (*told.named(), *(party.reference for party in told.parties))}
        work.commit()
    return Brought(recording, remarks, stems, named, job)


def arrive(house: House, job: Job, report: Report, at: datetime) -> Mapping[str, Any]:
    """Hear the sound of a recording that was brought, keep it with its stems, and take it into the index."""
    payload = job.payload
    with house.work(job.organisation, read_only=True) as work:
        recording = work.catalogue.recording(payload["recording_id"])
    if recording is None:
        raise CatalogueError(payload["recording_id"], "it is not in the catalogue", "bring it again")
    stems = {part: house.blobs.local_path(key) for part, key in payload["stems"].items()}
    arrival = Arrival(recording, house.blobs.local_path(payload["audio_key"]), stems=stems)
    done = onboard_recording(house, job.organisation, arrival, at, report)
    heard = done.analysis
    return {
        "recording_id": done.recording.id,
        "duration_ms": done.recording.duration_ms,
        "bpm": round(heard.tempo.bpm, 2),
        "beats_per_bar": heard.metre,
        "key": heard.key.name,
        "stems": sorted(stems),
    }


def register(handlers: Handlers, house: House, now: Callable[[], datetime]) -> Handlers:
    """Add the handler of this module to those of a worker."""
    final = (AudioError, CatalogueError)
    handlers.register(ARRIVE, lambda job, report: arrive(house, job, report, now()), final)
    return handlers


def recordings_in(work: UnitOfWork) -> list[tuple[str, str, str, str, int, str]]:
    """Every recording by title: id, ISRC, title, whether it is an original, milliseconds, and its stems or why none."""
    rows = []
    for one in work.catalogue.recordings():
        stems = ", ".join(stem.part for stem in work.catalogue.stems_of(one.id)) if one.audio_key else ""
        rows.append((one.id, one.isrc or "", one.title, one.kind, one.duration_ms, stems))
    return rows


RECORDING_COLUMNS = ("id", "isrc", "title", "kind", "duration_ms", "stems")


def _decoded(files: Files) -> tuple[Audio | None, dict[str, Audio]]:
    """The files as sound; nobody learns of a damaged one from a job that failed later."""
    from ritornello.analysis import decode

    if files.stems and files.sound is None:
        raise ArrivalRefused([CatalogueError("stems", "they came without their recording", "send its file as well")])
    if len(files.stems) > MOST_STEMS:
        raise ArrivalRefused([CatalogueError("stems", f"there are {len(files.stems)}", f"send at most {MOST_STEMS}")])
    names = [part for part, _ in files.stems]
    if twice := sorted({one for one in names if names.count(one) > 1}):
        raise ArrivalRefused([CatalogueError("stems", f"{', '.join(twice)} came twice", "send each part once")])
    if files.sound is None:
        return None, {}
    found: dict[str, Audio] = {}
    wrong = []
    for name, path in (("file", files.sound), *files.stems):
        try:
            found[name if path is not files.sound else ""] = decode.read(path)  # a silent stem has no fader either
        except AudioError as error:
            where = "file" if path is files.sound else f"stems.{name}"
            wrong.append(CatalogueError(where, str(error), "send WAV, FLAC, OGG, Opus or MP3"))
    if wrong:
        raise ArrivalRefused(wrong)
    return found.pop(""), found


def _recording(work: UnitOfWork, told: Told) -> Recording:
    """The recording as it stands once this is written: the one that is here by its ISRC, or a new one."""
    known = next((one for one in work.catalogue.recordings() if one.isrc == told.isrc), None)
    works = tuple(_work_id(work, told, number) for number in range(len(told.works)))
    if known is not None:
        # registered by sheets it has nobody who performs, and could be granted by nobody; who stands there stays
        return replace(
            known, work_ids=known.work_ids or works, performers=known.performers or _credits(work, told.performers)
        )
    return Recording(
        id=stable_id("rec", SYSTEM, told.isrc),
        title=told.title or "?",
        version_title=told.version_title,
        work_ids=works,
        isrc=told.isrc,
        main_artist=party_of(work, told.artist) if told.artist else "",
        label=party_of(work, told.label) if told.label else None,
        # whoever is named as the artist performs, and is asked as a performer, unless others are told
        performers=_credits(work, told.performers or (ToldCredit(told.artist, "MainArtist"),)),
        year=told.year,
        p_line=told.p_line,
        c_line=told.c_line,
        genre=told.genre,
        explicit=told.explicit,
    )


def _work_id(work: UnitOfWork, told: Told, number: int) -> str:
    one = told.works[number]
    if one.iswc:
        by_iswc = {known.iswc: known.id for known in work.catalogue.works() if known.iswc}
        return by_iswc.get(one.iswc) or stable_id("wrk", SYSTEM, one.iswc)
    return stable_id("wrk", SYSTEM, told.isrc, str(number))


def _credits(work: UnitOfWork, told: tuple[ToldCredit, ...]) -> tuple[Credit, ...]:
    return tuple(Credit(party_of(work, one.party), one.role, one.name_as_credited) for one in told)


def _unfitting(
    work: UnitOfWork, told: Told, recording: Recording, sound: Audio | None, files: Files
) -> list[CatalogueError]:
    """Everything that does not fit what is in the house."""
    from ritornello.analysis import decode

    found = []
    known = work.catalogue.recording(recording.id) is not None
    if not known and not told.title:
        found.append(CatalogueError("title", f"it is missing, and {told.isrc} is new here", "write the title"))
    if not known and not told.artist:
        found.append(CatalogueError("artist", f"it is missing, and {told.isrc} is new here", "name who performs"))
    if recording.kind == "derivative":
        found.append(CatalogueError("isrc", f"{told.isrc} is a derivative made here", "bring originals"))
    told_here = {one.reference for one in told.parties}
    strangers = [
        name for name in told.named() if name not in told_here and work.people.party(party_of(work, name)) is None
    ]
    if strangers:
        found.append(CatalogueError("parties", f"{', '.join(strangers)} stands in none of them", "tell who that is"))
    for number, one in enumerate(told.parties):
        party = work.people.party(party_of(work, one.reference))
        if party is not None and party.kind.value != one.kind:
            told_as = f"{one.reference} is registered as {party.kind.value}, not as {one.kind}"
            found.append(CatalogueError(f"parties[{number}].kind", told_as, "leave the party out, or tell its kind"))
    if sound is not None and recording.pcm_sha256 and recording.pcm_sha256 != decode.pcm_sha256(sound):
        # recipes and licences name the samples that they were made of
        found.append(
            CatalogueError(
                "file", f"{told.isrc} has other sound already", "bring a new master under an ISRC of its own"
            )
        )
    return found


def _write(work: UnitOfWork, told: Told, recording: Recording, at: datetime) -> tuple[ShareFinding, ...]:
    for one in told.parties:
        party = party_of(work, one.reference)
        if work.people.party(party) is None:  # who is known keeps the details that somebody may have completed
            people.register_party(work.people, party, PartyKind(one.kind), at)
            details = PartyDetails(party, one.name, country=one.country, ipi=one.ipi, isni=one.isni)
            people.record_details(work.people, details, at)
    for number, told_work in enumerate(told.works):
        work_id = _work_id(work, told, number)
        if work.catalogue.work(work_id) is None:
            writers = _credits(work, told_work.writers)
            work.catalogue.save_work(Work(work_id, told_work.title, told_work.iswc, told_work.language, writers))
    work.catalogue.save_recording(recording)
    remarks: list[ShareFinding] = []
    for right in RightType:
        rows = [one for one in told.shares if one.right is right]
        assets = recording.work_ids if right is RightType.COMPOSITION else (recording.id,)
        for asset in assets if rows else ():
            remarks += _stated(work, asset, right, rows, at)
    return tuple(remarks)


def _stated(work: UnitOfWork, asset: str, right: RightType, told: list[ToldShare], at: datetime) -> list[ShareFinding]:
    rows = [
        ShareRow(party_of(work, one.party), one.share, one.territories, one.valid_from, one.valid_to) for one in told
    ]
    catalogue.record_sheet(work.catalogue, sheet(asset, right, rows, recorded_at=at, source=SYSTEM))
    return list(findings(work.catalogue.shares_of(asset, right), asset, right, at))
