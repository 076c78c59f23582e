"""The inner loop of the moving filter: a trapezoidal state-variable filter (Zavalishin)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit


@njit(cache=True)
def state_variable(
    x: npt.NDArray[np.float32],
    corners: npt.NDArray[np.float64],
    cell: int,
    high: bool,
    memory: npt.NDArray[np.float64],
) -> npt.NDArray[np.float32]:
    """Filter a block (frames, channels); `corners` is tan(pi f / rate) a cell; `memory` (channels, 2) carries over."""
    out = np.empty_like(x)
    damping = np.sqrt(2.0)
    for c in range(x.shape[1]):
        s1, s2 = memory[c, 0], memory[c, 1]
        for i in range(x.shape[0]):
            g = corners[i // cell]
            hp = (x[i, c] - (damping + g) * s1 - s2) / (1.0 + damping * g + g * g)
            bp = g * hp + s1
            lp = g * bp + s2
            s1 = g * hp + bp
            s2 = g * bp + lp
            out[i, c] = hp if high else lp
        memory[c, 0], memory[c, 1] = s1, s2
    return out
