"""Drums computed from what a drum does: a head whose pitch falls, wires that hiss, metal that rings."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from ritornello.studio.synth import percussion

Wave = npt.NDArray[np.float32]
Random = np.random.Generator

# Six inharmonic partials (Hz) of a struck metal plate, the classic recipe of analogue cymbal circuits.
_METAL = (205.3, 304.4, 369.6, 522.7, 540.0, 800.0)


def _time(seconds: float, rate: int) -> npt.NDArray[np.float64]:
    return np.arange(int(seconds * rate)) / rate


def _band(x: npt.NDArray[np.float64], low: float, high: float, rate: int) -> npt.NDArray[np.float64]:
    from scipy.signal import butter, sosfilt

    top = min(high, rate * 0.47)
    out: npt.NDArray[np.float64] = sosfilt(butter(2, (low, top), "bandpass", fs=rate, output="sos"), x)
    return out


def _swept(t: npt.NDArray[np.float64], start: float, end: float, fall: float) -> npt.NDArray[np.float64]:
    """A sine whose frequency falls exponentially from `start` to `end` Hz with time constant `fall` seconds."""
    turns = end * t + (start - end) * fall * (1 - np.exp(-t / fall))
    return np.sin(2 * np.pi * turns)


def _kick(rate: int, rng: Random) -> npt.NDArray[np.float64]:
    t = _time(0.42, rate)
    body = _swept(t, 175 + rng.normal(0, 3), 49, 0.028) * np.exp(-t / 0.13)
    click = _band(rng.standard_normal(t.size), 1500, 7000, rate) * np.exp(-t / 0.004) * 0.5
    knock = np.sin(2 * np.pi * 190 * t) * np.exp(-t / 0.018) * 0.35
    return np.tanh(1.5 * body + click + knock) * 0.95


def _snare(rate: int, rng: Random) -> npt.NDArray[np.float64]:
    t = _time(0.34, rate)
    shell = _swept(t, 260, 186 + rng.normal(0, 1.5), 0.012) * np.exp(-t / 0.055) + 0.5 * np.sin(
        2 * np.pi * 331 * t
    ) * np.exp(-t / 0.038)
    wires = _band(rng.standard_normal(t.size), 1800, 9500, rate) * (np.exp(-t / 0.075) + 0.6 * np.exp(-t / 0.012))
    return np.tanh(0.75 * shell + 0.85 * wires) * 0.8


def _rim(rate: int, rng: Random) -> npt.NDArray[np.float64]:
    t = _time(0.12, rate)
    wood = np.sin(2 * np.pi * 1720 * t) + 0.7 * np.sin(2 * np.pi * 482 * t)
    return wood * np.exp(-t / 0.012) * 0.6 + _band(rng.standard_normal(t.size), 3000, 8000, rate) * np.exp(-t / 0.004)


def _clap(rate: int, rng: Random) -> npt.NDArray[np.float64]:
    t = _time(0.3, rate)
    envelope = np.zeros_like(t)
    for start in (0.0, 0.011, 0.021):
        late = t - start
        envelope += np.where(late >= 0, np.exp(-np.maximum(late, 0) / 0.0045), 0)
    late = t - 0.03
    envelope += np.where(late >= 0, 0.8 * np.exp(-np.maximum(late, 0) / 0.07), 0)
    return _band(rng.standard_normal(t.size), 900, 5200, rate) * envelope * 0.9


def _metal(t: npt.NDArray[np.float64], rng: Random, tune: float) -> npt.NDArray[np.float64]:
    total = np.zeros_like(t)
    for f in _METAL:
        total += np.sign(np.sin(2 * np.pi * f * tune * t + rng.uniform(0, 6.28)))
    total /= len(_METAL)
    return total


def _hat(seconds: float, decay: float) -> Callable[[int, Random], npt.NDArray[np.float64]]:
    def strike(rate: int, rng: Random) -> npt.NDArray[np.float64]:
        t = _time(seconds, rate)
        raw = 0.6 * _metal(t, rng, 2.6) + 0.7 * rng.standard_normal(t.size) * 0.5
        out = _band(raw, 6500, 15500, rate)
        out *= 1.1 * (np.exp(-t / decay) + 0.5 * np.exp(-t / 0.006))
        return out

    return strike


def _crash(rate: int, rng: Random) -> npt.NDArray[np.float64]:
    t = _time(2.2, rate)
    raw = 0.4 * _metal(t, rng, 3.3) + 0.6 * rng.standard_normal(t.size)
    bright = _band(raw, 4000, 15000, rate) * np.exp(-t / 0.42)
    body = _band(raw, 900, 5000, rate) * np.exp(-t / 0.22) * 0.5
    bright += body
    bright *= np.minimum(1, t / 0.002) * 0.8
    return bright


def _shaker(rate: int, rng: Random) -> npt.NDArray[np.float64]:
    t = _time(0.11, rate)
    swell = np.minimum(1, t / 0.018) * np.exp(-np.maximum(t - 0.018, 0) / 0.022)
    out = _band(rng.standard_normal(t.size), 5000, 13000, rate)
    out *= swell
    return out


def _tom(pitch: float) -> Callable[[int, Random], npt.NDArray[np.float64]]:
    def strike(rate: int, rng: Random) -> npt.NDArray[np.float64]:
        t = _time(0.5, rate)
        head = _swept(t, pitch * 1.7, pitch * (1 + rng.normal(0, 0.004)), 0.03) * np.exp(-t / 0.15)
        skin = _band(rng.standard_normal(t.size), 400, 4000, rate) * np.exp(-t / 0.012) * 0.4
        return np.tanh(1.3 * head + skin) * 0.8

    return strike


def _conga(pitch: float, ring: float) -> Callable[[int, Random], npt.NDArray[np.float64]]:
    def strike(rate: int, rng: Random) -> npt.NDArray[np.float64]:
        t = _time(0.35, rate)
        head = _swept(t, pitch * 1.12, pitch, 0.02) * np.exp(-t / ring)
        over = np.sin(2 * np.pi * pitch * 2.13 * t) * np.exp(-t / (ring * 0.4)) * 0.3
        slap = _band(rng.standard_normal(t.size), 1200, 6000, rate) * np.exp(-t / 0.006) * 0.5
        return head + over + slap

    return strike


def _cowbell(rate: int, rng: Random) -> npt.NDArray[np.float64]:
    t = _time(0.3, rate)
    raw = np.sign(np.sin(2 * np.pi * 587 * t)) + np.sign(np.sin(2 * np.pi * 845 * t + rng.uniform(0, 1)))
    return _band(raw, 500, 4500, rate) * np.exp(-t / 0.06) * 0.5


_PIECES: dict[str, Callable[[int, Random], npt.NDArray[np.float64]]] = {
    "kick": _kick,
    "snare": _snare,
    "rim": _rim,
    "clap": _clap,
    "hat": _hat(0.16, 0.026),
    "open": _hat(0.55, 0.13),
    "crash": _crash,
    "shaker": _shaker,
    "tom_high": _tom(168),
    "tom_mid": _tom(124),
    "tom_low": _tom(88),
    "conga_high": _conga(312, 0.09),
    "conga_low": _conga(206, 0.13),
    "cowbell": _cowbell,
    **percussion.PIECES,
}
PIECES = tuple(_PIECES)
# where each piece sits between the loudspeakers, -1 left .. 1 right, seen from the audience
PAN = {
    **{"hat": 0.28, "open": 0.28, "crash": -0.35, "shaker": -0.42, "clap": 0.08, "rim": -0.1},
    **{"tom_high": -0.3, "tom_mid": 0.05, "tom_low": 0.35, "conga_high": 0.3, "conga_low": 0.38, "cowbell": -0.25},
    **percussion.PAN,
}
LEVEL = {
    **{"kick": 1.0, "snare": 0.62, "rim": 0.4, "clap": 0.42, "hat": 0.34, "open": 0.3, "crash": 0.34, "shaker": 0.3},
    **{"tom_high": 0.6, "tom_mid": 0.62, "tom_low": 0.66, "conga_high": 0.42, "conga_low": 0.48, "cowbell": 0.2},
    **percussion.LEVEL,
}
GM_PIECES = {
    "drums": {
        **{35: "kick", 36: "kick", 37: "rim", 38: "snare", 39: "clap", 40: "brush", 42: "hat", 44: "pedal"},
        **{46: "open", 41: "tom_low", 43: "tom_low", 45: "tom_mid", 47: "tom_mid", 48: "tom_high", 50: "tom_high"},
        **{49: "crash", 51: "ride", 54: "tambourine", 56: "cowbell", 57: "crash", 62: "conga_high", 63: "conga_high"},
        **{64: "conga_low", 69: "shaker", 70: "shaker", 82: "shaker"},
    },
    **percussion.GM_PIECES,
}
"""Which piece each General MIDI percussion key of a kit strikes."""


class Kit:
    """A drum kit at one sample rate: every piece in a few takes, so that no two strokes in a row are one sample.

    `strike` gives mono float32 at the stroke's velocity; harder strokes are brighter, as on a real head.
    """

    TAKES = 3

    def __init__(self, rate: int, seed: int) -> None:
        self._rate = rate
        self._seed = seed
        self._takes: dict[tuple[str, int], Wave] = {}

    def strike(self, piece: str, velocity: float, stroke: int) -> Wave:
        """The sound of stroke number `stroke` on `piece` at `velocity` 0..1."""
        key = (piece, stroke % self.TAKES)
        if key not in self._takes:
            rng = np.random.Generator(np.random.PCG64([self._seed, PIECES.index(piece), key[1]]))
            wave = _PIECES[piece](self._rate, rng) * LEVEL[piece]
            fade = min(wave.size, int(0.01 * self._rate))
            wave[-fade:] *= np.linspace(1, 0, fade)
            self._takes[key] = wave.astype(np.float32)
        wave32 = self._takes[key] * np.float32(velocity**1.35)
        if velocity < 0.6:  # a soft stroke has less attack: blunt the first three milliseconds
            edge = min(wave32.size, int(0.003 * self._rate))
            wave32[:edge] *= np.linspace(velocity / 0.6, 1, edge, dtype=np.float32)
        return wave32
