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
from ritornello.identify.model import Answer, Tier
from ritornello.identify.segment import Entry, Segment, build

COVER_SECONDS = 20.0
"""Shorter audio has too few beats to recognise a composition."""

SAME_CENTS, SAME_SCALE = 30.0, 0.008
"""A copy is neither higher nor faster than the recording, as far as can be heard."""
COPIED_SHARE = 0.8
"""Of its seconds that must come from one recording for a file to be a copy of it."""


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
        reperformed = covers.identify(covers.hear(audio), segments)
    return Identified(audio.duration_s, tuple(exact), found, tuple(reperformed))


def hold_against_declared(
    audio: Audio, originals: Sequence[Entry], cohort: Sequence[Entry] = ()
) -> tuple[Declared, ...]:
    """Tier 0: is the audio really made of these originals? No index is needed; `cohort`: a few other recordings."""
    return align(peaks.find(peaks.hear(audio), peaks.QUERY_PER_SECOND), originals, cohort)


def copies(
    audio: Audio, segments: Sequence[Segment], among: Collection[str], others: Sequence[Segment] = ()
) -> list[Answer]:
    """Recordings of which nearly the whole audio is a copy, neither moved nor sped; the surest first.

    Args:
        audio: what was found.
        segments: where copies are looked for as they are.
        among: recordings of these segments that the audio is also laid over, as re-recorded copies need.
        others: an index from which a cohort is taken.
    """
    mono = peaks.hear(audio)
    found = {answer.recording: answer for answer in prints.identify(mono, segments)}
    entries = [one for one in some_of(segments, among) if one.recording not in found]
    if entries:
        query = peaks.find(mono, peaks.QUERY_PER_SECOND)
        # one at a time: derivatives of one original sound alike, and together each would hide the other
        for entry_ in entries:
            for declared in align(query, [entry_], some_others(others, among)):
                if declared.passages:
                    longest = max(declared.passages, key=lambda one: one.query_seconds[1] - one.query_seconds[0])
                    found[entry_.recording] = longest
    whole = [one for one in found.values() if _is_copy(one, audio.duration_s)]
    return sorted(whole, key=lambda one: (one.tier is not Tier.EXACT, one.chance, -one.score, one.recording))


def _is_copy(answer: Answer, seconds: float) -> bool:
    start, end = answer.query_seconds
    unmoved = abs(answer.cents) <= SAME_CENTS and abs(answer.time_scale - 1) <= SAME_SCALE
    return answer.confident and unmoved and end - start >= COPIED_SHARE * seconds


def some_of(segments: Sequence[Segment], names: Collection[str]) -> list[Entry]:
    """The entries of these recordings, as far as they are in the segments."""
    return [segment.entry(number) for segment in segments for number, name in enumerate(segment.names) if name in names]


def harmony_agrees(audio: Audio, originals: Sequence[Entry], cohort: Sequence[Entry] = ()) -> bool | None:
    """Whether harmony and line of the audio take the course of every one of these originals; None if it is too short.

    The originals must have been heard with their beats. `cohort`: a few other recordings, which say what is usual.
    """
    query = covers.hear(audio)
    if query.beats < covers.LEAST_BEATS or not originals:
        return None
    heard = {one.recording for one in covers.ranked(query, [build([*originals, *cohort])]) if one.confident}
    return heard >= {one.recording for one in originals}


def some_others(segments: Sequence[Segment], without: Collection[str], most: int = 8) -> list[Entry]:
    """A few recordings of an index that are none of these, as a cohort."""
    found: list[Entry] = []
    for segment in segments:
        for number, name in enumerate(segment.names):
            if name not in without and len(found) < most:
                found.append(segment.entry(number))
    return found


def _harmony(audio: Audio, beats: npt.NDArray[np.int64] | None, hear: bool) -> covers.Harmony:
    if beats is None and hear:
        from ritornello.analysis.beats import track

        beats = track(audio).samples(audio.rate)
    return covers.harmony_of(audio, np.zeros(0, np.int64) if beats is None else beats)
