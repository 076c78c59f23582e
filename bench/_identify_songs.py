"""Songs with a sung-like voice that the bench makes itself, since free music in packages is mostly instrumental.

Each seed is another song: a band of plucked strings, bass and drums, and a voice with scooped notes, vibrato, breath
and vowels that glide from one set of formants to the next. One song in four is the voice alone.
"""

from __future__ import annotations

import numpy as np

from bench._transforms import Sound

SCALES = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10), (0, 2, 4, 7, 9), (0, 3, 5, 7, 10))
VOWELS = ((300, 2300, 3000), (700, 1200, 2600), (500, 900, 2500), (350, 700, 2400), (600, 1800, 2700))


def song(seed: int, seconds: int, rate: int) -> Sound:
    """A song of its own for each seed, mono."""
    rng = np.random.default_rng([seed, 1931])
    beat = 60 / rng.uniform(78, 142)
    tonic = 45 + int(rng.integers(0, 12))
    scale = SCALES[int(rng.integers(len(SCALES)))]
    voice = _voice(rng, tonic, scale, beat, seconds, rate)
    if seed % 4 == 3:
        out = voice
    else:
        band = _band(rng, tonic, scale, beat, seconds, rate)
        out = band / _level(band) + rng.uniform(0.8, 1.6) * voice / _level(voice)
    return np.asarray(out / np.abs(out).max() * 0.8, np.float32)


def _level(x: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(x)))) + 1e-9


def _degree(tonic: int, scale: tuple[int, ...], degree: int) -> int:
    return tonic + scale[degree % len(scale)] + 12 * (degree // len(scale))


def _band(rng: np.random.Generator, tonic: int, scale: tuple[int, ...], beat: float, seconds: int, rate: int) -> Sound:
    out = np.zeros((seconds + 4) * rate)
    roots = rng.integers(0, len(scale), 8)
    dull = float(rng.uniform(0.9, 1.8))
    pattern = rng.random(8) < 0.6
    for bar in range(int(seconds / beat / 4) + 1):
        root = int(roots[bar % 8]) if rng.random() < 0.85 else int(rng.integers(0, len(scale)))
        for step in (0, 2, 4):
            late = float(rng.uniform(0, 0.02))
            _add(out, (bar * 4) * beat + late, _string(_degree(tonic, scale, root + step), 4 * beat, dull, rate), rate)
        for eighth in range(8):
            at = (bar * 4 + eighth / 2) * beat
            if pattern[eighth]:
                _add(out, at, 2 * _string(_degree(tonic - 12, scale, root), beat / 2, dull + 0.4, rate), rate)
            if eighth % 2 == 0:
                _add(out, at, 2.5 * _drum(rng, eighth % 4 == 2, rate), rate)
    return np.asarray(out[: seconds * rate], np.float32)


def _voice(rng: np.random.Generator, tonic: int, scale: tuple[int, ...], beat: float, seconds: int, rate: int) -> Sound:
    out = np.zeros((seconds + 4) * rate)
    at, degree = 0.0, int(rng.integers(3, 8))
    phrase = [(int(rng.integers(-3, 4)), float(rng.choice([0.5, 0.5, 1, 1, 1.5, 2]))) for _ in range(24)]
    number = 0
    while at * beat < seconds:
        step, length = phrase[number % len(phrase)]
        if rng.random() < 0.3:
            step, length = int(rng.integers(-3, 4)), float(rng.choice([0.5, 1, 1.5]))
        degree = int(np.clip(degree + step, 0, 12))
        if rng.random() < 0.88:
            _add(out, at * beat, _note(rng, _degree(tonic + 12, scale, degree), length * beat * 0.95, rate), rate)
        at, number = at + length, number + 1
    return np.asarray(out[: seconds * rate], np.float32)


def _note(rng: np.random.Generator, pitch: int, seconds: float, rate: int) -> Sound:
    t = np.arange(int(seconds * rate)) / rate
    wobble = rng.uniform(0.2, 0.5) * np.sin(2 * np.pi * rng.uniform(4.8, 6.2) * t + rng.uniform(0, 6))
    bend = wobble * np.minimum(1, t / 0.35) - rng.uniform(0, 1.5) * np.exp(-t / 0.05) + rng.normal(0, 0.08)
    hertz = 440 * 2 ** ((pitch - 69 + bend) / 12)
    phase = 2 * np.pi * np.cumsum(hertz) / rate
    one, two = rng.integers(len(VOWELS)), rng.integers(len(VOWELS))
    glide = np.clip(t / max(seconds, 1e-3), 0, 1)
    formants = [VOWELS[one][k] * (1 - glide) + VOWELS[two][k] * glide for k in range(3)]
    wave = np.zeros(len(t))
    for k in range(1, 24):
        if hertz.mean() * k > 4500:
            break
        colour = sum(
            g * np.exp(-(((hertz * k - f) / w) ** 2))
            for g, f, w in zip((1, 0.6, 0.3), formants, (160, 220, 300), strict=True)
        )
        wave += np.sin(k * phase) * (colour + 0.04)
    wave += rng.standard_normal(len(t)) * 0.03 + 0.4 * rng.standard_normal(len(t)) * np.exp(-t / 0.025)
    return np.asarray(wave * np.minimum(1, t / 0.03) * np.minimum(1, t[::-1] / 0.05), np.float32)


def _string(pitch: int, seconds: float, dull: float, rate: int) -> Sound:
    t = np.arange(int(seconds * rate)) / rate
    hertz = 440 * 2 ** ((pitch - 69) / 12)
    wave = np.zeros(len(t))
    for k in range(1, 10):
        if hertz * k < rate / 2:
            wave += np.sin(2 * np.pi * hertz * k * t) / k**dull
    return np.asarray(wave * np.minimum(1, t / 0.006) * np.exp(-t / 0.8), np.float32)


def _drum(rng: np.random.Generator, snare: bool, rate: int) -> Sound:
    t = np.arange(int(0.2 * rate)) / rate
    if snare:
        return np.asarray(rng.standard_normal(len(t)) * np.exp(-t / 0.05) * 0.5, np.float32)
    return np.asarray(np.sin(2 * np.pi * (50 * t + 1.5 * (1 - np.exp(-t / 0.03)))) * np.exp(-t / 0.08), np.float32)


def _add(out: np.ndarray, second: float, wave: Sound, rate: int) -> None:
    at = int(second * rate)
    wave = wave[: max(0, len(out) - at)]
    out[at : at + len(wave)] += wave
