"""Small songs with a sung-like voice, bass, chords and drums: each seed is another song, with its truth known."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from ritornello.analysis.model import Audio
from ritornello.identify import peaks, prints
from ritornello.identify.segment import Entry

RATE = 16_000
SCALE = (0, 2, 4, 5, 7, 9, 11)


@lru_cache(maxsize=32)
def song(seed: int, seconds: int = 24, semitones: int = 0, faster: float = 1.0, other_band: bool = False) -> Audio:
    """A song; the same seed in another key or tempo, or by another band, is a re-performance of it."""
    notes = np.random.default_rng(seed)
    sound = np.random.default_rng([seed, int(other_band)])
    beat = 60 / notes.uniform(92, 138) / faster
    out = np.zeros(int(seconds * RATE) + 2 * RATE)
    tonic = 50 + int(notes.integers(0, 12)) + semitones
    degrees = notes.integers(0, 7, 64)
    tune = notes.integers(-3, 8, 512)
    lengths = notes.choice([0.5, 1.0, 1.0, 1.5], 512)
    bars = int(seconds / (4 * beat)) + 1
    for bar in range(bars):
        root = int(degrees[bar % 16])
        for step in (0, 2, 4):
            degree = root + step
            pitch = tonic + SCALE[degree % 7] + 12 * (degree // 7)
            _add(out, bar * 4 * beat, _string(pitch, 4 * beat, sound, other_band) * 0.15)
        for half in range(8):
            _add(out, (bar * 4 + half / 2) * beat, _string(tonic + SCALE[root] - 12, beat / 2, sound, False) * 0.3)
        for quarter in range(4):
            _add(out, (bar * 4 + quarter) * beat, _drum(sound, quarter % 2 == 1) * 0.3)
    at, number = 0.0, 0
    while at * beat < seconds and number < 512:
        degree = int(tune[number])
        pitch = tonic + 12 + SCALE[degree % 7] + 12 * (degree // 7)
        _add(out, at * beat, _voice(pitch, float(lengths[number]) * beat, sound) * 0.5)
        at, number = at + float(lengths[number]), number + 1
    mono = out[: seconds * RATE]
    return Audio((mono / np.abs(mono).max() * 0.7).astype(np.float32)[:, None], RATE)


def _add(out: np.ndarray, second: float, wave: np.ndarray) -> None:
    at = int(second * RATE)
    wave = wave[: max(0, len(out) - at)]
    out[at : at + len(wave)] += wave


def _string(pitch: int, seconds: float, rng: np.random.Generator, bright: bool) -> np.ndarray:
    t = np.arange(int(seconds * RATE)) / RATE
    hertz = 440 * 2 ** ((pitch - 69) / 12)
    wave = sum(np.sin(2 * np.pi * hertz * k * t) / k ** (1.0 if bright else 1.6) for k in range(1, 9))
    return np.asarray(wave) * np.minimum(1, t / 0.01) * np.exp(-t / (0.4 if bright else 0.9))


def _voice(pitch: int, seconds: float, rng: np.random.Generator) -> np.ndarray:
    """Vibrato, a scoop into each note, and two formants that change with the vowel."""
    t = np.arange(int(seconds * RATE * 0.95)) / RATE
    bend = 0.35 * np.sin(2 * np.pi * 5.5 * t + rng.uniform(0, 6)) * np.minimum(1, t / 0.3) - 0.8 * np.exp(-t / 0.04)
    hertz = 440 * 2 ** ((pitch - 69 + bend) / 12)
    phase = 2 * np.pi * np.cumsum(hertz) / RATE
    first, second = rng.choice([(300, 2300), (700, 1200), (500, 900), (350, 700)])
    wave = np.zeros(len(t))
    for k in range(1, 16):
        mean = 440 * 2 ** ((pitch - 69) / 12) * k
        if mean < 3800:
            wave += np.sin(k * phase) * (
                np.exp(-(((mean - first) / 250) ** 2)) + 0.6 * np.exp(-(((mean - second) / 350) ** 2)) + 0.05
            )
    return wave * np.minimum(1, t / 0.03) * np.minimum(1, t[::-1] / 0.05)


def _drum(rng: np.random.Generator, snare: bool) -> np.ndarray:
    t = np.arange(int(0.2 * RATE)) / RATE
    if snare:
        return rng.standard_normal(len(t)) * np.exp(-t / 0.05) * 0.6
    return np.sin(2 * np.pi * (50 * t + 1.5 * (1 - np.exp(-t / 0.03)))) * np.exp(-t / 0.08) * 1.5


def speech(seconds: int = 10) -> Audio:
    """Like somebody talking: gliding pitch, syllables, breath."""
    rng = np.random.default_rng(77)
    out = np.zeros(seconds * RATE + RATE)
    at = 0.0
    while at < seconds:
        length = rng.uniform(0.08, 0.3)
        t = np.arange(int(length * RATE)) / RATE
        hertz = rng.uniform(95, 170) * (1 + rng.uniform(-0.6, 0.6) * t)
        phase = 2 * np.pi * np.cumsum(hertz) / RATE
        first, second = rng.uniform(250, 800), rng.uniform(900, 2400)
        for k in range(1, 22):
            mean = hertz.mean() * k
            weight = np.exp(-(((mean - first) / 150) ** 2)) + 0.5 * np.exp(-(((mean - second) / 200) ** 2))
            _add(out, at, np.sin(k * phase) * weight * np.hanning(len(t)))
        _add(out, at + length, rng.standard_normal(int(0.05 * RATE)) * 0.1)
        at += length + rng.uniform(0.03, 0.25)
    return Audio((out[: seconds * RATE] / np.abs(out).max() * 0.6).astype(np.float32)[:, None], RATE)


def audio(mono: np.ndarray) -> Audio:
    return Audio(np.ascontiguousarray(mono, np.float32)[:, None], RATE)


def cut(source: Audio, start: float, end: float) -> np.ndarray:
    return source.samples[int(start * source.rate) : int(end * source.rate), 0]


@lru_cache(maxsize=32)
def entry(seed: int) -> Entry:
    """What the index keeps of a song, without its harmony."""
    mono = peaks.hear(song(seed))
    empty = np.zeros((0, 12), np.float32)
    return Entry(f"rec_{seed}", peaks.find(mono, 32), prints.of_mono(mono), empty, np.zeros(0, np.float32))


def query(mono: np.ndarray) -> peaks.Peaks:
    return peaks.asked(peaks.hear(audio(mono)))
