"""The sparse product of the constant-Q transform, compiled."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(cache=True, nogil=True, fastmath=True)
def constant_q(
    spectrum: NDArray[np.complex64],
    kernel: NDArray[np.complex64],
    starts: NDArray[np.int64],
    offsets: NDArray[np.int64],
    out: NDArray[np.float32],
) -> None:
    """Magnitude of each kernel against each frame of ``spectrum`` (frames, bins) into ``out`` (frames, kernels)."""
    for frame in range(spectrum.shape[0]):
        for tone in range(starts.shape[0]):
            real, imag = np.float32(0.0), np.float32(0.0)
            first = starts[tone]
            for index in range(offsets[tone + 1] - offsets[tone]):
                value = spectrum[frame, first + index]
                weight = kernel[offsets[tone] + index]
                real += value.real * weight.real - value.imag * weight.imag
                imag += value.real * weight.imag + value.imag * weight.real
            out[frame, tone] = np.sqrt(real * real + imag * imag)
