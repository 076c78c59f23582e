"""Three peaks make a word that neither transposition nor stretching changes.

An anchor and two later peaks have two pitch differences and one ratio of time differences; all three stay when the music
is moved in pitch, slowed, or both. The word is their quantised form; what is kept with it (pitch of the anchor, time,
span) tells how far the recording was moved when two words meet.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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
    frame = peaks.frame.astype(np.int32)
    pitch = peaks.pitch.astype(np.float32)
    word, at, span = _words()(frame, pitch, np.int64(followers), probes)
    return Triplets(word, pitch[at], frame[at], span)


_compiled: list[Any] = []


def _words() -> Any:
    """The compiled loop, made on first use so that importing this module stays cheap."""
    if not _compiled:
        import numba

        _compiled.append(numba.njit(cache=True, nogil=True)(_words_loop))
    return _compiled[0]


def _words_loop(frame, pitch, followers, probes):  # type: ignore[no-untyped-def]
    count = len(frame)
    room = count * followers * (followers - 1) // 2 * (8 if probes else 1)
    word = np.empty(room, np.int32)
    at = np.empty(room, np.int32)
    span = np.empty(room, np.float32)
    n = 0
    near = np.empty(followers, np.int64)
    for a in range(count):
        found = 0
        j = a + 1
        while j < count and found < followers:
            gap = frame[j] - frame[a]
            if gap > 110:
                break
            if gap >= 3 and abs(pitch[j] - pitch[a]) <= 1.5 * 24:
                near[found] = j
                found += 1
            j += 1
        for x in range(found):
            for y in range(x + 1, found):
                one, two = near[x], near[y]
                long = frame[two] - frame[a]
                if long < 6:
                    continue
                first = (pitch[one] - pitch[a]) / 1.5 + 24.0
                second = (pitch[two] - pitch[a]) / 1.5 + 24.0
                ratio = (frame[one] - frame[a]) / long * 12
                cells = 2 if probes else 1
                for u in range(cells):
                    for v in range(cells):
                        for w in range(cells):
                            p = int(np.floor(first + 0.5))
                            q = int(np.floor(second + 0.5))
                            r = int(np.floor(ratio))
                            if u == 1:
                                p += 1 if first + 0.5 - p > 0.5 else -1
                            if v == 1:
                                q += 1 if second + 0.5 - q > 0.5 else -1
                            if w == 1:
                                r += 1 if ratio - r > 0.5 else -1
                            if p < 0 or p > 48 or q < 0 or q > 48 or r < 0 or r > 11:
                                if w == 0 and r == 12:
                                    r = 11
                                else:
                                    continue
                            word[n] = (p * 49 + q) * 12 + r
                            at[n] = a
                            span[n] = long
                            n += 1
    return word[:n], at[:n], span[:n]
