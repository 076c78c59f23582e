"""Where the beats are, to a few milliseconds, and how fast they go.

Four steps, each answering what the one before leaves open:

1. *Novelty*: how much louder each band becomes from one hundredth of a second to the next.
2. *Level*: which period is the beat. The autocorrelation of the novelty in windows of twelve seconds, weighted by how
   people prefer to tap (around 110 per minute), ranks the candidates; what comes second is reported, not forgotten.
3. *Path*: the most likely sequence of beats within half an octave of that period (Viterbi over interval and phase), so
   that a tempo may drift or change.
4. *Place*: each beat is moved to the rise of the waveform's own energy, then outliers are drawn back by a robust fit.
   Where one grid explains all beats within a few milliseconds the grid is the answer, and its slope is the tempo.

A person who knows better passes ``bpm`` (the level to follow) or edits the beats; both are data, kept with the recipe.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ritornello.analysis.beat_kernels import most_likely_beats
from ritornello.analysis.beat_placing import place
from ritornello.analysis.model import Audio, Tempo, TempoGuess
from ritornello.analysis.spectra import ONSET_RATE, Spectra, of

Grid = NDArray[np.float32]
Floats = NDArray[np.float64]

SLOWEST, FASTEST = 40.0, 240.0
_PREFERRED, _PREFERENCE_OCTAVES = 112.0, 0.75
_STIFFNESS = 60.0
_FAVOUR = 4.0
_GROUPS = 6
_PER_OCTAVE = 48
_CHUNK = 4096
_LAG = 3
_NOTHING_BEGINS = 0.2
_SAY = (2.0, 1.5, 1.0, 1.0, 1.0, 1.0)
"""How much each group, low to high, says about where a beat lies: low instruments rarely enter between beats."""
_RELATIONS = (("2:1", 2.0), ("1:2", 0.5), ("3:2", 1.5), ("2:3", 2 / 3), ("3:1", 3.0), ("1:3", 1 / 3))


@dataclass(frozen=True, slots=True, eq=False)
class Beats:
    """``times`` in seconds (float64) of the beats, and the tempo with its alternatives."""

    times: Floats
    tempo: Tempo

    def samples(self, rate: int) -> NDArray[np.int64]:
        return np.round(self.times * rate).astype(np.int64)


def track(heard: Spectra | Audio, *, bpm: float | None = None) -> Beats:
    """Beats and tempo of a recording. ``bpm`` overrides the choice of the metrical level (not the exact tempo).

    A recording without anything that recurs (or shorter than two beats) gives no beats, tempo 0 and confidence 0.
    Raises ValueError for a ``bpm`` outside 20 to 400.
    """
    if bpm is not None and not 20 <= bpm <= 400:
        raise ValueError(f"a tempo is given in beats per minute between 20 and 400, not {bpm}")
    spectra = of(heard) if isinstance(heard, Audio) else heard
    grouped = novelty(spectra.bands)
    flux = together(grouped)
    if len(flux) < 2 * ONSET_RATE or np.quantile(grouped.sum(axis=1), 0.98) < _NOTHING_BEGINS:
        return Beats(np.zeros(0), Tempo(0.0, 0.0, False))
    strengths = period_strengths(grouped)
    ranked = _levels(strengths)
    period = ONSET_RATE * 60 / bpm if bpm is not None else ranked[0][0]
    frames = _path(flux, period, strengths, octaves=0.5 if bpm is None else 0.2)
    frames = _trim(_extend(frames, flux), flux, spectra.bands)
    if len(frames) < 3:
        return Beats(np.zeros(0), Tempo(0.0, 0.0, False))
    times, steady, exact = place(spectra.mono, frames / ONSET_RATE)
    # the first sample of a file is often its first beat: a placing a little before it means it
    times = np.where((times < 0) & (times > -0.03), 0.0, times)
    times = times[(times >= 0) & (times < spectra.duration_s)]
    return Beats(times, _tempo(exact, steady, period, ranked, given=bpm is not None))


def novelty(bands: Grid) -> Grid:
    """How much louder each band is than three frames before, float32 (frames, 6): six groups of six bands.

    Each band is heard relative to its own usual level, so that a soft pluck in a quiet band speaks as clearly as a
    loud one elsewhere, and what lies far below that level is not heard at all.
    """
    usual = bands.mean(axis=0, dtype=np.float64)
    floor = np.maximum(usual, 0.01 * usual.mean() + 1e-9).astype(np.float32)
    grouped = np.zeros((len(bands), _GROUPS), dtype=np.float32)
    for first in range(0, len(bands) - _LAG, _CHUNK):
        loud = np.log1p(bands[first : first + _CHUNK + _LAG] / floor)
        rise = np.maximum(loud[_LAG:] - loud[:-_LAG], 0)
        start = first + _LAG // 2
        grouped[start : start + len(rise)] = rise.reshape(len(rise), _GROUPS, -1).sum(axis=2)
    return grouped


def together(grouped: Grid) -> Grid:
    """The novelty of all groups, normalised locally: a quiet verse speaks as clearly as a loud chorus; (frames,)."""
    flux: Grid = grouped @ np.asarray(_SAY, dtype=np.float32)
    even: Grid = flux / _local_level(flux, 4.0)
    return even


def _local_level(flux: Grid, seconds: float) -> Grid:
    """Root mean square around each frame, never below a fifth of the whole's."""
    half = max(1, int(seconds * ONSET_RATE / 2))
    power = np.concatenate([[0.0], np.cumsum(flux.astype(np.float64) ** 2)])
    low = np.maximum(np.arange(len(flux)) - half, 0)
    high = np.minimum(np.arange(len(flux)) + half, len(flux))
    local = np.sqrt((power[high] - power[low]) / (high - low))
    level: Grid = np.maximum(local, 0.2 * np.sqrt(power[-1] / len(flux)) + 1e-9).astype(np.float32)
    return level


def period_strengths(grouped: Grid, seconds: float = 12.0) -> Floats:
    """Normalised autocorrelation by lag in onset frames, (windows, lags): windows of ``seconds``, half overlapping.

    Apart in frequency, a bass drum on the beat and a hi-hat off the beat both recur once per beat; together they would
    seem to recur twice as often, and at one and a half.
    """
    longest = int(ONSET_RATE * 60 / SLOWEST * 4) + 4
    size = min(len(grouped), max(int(seconds * ONSET_RATE), longest // 2))
    starts = range(0, max(1, len(grouped) - size + 1), max(1, size // 2))
    out = np.zeros((len(starts), longest))
    usable = min(longest, size)
    # a lag near the window's length has few products: undo the triangle, but not where it means nothing
    triangle = np.maximum(1 - np.arange(usable) / size, 0.25)
    for number, start in enumerate(starts):
        part = grouped[start : start + size].astype(np.float64)
        part = part - part.mean(axis=0)
        spectrum = np.fft.rfft(part, 2 * size, axis=0)
        lines = np.fft.irfft(spectrum.real**2 + spectrum.imag**2, axis=0)[:usable]
        power = np.maximum(lines[0], 1e-9)
        # a group that is louder than the others counts more, but by its root only
        weight = np.sqrt(power) / np.sqrt(power).sum()
        out[number, :usable] = (lines / power * weight).sum(axis=1) / triangle
    return out


def _levels(strengths: Floats) -> list[tuple[float, float]]:
    """Candidate periods (onset frames) with their scores, best first.

    A beat recurs after itself and after a bar of three or four of its own; a period of one and a half beats does the
    first and not the second. Each window is scored by itself, and windows whose tempi differ by less than 6 % support
    one another, so that a tempo that drifts is still one tempo.
    """
    octaves = np.log2(FASTEST / SLOWEST)
    grid = ONSET_RATE * 60 / FASTEST * 2 ** np.linspace(0, octaves, round(octaves * _PER_OCTAVE) + 1)
    own, three, four = (_near(strengths, grid * multiple) for multiple in (1, 3, 4))
    bar = np.maximum(three, four)
    distance = np.log2(60 * ONSET_RATE / grid / _PREFERRED) / _PREFERENCE_OCTAVES
    scores = own**0.4 * bar**0.6 * np.exp(-0.5 * distance**2)
    reach = round(_PER_OCTAVE * 0.084)
    padded = np.pad(scores, ((0, 0), (reach, reach)))
    pooled = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1, axis=1).max(axis=2).mean(axis=0)
    exact = scores.mean(axis=0)
    kept: list[tuple[float, float]] = []
    for step in np.argsort(-(pooled + 0.1 * exact)):
        if pooled[step] > 0.02 and all(abs(np.log2(grid[step] / lag)) > 0.17 for lag, _ in kept):
            kept.append((float(grid[step]), float(pooled[step])))
    return kept[:8] or [(ONSET_RATE * 60 / _PREFERRED, 0.0)]


def _near(strengths: Floats, lags: Floats) -> Floats:
    """The highest strength within 1.5 % of each lag, never below 0.02: (windows, lags)."""
    out = np.full((len(strengths), len(lags)), 0.02)
    for column, lag in enumerate(lags):
        width = max(1.0, lag * 0.015)
        first, last = int(np.ceil(lag - width)), int(np.floor(lag + width))
        if last < strengths.shape[1]:
            out[:, column] = np.maximum(strengths[:, first : last + 1].max(axis=1), 0.02)
    return out


def _path(flux: Grid, period: float, strengths: Floats, *, octaves: float) -> NDArray[np.int64]:
    low, high = max(4, round(period / 2**octaves)), round(period * 2**octaves)
    intervals = np.unique(np.round(np.linspace(low, high, min(high - low + 1, 250))).astype(np.int64))
    shape = np.clip(flux / np.quantile(flux, 0.98), 0, 1)
    # the tip of a stroke may fall between two frames: let it count in both
    near = np.maximum(shape, 0.8 * np.maximum(np.roll(shape, 1), np.roll(shape, -1)))
    on = np.log(0.02 + 0.98 * near).astype(np.float32)
    off = np.log(1.0 - 0.6 * shape / 16).astype(np.float32)
    local = np.maximum.reduce(
        [strengths[:, np.minimum(intervals + shift, strengths.shape[1] - 1)] for shift in (-1, 0, 1)]
    )
    favour = _FAVOUR * (local - local.max(axis=1, keepdims=True))
    window = np.minimum(np.arange(len(flux)) * len(strengths) // max(1, len(flux)), len(strengths) - 1)
    return most_likely_beats(on, off, intervals, favour.astype(np.float32), window, _STIFFNESS)


def _extend(frames: NDArray[np.int64], flux: Grid) -> NDArray[np.int64]:
    """Add the beats before the first and after the last that the search had no reason to include."""
    if len(frames) < 3:
        return frames
    first, last = int(frames[1] - frames[0]), int(frames[-1] - frames[-2])
    before = np.arange(int(frames[0]) - first, -4, -first)[::-1]
    after = np.arange(int(frames[-1]) + last, len(flux), last)
    return np.concatenate([before, frames, after])


def _trim(frames: NDArray[np.int64], flux: Grid, bands: Grid) -> NDArray[np.int64]:
    """Beats from where the music begins, however softly, to the last one that anything begins on.

    A quiet chord at the start is counted through; a last chord that only rings is not.
    """
    if len(frames) == 0:
        return frames
    at = np.clip(frames[:, None] + np.arange(-3, 4), 0, len(flux) - 1)
    struck = np.flatnonzero(flux[at].max(axis=1) > 0.35 * np.median(flux[at].max(axis=1)))
    after = np.clip(frames[:, None] + np.arange(2, 10), 0, len(flux) - 1)
    level = bands.sum(axis=1)[after].mean(axis=1)
    sounding = np.flatnonzero(level > 0.01 * np.median(level))
    if len(struck) == 0 or len(sounding) == 0:
        return frames[:0]
    return frames[min(sounding[0], struck[0]) : struck[-1] + 1]


def _tempo(exact: float, steady: bool, period: float, ranked: list[tuple[float, float]], *, given: bool) -> Tempo:
    total = sum(score for _, score in ranked)
    nearest = min(ranked, key=lambda item: abs(np.log2(item[0] / period)))
    own = nearest[1] if abs(np.log2(nearest[0] / period)) < 0.08 else 0.0
    others = []
    for lag, score in ranked:
        ratio = period / lag
        for name, factor in _RELATIONS:
            if abs(np.log2(ratio / factor)) < 0.06:
                others.append(TempoGuess(exact * factor, name, score / total if total > 0 else 0.0))
    confidence = 1.0 if given else own / total if total > 0 else 0.0
    return Tempo(exact, confidence, steady, tuple(others[:3]))
