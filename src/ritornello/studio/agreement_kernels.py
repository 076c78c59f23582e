"""The course of one song's chords laid along another's: compiled."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit


@njit(cache=True, nogil=True)
def best_course(
    worth: npt.NDArray[np.float32], gap: float
) -> tuple[float, npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The heaviest local course through float32 (n, m) worths, one step in both at a time, a step in one costing `gap`.

    Returns its weight, and the rows and columns that meet on it, in order (Smith and Waterman, 1981).
    """
    rows, columns = worth.shape
    total = np.zeros((rows + 1, columns + 1), np.float32)
    came = np.zeros((rows + 1, columns + 1), np.int8)
    top, row, column = 0.0, 0, 0
    for i in range(1, rows + 1):
        for j in range(1, columns + 1):
            best, way = total[i - 1, j - 1] + worth[i - 1, j - 1], 1
            if total[i - 1, j] - gap > best:
                best, way = total[i - 1, j] - gap, 2
            if total[i, j - 1] - gap > best:
                best, way = total[i, j - 1] - gap, 3
            if best > 0:
                total[i, j], came[i, j] = best, way
                if best > top:
                    top, row, column = best, i, j
    met_rows = np.empty(rows + columns, np.int64)
    met_columns = np.empty(rows + columns, np.int64)
    count = 0
    while row > 0 and column > 0 and came[row, column] != 0:
        way = came[row, column]
        if way == 1:
            row, column = row - 1, column - 1
            met_rows[count], met_columns[count] = row, column
            count += 1
        elif way == 2:
            row -= 1
        else:
            column -= 1
    return top, met_rows[:count][::-1].copy(), met_columns[:count][::-1].copy()
