"""What people do to a recording before they put it up again: 35 transforms of mono sound, each fixed by its seed."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np

Sound = np.ndarray[Any, np.dtype[np.float32]]
Transform = Callable[[Sound, int, np.random.Generator, Sound], Sound]
"""(excerpt, rate, random numbers, another recording to lay over it) → what is heard."""


def _as(x: Any) -> Sound:
    return np.asarray(x, np.float32)


def _level(x: Sound) -> float:
    return float(np.sqrt(np.mean(np.square(x)))) + 1e-9


def _mp3(kbps: int) -> Transform:
    def coded(x: Sound, rate: int, rng: np.random.Generator, other: Sound) -> Sound:
        import soundfile

        file = io.BytesIO()
        # MPEG-2 (half rates) reaches from 8 to 160 kbit/s
        step = (160 - kbps) / (160 - 8)
        with soundfile.SoundFile(
            file, "w", rate, 1, format="MP3", subtype="MPEG_LAYER_III", bitrate_mode="CONSTANT", compression_level=step
        ) as out:
            out.write(x / max(1.0, float(np.abs(x).max())))
        file.seek(0)
        return _as(soundfile.read(file, dtype="float32")[0])

    return coded


def _noise(snr_db: float) -> Transform:
    def noisy(x: Sound, rate: int, rng: np.random.Generator, other: Sound) -> Sound:
        return _as(x + rng.standard_normal(len(x)) * _level(x) * 10 ** (-snr_db / 20))

    return noisy


def _phone(x: Sound, rate: int, rng: np.random.Generator, other: Sound) -> Sound:
    from scipy import signal

    return _as(np.tanh(2 * signal.sosfilt(signal.butter(4, [300, 3400], "band", fs=rate, output="sos"), x)))


def _equalised(x: Sound, rate: int, rng: np.random.Generator, other: Sound) -> Sound:
    from scipy import signal

    low = signal.sosfilt(signal.butter(2, 400, "low", fs=rate, output="sos"), x)
    middle = signal.sosfilt(signal.butter(2, [700, 1800], "band", fs=rate, output="sos"), x)
    return _as(x + 2.5 * low - 0.7 * middle)


def _reverberant(x: Sound, rate: int, rng: np.random.Generator, other: Sound) -> Sound:
    from scipy import signal

    seconds = np.arange(int(1.5 * rate)) / rate
    tail = rng.standard_normal(len(seconds)) * np.exp(-seconds * 6.9 / 1.5)
    wet = signal.fftconvolve(x, tail)[: len(x)]
    return _as(0.4 * x + 0.9 * wet * _level(x) / _level(_as(wet)))


def _harmonic(x: Sound, rate: int, rng: np.random.Generator, other: Sound) -> Sound:
    from ritornello.analysis import hpss
    from ritornello.analysis.model import Audio

    return _as(hpss.split(Audio(x[:, None], rate))[0].samples[:, 0])


def _drummed(x: Sound, rate: int, rng: np.random.Generator, other: Sound) -> Sound:
    out = np.zeros(len(x) + rate)
    t = np.arange(int(0.25 * rate)) / rate
    kick = np.sin(2 * np.pi * (48 * t + 1.8 * (1 - np.exp(-t / 0.03)))) * np.exp(-t / 0.09)
    snare = (0.5 * rng.standard_normal(len(t)) + np.sin(2 * np.pi * 190 * t)) * np.exp(-t / 0.06)
    hat = np.diff(rng.standard_normal(len(t)), prepend=0) * np.exp(-t / 0.02) * 0.4
    beat = 60 / float(rng.uniform(90, 150))
    for n in range(int(len(x) / rate / beat * 2)):
        at = int(n * beat / 2 * rate)
        for sound, sounds in ((kick, n % 4 == 0), (snare, n % 4 == 2), (hat, True)):
            if sounds:
                out[at : at + len(t)] += sound
    drums = out[: len(x)]
    return _as(x + drums * _level(x) / _level(_as(drums)))


def _layered(gain_db: float) -> Transform:
    """The recording at `gain_db` against another one."""

    def layered(x: Sound, rate: int, rng: np.random.Generator, other: Sound) -> Sound:
        start = int(rng.integers(0, max(1, len(other) - len(x))))
        cover = np.resize(other[start : start + len(x)], len(x))
        return _as(x + cover * _level(x) / _level(_as(cover)) * 10 ** (-gain_db / 20))

    return layered


def _chopped(x: Sound, rate: int, rng: np.random.Generator, other: Sound) -> Sound:
    """Slices of two beats in another order."""
    size = int(rate * 60 / float(rng.uniform(90, 150)) * 2)
    slices = [x[at : at + size] for at in range(0, len(x) - size + 1, size)]
    return np.concatenate([slices[n] for n in rng.permutation(len(slices))])


def _speed(faster: float) -> Transform:
    def resampled(x: Sound, rate: int, rng: np.random.Generator, other: Sound) -> Sound:
        import soxr

        return _as(soxr.resample(x, rate * faster, rate))

    return resampled


def stretched(x: Sound, rate: int, faster: float, semitones: float) -> Sound:
    """Tempo and pitch moved apart by Signalsmith Stretch."""
    import python_stretch

    machine = python_stretch.Signalsmith.Stretch()
    machine.preset(1, rate)
    machine.timeFactor = faster
    if semitones:
        machine.setTransposeSemitones(semitones)
    return _as(machine.process(np.ascontiguousarray(x)[None, :])[0])


def _moved(faster: float = 1.0, semitones: float = 0.0) -> Transform:
    return lambda x, rate, rng, other: stretched(x, rate, faster, semitones)


TRANSFORMS: dict[str, Transform] = {
    "clean": lambda x, rate, rng, other: x,
    "MP3 64k": _mp3(64),
    "MP3 32k": _mp3(32),
    "noise 10 dB": _noise(10),
    "noise 0 dB": _noise(0),
    "phone": _phone,
    "equaliser": _equalised,
    "reverb": _reverberant,
    "harmonic part": _harmonic,
    "drum loop": _drummed,
    "layered 0 dB": _layered(0),
    "layered -6 dB": _layered(-6),
    "beat-chopped": _chopped,
    **{f"tempo {change:+d} %": _moved(faster=1 + change / 100) for change in (-25, -16, -8, -4, 4, 8, 16, 25)},
    **{f"speed {change:+d} %": _speed(1 + change / 100) for change in (-25, -16, -8, -4, 4, 8, 16, 25)},
    **{f"pitch {change:+d}": _moved(semitones=change) for change in (-4, -2, -1, 1, 2, 4)},
}


def truth(name: str) -> tuple[float, float]:
    """(cents, time scale) that a transform gives."""
    amount = float(name.split()[1]) if name.split()[0] in ("tempo", "speed", "pitch") else 0.0
    if name.startswith("tempo"):
        return 0.0, 1 / (1 + amount / 100)
    if name.startswith("speed"):
        return 1200 * float(np.log2(1 + amount / 100)), 1 / (1 + amount / 100)
    return amount * 100, 1.0
