"""The look-ahead limiter: one gain curve that keeps the true peak under a ceiling, gently.

The curve is found at a control rate of one point every 16 frames, so it holds a whole hour in ten million numbers while
the audio itself passes in blocks. Because it is a gain and nothing else, the same curve on each stem leaves the stems
summing to the limited mix.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import numpy as np
import numpy.typing as npt

from ritornello.analysis.buffers import release, sample_buffer

CELL = 16
"""Frames a control point."""
LOOK_AHEAD_S = 0.005
RELEASE_DB_PER_S = 36.0
_BLOCK = 2**16
"""Points that are looked at together: twenty seconds, many times the look-ahead."""
_HALF = 12  # taps each side of the interpolator

Samples = npt.NDArray[np.float32]
Curve = npt.NDArray[np.float64]


@cache
def _interpolator() -> npt.NDArray[np.float32]:
    """Weights (24, 3) that give the band-limited signal at 1/4, 1/2 and 3/4 between two samples (windowed sinc)."""
    taps = np.arange(-_HALF + 1, _HALF + 1)
    columns = []
    for k in (0.25, 0.5, 0.75):
        x = k - taps
        w = np.sinc(x) * np.kaiser(8 * _HALF + 1, 7.0)[np.round((x / _HALF + 1) * 4 * _HALF).astype(int)]
        columns.append(w / w.sum())
    return np.stack(columns, axis=1).astype(np.float32)


def cell_peaks(block: Samples, floor: float) -> npt.NDArray[np.float32]:
    """True peak (four-fold oversampled, linear) of each cell of CELL frames, over all channels.

    `block` is (frames, channels) with frames a multiple of CELL. Between samples is only looked where a neighbour
    exceeds `floor`: elsewhere an overshoot beyond twice the neighbours would need a tone at the very edge of the band.
    """
    cells = block.shape[0] // CELL
    level = np.abs(block).reshape(cells, CELL, -1).max(axis=(1, 2))
    for channel in range(block.shape[1]):
        x = np.ascontiguousarray(block[:, channel])
        near = np.flatnonzero(np.abs(x) > floor)
        near = np.unique(np.concatenate((near - 1, near)))
        near = near[(near >= _HALF - 1) & (near < x.size - _HALF)]
        if near.size:
            windows = np.lib.stride_tricks.sliding_window_view(x, 2 * _HALF)[near - _HALF + 1]
            between = np.abs(windows @ _interpolator()).max(axis=1)
            np.maximum.at(level, near // CELL, between)
            np.maximum.at(level, np.minimum((near + 1) // CELL, cells - 1), between)
    return np.asarray(level, dtype=np.float32)


def gain_curve(peaks: Iterable[npt.NDArray[np.float32]], rate: int, ceiling: float, cells: int | None = None) -> Curve:
    """Linear gain at each cell's edge (cells + 1 points) that brings every cell's peak to `ceiling` or below.

    Minimum over the look-ahead, a release linear in decibels, then a smooth average over the same window: the average
    of values each at most what the cell needs is at most what the cell needs, so the ceiling holds by construction.
    All of it goes in blocks; with `cells`, how many there are, no second copy of the peaks is made. The curve of a long
    recording lives in an unlinked file.
    """
    from scipy.ndimage import convolve1d, minimum_filter1d

    level = _joined(peaks, cells)
    if level.size == 0 or float(level.max()) <= ceiling:
        return np.broadcast_to(np.float64(1.0), (level.size + 1,))
    points = level.size + 1
    width = max(1, round(LOOK_AHEAD_S * rate / CELL))
    window = np.hanning(2 * width + 3)[1:-1]
    window /= window.sum()
    step = RELEASE_DB_PER_S * CELL / rate
    curve = sample_buffer(points, 2).view(np.float64)[:, 0]
    carry = np.inf
    for first in range(0, points, _BLOCK):
        last = min(first + _BLOCK, points)
        low, high = max(0, first - width), min(points, last + width)
        edges = _edges(level, low, high, ceiling)
        held = minimum_filter1d(edges, 2 * width + 1, mode="nearest")[first - low : last - low]
        held[0] = min(held[0], carry + step)
        slope = step * np.arange(held.size)
        held = np.minimum(np.minimum.accumulate(held - slope) + slope, 0.0)
        carry = float(held[-1])
        curve[first:last] = held
        release(level)
        release(curve)
    before = np.zeros(0)
    for first in range(0, points, _BLOCK):
        last = min(first + _BLOCK, points)
        part = np.concatenate((before, curve[first : min(points, last + width)]))
        before = curve[max(0, last - width) : last].copy() if last - first >= width else part[: last - first][-width:]
        smooth = convolve1d(part, window, mode="nearest")[part.size - (min(points, last + width) - first) :]
        lowest = np.minimum(smooth[: last - first], _edges(level, first, last, ceiling))
        curve[first:last] = 10 ** (lowest / 20)
        release(level)
        release(curve)
    return curve


def _joined(peaks: Iterable[npt.NDArray[np.float32]], cells: int | None) -> Samples:
    """The peaks of all blocks in one array."""
    if cells is None:
        every = list(peaks)
        return np.concatenate(every) if every else np.zeros(0, dtype=np.float32)
    level = sample_buffer(cells, 1)[:, 0]
    at = 0
    for part in peaks:
        level[at : at + part.size] = part
        at += part.size
        release(level)
    return level


def _edges(level: Samples, first: int, last: int, ceiling: float) -> Curve:
    """What the cells on both sides of each of the points [first, last) need, in decibels, 0 or less."""
    low, high = max(0, first - 1), min(level.size, last)
    peaks = np.maximum(level[low:high].astype(np.float64), 1e-9)
    need = 20 * np.log10(np.minimum(1.0, ceiling / peaks))
    need = np.concatenate((np.zeros(low - (first - 1)), need, np.zeros(last - high)))
    out: Curve = np.minimum(need[1:], need[:-1])
    return out


def apply_curve(block: Samples, curve: Curve, first: int) -> Samples:
    """Multiply a block that starts at frame `first` by the curve, read linearly between its points."""
    low, high = first // CELL, min(curve.size, (first + block.shape[0]) // CELL + 2)
    frames = np.arange(first, first + block.shape[0])
    gain = np.interp(frames / CELL, np.arange(low, high), curve[low:high]).astype(np.float32)
    release(curve)
    return block * gain[:, None]
