"""The recurrence search of Qmax, compiled."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True)
def longest_trace(recurs: NDArray[np.bool_], onset: float, extension: float) -> float:
    """Qmax of a cross-recurrence plot (Serrà, Serra and Andrzejak 2009): the weight of its best curved trace.

    A trace may run at half to double speed; an interruption costs ``onset``, each further cell ``extension``.
    """
    rows, columns = recurs.shape
    score = np.zeros((3, columns), dtype=np.float32)
    best = np.float32(0.0)
    for row in range(2, rows):
        here, before, earlier = row % 3, (row - 1) % 3, (row - 2) % 3
        score[here, 0] = score[here, 1] = 0.0
        for column in range(2, columns):
            a, b, c = score[before, column - 1], score[earlier, column - 1], score[before, column - 2]
            if recurs[row, column]:
                value = max(a, b, c) + np.float32(1.0)
            else:
                a -= np.float32(onset if recurs[row - 1, column - 1] else extension)
                b -= np.float32(onset if recurs[row - 2, column - 1] else extension)
                c -= np.float32(onset if recurs[row - 1, column - 2] else extension)
                value = max(np.float32(0.0), a, b, c)
            score[here, column] = value
            best = max(best, value)
    return float(best)
