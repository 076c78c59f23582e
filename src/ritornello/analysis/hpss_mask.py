"""Sharing each spectral cell between the harmonic and the percussive part, compiled."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Grid = NDArray[np.float32]


@njit(cache=True, nogil=True)
def harmonic_mask(harmonic: Grid, percussive: Grid) -> Grid:
    """``h² / (h² + p²)``, one half where both are zero."""
    mask = np.empty_like(harmonic)
    for row in range(harmonic.shape[0]):
        for column in range(harmonic.shape[1]):
            h = harmonic[row, column] * harmonic[row, column]
            p = percussive[row, column] * percussive[row, column]
            both = h + p
            mask[row, column] = h / both if both > np.float32(1e-30) else np.float32(0.5)
    return mask


@njit(cache=True, nogil=True)
def apply_mask(spectrum: NDArray[np.complex64], mask: Grid) -> None:
    """Multiply a spectrum (frames, bins) by a mask of the same shape, in place."""
    for row in range(mask.shape[0]):
        for column in range(mask.shape[1]):
            spectrum[row, column] = spectrum[row, column] * mask[row, column]
