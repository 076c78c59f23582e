"""Which pitch classes sound: the constant-Q picture, freed of strokes, brought to concert pitch and folded.

The harmonic part is taken on the constant-Q magnitudes themselves (216 bins at 21.5 frames a second) and not on the
audio: the same masks at a hundredth of the cost.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ritornello.analysis.buffers import release
from ritornello.analysis.hpss_mask import harmonic_mask
from ritornello.analysis.medians import median_columns, median_rows
from ritornello.analysis.spectra import (
    BINS_PER_SEMITONE,
    OCTAVES,
    RATE,
    TONE_BINS,
    TONE_HOP,
    TONE_RATE,
    TONE_WINDOW,
    framed,
)

Grid = NDArray[np.float32]
Floats = NDArray[np.float64]

_TIME_FRAMES = 9
_PITCH_BINS = 21
_CHUNK = 1024


def harmonic_tones(tones: Grid) -> Grid:
    """``tones`` with strokes masked out (medians over 0.42 s and over 7 semitones), same shape."""
    out = np.empty_like(tones)
    for first, part in _harmonic_blocks(tones):
        out[first : first + len(part)] = part
    return out


def harmonic_semitones(tones: Grid, cents: float) -> Grid:
    """:func:`semitones` of the :func:`harmonic_tones`, without ever holding the latter whole: (frames, 72)."""
    out = np.empty((len(tones), OCTAVES * 12), dtype=np.float32)
    for first, part in _harmonic_blocks(tones):
        out[first : first + len(part)] = semitones(part, cents)
    return out


def _harmonic_blocks(tones: Grid) -> Iterator[tuple[int, Grid]]:
    half = _TIME_FRAMES // 2
    for first in range(0, len(tones), _CHUNK):
        low, high = max(0, first - half), min(len(tones), first + _CHUNK + half)
        part = tones[low:high]
        mask = harmonic_mask(median_columns(part, _TIME_FRAMES), median_rows(part, _PITCH_BINS))
        inner = slice(first - low, first - low + min(_CHUNK, len(tones) - first))
        yield first, part[inner] * mask[inner]


def tuning_cents(mono: Grid) -> float:
    """Deviation from A = 440 Hz in cents, -50 to 50, from the spectral peaks of up to 300 frames of the recording.

    Peaks between 110 Hz and 2.2 kHz are read between the bins (a parabola through three log magnitudes); the answer is
    the circular mean of how far each lies from its nearest semitone, weighted by magnitude.
    """
    count = len(mono) // TONE_HOP
    window = np.hanning(TONE_WINDOW + 1)[:-1].astype(np.float32)
    low, high = int(110 * TONE_WINDOW / RATE), int(2200 * TONE_WINDOW / RATE)
    pointer = 0.0 + 0.0j
    for frame in np.unique(np.linspace(0, max(count - 1, 0), min(300, max(count, 1))).astype(np.int64)):
        spectrum = np.abs(np.fft.rfft(framed(mono, TONE_WINDOW, TONE_HOP, int(frame), int(frame) + 1)[0] * window))
        line = np.log(spectrum[low - 1 : high + 2] + 1e-9)
        left, middle, right = line[:-2], line[1:-1], line[2:]
        peak = (middle > left) & (middle >= right) & (middle > line.max() - 3.5)
        curve = left - 2 * middle + right
        offset = np.where(peak, 0.5 * (left - right) / np.where(peak, curve, 1.0), 0.0)
        hertz = (np.arange(low, high + 1) + offset) * RATE / TONE_WINDOW
        turns = 12 * np.log2(hertz[peak] / 440.0)
        if frame % 16 == 0:
            release(mono)
        pointer += complex((np.exp(middle[peak]) * np.exp(2j * np.pi * turns)).sum())
    return float(np.angle(pointer) / (2 * np.pi) * 100)


def semitones(tones: Grid, cents: float) -> Grid:
    """Magnitude per semitone, (frames, 72), read at the pitches of the recording's own tuning.

    A tone that is a little off (vibrato) still belongs to its semitone: the bins beside it count a third each.
    """
    at = np.arange(OCTAVES * 12) * BINS_PER_SEMITONE + 1 + cents / 100 * BINS_PER_SEMITONE
    low = np.clip(np.floor(at).astype(np.int64), 0, TONE_BINS - 2)
    share = at - low
    weights = np.zeros((TONE_BINS, OCTAVES * 12), dtype=np.float32)
    column = np.arange(OCTAVES * 12)
    for offset, weight in ((-1, 0.2), (0, 0.6 * (1 - share)), (1, 0.6 * share), (2, 0.2)):
        np.add.at(weights, (np.clip(low + offset, 0, TONE_BINS - 1), column), weight)
    return tones @ weights


def fold(pitches: Grid, *, first: int = 0, last: int = OCTAVES * 12) -> Grid:
    """Sum semitones [first, last) into pitch classes, (frames, 12), C first. Bounds are multiples of 12."""
    part = pitches[:, first:last]
    folded: Grid = part.reshape(len(part), -1, 12).sum(axis=1)
    return folded


def compress(pitches: Grid) -> Grid:
    """Logarithmic loudness relative to the recording's own level, so that a quiet third still counts."""
    level = float(np.sqrt((pitches.astype(np.float64) ** 2).mean())) + 1e-12
    out: Grid = np.log1p(pitches * np.float32(4.0 / level))
    return out


def over_spans(grid: Grid, marks: Floats, rate: float = TONE_RATE) -> Grid:
    """Mean of ``grid`` (frames, …) between consecutive ``marks`` (seconds): (len(marks) - 1, …) float32.

    A span shorter than a frame takes the frame it lies in.
    """
    at = np.clip(marks * rate + 0.5, 0, len(grid))
    low = np.minimum(np.floor(at).astype(np.int64), len(grid) - 1)
    share = (at - low)[:, None].astype(np.float32)
    edges = np.stack([low[:-1], low[1:]], axis=1).ravel()
    whole = np.add.reduceat(grid, np.append(edges, len(grid) - 1), axis=0)[0:-1:2]
    whole[low[1:] == low[:-1]] = 0.0  # reduceat gives the element itself for an empty range
    spans = whole - share[:-1] * grid[low[:-1]] + share[1:] * grid[low[1:]]
    out: Grid = (spans / np.maximum(np.diff(at), 1e-6)[:, None]).astype(np.float32)
    return out


def unit_rows(grid: Grid) -> Grid:
    """Rows scaled to length one; rows of zeros stay zero."""
    length = np.sqrt((grid.astype(np.float64) ** 2).sum(axis=1, keepdims=True))
    out: Grid = (grid / np.maximum(length, 1e-9)).astype(np.float32)
    return out
