"""From a beat that is right within a frame to the sample where its sound begins.

The tracker sees hundredths of a second. Here the waveform itself is looked at: the energy of the signal and of its
difference (which lets a quiet hi-hat speak beside a loud bass) in steps of a millisecond. The beat is where that energy
starts to rise most. A beat that nothing sounds on has no such place, so a robust fit over the neighbours decides there.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ritornello.analysis.buffers import release
from ritornello.analysis.spectra import RATE

Grid = NDArray[np.float32]
Floats = NDArray[np.float64]

_STEP = 22  # samples: one millisecond
_REACH_MS = 45
_STEADY_MS = 9.0
"""One grid is believed when the beats, smoothed over eight neighbours, stay this close to it."""


def place(mono: Grid, coarse: Floats) -> tuple[Floats, bool, float]:
    """Exact times (s), whether one grid explains them all, and beats per minute by regression.

    ``mono`` is at 22.05 kHz, ``coarse`` are seconds. Times keep their number and order.
    """
    centred = coarse + _bias(mono, coarse)
    rises, trust = rise_times(mono, centred)
    index = np.arange(len(rises), dtype=np.float64)
    slope, start = _robust_line(index, rises, trust)
    residual = rises - (start + slope * index)
    trend = _running(residual, trust, 8)
    if np.abs(trend).max() * 1000 <= _STEADY_MS:
        return start + slope * index, True, 60.0 / slope
    smooth = _smooth(rises, trust)
    # a stroke that is clearly there is where the beat is, even if the player was early
    own = (np.abs(rises - smooth) < 0.020) & (trust > 0.3)
    times = np.where(own, rises, smooth)
    times = np.maximum.accumulate(times)
    return times, False, 60.0 / float(np.median(np.diff(smooth)))


def _bias(mono: Grid, coarse: Floats) -> float:
    """The mean distance of strong rises from the tracker's frames: its latency on this very recording."""
    rises, trust = rise_times(mono, coarse)
    strong = trust >= np.quantile(trust, 0.5)
    return float(np.median(rises[strong] - coarse[strong])) if strong.any() else 0.0


def rise_times(mono: Grid, coarse: Floats) -> tuple[Floats, Floats]:
    """For each time the nearest start of a clear rise of energy within 45 ms, and how clear it is (0 to 1)."""
    before, after = _REACH_MS + 25, _REACH_MS + 15
    steps = before + after
    starts = np.round(coarse * RATE).astype(np.int64) - before * _STEP - 1
    length = steps * _STEP + 1
    times = np.empty(len(coarse))
    trust = np.empty(len(coarse))
    prior = np.exp(-0.5 * ((np.arange(steps) - before) / 18.0) ** 2)
    reach = slice(before - _REACH_MS, before + _REACH_MS)
    for number, start in enumerate(starts):
        part = np.zeros(length)
        low, high = max(0, int(start)), min(len(mono), int(start) + length)
        if high > low:
            part[low - start : high - start] = mono[low:high]
        sharp = np.diff(part)
        energies = (part[1:] ** 2).reshape(steps, _STEP).sum(axis=1), (sharp**2).reshape(steps, _STEP).sum(axis=1)
        rise = np.zeros(steps)
        for energy in energies:
            rise += _rise(energy)
        weighted = (rise * prior)[reach]
        best = int(np.argmax(weighted)) + before - _REACH_MS
        begin = best
        while begin > 1 and rise[begin - 1] > 0.35 * rise[best]:
            begin -= 1
        times[number] = coarse[number] + (begin - before + 0.5) / 1000 * (_STEP * 1000 / RATE)
        trust[number] = min(1.0, rise[best] / 2.0)
        if number % 256 == 255:
            release(mono)
    return times, trust


def _rise(energy: Floats) -> Floats:
    """The growth of energy at each millisecond: the next 6 ms against the 10 ms before, in units of their maximum."""
    total = np.concatenate([[0.0], np.cumsum(energy)])
    size = len(energy)
    at = np.arange(size)
    ahead = (total[np.minimum(at + 6, size)] - total[at]) / 6
    behind = (total[at] - total[np.maximum(at - 10, 0)]) / 10
    highest = ahead.max()
    if highest <= 0:
        return np.zeros(size)
    growth: Floats = np.maximum(ahead - behind, 0) / highest
    return growth


def _robust_line(x: Floats, y: Floats, trust: Floats) -> tuple[float, float]:
    """Slope and start by iteratively reweighted least squares (Tukey's biweight), begun from the median slope."""
    span = max(1, len(x) // 2)
    slope = float(np.median((y[span:] - y[:-span]) / span))
    start = float(np.median(y - slope * x))
    for scale in (0.060, 0.030, 0.020, 0.012, 0.012, 0.012):
        residual = y - (start + slope * x)
        weight = np.clip(1 - (residual / scale) ** 2, 0, None) ** 2 * (0.05 + trust)
        total = weight.sum()
        if total <= 0:
            break
        mean_x, mean_y = (weight * x).sum() / total, (weight * y).sum() / total
        spread = (weight * (x - mean_x) ** 2).sum()
        if spread <= 0:
            break
        slope = float((weight * (x - mean_x) * (y - mean_y)).sum() / spread)
        start = float(mean_y - slope * mean_x)
    return slope, start


def _running(values: Floats, weight: Floats, width: int) -> Floats:
    """Running weighted median over ``width`` neighbours on each side."""
    out = np.empty(len(values))
    for index in range(len(values)):
        part = slice(max(0, index - width), index + width + 1)
        order = np.argsort(values[part])
        line = np.cumsum((0.05 + weight[part])[order])
        out[index] = values[part][order][np.searchsorted(line, line[-1] / 2)]
    return out


def _smooth(times: Floats, trust: Floats) -> Floats:
    """The curve of beat times whose second differences stay small, refitted with outliers losing their weight."""
    count = len(times)
    if count < 4:
        return times
    bands = _penalty_bands(count)
    weight = 0.05 + trust
    smooth = times
    for scale in (0.050, 0.030, 0.020, 0.015):
        smooth = _solve_pentadiagonal(bands[0] + weight, bands[1], bands[2], weight * times)
        weight = (0.05 + trust) * np.clip(1 - ((times - smooth) / scale) ** 2, 0.0, None) ** 2 + 1e-4
    return smooth


def _penalty_bands(count: int, strength: float = 1.0) -> tuple[Floats, Floats, Floats]:
    """Diagonals of ``strength · DᵀD`` for second differences D."""
    main = np.full(count, 6.0)
    main[[0, -1]] = 1.0
    main[[1, -2]] = 5.0
    first = np.full(count - 1, -4.0)
    first[[0, -1]] = -2.0
    return strength * main, strength * first, np.full(count - 2, strength)


def _solve_pentadiagonal(main: Floats, first: Floats, second: Floats, right: Floats) -> Floats:
    """Solve a symmetric positive definite system with five diagonals (LDLᵀ without pivoting)."""
    count = len(main)
    d, e, f = np.zeros(count), np.zeros(count), np.zeros(count)
    z = np.zeros(count)
    for i in range(count):
        d[i] = main[i]
        if i >= 1:
            d[i] -= e[i - 1] ** 2 * d[i - 1]
        if i >= 2:
            d[i] -= f[i - 2] ** 2 * d[i - 2]
        if i + 1 < count:
            carried = f[i - 1] * d[i - 1] * e[i - 1] if i >= 1 else 0.0
            e[i] = (first[i] - carried) / d[i]
        if i + 2 < count:
            f[i] = second[i] / d[i]
        z[i] = right[i] - (e[i - 1] * z[i - 1] if i >= 1 else 0.0) - (f[i - 2] * z[i - 2] if i >= 2 else 0.0)
    out = z / d
    for i in range(count - 2, -1, -1):
        out[i] -= e[i] * out[i + 1] + (f[i] * out[i + 2] if i + 2 < count else 0.0)
    return out
