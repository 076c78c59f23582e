"""One pass over all peaks of a segment, compiled."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ritornello.identify.peaks import BINS

CELL = 3
"""Frames (60 ms) in one cell of offsets; two neighbours are added, since a place may lie on their border."""

_NEAR = 25
"""Cells (1.5 s) on each side whose mean is the level of chance around a place."""

_TOLERANCE = 0.6
_FLOOR = 0.04
"""Least proportion of the query's peaks that chance is taken to lay over any place."""

_FINER = 2


@njit(cache=True, nogil=True)
def scan(
    q_pitch: NDArray[np.float32],
    q_frame: NDArray[np.int32],
    q_frames: int,
    ends: NDArray[np.int64],
    lengths: NDArray[np.int32],
    r_frame: NDArray[np.int32],
    r_pitch: NDArray[np.uint16],
    to_bins: np.float32,
    each: int,
) -> tuple[Any, Any, Any]:
    """The `each` best places of each recording: its number, the frame at the query's first, and standard deviations.

    Args:
        q_pitch: ascending, in bins; q_frame belongs to it.
    """
    count = len(q_pitch)
    # where in q_pitch the peaks begin that a pitch could meet
    low = np.searchsorted(q_pitch, np.arange(BINS * _FINER + 2) / _FINER - _TOLERANCE)
    high = np.searchsorted(q_pitch, (np.arange(BINS * _FINER + 2) + 1) / _FINER + _TOLERANCE)
    number = np.zeros(len(ends) * each, np.int32)
    offset = np.zeros(len(ends) * each, np.int32)
    z = np.zeros(len(ends) * each, np.float32)
    longest = 0
    for k in range(len(lengths)):
        longest = max(longest, lengths[k])
    lead = q_frames // CELL + 1
    counts = np.zeros(longest // CELL + lead + 3, np.float32)
    sums = np.zeros(len(counts) + 1, np.float64)
    begin = 0
    for k in range(len(ends)):
        cells = lengths[k] // CELL + lead + 2
        counts[:cells] = 0.0
        for j in range(begin, ends[k]):
            pitch = r_pitch[j] * to_bins
            at = r_frame[j] + lead * CELL
            bucket = int(pitch * _FINER)
            for i in range(low[bucket], high[bucket]):
                if abs(q_pitch[i] - pitch) <= _TOLERANCE:
                    counts[(at - q_frame[i]) // CELL] += 1.0
        begin = ends[k]
        for x in range(cells):
            sums[x + 1] = sums[x] + counts[x]
        for place in range(each):
            best, where = 0.0, -1
            for x in range(cells - 1):
                from_, to = max(0, x - _NEAR), min(cells, x + 2 + _NEAR)
                both = counts[x] + counts[x + 1]
                level = 2.0 * (sums[to] - sums[from_] - both) / max(to - from_ - 2, 1)
                value = (both - level) / np.sqrt(max(level, _FLOOR * count) + 1.0)
                if value > best:
                    best, where = value, x
            if where < 0:
                break
            number[k * each + place] = k
            offset[k * each + place] = (where + 1 - lead) * CELL
            z[k * each + place] = best
            for x in range(max(0, where - 3), min(cells, where + 5)):
                counts[x] = 0.0  # the sums stay: a place that was found still belongs to its neighbourhood
    return number, offset, z
