"""The tempo-and-phase Viterbi search, compiled."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def most_likely_beats(
    on: NDArray[np.float32],
    off: NDArray[np.float32],
    intervals: NDArray[np.int64],
    favour: NDArray[np.float32],
    window: NDArray[np.int64],
    stiffness: float,
) -> NDArray[np.int64]:
    """Frames of the beats along the most likely path through (interval, phase) states.

    After Krebs, Böck and Widmer (ISMIR 2015): within a beat the phase moves on by one frame; at a beat the interval
    may change from i to j at a cost of ``stiffness · |j/i - 1|``. ``on`` and ``off`` are log-likelihoods of each frame
    being a beat or not; ``favour[window[frame], interval]`` is how well the interval fits the tempo heard around the
    frame. Only beats branch, so only they are remembered: memory is frames × intervals bytes, twice.
    """
    frames, count = on.shape[0], intervals.shape[0]
    cost = np.empty((count, count), dtype=np.float32)
    for before in range(count):
        for after in range(count):
            cost[before, after] = -stiffness * abs(intervals[after] / intervals[before] - 1.0)
    longest = intervals[count - 1]
    # score of being at a beat with interval i at frame t, for the last `longest` frames (a ring)
    ring = np.full((longest, count), np.float32(-1e30), dtype=np.float32)
    came_from = np.zeros((frames, count), dtype=np.uint8)
    quiet = np.zeros(frames + 1, dtype=np.float64)
    for frame in range(frames):
        quiet[frame + 1] = quiet[frame] + off[frame]
    arriving = np.empty(count, dtype=np.float64)
    for frame in range(frames):
        for index in range(count):
            gap = intervals[index]
            if frame - gap >= 0:
                arriving[index] = ring[(frame - gap) % longest, index] + quiet[frame] - quiet[frame - gap + 1]
            else:
                arriving[index] = -1e30
        for index in range(count):
            best, origin = -1e30, 0
            if frame < longest:
                best = quiet[frame] + 0.0  # the first beat may be anywhere in the first interval
                origin = 255
            for before in range(count):
                score = arriving[before] + cost[before, index]
                if score > best:
                    best, origin = score, before
            ring[frame % longest, index] = best + on[frame] + favour[window[frame], index]
            came_from[frame, index] = origin
    # the last beat lies less than its own interval before the end
    best, at, state = -1e30, frames - 1, 0
    for frame in range(max(0, frames - longest), frames):
        for index in range(count):
            if frame + intervals[index] >= frames:
                score = ring[frame % longest, index] + quiet[frames] - quiet[frame + 1]
                if score > best:
                    best, at, state = score, frame, index
    beats = np.empty(frames // intervals[0] + 2, dtype=np.int64)
    found = 0
    while at >= 0:
        beats[found] = at
        found += 1
        origin = came_from[at, state]
        if origin == 255:
            break
        at -= intervals[origin]
        state = origin
    return beats[:found][::-1].copy()
