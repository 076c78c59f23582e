"""The inner loop of the phase vocoder: turn each spectral peak, and all that belongs to it, as its tone goes on."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Spectra = NDArray[np.complex64]


@njit(cache=True, nogil=True, fastmath=True)
def turned(
    here: Spectra,
    before: Spectra,
    gain: NDArray[np.float32],
    struck: NDArray[np.bool_],
    last: NDArray[np.complex64],
    levels: NDArray[np.float32],
    rise: float,
    started: bool,
) -> None:
    """Turn ``here`` (frames, channels, bins) in place to the phases that the output needs.

    ``before`` holds the spectra one output hop earlier in the input, so that their quotient is how far each tone turns
    in one hop. One turn per peak is used for every bin around it and for every channel: what belongs together stays
    together, in frequency and in space. Where ``struck``, peaks that have grown by more than ``rise`` since three
    frames ago keep the phases of the input, so that their attack is a copy. ``gain`` (bins) weights the result;
    ``last`` (the turned reference of the frame before) and ``levels`` (3, bins) are carried from block to block.
    """
    frames, channels, bins = here.shape
    now = np.empty(bins, dtype=np.complex64)
    then = np.empty(bins, dtype=np.complex64)
    power = np.empty(bins, dtype=np.float32)
    edges = np.empty(bins + 1, dtype=np.int64)
    peaks = np.empty(bins + 1, dtype=np.int64)
    for frame in range(frames):
        for k in range(bins):
            a, b = here[frame, 0, k], before[frame, 0, k]
            if channels > 1:
                # a quarter turn between the channels: neither mid nor side can vanish
                a += np.complex64(1j) * here[frame, 1, k]
                b += np.complex64(1j) * before[frame, 1, k]
            now[k], then[k] = a, b
            power[k] = a.real * a.real + a.imag * a.imag
        count = 0
        for k in range(bins):
            left = power[k - 1] if k > 0 else np.float32(-1.0)
            right = power[k + 1] if k + 1 < bins else np.float32(-1.0)
            left2 = power[k - 2] if k > 1 else np.float32(-1.0)
            right2 = power[k + 2] if k + 2 < bins else np.float32(-1.0)
            if power[k] > left and power[k] >= right and power[k] > left2 and power[k] >= right2:
                peaks[count] = k
                count += 1
        edges[0] = 0
        for j in range(1, count):
            lowest = peaks[j - 1]
            for k in range(peaks[j - 1], peaks[j]):
                if power[k] < power[lowest]:
                    lowest = k
            edges[j] = lowest
        edges[count] = bins
        slot = frame % 3
        for j in range(count):
            peak = peaks[j]
            turn = np.complex64(1.0)
            fresh = struck[frame] and power[peak] > rise * levels[slot, peak]
            if (started or frame > 0) and not fresh:
                aim = last[peak] * now[peak] * np.conj(then[peak])
                turn = aim * np.conj(now[peak])
                size = np.sqrt(turn.real * turn.real + turn.imag * turn.imag)
                turn = turn / size if size > 1e-30 else np.complex64(1.0)
            for k in range(edges[j], edges[j + 1]):
                last[k] = now[k] * turn
                scaled = turn * gain[k]
                for channel in range(channels):
                    here[frame, channel, k] *= scaled
        if count == 0:
            for k in range(bins):
                last[k] = now[k]
                for channel in range(channels):
                    here[frame, channel, k] *= gain[k]
        # keep magnitudes away from denormals and remember the level for the comparison three frames on
        for k in range(bins):
            size = np.sqrt(last[k].real ** 2 + last[k].imag ** 2)
            if size > 1e-20:
                last[k] = last[k] / size
            levels[slot, k] = power[k]
