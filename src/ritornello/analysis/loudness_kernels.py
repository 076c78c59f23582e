"""The two inner loops of the loudness meter, compiled."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_SPAN = 32


@njit(cache=True, nogil=True)
def k_weighted_power(
    block: NDArray[np.float32],
    coefficients: Floats,
    memory: Floats,
    step: int,
    partial: Floats,
    filled: int,
) -> tuple[Floats, int]:
    """Mean power, summed over channels, of each full ``step`` of frames; ``memory`` and ``partial`` carry on."""
    frames, channels = block.shape
    steps = (filled + frames) // step
    powers = np.zeros(steps)
    b0, b1, b2, a1, a2 = coefficients[0]
    c0, c1, c2, d1, d2 = coefficients[1]
    for channel in range(channels):
        s1, s2, t1, t2 = memory[channel]
        total = partial[channel]
        count = filled
        done = 0
        for index in range(frames):
            x = np.float64(block[index, channel])
            y = b0 * x + s1
            s1 = b1 * x - a1 * y + s2
            s2 = b2 * x - a2 * y
            z = c0 * y + t1
            t1 = c1 * y - d1 * z + t2
            t2 = c2 * y - d2 * z
            total += z * z
            count += 1
            if count == step:
                powers[done] += total / step
                done += 1
                total = 0.0
                count = 0
        # a recursion that decays into denormal numbers would slow down a hundredfold on silence
        memory[channel, 0] = s1 if abs(s1) > 1e-30 else 0.0
        memory[channel, 1] = s2 if abs(s2) > 1e-30 else 0.0
        memory[channel, 2] = t1 if abs(t1) > 1e-30 else 0.0
        memory[channel, 3] = t2 if abs(t2) > 1e-30 else 0.0
        partial[channel] = total
    return powers, (filled + frames) % step


@njit(cache=True, nogil=True, fastmath=True)
def oversampled_peak(joined: NDArray[np.float32], phases: NDArray[np.float32], gain: float, peak: float) -> float:
    """The highest magnitude of ``joined`` (frames, channels) and of its interpolated values, at least ``peak``.

    ``gain`` bounds the sum of magnitudes of any phase: a span whose neighbourhood stays below ``peak / gain`` cannot
    raise the peak and is skipped.
    """
    frames, channels = joined.shape
    count, taps = phases.shape
    best = peak
    line = np.empty(_SPAN + taps, dtype=np.float32)
    for channel in range(channels):
        for start in range(0, frames - taps + 1, _SPAN):
            positions = min(_SPAN, frames - taps + 1 - start)
            highest = np.float32(0.0)
            for offset in range(positions + taps - 1):
                value = joined[start + offset, channel]
                line[offset] = value
                highest = max(highest, abs(value))
            if highest > best:
                best = np.float64(highest)
            if highest * gain <= best:
                continue
            for position in range(positions):
                for phase in range(count):
                    total = np.float32(0.0)
                    for tap in range(taps):
                        total += phases[phase, tap] * line[position + tap]
                    if abs(total) > best:
                        best = np.float64(abs(total))
    return best
