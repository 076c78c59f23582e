"""What measuring listens to: pitch over time on a fine logarithmic axis, and attacks over time, both free of level.

Everything is heard at 22.05 kHz in mono. `tones` keeps what stands out from its surroundings in frequency (voices and
strings, not drums); `attacks` keeps what begins (drums and plucks, not held tones).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ritornello.analysis.model import Audio

Array = npt.NDArray[np.float32]

RATE = 22_050
TONE_HOP = 441
"""20 ms a frame of tones."""
ATTACK_HOP = 110
"""5 ms a frame of attacks."""
_TONE_WINDOW = 4096
_ATTACK_WINDOW = 1024
LOWEST_HZ = 110.0
OCTAVES = 5
STEPS = 24
"""Bins an octave of the pitch axis (50 cents each)."""
_BLOCK = 2048


@dataclass(frozen=True, slots=True)
class Heard:
    """One recording as measuring hears it: `mono` at RATE, `tones` (frames, bins), `attacks` (frames, bands)."""

    mono: Array
    tones: Array
    attacks: Array

    @property
    def seconds(self) -> float:
        return self.mono.size / RATE


def hear(audio: Audio) -> Heard:
    """Listen once to a whole recording; memory is that of the features and one block of spectra."""
    mono = _mono(audio)
    return Heard(mono, _tones(mono), _attacks(mono))


def _mono(audio: Audio) -> Array:
    import soxr

    return np.asarray(soxr.resample(audio.mono(), audio.rate, RATE, quality="HQ"), dtype=np.float32)


def _spectra(mono: Array, window: int, hop: int) -> tuple[int, npt.NDArray[np.float32]]:
    padded = np.pad(mono, (window // 2, window))
    frames = 1 + mono.size // hop
    return frames, np.lib.stride_tricks.sliding_window_view(padded, window)[::hop][:frames]


def log_axis(window: int, lowest: float, bins: int, steps: int) -> tuple[npt.NDArray[np.int64], Array]:
    """Where each bin of a logarithmic axis lies between two bins of a spectrum: index below and weight of the upper."""
    position = lowest * 2 ** (np.arange(bins) / steps) * window / RATE
    below = np.floor(position).astype(np.int64)
    return below, (position - below).astype(np.float32)


def standing_out(levels: Array, width: int) -> Array:
    """What rises above the mean of its `width` neighbours along the last axis, unit length a frame."""
    from scipy.ndimage import uniform_filter1d

    above = np.maximum(levels - uniform_filter1d(levels, width, axis=-1, mode="nearest"), 0)
    norm = np.linalg.norm(above, axis=-1, keepdims=True)
    return np.asarray(above / np.maximum(norm, 1e-6), dtype=np.float32)


def _tones(mono: Array) -> Array:
    bins = OCTAVES * STEPS
    below, upper = log_axis(_TONE_WINDOW, LOWEST_HZ, bins, STEPS)
    frames, windows = _spectra(mono, _TONE_WINDOW, TONE_HOP)
    shape = np.hanning(_TONE_WINDOW).astype(np.float32)
    out = np.zeros((frames, bins), dtype=np.float32)
    for first in range(0, frames, _BLOCK):
        magnitude = np.abs(np.fft.rfft(windows[first : first + _BLOCK] * shape, axis=1)).astype(np.float32)
        level = magnitude[:, below] * (1 - upper) + magnitude[:, below + 1] * upper
        quiet = level.mean(axis=1, keepdims=True) < 1e-3
        out[first : first + _BLOCK] = np.where(quiet, 0, standing_out(np.log1p(level), 19))
    return out


def _attacks(mono: Array) -> Array:
    frames, windows = _spectra(mono, _ATTACK_WINDOW, ATTACK_HOP)
    shape = np.hanning(_ATTACK_WINDOW).astype(np.float32)
    edges = np.unique(np.round(np.geomspace(2, _ATTACK_WINDOW // 2, 25)).astype(int))
    bands = np.zeros((frames, edges.size), dtype=np.float32)
    for first in range(0, frames, 4 * _BLOCK):
        power = np.abs(np.fft.rfft(windows[first : first + 4 * _BLOCK] * shape, axis=1)) ** 2
        bands[first : first + 4 * _BLOCK] = np.log10(np.add.reduceat(power, edges, axis=1) + 1e-3)
    lag = 3
    rise = np.zeros_like(bands)
    rise[lag:] = np.maximum(bands[lag:] - bands[:-lag], 0)
    return rise


def folded(tones: Array) -> Array:
    """Pitch classes: octaves of `tones` added up, zero mean and unit length a frame."""
    chroma = tones.reshape(tones.shape[0], OCTAVES, STEPS).sum(axis=1)
    chroma = chroma - chroma.mean(axis=1, keepdims=True)
    norm = np.linalg.norm(chroma, axis=1, keepdims=True)
    return np.asarray(np.where(norm > 1e-3, chroma / np.maximum(norm, 1e-6), 0), dtype=np.float32)


def pooled(features: Array, factor: int) -> Array:
    """Means of `factor` frames."""
    count = features.shape[0] // factor
    return np.asarray(features[: count * factor].reshape(count, factor, -1).mean(axis=1), dtype=np.float32)


def warped(features: Array, ratio: float, frames: int | None = None) -> Array:
    """`features` read `ratio` times slower: frame k of the result is frame k / ratio, linearly between frames."""
    count = frames if frames is not None else int(features.shape[0] * ratio)
    at = np.arange(count) / ratio
    low = np.minimum(at.astype(np.int64), features.shape[0] - 1)
    high = np.minimum(low + 1, features.shape[0] - 1)
    weight = (at - low).astype(np.float32)[:, None]
    return np.asarray(features[low] * (1 - weight) + features[high] * weight, dtype=np.float32)
