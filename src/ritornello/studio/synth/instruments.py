"""The instruments of the engine's own band, each computed from how it makes its sound. No soundfont, no samples.

Strings are delay lines that a burst runs round, bars and hammers are dying partials, bows and reeds are saws through
the resonances of their bodies. A pitch is sounded once for its longest note; every note is laid down from there,
duller the softer it is played.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ritornello.studio.synth import instrument_kernels as kernels
from ritornello.studio.synth.tones import hertz

Wave = npt.NDArray[np.float32]
Random = np.random.Generator
LONGEST_S = 12.0
_LEVEL = 0.11
"""What the first third of a second of every instrument measures (root of the mean square) before its own gain."""


@dataclass(frozen=True, slots=True)
class Sounding:
    """A pitch to be sounded: frequency, MIDI pitch, frames, rate, and the accidents of its seed."""

    f: float
    pitch: int
    n: int
    rate: int
    rng: Random

    def mono(self) -> Wave:
        return np.zeros(self.n, dtype=np.float32)

    def stereo(self) -> Wave:
        return np.zeros((self.n, 2), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Instrument:
    """How an instrument sounds and how it is let go: release and attack in ms, how much force brightens it 0..1.

    `gain` makes it sit in a band; `loops` marks what sounds as long as it is held.
    """

    sound: Callable[[Sounding], Wave]
    release_ms: int
    attack_ms: int = 0
    touch: float = 0.5
    gain: float = 1.0
    loops: bool = False


def _both(mono: Wave) -> Wave:
    return np.repeat(mono[:, None], 2, axis=1)


def _decay(seconds: npt.NDArray[np.float64], rate: int) -> npt.NDArray[np.float64]:
    return np.asarray(np.exp(-1.0 / (np.maximum(seconds, 1e-4) * rate)))


def _summed(
    s: Sounding, ratios: npt.ArrayLike, amps: npt.ArrayLike, seconds: npt.ArrayLike, floors: npt.ArrayLike = 0.0
) -> Wave:
    """Partials at ratios of the pitch that die within `seconds` (time constants); those above the band are left out."""
    r, a, d = (np.asarray(x, dtype=np.float64) for x in (ratios, amps, seconds))
    fl = np.broadcast_to(np.asarray(floors, dtype=np.float64), r.shape)
    heard = r * s.f < 0.45 * s.rate
    out = s.mono()
    steps = 2 * np.pi * s.f * r[heard] / s.rate
    phases = s.rng.uniform(0, 2 * np.pi, heard.sum())
    kernels.partials(out, steps, a[heard], _decay(d[heard], s.rate), fl[heard].copy(), phases)
    return out


def _filtered(x: Wave, rate: int, kind: str, *hz: float, order: int = 2) -> Wave:
    from scipy.signal import butter, sosfilt

    edge = [min(f, 0.45 * rate) for f in hz]
    sos = butter(order, edge if len(edge) > 1 else edge[0], kind, fs=rate, output="sos").astype(np.float32)
    return np.asarray(sosfilt(sos, x, axis=0), dtype=np.float32)


def _resonant(x: Wave, rate: int, peaks: Sequence[tuple[float, float, float]]) -> Wave:
    """The body: at each (Hz, width as quality, gain) what it adds to what it is given."""
    from scipy.signal import iirpeak, lfilter

    out = x.copy()
    for f, quality, gain in peaks:
        if f < 0.45 * rate:
            b, a = iirpeak(f, quality, fs=rate)
            out += np.float32(gain) * lfilter(b.astype(np.float32), a.astype(np.float32), x, axis=0)
    return out


def _noise(s: Sounding, seconds: float, low: float, high: float, start: float = 1.0) -> Wave:
    """A burst of noise in a band that dies within `seconds`."""
    n = min(s.n, int(seconds * 6 * s.rate) + 64)
    x = s.rng.standard_normal(n).astype(np.float32)
    x = _filtered(x, s.rate, "bandpass", low, high)
    out = s.mono()
    out[:n] = x * np.exp(-np.arange(n) / (seconds * s.rate)).astype(np.float32) * np.float32(start)
    return out


# struck strings and bars


def _piano(s: Sounding) -> Wave:
    count = max(3, min(18, int(7000 / s.f)))
    k = np.arange(1, count + 1)
    stiff = 0.00028 * 2 ** ((s.pitch - 60) / 9)
    ratios = k * np.sqrt(1 + stiff * k * k)
    amps = np.abs(np.sin(np.pi * k / 7.3)) / k**1.05
    seconds = 2.6 * (220 / s.f) ** 0.55 / (1 + 0.16 * (k - 1))
    waves = []
    for cents in (-0.55, 0.6):  # two strings a key, a breath apart: they beat, and the tone lives
        one = _summed(s, ratios * 2 ** (cents / 1200), amps, seconds)
        one += _summed(s, ratios * 2 ** (-cents / 1900), amps * 0.35, seconds * 2.4)
        waves.append(one)
    thump = _noise(s, 0.012, 90, 900, 0.22) + _noise(s, 0.004, 1500, 6000, 0.06)
    return np.stack(waves, axis=1) + thump[:, None]


def _vibraphone(s: Sounding) -> Wave:
    wave = _summed(s, (1, 3.98, 9.9), (1, 0.28, 0.06), (1.6, 0.5, 0.08))
    motor = (1 + 0.22 * np.sin(2 * np.pi * 4.6 * np.arange(s.n) / s.rate)).astype(np.float32)
    return _both(wave * motor + _noise(s, 0.004, 800, 5000, 0.05))


def _marimba(s: Sounding) -> Wave:
    fall = (220 / s.f) ** 0.4
    wave = _summed(s, (1, 3.93, 9.5), (1, 0.3, 0.1), (0.34 * fall, 0.09 * fall, 0.02))
    return _both(wave + _noise(s, 0.005, 400, 3500, 0.12))


# plucked strings


def _string(s: Sounding, dullness: float, seconds: float, pick: float, soft: float) -> Wave:
    """A string plucked at `pick` of its length with a burst below `soft` Hz, that rings for `seconds` (60 dB)."""
    period = s.rate / s.f
    n = int(period) + 2
    burst = s.rng.uniform(-1, 1, n).astype(np.float32)
    burst = _filtered(burst, s.rate, "low", soft, order=1)
    comb = np.roll(burst, max(1, int(pick * n)))
    burst = (burst - comb).astype(np.float32)
    burst -= burst.mean(dtype=np.float32)
    keep = 10 ** (-3 * period / (seconds * s.rate))
    out = s.mono()
    kernels.plucked(out, burst, period, min(0.99999, keep), dullness)
    return out


def _nylon(s: Sounding) -> Wave:
    wave = _string(s, 0.42, 4.5 * (196 / s.f) ** 0.4, 0.17, 3800)
    body = _resonant(wave, s.rate, ((102, 6, 0.7), (206, 7, 0.6), (410, 6, 0.25)))
    return _both(body + _noise(s, 0.006, 300, 2500, 0.05))


def _steel(s: Sounding) -> Wave:
    wave = _string(s, 0.22, 5.5 * (196 / s.f) ** 0.35, 0.13, 7000)
    body = _resonant(wave, s.rate, ((98, 6, 0.5), (196, 7, 0.45), (2900, 2, 0.35)))
    return _both(_filtered(body, s.rate, "high", 80) + _noise(s, 0.003, 2500, 9000, 0.05))


def _clean(s: Sounding) -> Wave:
    wave = _string(s, 0.30, 5.0 * (196 / s.f) ** 0.3, 0.24, 6000)
    wave = _resonant(_filtered(wave, s.rate, "low", 5200), s.rate, ((1900, 1.5, 0.5),))
    return _chorused(wave, s, 0.0022)


def _muted(s: Sounding) -> Wave:
    wave = _string(s, 0.34, 0.42, 0.2, 6500)
    return _both(_resonant(_filtered(wave, s.rate, "low", 5600), s.rate, ((2100, 1.5, 0.6),)))


def _banjo(s: Sounding) -> Wave:
    wave = _string(s, 0.16, 1.3 * (262 / s.f) ** 0.3, 0.1, 9000)
    return _both(
        _resonant(_filtered(wave, s.rate, "high", 180), s.rate, ((620, 3, 0.7), (1500, 3, 0.6), (3100, 3, 0.4)))
    )


def _tumbi(s: Sounding) -> Wave:
    wave = _string(s, 0.1, 0.9, 0.06, 10000)
    buzz = np.tanh(_resonant(_filtered(wave, s.rate, "high", 260), s.rate, ((1250, 5, 1.4), (2600, 5, 0.9))) * 1.6)
    return _both(np.asarray(buzz, dtype=np.float32))


def _chorused(wave: Wave, s: Sounding, depth_s: float) -> Wave:
    """The wave left, and right the wave through a slowly moving delay."""
    at = np.arange(s.n) - s.rate * depth_s * (1.5 + np.sin(2 * np.pi * 0.7 * np.arange(s.n) / s.rate))
    other = np.interp(at, np.arange(s.n), wave).astype(np.float32)
    return np.stack((wave, np.float32(0.5) * wave + np.float32(0.5) * other), axis=1)


def _pedal_steel(s: Sounding) -> Wave:
    k = np.arange(1, 13)
    glide = 2 ** (-np.exp(-np.arange(s.n) / (0.05 * s.rate)) * 1.0 / 12)
    shake = 1 + 0.0035 * np.minimum(1, np.arange(s.n) / s.rate) * np.sin(2 * np.pi * 5 * np.arange(s.n) / s.rate)
    turns = np.cumsum(s.f / s.rate * glide * shake)
    out = s.mono()
    for n in k[k * s.f < 0.4 * s.rate]:
        fall = np.exp(-np.arange(s.n) / s.rate / (3.5 / (1 + 0.25 * n))).astype(np.float32)
        phase = n * turns
        wave = np.sin((2 * np.pi * (phase - np.floor(phase))).astype(np.float32))
        out += wave * fall * np.float32(abs(np.sin(np.pi * n * 0.11)) / n**1.1)
    return _both(out * np.minimum(1, np.arange(s.n) / (0.07 * s.rate)).astype(np.float32))


# basses


def _upright(s: Sounding) -> Wave:
    k = np.arange(1, 11)
    amps = np.abs(np.sin(np.pi * k * 0.28)) / k**1.55
    wave = _summed(s, k * np.sqrt(1 + 0.00012 * k * k), amps, 0.95 / (0.7 + 0.55 * k), 0.0)
    return _both(wave + _noise(s, 0.012, 60, 420, 0.35) + _noise(s, 0.004, 900, 2800, 0.05))


def _slap(s: Sounding) -> Wave:
    k = np.arange(1, 25)
    amps = np.abs(np.sin(np.pi * k * 0.12)) / k**0.95
    wave = _summed(s, k * np.sqrt(1 + 0.0001 * k * k), amps, 1.1 / (0.8 + 0.4 * k))
    return _both(np.tanh(1.2 * wave + _noise(s, 0.005, 1200, 6500, 0.25)).astype(np.float32))


def _synth_bass(s: Sounding) -> Wave:
    k = np.arange(1, 20)
    wave = _summed(s, k, 1 / k**1.05, 0.32 / k**0.7, np.where(k <= 3, 0.62, 0.08))
    wave += np.float32(0.5) * _summed(s, (1.0,), (1.0,), (3.0,), 0.7)
    return _both(np.tanh(1.1 * wave).astype(np.float32))


def _sub(s: Sounding) -> Wave:
    t = np.arange(s.n) / s.rate
    turns = s.f * t + 1.1 * 0.02 * s.f * (1 - np.exp(-t / 0.02))
    body = np.sin(2 * np.pi * turns) * np.exp(-t / 1.6)
    wave = np.tanh(1.9 * body).astype(np.float32)  # saturation lets small loudspeakers hear it
    return _both(wave + _noise(s, 0.003, 900, 4000, 0.08))


def _log_drum(s: Sounding) -> Wave:
    t = np.arange(s.n) / s.rate
    turns = s.f * t + 0.75 * s.f * 0.022 * (1 - np.exp(-t / 0.022))
    body = np.sin(2 * np.pi * turns + 0.9 * np.exp(-t / 0.05) * np.sin(4 * np.pi * turns)) * np.exp(-t / 0.34)
    wave = np.tanh(2.2 * body).astype(np.float32)
    return _both(wave + _noise(s, 0.008, 350, 1800, 0.35))


# bows, reeds, pipes, voices, and what imitates them


def _saws(
    s: Sounding,
    cents: Sequence[float],
    *,
    vibrato: float = 0.0,
    speed: float = 5.3,
    late: float = 0.3,
    scoop: float = 0.0,
) -> Wave:
    out = s.stereo()
    ratios = 2 ** (np.asarray(cents, dtype=np.float64) / 1200)
    phases = s.rng.uniform(0, 1, ratios.size)
    turn = 2 * np.pi * speed / s.rate
    kernels.saws(out, s.f / s.rate, ratios, phases, vibrato / 1200 * np.log(2), turn, late * s.rate, scoop)
    return out


def _pad(s: Sounding) -> Wave:
    return _filtered(_saws(s, (-11, -6, -3, 4, 7, 12)), s.rate, "bandpass", 120, 1500)


def _strings(s: Sounding) -> Wave:
    wave = _saws(s, (-9, 8, -4, 3, 0.5, -1), vibrato=6, late=0.4)
    return _resonant(_filtered(wave, s.rate, "bandpass", 170, 4200, order=1), s.rate, ((480, 2, 0.4), (1100, 2, 0.3)))


def _brass(s: Sounding) -> Wave:
    wave = _saws(s, (-5, 6, 0.5, -1), vibrato=3, scoop=0.02)
    dull, bright = (_filtered(wave, s.rate, "low", hz) for hz in (900, 4200))
    opened = (1 - np.exp(-np.arange(s.n) / (0.035 * s.rate))).astype(np.float32)[:, None]
    return _filtered(dull + (bright - dull) * opened, s.rate, "high", 140)


def _saxophone(s: Sounding) -> Wave:
    wave = _saws(s, (0.0,), vibrato=14, speed=5.1, late=0.55, scoop=0.012)
    wave = _resonant(
        _filtered(wave, s.rate, "low", 3600, order=1), s.rate, ((560, 3, 1.0), (1350, 4, 0.9), (2500, 5, 0.5))
    )
    return wave + _breath(s, 1400, 5200, 0.025)[:, None]


def _breath(s: Sounding, low: float, high: float, level: float) -> Wave:
    x = s.rng.standard_normal(s.n).astype(np.float32)
    return _filtered(x, s.rate, "bandpass", low, high) * np.float32(level)


def _flute(s: Sounding) -> Wave:
    wave = _blown(s, (1.0, 0.34, 0.13, 0.05, 0.02), vibrato=9)
    wave += _breath(s, max(500, s.f), min(9000, 3.2 * s.f + 1500), 0.05) + _noise(s, 0.02, 1200, 6000, 0.2)
    return _both(wave)


def _clarinet(s: Sounding) -> Wave:
    wave = _blown(s, (1.0, 0.05, 0.55, 0.05, 0.3, 0.08, 0.16, 0.08, 0.07), vibrato=4)
    return _both(wave + _breath(s, 1500, 5000, 0.012))


def _blown(s: Sounding, amps: Sequence[float], vibrato: float) -> Wave:
    """A column of air: few partials, a vibrato in pitch and breath that comes late."""
    t = np.arange(s.n) / s.rate
    grown = np.clip((t - 0.25) / 0.4, 0, 1)
    shake = np.sin(2 * np.pi * 5.0 * t)
    turns = np.cumsum(s.f / s.rate * (1 + vibrato / 1200 * np.log(2) * grown * shake))
    turns -= np.floor(turns)
    out = s.mono()
    for k, amp in enumerate(amps, start=1):
        if k * s.f < 0.42 * s.rate:
            phase = k * turns
            out += np.float32(amp) * np.sin((2 * np.pi * (phase - np.floor(phase))).astype(np.float32))
    return out * (1 + 0.12 * grown * shake).astype(np.float32)


def _accordion(s: Sounding) -> Wave:
    wave = _saws(s, (-7, 8, 0.5, 1.0))  # two reeds apart: the musette
    return _resonant(_filtered(wave, s.rate, "bandpass", 180, 5200, order=1), s.rate, ((850, 2, 0.6), (2300, 3, 0.4)))


def _organ(s: Sounding) -> Wave:
    ratios = (0.5, 1.0, 1.498, 2.0, 2.997, 4.0, 6.0, 8.0)
    wave = _summed(s, ratios, (0.6, 1.0, 0.6, 0.5, 0.22, 0.18, 0.08, 0.06), (9.0,) * 8, 1.0)
    t = np.arange(s.n) / s.rate
    left = wave * (1 + 0.12 * np.sin(2 * np.pi * 6.4 * t)).astype(np.float32)
    right = wave * (1 - 0.12 * np.sin(2 * np.pi * 6.4 * t)).astype(np.float32)
    return np.stack((left, right), axis=1) + _noise(s, 0.004, 1500, 6000, 0.05)[:, None]


def _synth_lead(s: Sounding) -> Wave:
    wave = _saws(s, (-6, 6, 0, 1), vibrato=9, speed=5.6, late=0.45)
    return _filtered(wave, s.rate, "bandpass", 160, 4800)


def _synth_pluck(s: Sounding) -> Wave:
    k = np.arange(1, 28)
    left, right = (_summed(s, k * 2 ** (cents / 1200), 1 / k**0.95, 0.26 / k**0.45, 0.03) for cents in (-5.0, 5.0))
    return np.stack((left, right), axis=1)


def _fiddle(s: Sounding) -> Wave:
    wave = _saws(s, (0.0,), vibrato=13, speed=5.8, late=0.35, scoop=0.006)
    wave = _filtered(wave, s.rate, "bandpass", 190, 6000, order=1)
    return _resonant(wave, s.rate, ((290, 6, 0.6), (470, 6, 0.6), (1050, 3, 0.4), (2700, 2, 0.5)))


def _choir(s: Sounding) -> Wave:
    wave = _saws(s, (-8, 7, -3, 4, 0, -12), vibrato=9, speed=5.0, late=0.3)
    wave = _filtered(wave, s.rate, "low", 3400, order=1) * np.float32(0.25)
    return _resonant(wave, s.rate, ((760, 5, 1.6), (1180, 6, 1.2), (2900, 6, 0.5)))


def _from_rack(name: str) -> Callable[[Sounding], Wave]:
    def sound(s: Sounding) -> Wave:
        from ritornello.studio.synth import tones

        way = {"keys": tones.tine_piano, "bass": tones.finger_bass, "pluck": tones.mallet}[name]
        mono = way(s.f, np.arange(s.n) / s.rate, 0.6, s.rate)
        if name != "keys":
            return _both(mono)
        sway = (0.18 * np.sin(2 * np.pi * 4.2 * np.arange(s.n) / s.rate)).astype(np.float32)
        return np.stack((mono * (1 + sway), mono * (1 - sway)), axis=1)

    return sound


INSTRUMENTS: Mapping[str, Instrument] = {
    "keys": Instrument(_from_rack("keys"), 140, touch=0.55, gain=0.95),
    "bass": Instrument(_from_rack("bass"), 60, touch=0.5, gain=1.15),
    "pluck": Instrument(_from_rack("pluck"), 200),
    "piano": Instrument(_piano, 220, touch=0.75),
    "nylon": Instrument(_nylon, 120, touch=0.65),
    "steel_guitar": Instrument(_steel, 140, touch=0.6, gain=0.85),
    "clean_guitar": Instrument(_clean, 110, touch=0.55, gain=0.9),
    "muted_guitar": Instrument(_muted, 30, touch=0.4, gain=0.9),
    "upright_bass": Instrument(_upright, 90, touch=0.5, gain=1.25),
    "slap_bass": Instrument(_slap, 50, touch=0.6, gain=1.1),
    "synth_bass": Instrument(_synth_bass, 50, touch=0.5, gain=1.15),
    "sub_bass": Instrument(_sub, 60, touch=0.3, gain=1.35),
    "log_drum": Instrument(_log_drum, 90, touch=0.4, gain=1.25),
    "pad": Instrument(_pad, 500, attack_ms=320, touch=0.3, gain=0.9, loops=True),
    "strings": Instrument(_strings, 320, attack_ms=130, touch=0.5, gain=0.9, loops=True),
    "brass": Instrument(_brass, 90, attack_ms=22, touch=0.7, gain=0.95, loops=True),
    "brass_solo": Instrument(_saxophone, 90, attack_ms=28, touch=0.6, loops=True),
    "flute": Instrument(_flute, 110, attack_ms=38, touch=0.4, loops=True),
    "clarinet": Instrument(_clarinet, 80, attack_ms=26, touch=0.5, loops=True),
    "accordion": Instrument(_accordion, 70, attack_ms=24, touch=0.4, gain=0.85, loops=True),
    "tumbi": Instrument(_tumbi, 60, touch=0.3, gain=0.75),
    "organ": Instrument(_organ, 50, attack_ms=4, touch=0.1, gain=0.85, loops=True),
    "synth_lead": Instrument(_synth_lead, 80, attack_ms=8, touch=0.5, gain=0.85, loops=True),
    "synth_pluck": Instrument(_synth_pluck, 160, touch=0.6, gain=0.85),
    "fiddle": Instrument(_fiddle, 90, attack_ms=45, touch=0.5, gain=0.9, loops=True),
    "choir": Instrument(_choir, 350, attack_ms=140, touch=0.3, loops=True),
    "marimba": Instrument(_marimba, 260, touch=0.6),
    "vibraphone": Instrument(_vibraphone, 420, touch=0.5),
    "banjo": Instrument(_banjo, 90, touch=0.5, gain=0.8),
    "pedal_steel": Instrument(_pedal_steel, 260, attack_ms=30, touch=0.4, gain=0.9),
}


class Player:
    """One instrument at one sample rate. Pitches are kept as long as the player lives, the longest note of each."""

    def __init__(self, name: str, rate: int, seed: int) -> None:
        self._instrument = INSTRUMENTS[name]
        self._name = name
        self._rate = rate
        self._seed = seed
        self._waves: dict[int, Wave] = {}

    def play(
        self, bus: Wave, send: Wave, notes: Sequence[tuple[int, int, int, int]], gain: float, pan: float, wet: float
    ) -> None:
        """Add (start frame, frames, pitch, velocity) to a bus and, times `wet`, to the send; `pan` -1..1."""
        tail = max(1, self._instrument.release_ms * self._rate // 1000)
        need: dict[int, int] = {}
        for _, frames, pitch, _ in notes:
            need[pitch] = max(need.get(pitch, 0), min(frames, int(LONGEST_S * self._rate)) + tail)
        angle = (max(-1.0, min(1.0, pan)) + 1) * np.pi / 4
        left, right = np.sqrt(2) * np.cos(angle) * gain, np.sqrt(2) * np.sin(angle) * gain
        rise = self._instrument.attack_ms * self._rate // 1000
        for start, frames, pitch, velocity in notes:
            wave = self._wave(pitch, need[pitch])
            force = velocity / 127
            held = min(frames, wave.shape[0] - tail)
            dull = self._instrument.touch * 0.9 * (1 - force)
            kernels.lay(
                *(bus, send, wave, start, held, tail),
                *(left * force**1.25, right * force**1.25, wet, dull, min(rise, max(1, held // 2))),
            )

    def _wave(self, pitch: int, n: int) -> Wave:
        if pitch not in self._waves or self._waves[pitch].shape[0] < n:
            rng = np.random.Generator(np.random.PCG64([self._seed, pitch, sorted(INSTRUMENTS).index(self._name)]))
            least = int(0.4 * self._rate)
            made = self._instrument.sound(Sounding(hertz(pitch), pitch, max(n, least), self._rate, rng))
            first = int(0.33 * self._rate)
            level = float(np.sqrt(np.mean(np.square(made[:first], dtype=np.float64))))
            scale = self._instrument.gain * _LEVEL / max(level, 1e-9)
            self._waves[pitch] = np.ascontiguousarray(made * np.float32(scale), dtype=np.float32)
        return self._waves[pitch]
