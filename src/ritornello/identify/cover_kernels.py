"""The alignment of two courses of harmony, compiled."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit


@njit(cache=True, nogil=True, fastmath=True)
def best_courses(
    alike: npt.NDArray[np.float32],
    rows: npt.NDArray[np.float32],
    columns: npt.NDArray[np.float32],
    ends: npt.NDArray[np.int64],
    least: float,
    gap: float,
) -> npt.NDArray[np.float32]:
    """The weight of the best course through each recording: local alignment (Smith and Waterman 1981).

    A cell is worth its likeness in units of what is usual in its row and column, less `least`. A course goes on by one
    step in both, or by two in one of them, which costs `gap`; so it may run at half to double speed.

    Args:
        alike: (query rows, columns of all recordings), cosines.
        rows, columns: what is usual for each, as cosines.
        ends: where each recording's columns end.
    """
    count, width = alike.shape
    found = np.zeros(len(ends), np.float32)
    score = np.zeros((3, width), np.float32)
    first = 0
    for number in range(len(ends)):
        last = ends[number]
        best = np.float32(0.0)
        score[:, first:last] = 0.0
        for row in range(count):
            here, before, earlier = row % 3, (row - 1) % 3, (row - 2) % 3
            usual = rows[row]
            for column in range(first, last):
                value = np.float32(0.0)
                if row > 0 and column > first:
                    value = max(value, score[before, column - 1])
                    if row > 1:
                        value = max(value, score[earlier, column - 1] - np.float32(gap))
                    if column > first + 1:
                        value = max(value, score[before, column - 2] - np.float32(gap))
                value += alike[row, column] / max(usual, columns[column]) - np.float32(least)
                value = max(value, np.float32(0.0))
                score[here, column] = value
                best = max(best, value)
        found[number] = best
        first = last
    return found


@njit(cache=True, nogil=True, fastmath=True)
def course_of(
    alike: npt.NDArray[np.float32],
    rows: npt.NDArray[np.float32],
    columns: npt.NDArray[np.float32],
    least: float,
    gap: float,
) -> tuple[int, int, int, int]:
    """Where the best course through one recording begins and ends: (row, row, column, column), both ends included."""
    count, width = alike.shape
    score = np.zeros((3, width), np.float32)
    began = np.zeros((3, width, 2), np.int32)
    best, found = np.float32(0.0), (0, count - 1, 0, width - 1)
    for row in range(count):
        here = row % 3
        for column in range(width):
            value, start_row, start_column = np.float32(0.0), row, column
            for up, left, cost in ((1, 1, 0.0), (2, 1, gap), (1, 2, gap)):
                if row >= up and column >= left:
                    before = (row - up) % 3
                    came = score[before, column - left] - np.float32(cost)
                    if came > value:
                        value = came
                        start_row, start_column = began[before, column - left, 0], began[before, column - left, 1]
            value += alike[row, column] / max(rows[row], columns[column]) - np.float32(least)
            score[here, column] = max(value, np.float32(0.0))
            began[here, column, 0], began[here, column, 1] = start_row, start_column
            if value > best:
                best, found = value, (start_row, row, start_column, column)
    return found
