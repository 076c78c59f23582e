"""Counting coinciding peaks, compiled.

All pairs that any refinement could bring together are collected once; each candidate of pitch and scale then only
counts them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ritornello.identify.peaks import LIFT_FRAMES

TOLERANCE_BINS = 0.75
REACH = 40
"""Frames (0.8 s) by which a hypothesis may be displaced."""

CHANCE_FLOOR = 0.05
"""Least proportion of a query's peaks that coincide by chance. Where a reference is sparse and strictly regular, wrong
places hold less than that and a few strokes of a drum would look like a wonder."""

_RING_FROM, _RING_TO = 2.5, 14.5
_LIFT_RING_FROM, _LIFT_RING_TO = 4, 14
_SAME_PLACE = 5
"""Cells (200 ms) on each side of a place that are the same place."""

_LEAST_STRETCH = 0.1
"""Below it, or where it is no number, a line through a handful of peaks went astray."""

_FEWEST_LIFTED = 30
"""Peaks of a recording below which its lift tells nothing."""

_COARSE_LAG, _COARSE_PITCH = 4, 1.5
_SLACK = 14
_COARSE_STEPS, _COARSE = 13, 0.004
_FINE_STEPS, _FINE = 9, 0.001
_SHIFTS, _SHIFT_STEP, _FINE_SHIFT_STEP = 5, 0.8, 0.25


@njit(cache=True, nogil=True)
def _paired(
    q_frame: NDArray[np.int32],
    q_pitch: NDArray[np.float32],
    r_frame: NDArray[np.int32],
    r_pitch: NDArray[np.float32],
    middle: float,
    shift0: float,
    stretch0: float,
    place: float,
    reach: int,
    wide: float,
    away: NDArray[np.float32],
    lag: NDArray[np.float32],
    rise: NDArray[np.float32],
) -> int:
    """How many pairs of peaks any refinement could bring together; they are filled in where there is room for them.

    It is run twice, first without room: arrays that grow in the loop cost ten times as much as counting first.
    """
    pairs, start = 0, np.searchsorted(r_frame, place + (q_frame[0] - middle) * stretch0 - reach) if len(q_frame) else 0
    for i in range(len(q_frame)):
        at = place + (q_frame[i] - middle) * stretch0
        while start < len(r_frame) and r_frame[start] < at - reach:
            start += 1
        j = start
        while j < len(r_frame) and r_frame[j] <= at + reach:
            higher = r_pitch[j] - q_pitch[i] - shift0
            if abs(higher) <= wide:
                if len(away):
                    away[pairs] = q_frame[i] - middle
                    lag[pairs] = r_frame[j] - at
                    rise[pairs] = higher
                pairs += 1
            j += 1
    return pairs


@njit(cache=True, nogil=True)
def refined(
    q_frame: NDArray[np.int32],
    q_pitch: NDArray[np.float32],
    r_frame: NDArray[np.int32],
    r_pitch: NDArray[np.float32],
    r_frames: int,
    middle: float,
    shift0: float,
    stretch0: float,
    place: float,
) -> tuple[float, float, float, int, float, float, float]:
    """Shift, stretch, offset, count, z, first and last query frame of the best alignment near a hypothesis."""
    n = len(q_frame)
    reach = REACH + _SLACK
    wide = TOLERANCE_BINS + _SHIFT_STEP * (_SHIFTS // 2) + _FINE_SHIFT_STEP * 2
    none = np.empty(0, np.float32)
    pairs = _paired(q_frame, q_pitch, r_frame, r_pitch, middle, shift0, stretch0, place, reach, wide, none, none, none)
    away, lag, rise = np.empty(pairs, np.float32), np.empty(pairs, np.float32), np.empty(pairs, np.float32)
    _paired(q_frame, q_pitch, r_frame, r_pitch, middle, shift0, stretch0, place, reach, wide, away, lag, rise)
    best_count, best_null = -1.0, 0.0
    best_move, best_grain, best_lag = 0.0, 0.0, 0.0
    histogram = np.zeros(2 * REACH + 1, np.float32)
    near_away, near_lag = np.empty(pairs, np.float32), np.empty(pairs, np.float32)
    for level in range(2):
        steps, grain = (_COARSE_STEPS, _COARSE) if level == 0 else (_FINE_STEPS, _FINE)
        move_step = _SHIFT_STEP if level == 0 else _FINE_SHIFT_STEP
        centre_grain, centre_move = best_grain, best_move
        for m in range(_SHIFTS):
            move = centre_move + (m - _SHIFTS // 2) * move_step
            near = 0
            for k in range(pairs):
                if abs(rise[k] - move) <= TOLERANCE_BINS:
                    near_away[near] = away[k]
                    near_lag[near] = lag[k] + np.float32(REACH + 0.5)
                    near += 1
            for s in range(steps):
                change = centre_grain + (s - steps // 2) * grain
                slant = np.float32(change * stretch0)
                histogram[:] = 0.0
                for k in range(near):
                    cell = int(np.floor(near_lag[k] - near_away[k] * slant))
                    if cell >= 0 and cell <= 2 * REACH:
                        histogram[cell] += 1.0
                top, where = -1.0, 1
                for k in range(1, 2 * REACH):
                    value = histogram[k - 1] + histogram[k] + histogram[k + 1]
                    if value > top:
                        top, where = value, k
                if top > best_count:
                    total, cells = 0.0, 0
                    for k in range(1, 2 * REACH):
                        if abs(k - where) > 6:
                            total += histogram[k - 1] + histogram[k] + histogram[k + 1]
                            cells += 1
                    best_count, best_null = top, total / max(cells, 1)
                    best_move, best_grain, best_lag = move, change, float(where - REACH)
    # the straight line through the coinciding pairs, and the middle of their pitch differences
    first, last = 1e9, 0.0
    slope, level_at, move = best_grain * stretch0, best_lag, best_move
    close = np.empty(pairs, np.float32)
    # from wide to narrow: half a percent of scale is only a frame or two at the ends of ten seconds
    tolerances = np.array([3.0, 2.5, 2.0, 1.5, 1.2])
    for turn in range(len(tolerances)):
        s0, s1, s2, t0, t1, found = 0.0, 0.0, 0.0, 0.0, 0.0, 0
        tolerance = tolerances[turn]
        for k in range(pairs):
            if abs(rise[k] - move) <= TOLERANCE_BINS and abs(lag[k] - away[k] * slope - level_at) <= tolerance:
                s0 += 1.0
                s1 += away[k]
                s2 += away[k] * away[k]
                t0 += lag[k]
                t1 += lag[k] * away[k]
                close[found] = rise[k]
                found += 1
                if turn == len(tolerances) - 1:
                    first = min(first, away[k] + middle)
                    last = max(last, away[k] + middle)
        if found < 4:
            break
        bend = s0 * s2 - s1 * s1
        if bend > 1e-6:
            slope = (s0 * t1 - s1 * t0) / bend
            level_at = (t0 - slope * s1) / s0
        move = float(np.median(close[:found]))
    if first > last:
        first = 0.0
    stretch = stretch0 + slope
    offset = place + level_at - middle * stretch
    # two rolls of a drum meet at all pitches at once: what lies a little higher and lower at the same moments is chance
    ring = by_pitch(q_frame, q_pitch, r_frame, r_pitch, shift0 + move, stretch, offset)
    null = max(best_null, ring)
    z = (best_count - null) / np.sqrt(max(null, CHANCE_FLOOR * n) + 1.0)
    return shift0 + move, stretch, offset, int(best_count), z, first, last


@njit(cache=True, nogil=True)
def by_pitch(
    q_frame: NDArray[np.int32],
    q_pitch: NDArray[np.float32],
    r_frame: NDArray[np.int32],
    r_pitch: NDArray[np.float32],
    shift: float,
    stretch: float,
    offset: float,
) -> float:
    """How many peaks would coincide under an alignment if their pitches had nothing to do with each other."""
    ring, start = 0.0, 0
    for i in range(len(q_frame)):
        at = offset + q_frame[i] * stretch
        while start < len(r_frame) and r_frame[start] < at - 1.5:
            start += 1
        j = start
        while j < len(r_frame) and r_frame[j] <= at + 1.5:
            apart = abs(r_pitch[j] - q_pitch[i] - shift)
            if apart >= _RING_FROM and apart <= _RING_TO:
                ring += 1.0
            j += 1
    return ring * TOLERANCE_BINS / (_RING_TO - _RING_FROM)


@njit(cache=True, nogil=True)
def lifted(
    rows: NDArray[np.int16],
    r_frame: NDArray[np.int32],
    r_pitch: NDArray[np.float32],
    shift: float,
    stretch: float,
    offset: float,
) -> float:
    """How many standard deviations more a query is lifted at a recording's peaks than beside them.

    Beside them is at every other moment (the query taken as a ring), or a little higher and lower at the same ones.

    Args:
        rows: the query's lift for each bin with a mean of zero, twice end to end.
    """
    bins, cells = rows.shape[0], rows.shape[1] // 2
    if not stretch > _LEAST_STRETCH:
        return 0.0
    sums = np.zeros(cells, np.int16)
    ring, rings, count = 0.0, 0, 0
    first = np.searchsorted(r_frame, offset)
    for j in range(first, len(r_frame)):
        cell = int((r_frame[j] - offset) / stretch / LIFT_FRAMES)
        if cell >= cells:
            break
        bin_ = int(np.floor(r_pitch[j] - shift + 0.5))
        if cell < 0 or bin_ < 0 or bin_ >= bins:
            continue
        row = rows[bin_, cell : cell + cells]
        for x in range(cells):
            sums[x] += row[x]
        count += 1
        for apart in range(_LIFT_RING_FROM, _LIFT_RING_TO, 2):
            if bin_ + apart < bins:
                ring += rows[bin_ + apart, cell]
                rings += 1
            if bin_ >= apart:
                ring += rows[bin_ - apart, cell]
                rings += 1
    if count < _FEWEST_LIFTED or cells < 4 * _SAME_PLACE:
        return 0.0
    total, squares = 0.0, 0.0
    for x in range(_SAME_PLACE, cells - _SAME_PLACE + 1):
        value = float(sums[x])
        total += value
        squares += value * value
    n = cells - 2 * _SAME_PLACE + 1
    mean = total / n
    deviation = np.sqrt(max(squares / n - mean * mean, 0.0)) + 1.0
    top = max(sums[0], max(sums[1], sums[cells - 1]))
    return float((top - max(mean, ring * count / max(rings, 1))) / deviation)


@njit(cache=True, nogil=True)
def places(
    q_frame: NDArray[np.int32],
    q_pitch: NDArray[np.float32],
    r_frame: NDArray[np.int32],
    r_pitch: NDArray[np.float32],
    shift: float,
    stretch: float,
    low: int,
    high: int,
) -> Any:
    """How many peaks coincide in pitch for each offset in [low, high), in frames: float64."""
    histogram = np.zeros(max(high - low, 1), np.float64)
    by_pitch = np.argsort(r_pitch)
    sorted_pitch = r_pitch[by_pitch]
    for i in range(len(q_frame)):
        want = q_pitch[i] + shift
        begin = np.searchsorted(sorted_pitch, want - TOLERANCE_BINS)
        end = np.searchsorted(sorted_pitch, want + TOLERANCE_BINS)
        moved = q_frame[i] * stretch
        for k in range(begin, end):
            cell = int(np.floor(r_frame[by_pitch[k]] - moved + 0.5)) - low
            if cell >= 0 and cell < len(histogram):
                histogram[cell] += 1.0
    return histogram


@njit(cache=True, nogil=True)
def coinciding_pairs(
    q_frame: NDArray[np.int32],
    q_pitch: NDArray[np.float32],
    r_frame: NDArray[np.int32],
    r_pitch: NDArray[np.float32],
    shift: float,
    stretch: float,
    offset: float,
) -> tuple[Any, Any, float, float]:
    """Which query peaks coincide, which *would* a second later or earlier (chance), and the outermost frames."""
    n = len(q_frame)
    hit = np.zeros(n, np.bool_)
    chance = np.zeros(n, np.float32)
    first, last = 1e9, 0.0
    lags = np.array([0, 37, -37, 53, -53])
    for which in range(len(lags)):
        start = 0
        for i in range(n):
            at = offset + q_frame[i] * stretch + lags[which]
            while start < len(r_frame) and r_frame[start] < at - 1.5:
                start += 1
            j = start
            while j < len(r_frame) and r_frame[j] <= at + 1.5:
                if abs(r_pitch[j] - q_pitch[i] - shift) <= TOLERANCE_BINS:
                    if which == 0:
                        hit[i] = True
                        first = min(first, float(q_frame[i]))
                        last = max(last, float(q_frame[i]))
                    else:
                        chance[i] += 0.25
                    break
                j += 1
    if first > last:
        first = 0.0
    return hit, chance, first, last


@njit(cache=True, nogil=True)
def promise(
    q_frame: NDArray[np.int32],
    q_pitch: NDArray[np.float32],
    r_frame: NDArray[np.int32],
    r_pitch: NDArray[np.float32],
    middle: float,
    shift: float,
    stretch: float,
    place: float,
) -> float:
    """How far the best lag near a hypothesis stands above the others, in the same measure as `refined` but coarser.

    Pitch within ± 1.5 bins, lags of four frames (80 ms) counted in pairs: the hypothesis is taken as it is, so this
    costs a twentieth of refining it.
    """
    n = len(q_frame)
    cells = 2 * REACH // _COARSE_LAG + 1
    histogram = np.zeros(cells + 1, np.float32)
    start = np.searchsorted(r_frame, place + (q_frame[0] - middle) * stretch - REACH)
    for i in range(n):
        at = place + (q_frame[i] - middle) * stretch
        while start < len(r_frame) and r_frame[start] < at - REACH:
            start += 1
        j = start
        want = q_pitch[i] + shift
        while j < len(r_frame) and r_frame[j] <= at + REACH:
            if abs(r_pitch[j] - want) <= _COARSE_PITCH:
                histogram[int((r_frame[j] - at + REACH) / _COARSE_LAG)] += 1.0
            j += 1
    total, top = 0.0, 0.0
    for k in range(cells - 1):
        value = histogram[k] + histogram[k + 1]
        total += value
        top = max(top, value)
    null = (total - 3 * top) / max(cells - 4, 1)
    return float((top - null) / np.sqrt(max(null, CHANCE_FLOOR * n) + 1.0))


@njit(cache=True, nogil=True)
def densest(frame: NDArray[np.int32], hit: NDArray[np.bool_], rate: float, width: int) -> float:
    """The most standard deviations above chance that any `width` frames of a query stand.

    Args:
        frame: of the query's peaks, ascending.
        hit: which of them coincide.
        rate: the proportion that coincides by chance.
    """
    best, first, hits = 0.0, 0, 0
    for last in range(len(frame)):
        hits += hit[last]
        while frame[last] - frame[first] >= width:
            hits -= hit[first]
            first += 1
        expected = rate * (last - first + 1)
        best = max(best, (hits - expected) / np.sqrt(expected + 1.0))
    return best
