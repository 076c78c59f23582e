"""One pass over all peaks of a segment, compiled."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ritornello.identify.peaks import LIFT_FRAMES

_TAKEN = -32_000
_NEAR = 4
"""Cells (160 ms) on each side of a place that are the same place."""


@njit(cache=True, nogil=True)
def scan(
    rows: NDArray[np.int16],
    ends: NDArray[np.int64],
    lengths: NDArray[np.int32],
    r_frame: NDArray[np.int32],
    r_pitch: NDArray[np.uint16],
    to_bins: np.float32,
    each: int,
) -> tuple[Any, Any, Any]:
    """The `each` best places of each recording: its number, the frame at the query's first, and standard deviations.

    Args:
        rows: the query's lift for each bin, backwards in time, with a mean of zero.
    """
    bins, cells = rows.shape
    number = np.zeros(len(ends) * each, np.int32)
    offset = np.zeros(len(ends) * each, np.int32)
    z = np.zeros(len(ends) * each, np.float32)
    longest = 0
    for k in range(len(lengths)):
        longest = max(longest, lengths[k])
    sums = np.zeros(longest // LIFT_FRAMES + cells * 2 + 4, np.int16)
    begin = 0
    for k in range(len(ends)):
        count = lengths[k] // LIFT_FRAMES + cells + 1
        sums[:count] = 0
        for j in range(begin, ends[k]):
            row = rows[min(int(r_pitch[j] * to_bins + np.float32(0.5)), bins - 1)]
            first = min(r_frame[j], lengths[k]) // LIFT_FRAMES
            there = sums[first : first + cells]
            for x in range(cells):
                there[x] += row[x]
        begin = ends[k]
        # where hardly anything of the query lies on the recording, nothing can be told
        low, high = cells // 4, count - cells // 4
        total, squares = 0.0, 0.0
        for x in range(low, high):
            value = float(sums[x])
            total += value
            squares += value * value
        mean = total / max(high - low, 1)
        deviation = np.sqrt(max(squares / max(high - low, 1) - mean * mean, 0.0)) + 1.0
        for place in range(each):
            best, where = _TAKEN, -1
            for x in range(low, high):
                if sums[x] > best:
                    best, where = int(sums[x]), x
            if where < 0:
                break
            number[k * each + place] = k
            offset[k * each + place] = (where - cells + 1) * LIFT_FRAMES
            z[k * each + place] = (best - mean) / deviation
            for x in range(max(0, where - _NEAR), min(count, where + _NEAR + 1)):
                sums[x] = _TAKEN
    return number, offset, z
