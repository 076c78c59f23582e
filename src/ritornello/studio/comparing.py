"""With original and derivative laid side by side: how far the pitch moved, and how much of what sounds is the original.

Pitch is compared on an axis of five cents. Shares are energies in half-octave bands: what of each band follows the
original, at the level at which it was taken over, against all that is there. The level is read from the moments at
which nothing was added, that is from the lower part of the ratios, so what comes on top counts as added.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ritornello.studio.alignment import Aligned
from ritornello.studio.hearing import RATE, Array, Heard, log_axis, standing_out

_LONG_WINDOW = 16_384
_FINE_STEPS = 240  # five cents a bin
_FINE_LOWEST_HZ = 220.0
_FINE_BINS = 4 * _FINE_STEPS
_REACH_BINS = 14
_MOST_WINDOWS = 60

_CELL_WINDOW = 2048
_CELL_S = 0.06
_BANDS = np.geomspace(60, 10_000, 17)
_VOICE_DOMINATES = 4.0


@dataclass(frozen=True, slots=True)
class Shares:
    """`original` is the share of the original in the K-weighted energy, `margin` how far it may be off.

    `voice_db` is how the level of the voice changed against everything else, None where no voice could be heard apart.
    """

    original: float
    margin: float
    voice_db: float | None


def cents(original: Heard, derivative: Heard, aligned: Aligned) -> tuple[float, float]:
    """(transposition in cents, sharpness 0..1 of the agreement that it rests on)."""
    picks = sorted(aligned.offsets, key=lambda row: -row[2])[:_MOST_WINDOWS]
    curve = np.zeros(2 * _REACH_BINS + 1)
    coarse = round(aligned.cents / 5)
    for t, o, quality, _ in sorted(picks):
        a = _pitches(original.mono, o)
        b = _pitches(derivative.mono, t)
        if a is None or b is None:
            continue
        for k in range(curve.size):
            lag = coarse + k - _REACH_BINS
            left, right = (a[: a.size - lag], b[lag:]) if lag >= 0 else (a[-lag:], b[: b.size + lag])
            curve[k] += quality * float(left @ right)
    if not curve.any():
        return float(aligned.cents), 0.0
    k = int(np.argmax(curve))
    exact = float(k)
    if 0 < k < curve.size - 1:
        bend = curve[k - 1] - 2 * curve[k] + curve[k + 1]
        exact += 0.5 * float((curve[k - 1] - curve[k + 1]) / bend) if bend < 0 else 0.0
    sharpness = 1 - float(np.mean(curve) / curve[k])
    return 5 * (coarse + exact - _REACH_BINS), max(0.0, sharpness)


def _pitches(mono: Array, second: float) -> Array | None:
    first = int(second * RATE)
    part = mono[first : first + _LONG_WINDOW]
    if first < 0 or part.size < _LONG_WINDOW or float(np.abs(part).max()) < 1e-4:
        return None
    magnitude = np.abs(np.fft.rfft(part * np.hanning(_LONG_WINDOW))).astype(np.float32)
    below, upper = log_axis(_LONG_WINDOW, _FINE_LOWEST_HZ, _FINE_BINS, _FINE_STEPS)
    level = magnitude[below] * (1 - upper) + magnitude[below + 1] * upper
    row: Array = standing_out(np.log1p(level[None, :]), 41)[0]
    return row


def _k_weight(hertz: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """K-weighting of power, as a smooth curve: the low cut at 38 Hz and +4 dB above 1.7 kHz (BS.1770)."""
    low = (hertz / 38.1) ** 4 / (1 + (hertz / 38.1) ** 4)
    shelf = 1 + (10**0.4 - 1) / (1 + (1682 / hertz) ** 4)
    return np.asarray(low * shelf, dtype=np.float64)


def _cells(mono: Array, seconds: npt.NDArray[np.float64], stretch: float, shift: float) -> npt.NDArray[np.float64]:
    """Power (cells, bands) at each second, averaged over one cell; bands are read `shift` times lower."""
    out = np.zeros((seconds.size, _BANDS.size - 1))
    frequency = np.fft.rfftfreq(_CELL_WINDOW, 1 / RATE)
    edges = np.searchsorted(frequency, _BANDS / shift)
    shape = np.hanning(_CELL_WINDOW).astype(np.float32)
    padded = np.pad(mono, (_CELL_WINDOW, 2 * _CELL_WINDOW))
    for sub in (-0.25, 0.25):  # two half-overlapping looks a cell, at the same musical instants in both recordings
        at = np.clip(((seconds + sub * _CELL_S * stretch) * RATE).astype(np.int64), 0, mono.size)
        for first in range(0, at.size, 1024):
            starts = at[first : first + 1024] + _CELL_WINDOW // 2
            windows = padded[starts[:, None] + np.arange(_CELL_WINDOW)[None, :]]
            power = np.abs(np.fft.rfft(windows * shape, axis=1)) ** 2
            cumulative = np.concatenate((np.zeros((power.shape[0], 1)), np.cumsum(power, axis=1)), axis=1)
            out[first : first + 1024] += cumulative[:, edges[1:]] - cumulative[:, edges[:-1]]
    return out


def shares(original: Heard, derivative: Heard, aligned: Aligned, voice: Array | None = None) -> Shares:
    """How much of the derivative's energy is the original's; `voice` is the original's vocal stem at RATE in mono."""
    seconds, origins = _instants(derivative, aligned)
    here = _cells(derivative.mono, seconds, 1.0, 1.0)
    taken = np.isfinite(origins)
    there = np.zeros_like(here)
    shift = 2 ** (aligned.cents / 1200)
    there[taken] = _cells(original.mono, origins[taken], aligned.speed, shift)
    weight = _k_weight(np.sqrt(_BANDS[1:] * _BANDS[:-1]))
    total = float((here * weight).sum())
    if total <= 0 or not taken.any():
        return Shares(0.0, 0.0 if total > 0 else 1.0, None)
    kept = 0.0
    uncertain = 0.0
    for band in range(here.shape[1]):
        d, o = here[taken, band], there[taken, band]
        level, scatter = _level(d, o)
        followed = min(level * float(o.sum()), float(d.sum()))
        kept += weight[band] * followed
        uncertain += weight[band] * followed * min(1.0, scatter)
    change = None
    if voice is not None:
        change = _voice_change(original, voice, here[taken], there[taken], origins[taken], aligned, shift)
    added = 1 - kept / total
    return Shares(kept / total, 0.03 + 0.35 * uncertain / total + 0.2 * added, change)


def _instants(derivative: Heard, aligned: Aligned) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Centres of cells in the derivative, and where each lies in the original (NaN: nowhere)."""
    seconds = np.arange(_CELL_S, max(2 * _CELL_S, derivative.seconds - _CELL_S), _CELL_S)
    origins = np.full(seconds.size, np.nan)
    for number, run in enumerate(aligned.runs):
        inside = (seconds >= run.start) & (seconds < run.end)
        marks = [o - aligned.speed * t for t, o, _, r in aligned.offsets if r == number]
        start = float(np.median(marks)) if marks else run.origin - aligned.speed * run.start
        origins[inside] = seconds[inside] * aligned.speed + start
    return seconds, origins


def _level(d: npt.NDArray[np.float64], o: npt.NDArray[np.float64]) -> tuple[float, float]:
    """Power gain from original to derivative where nothing was added, and the scatter (natural log) about it.

    The lower half of the ratios is hardly touched by additions. Their 15th and 40th percentile give the centre of the
    undisturbed ratios as if these were normal: -1.036 and -0.253 deviations.
    """
    loud = o > 0.05 * o.mean()
    if loud.sum() < 8:
        return 0.0, 1.0
    ratio = np.log((d[loud] + 1e-12) / o[loud])
    weights = o[loud]
    low, high = _weighted_quantiles(ratio, weights, (0.15, 0.40))
    deviation = max(0.0, (high - low) / (1.036 - 0.253))
    centre = high + 0.253 * deviation
    # the mean of the ratios of powers lies half a variance above their middle
    return float(np.exp(centre + 0.5 * min(deviation, 0.8) ** 2)), float(deviation)


def _weighted_quantiles(
    values: npt.NDArray[np.float64], weights: npt.NDArray[np.float64], at: tuple[float, float]
) -> tuple[float, float]:
    order = np.argsort(values)
    running = np.cumsum(weights[order])
    low, high = (float(values[order][np.searchsorted(running, q * running[-1])]) for q in at)
    return low, high


def _voice_change(
    original: Heard,
    voice: Array,
    here: npt.NDArray[np.float64],
    there: npt.NDArray[np.float64],
    origins: npt.NDArray[np.float64],
    aligned: Aligned,
    shift: float,
) -> float | None:
    sung = _cells(voice, origins, aligned.speed, shift)
    rest = _cells(original.mono[: voice.size] - voice[: original.mono.size], origins, aligned.speed, shift)
    audible = there > 0.05 * there.mean(axis=0)
    ratio = np.log10((here + 1e-12) / (there + 1e-12))
    change = weight = 0.0
    for band in range(ratio.shape[1]):
        lead = ratio[:, band][audible[:, band] & (sung[:, band] > _VOICE_DOMINATES * rest[:, band])]
        other = ratio[:, band][audible[:, band] & (sung[:, band] < rest[:, band] / _VOICE_DOMINATES)]
        if lead.size >= 20 and other.size >= 20:
            change += lead.size * 10 * float(np.median(lead) - np.median(other))
            weight += lead.size
    return change / weight if weight >= 100 else None
