"""The running median, exact: a sorted window that loses its oldest value and gains a new one at each step.

The results equal ``scipy.ndimage.median_filter(…, mode="reflect")`` bit for bit for windows of odd length, at a
fraction of the time, because the window is kept sorted instead of being sorted anew.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Grid = NDArray[np.float32]


@njit(cache=True, nogil=True, inline="never")
def _replace(window: Grid, old: np.float32, new: np.float32) -> None:
    """Swap ``old`` for ``new`` in the sorted ``window`` by shifting what lies between them."""
    size = window.shape[0]
    at = 0
    for index in range(size):
        at += window[index] < old
    if new >= old:
        while at + 1 < size and window[at + 1] < new:
            window[at] = window[at + 1]
            at += 1
    else:
        while at > 0 and window[at - 1] > new:
            window[at] = window[at - 1]
            at -= 1
    window[at] = new


@njit(cache=True, nogil=True)
def _reflect(index: int, size: int) -> int:
    """Half-sample symmetric continuation (d c b a | a b c d | d c b a), for any distance outside."""
    period = 2 * size
    index %= period
    return index if index < size else period - 1 - index


@njit(cache=True, nogil=True)
def running_median(line: Grid, out: Grid, length: int) -> None:
    """Median over ``length`` (odd) values centred on each value of ``line``, reflected at the ends, into ``out``."""
    size = line.shape[0]
    half = length // 2
    window = np.empty(length, dtype=np.float32)
    for index in range(length):
        window[index] = line[_reflect(index - half, size)]
    window.sort()
    out[0] = window[half]
    for index in range(1, size):
        leaving, coming = index - 1 - half, index + half
        old = line[leaving] if leaving >= 0 else line[_reflect(leaving, size)]
        new = line[coming] if coming < size else line[_reflect(coming, size)]
        if old != new:
            _replace(window, old, new)
        out[index] = window[half]


@njit(cache=True, nogil=True)
def median_rows(grid: Grid, length: int) -> Grid:
    """The running median along the last axis of ``grid`` (rows, columns)."""
    out = np.empty_like(grid)
    for row in range(grid.shape[0]):
        running_median(grid[row], out[row], length)
    return out


@njit(cache=True, nogil=True)
def median_columns(grid: Grid, length: int) -> Grid:
    """The running median along the first axis of ``grid`` (rows, columns)."""
    rows, columns = grid.shape
    out = np.empty_like(grid)
    tile = 16  # columns copied together, so that each cache line is read once
    lines = np.empty((tile, rows), dtype=np.float32)
    filtered = np.empty(rows, dtype=np.float32)
    for start in range(0, columns, tile):
        count = min(tile, columns - start)
        for row in range(rows):
            for column in range(count):
                lines[column, row] = grid[row, start + column]
        for column in range(count):
            running_median(lines[column], filtered, length)
            for row in range(rows):
                out[row, start + column] = filtered[row]
    return out
