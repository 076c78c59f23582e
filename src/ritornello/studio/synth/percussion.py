"""Drum machines and hand percussion, computed: 808, dhol, cajón, palmas, scrapers, shakers, bells and skins."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

Wave64 = npt.NDArray[np.float64]
Random = np.random.Generator
Piece = Callable[[int, Random], Wave64]


def seconds(length: float, rate: int) -> Wave64:
    return np.arange(int(length * rate)) / rate


def band(x: Wave64, low: float, high: float, rate: int) -> Wave64:
    """A second-order band of noise or metal."""
    from scipy.signal import butter, sosfilt

    out: Wave64 = sosfilt(butter(2, (low, min(high, rate * 0.47)), "bandpass", fs=rate, output="sos"), x)
    return out


def swept(t: Wave64, start: float, end: float, fall: float) -> Wave64:
    """A sine whose frequency falls exponentially from `start` to `end` Hz with time constant `fall` seconds."""
    return np.asarray(np.sin(2 * np.pi * (end * t + (start - end) * fall * (1 - np.exp(-t / fall)))))


def _kick8(rate: int, rng: Random) -> Wave64:
    t = seconds(0.62, rate)
    body = swept(t, 150 + rng.normal(0, 2), 47, 0.022) * np.exp(-t / 0.19)
    return np.tanh(1.8 * body + band(rng.standard_normal(t.size), 1200, 5000, rate) * np.exp(-t / 0.003) * 0.35) * 0.92


def _snare8(rate: int, rng: Random) -> Wave64:
    t = seconds(0.24, rate)
    shell = np.sin(2 * np.pi * 184 * t) * np.exp(-t / 0.05) + 0.6 * np.sin(2 * np.pi * 331 * t) * np.exp(-t / 0.03)
    wires = band(rng.standard_normal(t.size), 1400, 9000, rate) * np.exp(-t / 0.055)
    return np.asarray(np.tanh(0.8 * shell + 1.0 * wires) * 0.85)


def _clap8(rate: int, rng: Random) -> Wave64:
    t = seconds(0.26, rate)
    shape = sum(np.where(t >= s, np.exp(-np.maximum(t - s, 0) / 0.0038), 0.0) for s in (0.0, 0.010, 0.020))
    shape = shape + np.where(t >= 0.028, 0.9 * np.exp(-np.maximum(t - 0.028, 0) / 0.055), 0.0)
    return band(rng.standard_normal(t.size), 950, 3600, rate) * shape


def _hat8(rate: int, rng: Random) -> Wave64:
    t = seconds(0.1, rate)
    metal = sum(np.sign(np.sin(2 * np.pi * f * 2.9 * t + rng.uniform(0, 6.28))) for f in (205, 304, 370, 523, 540, 800))
    return band(np.asarray(metal) / 6 + 0.2 * rng.standard_normal(t.size), 7500, 14500, rate) * np.exp(-t / 0.02) * 1.2


def _brush(rate: int, rng: Random) -> Wave64:
    t = seconds(0.17, rate)
    swish = band(rng.standard_normal(t.size), 1500, 7500, rate) * np.minimum(1, t / 0.006) * np.exp(-t / 0.038)
    return swish + 0.25 * np.sin(2 * np.pi * 195 * t) * np.exp(-t / 0.03)


def _pedal(rate: int, rng: Random) -> Wave64:
    t = seconds(0.09, rate)
    return band(rng.standard_normal(t.size), 3800, 11000, rate) * np.minimum(1, t / 0.002) * np.exp(-t / 0.018)


def _ride(rate: int, rng: Random) -> Wave64:
    t = seconds(1.1, rate)
    ping = sum(np.sin(2 * np.pi * f * t + rng.uniform(0, 6.28)) for f in (2930, 3460, 4120, 5230, 6310)) / 5
    wash = band(rng.standard_normal(t.size), 4500, 13000, rate) * np.exp(-t / 0.3) * 0.35
    return np.asarray(ping * np.exp(-t / 0.16) * 0.7 + wash)


def _jingles(length: float, fall: float) -> Piece:
    def strike(rate: int, rng: Random) -> Wave64:
        t = seconds(length, rate)
        rings = sum(np.sin(2 * np.pi * rng.uniform(5200, 11500) * t + rng.uniform(0, 6.28)) for _ in range(9)) / 4
        noise = band(rng.standard_normal(t.size), 5000, 14000, rate)
        return np.asarray((0.5 * rings + noise) * (np.exp(-t / fall) + 0.6 * np.exp(-t / 0.008)))

    return strike


def _skin(pitch: float, ring: float, slap: float, bend: float = 1.1, low: float = 1000, high: float = 6000) -> Piece:
    """A struck head: a pitch that falls a little, one overtone, and the hand or stick on the skin."""

    def strike(rate: int, rng: Random) -> Wave64:
        t = seconds(max(0.12, ring * 4.5), rate)
        f = pitch * (1 + rng.normal(0, 0.004))
        head = swept(t, f * bend, f, 0.018) * np.exp(-t / ring)
        over = np.sin(2 * np.pi * f * 1.6 * t) * np.exp(-t / (ring * 0.35)) * 0.35
        hand = band(rng.standard_normal(t.size), low, high, rate) * np.exp(-t / 0.007) * slap
        return np.asarray(np.tanh(1.1 * (head + over) + hand))

    return strike


def _wood(low: float, high: float, ring: float) -> Piece:
    def strike(rate: int, rng: Random) -> Wave64:
        t = seconds(0.12, rate)
        tone = np.sin(2 * np.pi * low * t) + 0.6 * np.sin(2 * np.pi * high * t)
        click = band(rng.standard_normal(t.size), 2500, 8000, rate) * np.exp(-t / 0.002) * 0.4
        return np.asarray(tone * np.exp(-t / ring) + click)

    return strike


def _bell(low: float, high: float, ring: float) -> Piece:
    def strike(rate: int, rng: Random) -> Wave64:
        t = seconds(ring * 5, rate)
        wave = (
            np.sin(2 * np.pi * low * t) + 0.7 * np.sin(2 * np.pi * high * t) + 0.3 * np.sin(2 * np.pi * low * 3.1 * t)
        )
        return np.asarray(wave * np.exp(-t / ring) * 0.6)

    return strike


def _scrape(length: float, teeth: float) -> Piece:
    """A stick over grooves: a train of clicks that speeds up."""

    def strike(rate: int, rng: Random) -> Wave64:
        t = seconds(length, rate)
        along = teeth * (t + 0.35 * t * t / length)
        clicks = np.maximum(0, np.sin(2 * np.pi * along)) ** 6
        shape = np.minimum(1, t / 0.01) * np.minimum(1, (length - t) / 0.02)
        return np.asarray(band(rng.standard_normal(t.size), 1800, 7500, rate) * (0.2 + clicks) * shape)

    return strike


def _shaken(fall: float, swell: float) -> Piece:
    def strike(rate: int, rng: Random) -> Wave64:
        t = seconds(0.1, rate)
        shape = np.minimum(1, t / swell) * np.exp(-np.maximum(t - swell, 0) / fall)
        return np.asarray(band(rng.standard_normal(t.size), 4200, 12000, rate) * shape)

    return strike


def _palmas(low: float, high: float, hands: int) -> Piece:
    """Hands that never clap at quite the same time."""

    def strike(rate: int, rng: Random) -> Wave64:
        t = seconds(0.14, rate)
        out = np.zeros(t.size)
        for _ in range(hands):
            late = rng.uniform(0, 0.009)
            shape = np.where(t >= late, np.exp(-np.maximum(t - late, 0) / 0.011), 0.0)
            out += band(rng.standard_normal(t.size), low, high, rate) * shape
        return np.asarray(out / np.sqrt(hands))

    return strike


def _cajon_low(rate: int, rng: Random) -> Wave64:
    t = seconds(0.3, rate)
    box = swept(t, 118, 72, 0.02) * np.exp(-t / 0.075) + 0.4 * np.sin(2 * np.pi * 152 * t) * np.exp(-t / 0.04)
    return np.asarray(
        np.tanh(1.6 * box) + band(rng.standard_normal(t.size), 300, 2500, rate) * np.exp(-t / 0.008) * 0.3
    )


def _cajon_slap(rate: int, rng: Random) -> Wave64:
    t = seconds(0.18, rate)
    wires = band(rng.standard_normal(t.size), 1600, 8500, rate) * np.exp(-t / 0.03)
    return np.asarray(0.5 * np.sin(2 * np.pi * 228 * t) * np.exp(-t / 0.022) + wires)


PIECES: Mapping[str, Piece] = {
    "kick8": _kick8,
    "snare8": _snare8,
    "clap8": _clap8,
    "hat8": _hat8,
    "brush": _brush,
    "pedal": _pedal,
    "ride": _ride,
    "tambourine": _jingles(0.22, 0.05),
    "conga_mute": _skin(330, 0.03, 0.8),
    "timbale_high": _skin(420, 0.09, 0.7, 1.05, 2000, 8000),
    "timbale_low": _skin(300, 0.12, 0.7, 1.05, 2000, 8000),
    "agogo_high": _bell(905, 1480, 0.09),
    "agogo_low": _bell(672, 1105, 0.1),
    "maracas": _shaken(0.016, 0.008),
    "guiro_short": _scrape(0.07, 95),
    "guiro_long": _scrape(0.2, 80),
    "block_high": _wood(1180, 2650, 0.016),
    "block_low": _wood(790, 1820, 0.02),
    "triangle": _bell(4150, 6730, 0.35),
    "surdo": _skin(68, 0.22, 0.25, 1.3, 200, 1500),
    "dhol_low": _skin(82, 0.16, 0.5, 1.7, 300, 2200),
    "dhol_high": _skin(395, 0.045, 1.0, 1.02, 1800, 9000),
    "palmas_low": _palmas(700, 2600, 4),
    "palmas_high": _palmas(1300, 5200, 3),
    "cajon_low": _cajon_low,
    "cajon_slap": _cajon_slap,
}
PAN: Mapping[str, float] = {
    **{"hat8": 0.2, "brush": 0.0, "pedal": 0.25, "ride": -0.3, "tambourine": 0.35, "conga_mute": 0.3, "maracas": 0.4},
    **{"timbale_high": -0.3, "timbale_low": -0.2, "agogo_high": 0.4, "agogo_low": 0.35, "guiro_short": -0.35},
    **{"guiro_long": -0.35, "block_high": 0.25, "block_low": 0.2, "triangle": 0.45, "dhol_high": 0.1},
    **{"palmas_low": -0.25, "palmas_high": 0.3, "cajon_slap": 0.05},
}
LEVEL: Mapping[str, float] = {
    **{"kick8": 1.0, "snare8": 0.56, "clap8": 0.6, "hat8": 0.3, "brush": 0.5, "pedal": 0.3, "ride": 0.3},
    **{"tambourine": 0.14, "conga_mute": 0.36, "timbale_high": 0.34, "timbale_low": 0.38, "agogo_high": 0.22},
    **{"agogo_low": 0.24, "maracas": 0.3, "guiro_short": 0.4, "guiro_long": 0.4, "block_high": 0.3, "block_low": 0.32},
    **{"triangle": 0.14, "surdo": 0.85, "dhol_low": 0.95, "dhol_high": 0.42, "palmas_low": 0.8, "palmas_high": 0.6},
    **{"cajon_low": 0.85, "cajon_slap": 0.5},
}
GM_PIECES: Mapping[str, Mapping[int, str]] = {
    "machine": {35: "kick8", 36: "kick8", 38: "snare8", 39: "clap8", 42: "hat8", 46: "open", 49: "crash"},
    "hands": {
        **{28: "palmas_high", 35: "cajon_low", 39: "palmas_low", 40: "cajon_slap", 60: "dhol_high"},
        **{62: "conga_mute", 63: "conga_high", 64: "conga_low", 65: "timbale_high", 66: "timbale_low"},
        **{67: "agogo_high", 68: "agogo_low", 70: "maracas", 73: "guiro_short", 74: "guiro_long"},
        **{76: "block_high", 77: "block_low", 81: "triangle", 86: "surdo", 87: "dhol_low"},
    },
}
"""Which piece each percussion key of a kit strikes."""
