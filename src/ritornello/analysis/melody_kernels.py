"""The inner loops of the melody tracker, compiled."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Grid = NDArray[np.float32]


@njit(cache=True, nogil=True)
def normalised_difference(frames: Grid, correlation: Grid, out: Grid) -> None:
    """YIN's cumulative mean normalised difference of each frame for lags 0 … out.shape[1] - 1.

    ``frames`` (n, 2·width) hold the signal, ``correlation`` (n, lags) its products at each lag over ``width`` samples.
    """
    width = frames.shape[1] // 2
    for frame in range(frames.shape[0]):
        own = np.float32(0.0)
        for index in range(width):
            own += frames[frame, index] * frames[frame, index]
        shifted = own
        running = np.float32(0.0)
        out[frame, 0] = 1.0
        for lag in range(1, out.shape[1]):
            coming, leaving = frames[frame, lag + width - 1], frames[frame, lag - 1]
            shifted += coming * coming - leaving * leaving
            difference = max(np.float32(0.0), own + shifted - 2 * correlation[frame, lag])
            running += difference
            out[frame, lag] = difference * lag / running if running > 1e-9 else np.float32(1.0)


@njit(cache=True, nogil=True)
def smoothest_line(
    cost: Grid, silent: NDArray[np.float32], reach: int, glide: float, switch: float
) -> NDArray[np.int64]:
    """The cheapest path through pitch states (frames, states) or silence; -1 where silence is cheaper.

    Moving by k states within a frame costs ``glide · k``, at most ``reach`` states; entering or leaving silence costs
    ``switch``, and a leap to any pitch goes at the price of both.
    """
    frames, states = cost.shape
    score = cost[0].copy()
    quiet = silent[0]
    back = np.zeros((frames, states + 1), dtype=np.int16)
    fresh = np.empty(states, dtype=np.float32)
    for frame in range(1, frames):
        lowest, at = score[0], 0
        for state in range(1, states):
            if score[state] < lowest:
                lowest, at = score[state], state
        leap = np.float32(min(quiet + switch, lowest + 2 * switch))
        leap_from = states if quiet + switch <= lowest + 2 * switch else at
        for state in range(states):
            best, origin = leap, leap_from
            for other in range(max(0, state - reach), min(states, state + reach + 1)):
                value = score[other] + np.float32(glide * abs(other - state))
                if value < best:
                    best, origin = value, other
            fresh[state] = best + cost[frame, state]
            back[frame, state] = origin
        if lowest + switch < quiet:
            quiet = np.float32(lowest + switch)
            back[frame, states] = at
        else:
            back[frame, states] = states
        quiet += silent[frame]
        score[:] = fresh
    path = np.empty(frames, dtype=np.int64)
    state = states
    for index in range(states):
        if score[index] < quiet and (state == states or score[index] < score[state]):
            state = index
    for frame in range(frames - 1, -1, -1):
        path[frame] = -1 if state == states else state
        state = back[frame, state]
    return path
