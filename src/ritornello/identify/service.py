"""Audio in, answers out: the tiers in the order of their cost, and what is kept of a recording that is added."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from ritornello.analysis.model import Audio
from ritornello.identify import covers, peaks, pieces, prints
from ritornello.identify.attribution import Attribution, attribute
from ritornello.identify.declared import Declared, align
from ritornello.identify.model import Answer, Tier
from ritornello.identify.peaks import Peaks
from ritornello.identify.pieces import Report, silent
from ritornello.identify.segment import Entry, Segment

COVER_SECONDS = 20.0
"""Shorter audio has too few beats to recognise a composition."""

COVER_STRETCH = 240.0
"""Longer audio is asked about its compositions in stretches of about so many seconds."""

_LISTENED, _COMPARED = 0.1, 0.9
"""How far the work is when all was heard, and when all was compared with the recordings."""

SAME_CENTS, SAME_SCALE = 30.0, 0.008
"""A copy is neither higher nor faster than the recording, as far as can be heard."""
MOST_BIT_ERROR = 0.3
"""Over a minute, two recordings with one beat share more bits than chance explains: 0.37 of them differed between a
sped-up original and a remix at that tempo, 0.04 between a remix and its MP3 at 96 kbit/s. Beyond this (Haitsma and
Kalker, 2002, took 0.35) the bits alone make no copy: the sound is laid over it."""
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
    recording: str,
    audio: Audio,
    beats: npt.NDArray[np.int64] | None = None,
    *,
    hear_beats: bool = False,
    tones: npt.NDArray[np.int64] | None = None,
) -> Entry:
    """What the index keeps of a recording.

    Args:
        recording: its id.
        audio: the whole of it.
        beats: in samples of `audio`, where they were heard before.
        hear_beats: hear them here otherwise; without beats the recording is not found as a re-performance.
        tones: of the chords, where the studio wrote them down: as `covers.harmony_of` takes them.

    Raises `IdentifyError` for audio of less than three seconds.
    """
    mono = pieces.hear(audio)
    harmony = _harmony(audio, beats, hear_beats, tones)
    kept: list[Peaks] = []
    words: list[npt.NDArray[np.uint32]] = []
    for piece in pieces.of(mono):
        kept.append(piece.kept(peaks.of_plane(peaks.plane(piece.folded), peaks.REFERENCE_PER_SECOND)))
        words.append(prints.of_folded(piece.folded)[piece.own.start // prints.STEP : -(-piece.own.stop // prints.STEP)])
    return Entry(recording, pieces.joined(kept), np.concatenate(words), harmony.chroma, harmony.beats)


def identify(
    audio: Audio, segments: Sequence[Segment], *, with_covers: bool = True, report: Report = silent
) -> Identified:
    """Say what a piece of audio is made of.

    Args:
        audio: what is asked about, of any length.
        segments: where to look.
        with_covers: also look for the same composition, where nothing of the sound was found.
        report: hears how far it is; what it raises stops the work.

    Raises `IdentifyError` for audio of less than three seconds.
    """
    report(0.0, "listening")
    mono = pieces.hear(audio)
    kept: list[Peaks] = []
    copied: list[tuple[float, Answer]] = []
    for piece in pieces.of(mono):
        kept.append(piece.kept(peaks.of_question(piece.folded)))
        copied += [(piece.begin, one) for one in prints.identify_folded(piece.folded, segments)]
        done = (piece.begin + piece.folded.shape[1] / peaks.FRAMES_PER_SECOND) / audio.duration_s
        report(_LISTENED * min(done, 1.0), "listening")
    query, count = pieces.joined(kept), len(kept)
    exact = pieces.together(copied, count)

    def compared(done: float, words: str) -> None:
        report(_LISTENED + (_COMPARED - _LISTENED) * done, words)

    found = attribute(query, segments, compared)
    reperformed: list[Answer] = []
    if with_covers and not exact and not found.parts and audio.duration_s >= COVER_SECONDS:
        reperformed = _reperformed(audio, segments, report)
    report(1.0, "done")
    return Identified(audio.duration_s, tuple(exact), found, tuple(reperformed))


def _reperformed(audio: Audio, segments: Sequence[Segment], report: Report) -> list[Answer]:
    """The compositions in it; long audio is asked in stretches, and the surest answer for each recording counts."""
    count = max(1, round(audio.duration_s / COVER_STRETCH))
    edges = [audio.frames * number // count for number in range(count + 1)]
    best: dict[str, Answer] = {}
    for number, (start, end) in enumerate(pairwise(edges)):
        report(_COMPARED + (1 - _COMPARED) * number / count, "comparing the compositions")
        at = start / audio.rate
        for one in covers.identify(covers.hear(Audio(audio.samples[start:end], audio.rate)), segments):
            first, last = one.query_seconds
            # more stretches are more occasions for chance
            moved = replace(one, query_seconds=(first + at, last + at), chance=min(1.0, one.chance * count))
            if moved.confident and (one.recording not in best or moved.chance < best[one.recording].chance):
                best[one.recording] = moved
    return sorted(best.values(), key=lambda one: (one.chance, -one.score, one.recording))


def hold_against_declared(
    audio: Audio, originals: Sequence[Entry], cohort: Sequence[Entry] = ()
) -> tuple[Declared, ...]:
    """Tier 0: is the audio really made of these originals? No index is needed; `cohort`: a few other recordings."""
    return align(pieces.of_question(pieces.hear(audio)), originals, cohort)


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
    mono = pieces.hear(audio)
    told: list[tuple[float, Answer]] = []
    count = 0
    for piece in pieces.of(mono) if segments else ():
        count += 1
        told += [(piece.begin, one) for one in prints.identify_folded(piece.folded, segments)]
    alike = {answer.recording: answer for answer in reversed(pieces.together(told, count))}
    found = {name: one for name, one in alike.items() if _bit_error(one) <= MOST_BIT_ERROR}
    entries = [one for one in some_of(segments, {*among, *alike}) if one.recording not in found]
    if entries:
        query = pieces.of_question(mono)
        # one at a time: derivatives of one original sound alike, and together each would hide the other
        for entry_ in entries:
            for declared in align(query, [entry_], some_others(others, among)):
                if declared.passages:
                    longest = max(declared.passages, key=lambda one: one.query_seconds[1] - one.query_seconds[0])
                    found[entry_.recording] = longest
    whole = [one for one in found.values() if _is_copy(one, audio.duration_s)]
    return sorted(whole, key=lambda one: (one.tier is not Tier.EXACT, one.chance, -one.score, one.recording))


def _bit_error(answer: Answer) -> float:
    """The proportion of differing bits behind an answer of the exact tier, from its score and length."""
    start, end = answer.query_seconds
    words = max(1.0, (end - start) * prints.PER_SECOND)
    return 0.5 - answer.score / 2 / math.sqrt(words * prints.EFFECTIVE_BITS)


def _is_copy(answer: Answer, seconds: float) -> bool:
    start, end = answer.query_seconds
    unmoved = abs(answer.cents) <= SAME_CENTS and abs(answer.time_scale - 1) <= SAME_SCALE
    return answer.confident and unmoved and end - start >= COPIED_SHARE * seconds


def some_of(segments: Sequence[Segment], names: Collection[str]) -> list[Entry]:
    """The entries of these recordings, as far as they are in the segments."""
    return [segment.entry(number) for segment in segments for number, name in enumerate(segment.names) if name in names]


def some_others(segments: Sequence[Segment], without: Collection[str], most: int = 8) -> list[Entry]:
    """A few recordings of an index that are none of these, as a cohort."""
    found: list[Entry] = []
    for segment in segments:
        for number, name in enumerate(segment.names):
            if name not in without and len(found) < most:
                found.append(segment.entry(number))
    return found


def _harmony(
    audio: Audio, beats: npt.NDArray[np.int64] | None, hear: bool, tones: npt.NDArray[np.int64] | None
) -> covers.Harmony:
    if beats is None and hear:
        from ritornello.analysis.beats import track

        beats = track(audio).samples(audio.rate)
    return covers.harmony_of(audio, np.zeros(0, np.int64) if beats is None else beats, tones)
