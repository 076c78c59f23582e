"""The release gate: a derivative's sound is held against what it declares, kept on file, and ruled on by people.

Tier 0 looks for every declared original; every other original of the catalogue is looked for beside them. A type that
uses the composition only is measured: its chords and its tune against those of each declared original. Every hearing
and every ruling is a record of its own, so what stood on a past day can be read again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ritornello.analysis.model import Analysis, Audio
from ritornello.catalogue.model import Recording
from ritornello.distribution.model import MOST_REASON_LETTERS, Hindrance
from ritornello.distribution.release_checks import Hearing, Ruled, Ruling, Verdict, latest, ruled, verdict
from ritornello.distribution.sample_gate import RECORDING_TYPES, Outcome, SampleFinding, sample_findings
from ritornello.identify.declared import Declared
from ritornello.identify.segment import Entry
from ritornello.proof import stable_id
from ritornello.studio.agreement import Agreement
from ritornello.workflows.house import House, Report, silent
from ritornello.workflows.identify_audio import KINDS, index_catalogue, index_of
from ritornello.workflows.route_matches import NotThere, licence_under


class NotRuled(Exception):
    """A ruling that cannot be taken. `found` holds everything that stands against it."""

    def __init__(self, found: Sequence[Hindrance]) -> None:
        super().__init__("; ".join(f"{one.what} ({one.mend})" for one in found))
        self.found = tuple(found)


@dataclass(frozen=True, slots=True)
class Listened:
    """What was heard in a derivative: every declared original, what is held against it, and for a composition-only
    type how far each original's chords and tune agree (None where that could not be measured)."""

    declared: tuple[Declared, ...]
    findings: tuple[SampleFinding, ...]
    composition: Mapping[str, Agreement | None] | None = None


@dataclass(frozen=True, slots=True)
class AtGate:
    """Where a derivative stands at the gate as of a moment.

    Attributes:
        recording: the derivative.
        hearing: the last one; None where it was not heard yet.
        ruled: its findings with the rulings that stand.
        verdict: what follows; None where it was not heard yet, or not the sound that it has now.
        stale: whether its sound has changed since.
        titles: of the originals named, by id.
        rulings: every ruling about it, oldest first.
    """

    recording: Recording
    hearing: Hearing | None
    ruled: tuple[Ruled, ...]
    verdict: Verdict | None
    stale: bool
    titles: Mapping[str, str]
    rulings: tuple[Ruling, ...]

    def to_document(self) -> dict[str, Any]:
        """JSON of texts, whole numbers and lists."""
        hearing = self.hearing
        return {
            "recording": self.recording.id,
            "verdict": None if self.verdict is None else self.verdict.value,
            "hearing": None if hearing is None else hearing.id,
            "heard_at": None if hearing is None else hearing.heard_at.isoformat(),
            "heard_by": None if hearing is None else hearing.heard_by,
            "sound_changed_since": self.stale,
            "declared": {} if hearing is None else {name: dict(one) for name, one in hearing.declared.items()},
            "findings": [
                {
                    **one.finding.to_document(),
                    "what": one.finding.hindrance(self.titles.get(one.finding.recording, "")).what,
                    "mend": one.finding.hindrance(self.titles.get(one.finding.recording, "")).mend,
                    "ruling": None if one.ruling is None else one.ruling.id,
                }
                for one in self.ruled
            ],
            "rulings": [
                {
                    "id": one.id,
                    "code": one.code,
                    "original": one.original,
                    "passes": one.passes,
                    "by": one.by,
                    "at": one.at.isoformat(),
                    "reason": one.reason,
                }
                for one in self.rulings
            ],
        }


def hear_at_gate(
    house: House, organisation: str, recording_id: str, at: datetime, *, by: str, report: Report = silent
) -> AtGate:
    """Hear a derivative at the gate, keep what was heard, and say where it stands.

    Raises `NotThere` for what is no derivative with sound, and `IdentifyError` for one that is too short.
    """
    from ritornello.analysis import decode

    recording = _derivative(house, organisation, recording_id)
    report(0.0, "bringing the index in line with the catalogue")
    index_catalogue(house, organisation, lambda done, words: report(0.3 * done, words))
    report(0.3, "listening for what is declared and what is not")
    sound = decode.read(house.blobs.local_path(recording.audio_key or ""))
    keep_hearing(house, organisation, recording, sound, at, by, lambda done, words: report(0.35 + 0.6 * done, words))
    report(1.0, "heard")
    return at_gate(house, organisation, recording_id, at)


def keep_hearing(
    house: House,
    organisation: str,
    recording: Recording,
    sound: Audio,
    at: datetime,
    by: str,
    report: Report = silent,
) -> tuple[Ruled, ...]:
    """Hear this sound of a derivative, which the index must be in line for, and keep it; the findings as ruled on."""
    from ritornello.analysis import decode

    found = sample_check(house, organisation, sound, recording.id, report=report)
    samples = decode.pcm_sha256(sound)
    with house.work(organisation) as work:
        licence = licence_under(work, recording.id)
        hearing = Hearing(
            id=stable_id("hrg", recording.id, samples, at.isoformat()),
            recording_id=recording.id,
            licence_id="" if licence is None else str(licence["id"]),
            pcm_sha256=samples,
            declared={one.recording: _placed(one, found.composition) for one in found.declared},
            findings=found.findings,
            heard_by=by,
            heard_at=at,
        )
        work.distribution.add_hearing(hearing)
        rulings = work.distribution.rulings(recording.id)
        work.commit()
    return ruled(hearing, rulings, at)


def at_gate(house: House, organisation: str, recording_id: str, at: datetime) -> AtGate:
    """Where a derivative stood at a moment: the last hearing until then, with what had been ruled by then.

    Raises `NotThere` for what is no derivative with sound.
    """
    recording = _derivative(house, organisation, recording_id)
    with house.work(organisation, read_only=True) as work:
        hearing = latest(work.distribution.hearings(recording_id), at)
        rulings = tuple(one for one in work.distribution.rulings(recording_id) if one.at <= at)
        named = {one.original for one in rulings}
        if hearing is not None:
            named |= {*hearing.declared, *(one.recording for one in hearing.findings)}
        titles = {one.id: _title(one) for one in work.catalogue.recordings(named)}
    if hearing is None:
        return AtGate(recording, None, (), None, False, titles, rulings)
    findings = ruled(hearing, rulings, at)
    stale = recording.pcm_sha256 is not None and hearing.pcm_sha256 != recording.pcm_sha256
    return AtGate(recording, hearing, findings, None if stale else verdict(findings), stale, titles, rulings)


def rule(
    house: House,
    organisation: str,
    recording_id: str,
    code: str,
    original: str,
    *,
    passes: bool,
    by: str,
    reason: str,
    at: datetime,
) -> AtGate:
    """A person rules on a finding; where the derivative stands then.

    Args:
        code, original: the finding, as the last hearing has it.
        passes: whether it may leave all the same.
        by: the person.
        reason: why, in their words; needed.

    Raises `NotRuled` with everything that stands against it, `NotThere` for what is no derivative with sound.
    """
    now = at_gate(house, organisation, recording_id, at)
    against: list[Hindrance] = []
    if not 0 < len(reason.strip()) <= MOST_REASON_LETTERS:
        against.append(Hindrance("reason", "a reason has 1 to 500 letters", "say why, so that it can be read again"))
    known = {(one.finding.code, one.finding.recording): one.finding for one in now.ruled}
    finding = known.get((code, original))
    if now.hearing is None or now.stale:
        against.append(Hindrance("not_heard", "it was not heard as it sounds now", "hear it at the gate first"))
    elif finding is None:
        names = ", ".join(" ".join(one) for one in known) or "nothing"
        against.append(Hindrance("finding", f"{code} {original} was not found", f"found was {names}"))
    elif finding.outcome is Outcome.BLOCKS:
        told = finding.hindrance(now.titles.get(original, ""))
        against.append(Hindrance("blocks", f"{told.what}: nobody can let it pass", told.mend))
    if against or now.hearing is None:
        raise NotRuled(against)
    ruling = Ruling(
        id=stable_id("rul", now.hearing.id, code, original, by, at.isoformat()),
        hearing_id=now.hearing.id,
        recording_id=recording_id,
        pcm_sha256=now.hearing.pcm_sha256,
        code=code,
        original=original,
        passes=passes,
        by=by,
        at=at,
        reason=reason.strip(),
    )
    with house.work(organisation) as work:
        work.distribution.add_ruling(ruling)
        work.commit()
    return at_gate(house, organisation, recording_id, at)


def sample_check(
    house: House,
    organisation: str,
    audio: Audio,
    recording_id: str,
    *,
    measure_composition: bool = True,
    report: Report = silent,
) -> Listened:
    """Hold a derivative's sound against what it declares and against every other original of the catalogue.

    The index must be in line with the catalogue (`index_catalogue`). Declared are all recordings above it in the
    lineage. For types that use the composition only, chords and tune are measured against each declared original,
    unless `measure_composition` is False. `report` hears how far it is, and may stop it.

    Raises `IdentifyError` for audio that is too short, `NotThere` for a recording that is not there.
    """
    from ritornello.identify import service

    with house.work(organisation, read_only=True) as work:
        derivative = work.catalogue.recording(recording_id)
        if derivative is None:
            raise NotThere(f"there is no recording {recording_id} in the catalogue")
        parents = sorted({edge.parent for edge in work.catalogue.edges_of(recording_id)})
        above = _above(recording_id, work.catalogue.edges_of)
        originals = {one.id for one in work.catalogue.recordings() if one.kind == "original"}
        kept = {one.id: one for one in work.catalogue.recordings(parents)}
    entries = _declared_entries(house, organisation, kept.values())
    segments = index_of(house, organisation).segments()
    report(0.1, "laying it over what it declares")
    declared = service.hold_against_declared(audio, entries, service.some_others(segments, above))
    composition: dict[str, Agreement | None] | None = None
    if measure_composition and derivative.derivative_type not in RECORDING_TYPES:
        report(0.2, "measuring whether chords and tune agree")
        composition = _agreements(house, organisation, derivative, audio, [one.recording for one in declared])
    found = service.identify(
        audio, segments, with_covers=False, report=lambda done, words: report(0.5 + 0.5 * done, words)
    )
    heard = [part.answer for part in found.attribution.parts] + list(found.exact)
    undeclared = [one for one in heard if one.recording in originals and one.recording not in above]
    findings = sample_findings(derivative.derivative_type or "", declared, undeclared, composition=composition)
    return Listened(tuple(declared), findings, composition)


def _agreements(
    house: House, organisation: str, derivative: Recording, audio: Audio, originals: Iterable[str]
) -> dict[str, Agreement | None]:
    """How far chords and tune of a derivative agree with each original; None where one cannot be measured."""
    from ritornello.analysis import analyse, decode
    from ritornello.studio.agreement import agree
    from ritornello.workflows.make_derivative import SourceMissing
    from ritornello.workflows.studio_songs import material_of

    with house.work(organisation, read_only=True) as work:
        kept = work.studio.heard(derivative.id)
    same = kept is not None and kept.pcm_sha256 == decode.pcm_sha256(audio)
    heard = Analysis.from_document(kept.analysis) if kept is not None and same else analyse(audio)
    found: dict[str, Agreement | None] = {}
    for name in originals:
        try:
            material = material_of(house, organisation, name)
            tune = material.written() if len(material.analysis.beats) > 1 else None
        except SourceMissing:
            found[name] = None
            continue
        found[name] = agree(material.analysis, tune, audio, heard)
    return found


def _declared_entries(house: House, organisation: str, declared: Iterable[Recording]) -> list[Entry]:
    """What the index keeps of the declared recordings; one that it keeps with another sound, or not, is heard here.

    So a declared recording is never passed over because an index is behind the catalogue.
    """
    from ritornello.analysis import decode
    from ritornello.identify import service

    entries: dict[str, Entry] = {}
    wanted = {one.id: one for one in declared if one.audio_key is not None}
    for kind in KINDS:
        index = index_of(house, organisation, kind)
        digests = index.recordings()
        same = {name for name, one in wanted.items() if digests.get(name, "") == one.pcm_sha256}
        entries |= {one.recording: one for one in service.some_of(index.segments(), same)} if same else {}
    for name, one in wanted.items():
        if one.audio_key is not None and name not in entries:
            entries[name] = service.entry(name, decode.read(house.blobs.local_path(one.audio_key)))
    return [entries[name] for name in sorted(entries)]


def _above(recording_id: str, edges_of: Any) -> set[str]:
    """The recording and everything that it came from."""
    above, ahead = set(), [recording_id]
    while ahead:
        one = ahead.pop()
        if one not in above:
            above.add(one)
            ahead += [edge.parent for edge in edges_of(one)]
    return above


def _derivative(house: House, organisation: str, recording_id: str) -> Recording:
    with house.work(organisation, read_only=True) as work:
        recording = work.catalogue.recording(recording_id)
    if recording is None or recording.kind != "derivative" or recording.audio_key is None:
        raise NotThere(f"{recording_id} is no derivative of this house with sound")
    return recording


def _placed(one: Declared, composition: Mapping[str, Agreement | None] | None) -> dict[str, Any]:
    """Where a declared original was found, in whole milliseconds, and how far its composition agrees."""
    measured = (composition or {}).get(one.recording)
    return {
        "agreement": None if measured is None else measured.to_document(),
        "found": one.found,
        "spans": [
            {
                "query_ms": [round(second * 1000) for second in answer.query_seconds],
                "reference_ms": [round(second * 1000) for second in answer.reference_seconds],
                "cents": round(answer.cents),
                "time_scale_ppm": round(answer.time_scale * 1_000_000),
            }
            for answer in one.passages
        ],
    }


def _title(recording: Recording) -> str:
    return f"{recording.title} ({recording.version_title})" if recording.version_title else recording.title
