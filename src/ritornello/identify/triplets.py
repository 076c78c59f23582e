"""Three peaks make a word that neither transposition nor stretching changes.

An anchor and two later peaks have two pitch differences and one ratio of time differences; all three stay when the
music is moved in pitch, slowed, or both. The word is their
quantised form; what is kept with it (pitch of the anchor, time, span) tells how far the recording was moved when two
words meet.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ritornello.identify.peaks import BINS_PER_OCTAVE, Peaks

PITCH_CELL = BINS_PER_OCTAVE / 24
"""Bins in one half semitone, the grain of pitch differences."""

PITCH_REACH = 24
"""Half semitones up and down that a later peak may lie from its anchor."""

PITCH_CELLS = 2 * PITCH_REACH + 1
RATIO_CELLS = 12
WORDS = PITCH_CELLS * PITCH_CELLS * RATIO_CELLS

NEAREST, FARTHEST = 3, 110
"""Frames between an anchor and a later peak."""

SHORTEST = 2 * NEAREST
"""Least span of a word, frames."""


@dataclass(frozen=True, slots=True)
class Triplets:
    """Words in order of their anchors: int32 word, float32 pitch (bins), int32 frame, float32 span (frames)."""

    word: npt.NDArray[np.int32]
    pitch: npt.NDArray[np.float32]
    frame: npt.NDArray[np.int32]
    span: npt.NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.word)


def of(peaks: Peaks, followers: int, probes: bool = False) -> Triplets:
    """All words of the anchors with pairs of their next `followers` peaks.

    Args:
        peaks: in order of time.
        followers: how many later peaks each anchor looks at; the words per anchor are followers·(followers-1)/2.
        probes: also give the words across the nearest cell border, so that rounding loses nothing (queries only).
    """
    from ritornello.identify.triplet_kernels import words

    frame = peaks.frame.astype(np.int32)
    pitch = peaks.pitch.astype(np.float32)
    word, at, span = words(frame, pitch, followers, probes)
    return Triplets(word, pitch[at], frame[at], span)
