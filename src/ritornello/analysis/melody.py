"""The pitch of one voice over time, and the notes that it sings: YIN with a smooth path through its doubts.

For a stem or a recording of one voice or instrument; a full mix is not promised. YIN (de Cheveigné and Kawahara 2002)
says for every frame how badly each period explains the signal. Taken alone, its minima jump between octaves; the
cheapest line through all frames, where gliding is cheap and leaping is not, does not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ritornello.analysis.melody_kernels import normalised_difference, smoothest_line
from ritornello.analysis.model import Audio
from ritornello.analysis.spectra import RATE, framed, mono_22k

Grid = NDArray[np.float32]
Floats = NDArray[np.float64]

HOP = 220
WIDTH = 1024
"""Samples of 22.05 kHz that a period is looked for in: 46 ms, two periods of 43 Hz."""
STEP_CENTS = 20
LOWEST, HIGHEST = 40, 96
"""MIDI pitches that are looked for: E2 (82 Hz) to C7 (2093 Hz)."""
_STATES = (HIGHEST - LOWEST) * 100 // STEP_CENTS + 1
_OCTAVE_BIAS = 0.03
_SILENCE = 0.30
_REACH = 12
_GLIDE, _SWITCH = 0.02, 0.5
_CHUNK = 256
_APART = 7  # frames: two notes of one pitch begin at least this far apart


@dataclass(frozen=True, slots=True, eq=False)
class Melody:
    """Pitch at ``times`` (seconds): fractional MIDI number, NaN where nobody sings; ``clarity`` 0 to 1.

    ``attacks`` is how much louder the next 30 ms are than the last, in natural units of amplitude, never below 0.
    """

    times: Floats
    pitch: Floats
    clarity: Floats
    attacks: Floats


@dataclass(frozen=True, slots=True)
class HeardNote:
    """One note: samples of the recording, its MIDI pitch, and how many cents it was off on average."""

    start: int
    end: int
    pitch: int
    cents: float


def track(audio: Audio) -> Melody:
    """The pitch of a single voice every 10 ms. Silence and noise are NaN."""
    mono = mono_22k(audio)
    total = 1 + len(mono) // HOP
    lags = int(np.ceil(RATE / _hertz(LOWEST))) + 2
    cost = np.empty((total, _STATES), dtype=np.float32)
    level = np.empty(total, dtype=np.float32)
    for first in range(0, total, _CHUNK):
        last = min(first + _CHUNK, total)
        frames = np.ascontiguousarray(framed(mono, 2 * WIDTH, HOP, first, last))
        # 2·WIDTH samples against their first half: circular correlation is exact for lags up to WIDTH
        whole, half = np.fft.rfft(frames, axis=1), np.fft.rfft(frames[:, :WIDTH], n=2 * WIDTH, axis=1)
        products = np.fft.irfft(whole * np.conj(half), axis=1)[:, :lags].astype(np.float32)
        difference = np.empty((last - first, lags), dtype=np.float32)
        normalised_difference(frames, products, difference)
        cost[first:last] = _at_pitches(difference)
        level[first:last] = np.sqrt((frames**2).mean(axis=1))
    loudest = float(np.quantile(level, 0.95)) if total else 0.0
    quiet = level < max(0.01 * loudest, 1e-4)
    silent = np.where(quiet, 0.0, _SILENCE).astype(np.float32)
    cost[quiet] += 1.0
    path = smoothest_line(cost, silent, _REACH, _GLIDE, _SWITCH)
    sung = path >= 0
    pitch = np.where(sung, LOWEST + _refined(cost, path) * STEP_CENTS / 100, np.nan)
    clarity = np.where(sung, 1.0 - np.clip(cost[np.arange(total), np.maximum(path, 0)], 0, 1), 0.0)
    return Melody(np.arange(total) * HOP / RATE, pitch, clarity, _attacks(mono, total))


def notes(melody: Melody, rate: int, *, shortest_s: float = 0.06) -> tuple[HeardNote, ...]:
    """Notes as samples at ``rate``: runs of pitch within 60 cents of their median, at least ``shortest_s`` long.

    A clear attack within a run begins a new note of the same pitch; a run starts at an attack that lies just before it.
    """
    out: list[HeardNote] = []
    smooth = _median_of_seven(melody.pitch)
    struck = _peaks(melody.attacks)
    hop = melody.times[1] if len(melody.times) > 1 else 0.0
    start = 0
    while start < len(smooth):
        if np.isnan(smooth[start]):
            start += 1
            continue
        end = start + 1
        while end < len(smooth) and abs(smooth[end] - np.median(smooth[start:end])) < 0.6:
            if struck[end] and end - start >= _APART:
                break
            end += 1
        if (end - start) * hop >= shortest_s:
            middle = float(np.median(smooth[start:end]))
            pitch = round(middle)
            near = np.flatnonzero(struck[max(0, start - 6) : start + 4])
            begin = max(0, start - 6) + int(near[-1]) if len(near) else start
            span = (round(float(melody.times[begin]) * rate), round((float(melody.times[end - 1]) + hop) * rate))
            out.append(HeardNote(*span, pitch, (middle - pitch) * 100))
        start = end
    return tuple(out)


def _hertz(pitch: float) -> float:
    return float(440.0 * 2 ** ((pitch - 69) / 12))


def _at_pitches(difference: Grid) -> Grid:
    """The difference read at the period of each pitch state; longer periods pay a little, for they fit as well."""
    pitches = LOWEST + np.arange(_STATES) * STEP_CENTS / 100
    periods = RATE / (440.0 * 2 ** ((pitches - 69) / 12))
    nearest = np.round(periods).astype(np.int64)
    off = (periods - nearest).astype(np.float32)
    left, middle, right = (difference[:, nearest + shift] for shift in (-1, 0, 1))
    # a parabola through three lags: at 1 kHz a straight line between two would read 15 cents beside the truth
    read = middle + off * (right - left) / 2 + off**2 * (left - 2 * middle + right) / 2
    bias = (_OCTAVE_BIAS * (HIGHEST - pitches) / 12).astype(np.float32)
    out: Grid = np.minimum(read, 1.0) + bias
    return out


def _refined(cost: Grid, path: NDArray[np.int64]) -> Floats:
    """The path between states: a parabola through the cost at each state and its neighbours."""
    rows = np.arange(len(path))
    at = np.clip(path, 1, _STATES - 2)
    left, middle, right = cost[rows, at - 1], cost[rows, at], cost[rows, at + 1]
    curve = left - 2 * middle + right
    offset = np.where(curve > 1e-6, 0.5 * (left - right) / np.where(curve > 1e-6, curve, 1.0), 0.0)
    exact: Floats = path + np.clip(offset, -0.5, 0.5)
    return exact


def _attacks(mono: Grid, total: int) -> Floats:
    """Growth of the level from the 30 ms before each frame to the 30 ms after it."""
    power = np.zeros(total + 1)
    for frame in range(total):
        part = mono[frame * HOP : (frame + 1) * HOP]
        power[frame + 1] = power[frame] + float(part @ part)
    at = np.arange(total)
    after = power[np.minimum(at + 3, total)] - power[at]
    before = power[at] - power[np.maximum(at - 3, 0)]
    floor = 1e-4 * float(power[-1]) / max(total, 1) + 1e-12
    growth: Floats = np.maximum(0.5 * np.log((after + floor) / (before + floor)), 0.0)
    return growth


def _peaks(attacks: Floats) -> NDArray[np.bool_]:
    """Attacks of a half at least that are the highest within 50 ms on either side."""
    padded = np.pad(attacks, 5)
    highest = np.lib.stride_tricks.sliding_window_view(padded, 11).max(axis=1)
    peaks: NDArray[np.bool_] = (attacks >= 0.5) & (attacks >= highest)
    return peaks


def _median_of_seven(pitch: Floats) -> Floats:
    """Vibrato and single slips smoothed away; NaN stays where it is."""
    padded = np.pad(pitch, 3, constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, 7)
    out = np.full(len(pitch), np.nan)
    sung = ~np.isnan(pitch)
    out[sung] = np.nanmedian(windows[sung], axis=1)
    return out
