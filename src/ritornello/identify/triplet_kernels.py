"""The loop that makes words of peaks, compiled."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ritornello.identify.triplets import FARTHEST, NEAREST, PITCH_CELL, PITCH_CELLS, PITCH_REACH, RATIO_CELLS, SHORTEST

_TOP = PITCH_CELLS - 1
_WIDEST = PITCH_CELL * PITCH_REACH


PROBED = 0.35
"""Of a cell, from each border: rounding takes a peak over a border nearer than that, and rarely over another."""


@njit(cache=True, nogil=True, inline="always")
def _at_border(within: float, reach: float) -> bool:
    """Whether a place in a cell (0 to 1) is nearer than `reach` to one of its borders."""
    return within < reach or within > 1.0 - reach


@njit(cache=True, nogil=True)
def words(
    frame: NDArray[np.int32], pitch: NDArray[np.float32], followers: int, probes: bool
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]]:
    """Word, place of the anchor and span (frames) for each pair of the next `followers` peaks of each peak."""
    count = len(frame)
    room = count * followers * (followers - 1) // 2 * (8 if probes else 1)
    word = np.empty(room, np.int32)
    at = np.empty(room, np.int32)
    span = np.empty(room, np.float32)
    n = 0
    near = np.empty(followers, np.int64)
    reach = PROBED if probes else 0.0
    for a in range(count):
        found = 0
        j = a + 1
        while j < count and found < followers:
            gap = frame[j] - frame[a]
            if gap > FARTHEST:
                break
            if gap >= NEAREST and abs(pitch[j] - pitch[a]) <= _WIDEST:
                near[found] = j
                found += 1
            j += 1
        for x in range(found):
            for y in range(x + 1, found):
                one, two = near[x], near[y]
                long = frame[two] - frame[a]
                if long < SHORTEST:
                    continue
                first = (pitch[one] - pitch[a]) / PITCH_CELL + PITCH_REACH + 0.5
                second = (pitch[two] - pitch[a]) / PITCH_CELL + PITCH_REACH + 0.5
                ratio = (frame[one] - frame[a]) / long * RATIO_CELLS
                p0, q0 = int(np.floor(first)), int(np.floor(second))
                r0 = min(int(np.floor(ratio)), RATIO_CELLS - 1)
                for u in range(2 if _at_border(first - p0, reach) else 1):
                    p = p0 if u == 0 else (p0 + 1 if first - p0 > 0.5 else p0 - 1)
                    if p < 0 or p > _TOP:
                        continue
                    for v in range(2 if _at_border(second - q0, reach) else 1):
                        q = q0 if v == 0 else (q0 + 1 if second - q0 > 0.5 else q0 - 1)
                        if q < 0 or q > _TOP:
                            continue
                        for w in range(2 if _at_border(ratio - r0, reach) else 1):
                            r = r0 if w == 0 else (r0 + 1 if ratio - r0 > 0.5 else r0 - 1)
                            if r < 0 or r >= RATIO_CELLS:
                                continue
                            word[n] = (p * PITCH_CELLS + q) * RATIO_CELLS + r
                            at[n] = a
                            span[n] = long
                            n += 1
    return word[:n], at[:n], span[:n]
