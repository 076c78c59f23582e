"""One song: how it sounds beside its newest derivative, what was changed, who may, who owns, what was made of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ritornello.analysis.model import PITCH_CLASSES
from ritornello.catalogue.model import Recording, Stem
from ritornello.people.model import Identity
from ritornello.people.roles import Capability
from ritornello.store.unit_of_work import UnitOfWork
from ritornello.studio.records import Heard, Render
from ritornello.web import field_words as w
from ritornello.web import waveform
from ritornello.web.frames import Names
from ritornello.web.passages import passages
from ritornello.web.read_changes import changes
from ritornello.web.read_consent import Answers
from ritornello.web.read_tree import full_title, maker_of, state_of
from ritornello.web.views import (
    Amount,
    CreditRow,
    DerivativeRow,
    Fact,
    Link,
    Passage,
    ProvenanceView,
    SectionMark,
    ShareRow,
    SongView,
    VoiceView,
)
from ritornello.web.wording import hundredths, percent

_BUCKETS = 360
"""Strokes of a drawn waveform: about one for every three pixels of a wide page."""
CREDIT_ROLES = {
    "MainArtist": "Main artist",
    "FeaturedArtist": "Featured artist",
    "StudioProducer": "Producer",
    "ComposerLyricist": "Composer and lyricist",
    "MusicPublisher": "Publisher",
}


@dataclass(frozen=True, slots=True)
class Reader:
    """What a song's page is read with: who looks, by which names, when, and what came back."""

    work: UnitOfWork
    member: Identity
    names: Names
    now: datetime
    earned: Mapping[str, Amount]

    def song(self, recording: Recording, proof: Callable[[Recording], ProvenanceView | None]) -> SongView:
        """The page of a recording. A derivative shows itself beside its parent, an original beside its newest child."""
        work = self.work
        parents = work.catalogue.parents(recording.id)
        children = [one for one in work.catalogue.children(recording.id) if one.id != recording.id]
        original, derivative = self._pair(recording, parents, children)
        render = work.studio.render(derivative.id) if derivative is not None else None
        heard = work.studio.heard_in(one.id for one in (original, derivative) if one is not None)
        voice = self.voice(original, heard.get(original.id), "original") if original is not None else None
        drawn: tuple[Passage, ...] = ()
        if render is not None and voice is not None and original is not None:
            source = next((key for key, one in render.sources.items() if one == original.id), "")
            drawn = passages(render.manifest["recipe"], source, voice.sections)
        sees_consent = self.member.may(Capability.SEE_CONSENT)
        own = render is not None and render.recording_id == recording.id
        return SongView(
            may_make=self.member.may(Capability.MAKE_DERIVATIVE),
            sees_consent=sees_consent,
            made="" if derivative is None else w.sentence(w.words(derivative.derivative_type or "", w.TYPES)),
            id=recording.id,
            title=recording.title,
            version_title=recording.version_title or "",
            artist=self.names(recording.main_artist) if recording.main_artist else "",
            isrc=_isrc(recording.isrc),
            year=recording.year,
            label=self.names(recording.label) if recording.label else "",
            lines=tuple(line for line in (recording.p_line, recording.c_line) if line),
            original=voice,
            derivative=None
            if derivative is None
            else self.voice(derivative, heard.get(derivative.id), "derivative", render, voice, drawn),
            passages=drawn,
            changes=changes(render) if render is not None else (),
            rights=Answers(work, self.names, self.now).about(recording).rights if sees_consent and not own else (),
            shares=self._shares(recording) if sees_consent else (),
            credits=self._credits(recording),
            derivatives=tuple(self._derivatives(children)),
            parents=tuple(Link(one.title, f"/songs/{one.id}") for one in parents),
            stems=tuple(_stem(one, hashed=sees_consent) for one in work.catalogue.stems_of(recording.id)),
            provenance=proof(derivative) if derivative is not None else None,
        )

    def alone(self, recording: Recording, heard: Heard) -> SongView:
        """A recording by itself, to be listened to; nothing of its money, shares or derivatives."""
        return SongView(
            id=recording.id,
            title=recording.title,
            version_title=recording.version_title or "",
            artist=self.names(recording.main_artist) if recording.main_artist else "",
            isrc=_isrc(recording.isrc),
            year=recording.year,
            label=self.names(recording.label) if recording.label else "",
            lines=(),
            original=self.voice(recording, heard, "original"),
            derivative=None,
            passages=(),
            changes=(),
            rights=(),
            shares=(),
            credits=(),
            derivatives=(),
            parents=(),
            stems=(),
            provenance=None,
        )

    def _pair(
        self, recording: Recording, parents: Sequence[Recording], children: Sequence[Recording]
    ) -> tuple[Recording | None, Recording | None]:
        if recording.kind == "derivative":
            return (parents[0] if parents else None), recording
        rendered = [(found.rendered_at, one) for one in children if (found := self.work.studio.render(one.id))]
        newest = max(rendered, key=lambda pair: (pair[0], pair[1].id), default=None)
        return recording, newest[1] if newest else None

    def voice(
        self,
        recording: Recording,
        heard: Heard | None,
        part: Any,
        render: Render | None = None,
        original: VoiceView | None = None,
        drawn: Sequence[Passage] = (),
    ) -> VoiceView:
        """One recording as the player shows it. A derivative's bars come from its own recipe, its sections from where
        each passage came from."""
        analysis: Mapping[str, Any] = heard.analysis if heard is not None else {}
        rate = analysis.get("rate", 1)
        beats, downbeats = analysis.get("beats", ()), analysis.get("downbeats", ())
        sections = tuple(
            SectionMark(_section(label, analysis), start * 1000 // rate, end * 1000 // rate)
            for start, end, label in analysis.get("sections", ())
        )
        if render is not None and (output := render.manifest["output"])["beats"]:
            rate, beats, downbeats = output["rate"], output["beats"], output["downbeats"]
        if drawn:
            sections = tuple(SectionMark(p.label, p.derivative_start_ms, p.derivative_end_ms) for p in drawn if p.label)
        return VoiceView(
            id=recording.id,
            part=part,
            title=full_title(recording),
            by=maker_of(recording, self.names),
            duration_ms=recording.duration_ms,
            peaks=waveform.fit(heard.peaks, _BUCKETS) if heard is not None else (),
            audio_url=f"/audio/{recording.id}" if recording.audio_key else "",
            tempo=_tempo(analysis),
            key=_key(analysis),
            loudness=_loudness(analysis),
            beats_ms=tuple(beat * 1000 // rate for beat in beats),
            downbeats_ms=tuple(beat * 1000 // rate for beat in downbeats),
            sections=sections,
        )

    def _shares(self, recording: Recording) -> tuple[ShareRow, ...]:
        day = self.now.date()
        found = []
        for asset in (recording.id, *recording.work_ids):
            for share in self.work.catalogue.shares_of(asset):
                if share.valid_to is not None and share.valid_to <= day:
                    continue
                side = w.words(share.right_type.value, w.RIGHT_TYPES)
                found.append(
                    ShareRow(
                        self.names(share.party_id),
                        side,
                        percent(share.share),
                        w.sentence(w.places(str(share.territories))),
                        share.valid_from,
                        share.valid_to,
                        share.recorded_at,
                    )
                )
        return tuple(found)

    def _credits(self, recording: Recording) -> tuple[CreditRow, ...]:
        works = [found for one in recording.work_ids if (found := self.work.catalogue.work(one)) is not None]
        roles: dict[str, list[str]] = {}
        for credit in (*recording.performers, *(writer for one in works for writer in one.writers)):
            name = credit.name_as_credited or self.names(credit.party_id)
            role = CREDIT_ROLES.get(credit.role, credit.role)
            if role not in roles.setdefault(name, []):
                roles[name].append(role)
        return tuple(CreditRow(name, w.sentence(w.listed(found).lower())) for name, found in roles.items())

    def _derivatives(self, children: Sequence[Recording]) -> list[DerivativeRow]:
        found = []
        for child in children:
            render = self.work.studio.render(child.id)
            licence = self.work.consent.licence(render.licence_id) if render is not None else None
            decision = licence["payload"]["decision"]["id"] if licence is not None else ""
            found.append(
                DerivativeRow(
                    id=child.id,
                    title=full_title(child),
                    maker=maker_of(child, self.names),
                    type_words=w.sentence(w.words(child.derivative_type or "", w.TYPES)),
                    state=state_of(child)[0],
                    state_words=state_of(child)[1],
                    isrc=_isrc(child.isrc),
                    earned=self.earned.get(child.id),
                    decision_id=decision if self.member.may(Capability.SEE_CONSENT) else "",
                )
            )
        return found


def _isrc(code: str | None) -> str:
    """An ISRC as it is printed: "DE-XX1-26-00001"."""
    return "-".join((code[:2], code[2:5], code[5:7], code[7:])) if code else ""


def _stem(stem: Stem, *, hashed: bool) -> Fact:
    note = f"samples {stem.pcm_sha256[:12]}…" if hashed else ""
    return Fact(w.sentence(stem.part.replace("_", " ")), "in place", note)


def _section(label: str, analysis: Mapping[str, Any]) -> str:
    """Sections are told apart by letters; one letter alone is said to be a part."""
    return f"Part {label}" if len(label) == 1 else w.sentence(label)


def _tempo(analysis: Mapping[str, Any]) -> str:
    if "tempo" not in analysis:
        return ""
    tenths = (analysis["tempo"]["milli_bpm"] + 50) // 100
    return f"{tenths // 10}.{tenths % 10} BPM".replace(".0 ", " ")


def _key(analysis: Mapping[str, Any]) -> str:
    return f"{PITCH_CLASSES[analysis['key']['tonic']]} {analysis['key']['mode']}" if "key" in analysis else ""


def _loudness(analysis: Mapping[str, Any]) -> str:
    return hundredths(analysis["loudness"]["centi_lufs"], "LUFS") if "loudness" in analysis else ""
