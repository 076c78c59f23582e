"""Pitched instruments: electric piano (FM), plucked bass (additive), pad (detuned saws), pluck (string), singing lead.

Each maker returns float32; mono (n,) where the instrument sits in one place, stereo (n, 2) where width is its nature.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Wave = npt.NDArray[np.float32]

_BLOCK = 2**15


def hertz(pitch: float) -> float:
    """Frequency of a MIDI pitch in twelve-tone equal temperament, A4 = 440 Hz."""
    return float(440.0 * 2 ** ((pitch - 69) / 12))


def _cycle(f: float, t: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """The phase 2 pi f t in float32, brought into one turn first: exact at any time, and cheap to take the sine of."""
    turns = f * t
    turns -= np.floor(turns)
    return turns.astype(np.float32) * np.float32(2 * np.pi)


def saw(turns: npt.NDArray[np.float64], step: npt.NDArray[np.float64] | float) -> npt.NDArray[np.float64]:
    """A sawtooth from phase in turns and its step a sample, as the slope of a parabola: little aliasing, no branches.

    Välimäki, "Discrete-time synthesis of the sawtooth waveform with reduced aliasing" (2005).
    """
    p = 2 * (turns - np.floor(turns)) - 1
    p *= p
    out = np.empty_like(p)
    out[1:] = p[1:] - p[:-1]
    out[:1] = 0.0
    out /= 4 * np.asarray(step)
    return out


def _fall(t: npt.NDArray[np.float64], seconds: float) -> npt.NDArray[np.float32]:
    return np.asarray(np.exp((-1 / seconds) * t.astype(np.float32)), dtype=np.float32)


class Rack:
    """The pitched instruments at one sample rate.

    Each sounds a pitch once at two strengths and keeps it; a note is a blend of the two, cut to its length. So a
    thousand notes cost little more than the forty pitches they are made of.
    """

    LONGEST_S = 4.5

    def __init__(self, rate: int, seed: int) -> None:
        self._rate = rate
        self._seed = seed
        self._struck: dict[tuple[str, int], tuple[Wave, Wave]] = {}
        self._bowed: dict[int, Wave] = {}

    def note(self, instrument: str, pitch: int, seconds: float, velocity: float) -> Wave:
        """Mono float32 (n,) of one note: `instrument` is keys, bass or pluck; velocity 0..1."""
        sound, tail_s = {"keys": (tine_piano, 0.14), "bass": (finger_bass, 0.05), "pluck": (mallet, 0.3)}[instrument]
        key = (instrument, pitch)
        if key not in self._struck:
            t = np.arange(int(self.LONGEST_S * self._rate)) / self._rate
            f = hertz(pitch)
            self._struck[key] = (sound(f, t, 0.2, self._rate), sound(f, t, 0.95, self._rate))
        soft, hard = self._struck[key]
        held, tail = int(seconds * self._rate), int(tail_s * self._rate)
        blend = np.float32(np.clip((velocity - 0.2) / 0.75, 0, 1))
        end = held + tail
        return _released(((1 - blend) * soft[:end] + blend * hard[:end]) * np.float32(velocity), held)

    def pad(self, pitches: Sequence[int], seconds: float, velocity: float, brightness: float) -> Wave:
        """Six detuned saws a note, spread left and right, below `brightness` Hz. Stereo float32 (n, 2)."""
        from scipy.signal import butter, sosfilt

        held, tail = int(seconds * self._rate), int(0.5 * self._rate)
        out = np.zeros((held + tail, 2), dtype=np.float32)
        for pitch in pitches:
            wave = self._saws(pitch)
            out[: wave.shape[0]] += wave[: held + tail]
        band = butter(2, (110, brightness), "bandpass", fs=self._rate, output="sos").astype(np.float32)
        out = sosfilt(band, out, axis=0)
        rise = np.linspace(0, 1, int(min(0.35, seconds * 0.4) * self._rate), dtype=np.float32)[:, None]
        out[: rise.shape[0]] *= rise * rise * (3 - 2 * rise)
        return _released(out * np.float32(velocity / (3 * max(1, len(pitches)))), held)

    def _saws(self, pitch: int) -> Wave:
        if pitch not in self._bowed:
            rng = np.random.Generator(np.random.PCG64([self._seed, pitch]))
            t = np.arange(int((self.LONGEST_S + 1) * self._rate), dtype=np.float64)
            out = np.zeros((t.size, 2))
            for k, cents in enumerate((-11.0, -4.0, 6.0, 12.0, -7.0, 3.0)):
                step = hertz(pitch + cents / 100) / self._rate
                out[:, k % 2] += saw(rng.uniform() + step * t, step)
            self._bowed[pitch] = out.astype(np.float32)
        return self._bowed[pitch]


def _released(wave: Wave, held: int) -> Wave:
    """Let everything after `held` samples die away smoothly."""
    n = max(0, wave.shape[0] - held)
    if n:
        ramp = (0.5 + 0.5 * np.cos(np.pi * np.arange(n) / n)).astype(np.float32)
        wave[held:] *= ramp if wave.ndim == 1 else ramp[:, None]
    return wave


def tine_piano(f: float, t: npt.NDArray[np.float64], strength: float, rate: int) -> Wave:
    """Two FM pairs: a 1:1 body whose index falls, and a short bright tine (14:1 where the band allows)."""
    x = _cycle(f, t)
    hard = np.float32(0.35 + strength)
    body = np.sin(x + hard * (np.float32(1.2) * _fall(t, 0.5) + np.float32(0.15)) * np.sin(x))
    ratio = 14 if f * 14 < rate * 0.4 else 7
    tine = np.sin(x + np.float32(0.7) * hard * _fall(t, 0.07) * np.sin(_cycle(f * ratio, t)))
    out = np.float32(0.62) * body * _fall(t, 1.5 * (220 / f) ** 0.35) + np.float32(0.38) * tine * _fall(t, 0.42)
    return np.asarray(out * np.minimum(1, t / 0.002).astype(np.float32), dtype=np.float32)


def finger_bass(f: float, t: npt.NDArray[np.float64], strength: float, rate: int) -> Wave:
    """A plucked string: partial k sounds as the plucking point lets it, and the higher the sooner it dies."""
    out = np.float32(0.35) * np.sin(_cycle(f, t)) * _fall(t, 1.1)
    for k in range(1, 15):
        weight = abs(np.sin(np.pi * k * 0.21)) / k ** (1.35 - 0.4 * strength)
        partial = f * k * np.sqrt(1 + 0.00008 * k * k)  # stiffness stretches the upper partials of a thick string
        if partial < rate * 0.45:
            out += np.float32(weight) * np.sin(_cycle(partial, t)) * _fall(t, 1 / (0.9 + 0.6 * k))
    finger = np.float32(0.05) * np.sin(_cycle(2300, t)) * _fall(t, 0.004)
    return np.asarray(np.tanh(np.float32(1.15) * (out + finger)) * np.minimum(1, t / 0.0025), dtype=np.float32)


def mallet(f: float, t: npt.NDArray[np.float64], strength: float, rate: int) -> Wave:
    """A struck bar: partials near 1, 2 and 3.93, the upper ones gone at once."""
    out = np.sin(_cycle(f, t)) * _fall(t, 0.26) + np.float32(0.35) * np.sin(_cycle(2 * f, t)) * _fall(t, 0.12)
    if f * 3.93 < rate * 0.45:
        out += np.float32(0.4 * strength) * np.sin(_cycle(3.93 * f, t)) * _fall(t, 0.045)
    return np.asarray(out * np.minimum(1, t / 0.0015).astype(np.float32), dtype=np.float32)


def singing_lead(
    notes: Sequence[tuple[int, int, float, float]], frames: int, rate: int, brightness: float, seed: int
) -> Wave:
    """One voice that glides from note to note with a vibrato that comes late, as a singer's does. Mono (frames,).

    `notes` are (first frame, length in frames, pitch, velocity), in order and not overlapping.
    """
    from scipy.ndimage import gaussian_filter1d
    from scipy.signal import butter, sosfilt

    rng = np.random.Generator(np.random.PCG64(seed))
    pitch = np.full(frames, float(notes[0][2]) if notes else 69.0)
    level = np.zeros(frames)
    vibrato = np.zeros(frames)
    for start, length, tone, velocity in notes:
        stop = min(frames, start + length)
        pitch[start:] = tone
        t = np.arange(stop - start) / rate
        level[start:stop] = velocity * (1 - 0.25 * np.minimum(1, t / 1.2))
        vibrato[start:stop] = np.clip((t - 0.22) / 0.35, 0, 1)
    step = 64  # control rate: gliding and swelling are slow, so they are shaped on every 64th sample
    glide = gaussian_filter1d(pitch[::step], 0.018 * rate / step)
    swell = gaussian_filter1d(level[::step], 0.009 * rate / step)
    shake = gaussian_filter1d(vibrato[::step], 0.05 * rate / step)
    coarse = np.arange(glide.size) * step
    drift = gaussian_filter1d(rng.standard_normal(glide.size), rate / step * 0.08)
    drift *= 0.03 / max(float(np.std(drift)), 1e-9)
    wobble = 0.22 * shake * np.sin(2 * np.pi * 5.3 * coarse / rate) + drift
    low, high = (
        butter(2, cut, "low", fs=rate, output="sos").astype(np.float32) for cut in (brightness * 0.45, brightness)
    )
    low_state, high_state = np.zeros((1, 2), dtype=np.float32), np.zeros((1, 2), dtype=np.float32)
    out = np.empty(frames, dtype=np.float32)
    turned = 0.0
    for first in range(0, frames, _BLOCK):  # a block stays in the cache of a core, a whole song does not
        last = min(first + _BLOCK, frames)
        fine = np.arange(first, last)
        f = 440.0 * 2 ** ((np.interp(fine, coarse, glide + wobble) - 69) / 12) / rate
        amp = np.interp(fine, coarse, swell)
        turns = np.cumsum(np.concatenate(([turned], f)))
        known = 1 if first == 0 else 0  # the slope at a block's first sample needs the one before
        step_f = np.concatenate((f[:1], f))[known:]
        saws = 0.5 * saw(turns[known:], step_f) + 0.35 * saw(turns[known:] * 1.004 + 0.37, step_f * 1.004)
        turned, turns = float(turns[-1]), turns[1:]
        raw = saws[1 - known :].astype(np.float32)
        raw += np.float32(0.55) * np.sin((turns - np.floor(turns)).astype(np.float32) * np.float32(2 * np.pi))
        soft, low_state = sosfilt(low, raw, zi=low_state)
        bright, high_state = sosfilt(high, raw, zi=high_state)
        mouth = np.clip(amp * 1.15, 0, 1).astype(np.float32)  # louder opens the filter, like a mouth
        out[first:last] = (soft + (bright - soft) * mouth) * amp.astype(np.float32)
    return out
