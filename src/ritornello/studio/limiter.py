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

CELL = 16
"""Frames a control point."""
LOOK_AHEAD_S = 0.005
RELEASE_DB_PER_S = 36.0
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


def gain_curve(peaks: Iterable[npt.NDArray[np.float32]], rate: int, ceiling: float) -> Curve:
    """Linear gain at each cell's edge (cells + 1 points) that brings every cell's peak to `ceiling` or below.

    Minimum over the look-ahead, a release linear in decibels, then a smooth average over the same window: the average
    of values each at most what the cell needs is at most what the cell needs, so the ceiling holds by construction.
    """
    from scipy.ndimage import convolve1d, minimum_filter1d

    need = 20 * np.log10(np.minimum(1.0, ceiling / np.maximum(np.concatenate(list(peaks)).astype(np.float64), 1e-9)))
    if need.size == 0 or need.min() >= 0:
        return np.ones(need.size + 1)
    width = max(1, round(LOOK_AHEAD_S * rate / CELL))
    edges = np.minimum(np.append(need, 0.0), np.insert(need, 0, 0.0))
    held = minimum_filter1d(edges, 2 * width + 1, mode="nearest")
    slope = RELEASE_DB_PER_S * CELL / rate * np.arange(held.size)
    held = np.minimum(np.minimum.accumulate(held - slope) + slope, 0.0)
    window = np.hanning(2 * width + 3)[1:-1]
    smooth = convolve1d(held, window / window.sum(), mode="nearest")
    return np.asarray(10 ** (np.minimum(smooth, edges) / 20), dtype=np.float64)


def apply_curve(block: Samples, curve: Curve, first: int) -> Samples:
    """Multiply a block that starts at frame `first` by the curve, read linearly between its points."""
    frames = np.arange(first, first + block.shape[0])
    gain = np.interp(frames / CELL, np.arange(curve.size), curve).astype(np.float32)
    return block * gain[:, None]
