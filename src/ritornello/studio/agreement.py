"""Is it a version of this song? How far the chords and the tune of one recording agree with those of another.

For what holds nothing of the original's recording: a cover is in another key, at another tempo, by another band, and
may begin and end elsewhere. Its chords, as they are heard beat by beat, are laid along the original's in every key and
at half, the same and twice the count of beats; the heaviest course is the one along which both are compared. The tune
is the one that was written down of the original: of it is asked how often its pitch class is among the strongest three
that sound in that half beat.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ritornello.analysis.model import Analysis, Audio
from ritornello.studio.agreement_kernels import best_course
from ritornello.studio.score import PPQ, Score

SAME, OTHER, NO_CHORD, GAP = 1.0, -0.8, -0.3, 0.9
"""What a beat adds to a course whose chords are the same, or are not, or of which one has none; and a beat left out."""

LEAST_BEATS = 24
"""Fewer beats agree with anything."""

LEAST_CHORDS, LEAST_MELODY = 600, 600
"""Permille from which on chords and tune agree. Set on 18 covers of six recordings by the studio's band (chords 643 to
1000, tune 682 to 994) and on the 90 pairs that share nothing, of which none reached both. Of five other recordings all
15 covers did, and none of the 60 pairs."""

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far a recording agrees with a song, in permille.

    Attributes:
        chords: beats of the derivative whose chord (root and third) is the original's at that place.
        melody: half beats along the course whose tune sounds among the strongest three pitch classes; None where no
            tune was written down of the original.
        beats: of the derivative that were compared.
        cents: how far the derivative lies above the original, -500 to 600.
    """

    chords: int
    melody: int | None
    beats: int
    cents: int

    @property
    def agrees(self) -> bool:
        """Whether it may be called a version of that song without anybody having listened; never without a tune."""
        return self.chords >= LEAST_CHORDS and self.melody is not None and self.melody >= LEAST_MELODY

    @property
    def words(self) -> str:
        """The figures as they are told."""
        tune = "no tune was written down" if self.melody is None else f"the tune for {self.melody / 10:.0f} %"
        return f"the chords agree for {self.chords / 10:.0f} %, {tune}"

    def to_document(self) -> dict[str, Any]:
        """Integer JSON."""
        return {
            "chords_permille": self.chords,
            "melody_permille": self.melody,
            "beats": self.beats,
            "cents": self.cents,
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Agreement:
        """The inverse of `to_document`."""
        return cls(document["chords_permille"], document["melody_permille"], document["beats"], document["cents"])


def agree(original: Analysis, tune: Score | None, derivative: Audio, heard: Analysis) -> Agreement | None:
    """How far a derivative agrees with an original; None where either has too few beats to say.

    Args:
        original: what was heard in the original.
        tune: the original as it was written down, on the beats of that analysis; None where nobody did.
        derivative: its sound.
        heard: what was heard in it.
    """
    theirs = _chords_at(original, original.beats)
    if len(theirs) < LEAST_BEATS or len(heard.beats) <= LEAST_BEATS:
        return None
    best: tuple[float, int, Ints, Ints, Ints] | None = None
    for marks in _counted(heard.beats):
        ours = _chords_at(heard, marks)
        if len(ours) < LEAST_BEATS:
            continue
        for shift in range(12):
            weight, rows, columns = best_course(_worths(ours, _raised(theirs, shift)), GAP)
            weight /= np.sqrt(len(ours))
            if best is None or weight > best[0]:
                best = (weight, shift, marks, rows, columns)
    if best is None:
        return None
    _, shift, marks, rows, columns = best
    ours = _chords_at(heard, marks)
    same = ours[rows] == _raised(theirs, shift)[columns]
    sounding = int(np.count_nonzero(ours >= 0))
    hits = int(np.count_nonzero(same & (ours[rows] >= 0)))
    return Agreement(
        chords=round(1000 * hits / sounding) if sounding else 0,
        melody=None if tune is None else _melody(tune, derivative, marks, rows, columns, shift),
        beats=len(ours),
        cents=100 * (shift if shift <= 6 else shift - 12),
    )


def _counted(beats: Ints) -> Sequence[Ints]:
    """The beats as they were heard, counted half as fast, and twice as fast."""
    between = (beats[:-1] + beats[1:]) // 2
    twice = np.empty(2 * len(beats) - 1, np.int64)
    twice[::2], twice[1::2] = beats, between
    return beats, beats[::2], twice


def _chords_at(heard: Analysis, marks: Ints) -> Ints:
    """The chord between each two marks: 2 · root + (1 for a minor third); -1 for none."""
    middles = (marks[:-1] + marks[1:]) // 2
    starts = np.array([one.start for one in heard.chords], np.int64)
    codes = np.array([-1 if c.root is None else 2 * c.root + (c.quality == "min") for c in heard.chords], np.int64)
    if not len(starts):
        return np.full(len(middles), -1, np.int64)
    found: Ints = codes[np.maximum(0, np.searchsorted(starts, middles, side="right") - 1)]
    return found


def _raised(chords: Ints, shift: int) -> Ints:
    return np.where(chords < 0, chords, (chords + 2 * shift) % 24)


def _worths(ours: Ints, theirs: Ints) -> npt.NDArray[np.float32]:
    a, b = ours[:, None], theirs[None, :]
    return np.where((a < 0) | (b < 0), NO_CHORD, np.where(a == b, SAME, OTHER)).astype(np.float32)


def _melody(tune: Score, derivative: Audio, marks: Ints, rows: Ints, columns: Ints, shift: int) -> int | None:
    from ritornello.analysis.similarity import beat_chroma

    halves = np.sort(np.concatenate([marks, (marks[:-1] + marks[1:]) // 2]))
    strongest = np.argsort(beat_chroma(derivative, halves), axis=1)[:, -3:]
    sung = _sung(tune, int(columns.max(initial=-1)) + 1)
    hits = total = 0
    for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
        for half in (0, 1):
            pitch = sung[2 * column + half]
            if pitch >= 0 and 2 * row + half < len(strongest):
                total += 1
                hits += int((pitch + shift) % 12 in strongest[2 * row + half])
    return round(1000 * hits / total) if total else None


def _sung(tune: Score, beats: int) -> Ints:
    """The pitch class that is sung for longest in each half beat of the recording, -1 where none is."""
    length = np.zeros((2 * beats, 12), np.int64)
    half = PPQ // 2
    for tone in tune.tune:
        start, end = tone.start - tune.first_beat, tone.start + tone.length - tune.first_beat
        for place in range(max(0, start // half), min(2 * beats, -(-end // half))):
            length[place, tone.pitch % 12] += min(end, (place + 1) * half) - max(start, place * half)
    return np.where(length.any(axis=1), length.argmax(axis=1), -1)
