"""How loud: integrated loudness and true peak after ITU-R BS.1770-5, in one pass over blocks of any size.

Loudness is the mean power of the K-weighted channels over 400 ms windows that overlap by 75 %, gated at -70 LUFS and
then at 10 LU below the mean of what is left. True peak is the highest value of the signal interpolated to at least
176.4 kHz. The interpolator is our own windowed sinc: the 12-tap example of the recommendation loses 0.24 dB at some
phases even for a constant, and a bound on what leaves the house should not be that forgiving.

A window of sound that no interpolation could lift above the peak found so far is skipped; the result is the same as
without the skip, and ordinary music is measured several times faster.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ritornello.analysis.buffers import release
from ritornello.analysis.loudness_kernels import Floats, k_weighted_power, oversampled_peak
from ritornello.analysis.model import Audio, Loudness

SILENT_LUFS = -70.0
"""What a recording without any window above the absolute gate is said to measure."""
SILENT_DBTP = -150.0
_TAPS = 24
"""Input samples that each interpolated value looks at; with the Kaiser window the pass band is flat to 0.45 fs."""
_BETA = 7.0
_BLOCK = 2**17
# BS.1770 gives coefficients for 48 kHz; these analogue prototypes reproduce them and hold at any rate (as in
# libebur128 and pyloudnorm): a high shelf for the head and a high-pass for the low end.
_SHELF_HZ, _SHELF_DB, _SHELF_Q = 1681.974450955533, 3.999843853973347, 0.7071752369554196
_PASS_HZ, _PASS_Q = 38.13547087602444, 0.5003270373238773


class Meter:
    """Loudness of a stream: ``feed`` blocks of shape (frames, channels), then ask ``loudness``.

    Every channel counts with weight 1, as BS.1770 gives left, right and centre; a mono file is one channel.
    """

    def __init__(self, rate: int, channels: int) -> None:
        self.rate = rate
        self.channels = channels
        self._coefficients = _k_weighting(rate)
        self._memory = np.zeros((channels, 4))
        self._step = round(rate / 10)
        self._partial = np.zeros(channels)
        self._filled = 0
        self._powers: list[Floats] = []
        factor = 4 if rate < 96_000 else 2 if rate < 192_000 else 1
        self._phases = _interpolator(factor)
        self._gain = float(np.abs(self._phases).sum(axis=1).max(initial=1.0))
        self._tail = np.zeros((_TAPS - 1, channels), dtype=np.float32)
        self._peak = 0.0

    def feed(self, block: NDArray[np.float32]) -> None:
        """Take in the next frames; nothing of the block is kept but its last few samples."""
        if len(block) == 0:
            return
        powers, self._filled = k_weighted_power(
            block, self._coefficients, self._memory, self._step, self._partial, self._filled
        )
        self._powers.append(powers)
        joined = np.concatenate([self._tail, block])
        self._peak = oversampled_peak(joined, self._phases, self._gain, self._peak)
        self._tail = joined[len(joined) - (_TAPS - 1) :]

    def loudness(self) -> Loudness:
        """The measure of everything fed so far; feeding may go on afterwards."""
        flush = np.zeros((_TAPS - 1, self.channels), dtype=np.float32)
        peak = oversampled_peak(np.concatenate([self._tail, flush]), self._phases, self._gain, self._peak)
        dbtp = 20 * math.log10(peak) if peak > 0 else SILENT_DBTP
        return Loudness(_gated(self._windows()), max(dbtp, SILENT_DBTP))

    def windows_lufs(self) -> Floats:
        """Momentary loudness of each 400 ms window, one per 100 ms (float64, -inf where silent)."""
        with np.errstate(divide="ignore"):
            momentary: Floats = -0.691 + 10 * np.log10(self._windows())
        return momentary

    def _windows(self) -> Floats:
        steps = np.concatenate(self._powers) if self._powers else np.zeros(0)
        if len(steps) < 4:  # shorter than one window: the whole is measured as one
            total = steps.sum() * self._step + self._partial.sum()
            frames = len(steps) * self._step + self._filled
            return np.asarray([total / frames if frames else 0.0])
        windows: Floats = (steps[:-3] + steps[1:-2] + steps[2:-1] + steps[3:]) / 4
        return windows


def measure(audio: Audio) -> Loudness:
    """Integrated loudness (LUFS) and true peak (dBTP) of a whole recording, reading it in blocks."""
    meter = Meter(audio.rate, audio.channels)
    for start in range(0, audio.frames, _BLOCK):
        meter.feed(audio.samples[start : start + _BLOCK])
        release(audio.samples)
    return meter.loudness()


def _gated(powers: Floats) -> float:
    kept = powers[powers > 10 ** ((SILENT_LUFS + 0.691) / 10)]
    if len(kept) == 0:
        return SILENT_LUFS
    kept = kept[kept > kept.mean() / 10]  # 10 LU below the mean of what passed the absolute gate
    return float(-0.691 + 10 * math.log10(kept.mean()))


def _k_weighting(rate: int) -> Floats:
    """Two biquads as rows (b0, b1, b2, a1, a2), by the bilinear transform at ``rate``."""
    k = math.tan(math.pi * _SHELF_HZ / rate)
    high, band = 10 ** (_SHELF_DB / 20), (10 ** (_SHELF_DB / 20)) ** 0.4996667741545416
    a0 = 1 + k / _SHELF_Q + k * k
    shelf = (
        (high + band * k / _SHELF_Q + k * k) / a0,
        2 * (k * k - high) / a0,
        (high - band * k / _SHELF_Q + k * k) / a0,
        2 * (k * k - 1) / a0,
        (1 - k / _SHELF_Q + k * k) / a0,
    )
    k = math.tan(math.pi * _PASS_HZ / rate)
    a0 = 1 + k / _PASS_Q + k * k
    high_pass = (1.0, -2.0, 1.0, 2 * (k * k - 1) / a0, (1 - k / _PASS_Q + k * k) / a0)
    return np.asarray([shelf, high_pass])


def _interpolator(factor: int) -> NDArray[np.float32]:
    """The phases between two samples, float32 of shape (factor - 1, taps), each summing to one."""
    centre = _TAPS // 2 - 1
    rows = []
    for phase in range(1, factor):
        at = np.arange(_TAPS) - centre - phase / factor
        taps = np.sinc(at) * np.i0(_BETA * np.sqrt(np.maximum(0, 1 - (at / (_TAPS / 2)) ** 2)))
        rows.append(taps / taps.sum())
    return np.asarray(rows, dtype=np.float32).reshape(factor - 1, _TAPS)
