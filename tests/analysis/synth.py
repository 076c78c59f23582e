"""A small synthesiser for songs with known truth: additive tones, noise drums, attacks at the written sample."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from ritornello.analysis.model import Audio
from tests.analysis.songs import Song

RATE = 44_100
_PARTIALS = {
    "bass": (1.0, 0.6, 0.3, 0.15),
    "harmony": (1.0, 0.5, 0.35, 0.2, 0.12, 0.06),
    "pad": (1.0, 0.3, 0.2, 0.1),
    "lead": (1.0, 0.7, 0.45, 0.3, 0.2, 0.1, 0.05),
}
_GAIN = {"bass": 0.22, "harmony": 0.10, "pad": 0.06, "lead": 0.14, "drums": 0.35}
_ATTACK = {"bass": 0.004, "harmony": 0.003, "pad": 0.08, "lead": 0.015}
_DECAY = {"bass": 1.2, "harmony": 0.8, "pad": 6.0, "lead": 3.0}
_PAN = {"bass": 0.5, "harmony": 0.3, "pad": 0.65, "lead": 0.55, "drums": 0.5}


@lru_cache(maxsize=4096)
def _tone(part: str, pitch: int, frames: int) -> np.ndarray:
    t = np.arange(frames) / RATE
    hertz = 440.0 * 2 ** ((pitch - 69) / 12)
    phase = 2 * np.pi * hertz * t
    if part == "lead":
        phase = phase + 0.12 * np.sin(2 * np.pi * 5.3 * t) * np.minimum(1, t / 0.25)
    wave = np.zeros(frames)
    for number, weight in enumerate(_PARTIALS[part], start=1):
        if hertz * number < RATE / 2.2:
            wave += weight * np.sin(number * phase)
    shape = np.minimum(1, t / _ATTACK[part]) * np.exp(-t / _DECAY[part])
    shape *= np.minimum(1, np.arange(frames)[::-1] / (0.02 * RATE))
    return wave * shape


@lru_cache(maxsize=64)
def _drum(pitch: int) -> np.ndarray:
    rng = np.random.default_rng(pitch)
    if pitch == 36:
        t = np.arange(int(0.25 * RATE)) / RATE
        return np.sin(2 * np.pi * (48 * t + 60 * 0.03 * (1 - np.exp(-t / 0.03)))) * np.exp(-t / 0.09) * 1.6
    length, decay, tonal = {38: (0.2, 0.05, 190.0), 47: (0.25, 0.1, 140.0), 43: (0.3, 0.12, 100.0)}.get(
        pitch, (0.6, 0.25, 0.0) if pitch in (49, 51, 46) else (0.06, 0.015, 0.0)
    )
    t = np.arange(int(length * RATE)) / RATE
    noise = rng.standard_normal(len(t))
    if not tonal:
        noise = np.diff(noise, prepend=0.0) * (0.25 if pitch in (49, 51) else 0.5)
    return (noise * (0.35 if tonal in (140.0, 100.0) else 0.8) + 0.8 * np.sin(2 * np.pi * tonal * t)) * np.exp(
        -t / decay
    )


def render(song: Song, *, transpose: int = 0, faster: float = 1.0) -> Audio:
    """Stereo at 44.1 kHz, peak 0.8. ``transpose`` and ``faster`` give the true re-render in another key or tempo."""
    frames = int(song.length / faster * RATE) + RATE
    out = np.zeros((frames, 2))
    for note in song.notes:
        at = round(note.start / faster * RATE)
        if note.part == "drums":
            wave = _drum(note.pitch)
        else:
            wave = _tone(note.part, note.pitch + transpose, max(int(note.length / faster * RATE), 400))
        wave = wave[: frames - at] * _GAIN[note.part] * (note.velocity / 100) ** 1.5
        pan = _PAN[note.part]
        out[at : at + len(wave), 0] += wave * np.cos(pan * np.pi / 2)
        out[at : at + len(wave), 1] += wave * np.sin(pan * np.pi / 2)
    return Audio((out * (0.8 / np.abs(out).max())).astype(np.float32), RATE)
