"""Audio in, answers out: the tiers in the order of their cost, and what is kept of a recording that is added."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ritornello.analysis.model import Audio
from ritornello.identify import covers, peaks, prints
from ritornello.identify.attribution import Attribution, attribute
from ritornello.identify.declared import Declared, align
from ritornello.identify.model import Answer
from ritornello.identify.segment import Entry, Segment

COVER_SECONDS = 20.0
"""Shorter audio has too few beats to recognise a composition."""


@dataclass(frozen=True, slots=True)
class Identified:
    """What a piece of audio is made of.

    Attributes:
        seconds: its length.
        exact: recordings that it copies as they are.
        attribution: which seconds were made from which recordings, and how those were moved.
        reperformed: recordings of the same composition, where nothing of their sound was found.
    """

    seconds: float
    exact: tuple[Answer, ...]
    attribution: Attribution
    reperformed: tuple[Answer, ...]

    @property
    def answers(self) -> tuple[Answer, ...]:
        """One answer for each recording found, the surest first."""
        found: dict[str, Answer] = {}
        for answer in (*self.exact, *(part.answer for part in self.attribution.parts), *self.reperformed):
            if answer.recording not in found or answer.chance < found[answer.recording].chance:
                found[answer.recording] = answer
        return tuple(sorted(found.values(), key=lambda answer: (answer.chance, -answer.score, answer.recording)))


def entry(
    recording: str, audio: Audio, beats: npt.NDArray[np.int64] | None = None, *, hear_beats: bool = False
) -> Entry:
    """What the index keeps of a recording.

    Args:
        recording: its id.
        audio: the whole of it.
        beats: in samples of `audio`, where they were heard before.
        hear_beats: hear them here otherwise; without beats the recording is not found as a re-performance.

    Raises `IdentifyError` for audio of less than three seconds.
    """
    mono = peaks.hear(audio)
    harmony = _harmony(audio, beats, hear_beats)
    return Entry(
        recording, peaks.find(mono, peaks.REFERENCE_PER_SECOND), prints.of_mono(mono), harmony.chroma, harmony.beats
    )


def identify(audio: Audio, segments: Sequence[Segment], *, with_covers: bool = True) -> Identified:
    """Say what a piece of audio is made of.

    Raises `IdentifyError` for audio of less than three seconds.
    """
    mono = peaks.hear(audio)
    query = peaks.find(mono, peaks.QUERY_PER_SECOND)
    exact = prints.identify(mono, segments)
    found = attribute(query, segments)
    reperformed: list[Answer] = []
    if with_covers and not exact and not found.parts and audio.duration_s >= COVER_SECONDS:
        reperformed = covers.identify(_harmony(audio, None, True), segments)
    return Identified(audio.duration_s, tuple(exact), found, tuple(reperformed))


def hold_against_declared(
    audio: Audio, originals: Sequence[Entry], cohort: Sequence[Entry] = ()
) -> tuple[Declared, ...]:
    """Tier 0: is the audio really made of these originals? No index is needed; `cohort`: a few other recordings."""
    return align(peaks.find(peaks.hear(audio), peaks.QUERY_PER_SECOND), originals, cohort)


def some_others(segments: Sequence[Segment], without: Collection[str], most: int = 8) -> list[Entry]:
    """A few recordings of an index that are none of these, as a cohort."""
    found: list[Entry] = []
    for segment in segments:
        for number, name in enumerate(segment.names):
            if name not in without and len(found) < most:
                found.append(segment.entry(number))
    return found


def _harmony(audio: Audio, beats: npt.NDArray[np.int64] | None, hear: bool) -> covers.Harmony:
    from ritornello.analysis.similarity import beat_chroma

    if beats is None and hear:
        from ritornello.analysis.beats import track

        beats = track(audio).samples(audio.rate)
    if beats is None or len(beats) < 2:
        return covers.Harmony(np.zeros((0, 12), np.float32), np.zeros(0, np.float32))
    chroma = beat_chroma(audio, beats)
    return covers.Harmony(chroma, (beats[: len(chroma)] / audio.rate).astype(np.float32))
