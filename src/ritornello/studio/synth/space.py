"""Where the instruments stand: panning, a computed room, an echo in time with the music."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Wave = npt.NDArray[np.float32]


def add_at(bus: Wave, wave: Wave, frame: int) -> None:
    """Add `wave` (n, channels) into `bus` from `frame`; what lies outside the bus is dropped."""
    first = max(0, -frame)
    last = min(wave.shape[0], bus.shape[0] - frame)
    if last > first:
        bus[frame + first : frame + last] += wave[first:last]


def panned(wave: Wave, position: float) -> Wave:
    """Mono (n,) to stereo (n, 2) at `position` -1..1 by the constant-power law."""
    angle = (position + 1) * np.pi / 4
    return np.stack((wave * np.float32(np.cos(angle)), wave * np.float32(np.sin(angle))), axis=1)


def room(seconds: float, rate: int, seed: int, *, damping: float = 5200.0, pre_delay: float = 0.018) -> Wave:
    """A stereo room response (n, 2): noise that decays by 60 dB in `seconds`, treble sooner than bass.

    Scaled to unit energy a channel, so that a send of 1 returns as much power as it was given.
    """
    from scipy.signal import butter, sosfilt

    rng = np.random.Generator(np.random.PCG64(seed))
    n = int(seconds * 1.1 * rate)
    t = np.arange(n) / rate
    noise = rng.standard_normal((n, 2))
    damping = min(damping, 0.45 * rate)  # at low rates nothing is left above to be damped
    low = sosfilt(butter(1, damping * 0.35, "low", fs=rate, output="sos"), noise, axis=0)
    band = sosfilt(butter(1, damping, "low", fs=rate, output="sos"), noise, axis=0)
    slow, fast = np.exp(-6.908 * t / seconds)[:, None], np.exp(-6.908 * t / (seconds * 0.45))[:, None]
    body = low * slow * 1.4 + band * fast
    body = sosfilt(butter(2, 180, "high", fs=rate, output="sos"), body, axis=0)
    body *= np.minimum(1, t / 0.012)[:, None]  # a room answers diffusely: no second attack
    out = np.concatenate((np.zeros((int(pre_delay * rate), 2)), body))
    return np.asarray(out / np.sqrt(np.sum(out**2, axis=0)), dtype=np.float32)


def reverberated(dry: Wave, response: Wave) -> Wave:
    """The room's answer alone (wet), as long as `dry`: FFT overlap-add convolution a channel."""
    from scipy.signal import oaconvolve

    # a channel at a time: transforms of neighbouring samples take half the time of transforms of every second one
    wet = np.empty_like(dry, dtype=np.float32)
    for channel in range(dry.shape[1]):
        line = np.ascontiguousarray(dry[:, channel])
        answer = np.ascontiguousarray(response[:, channel])
        wet[:, channel] = oaconvolve(line, answer)[: dry.shape[0]]
    return wet


def echo(dry: Wave, delay: int, feedback: float, repeats: int = 5) -> Wave:
    """Echoes alone (wet), left and right in turn, `delay` frames apart, each `feedback` times the last."""
    middle = dry.mean(axis=1)
    sides = np.zeros((2, dry.shape[0]), dtype=dry.dtype)
    for k in range(1, repeats + 1):
        if k * delay >= dry.shape[0]:
            break
        tap = middle[: dry.shape[0] - k * delay] * np.float32(feedback**k)
        sides[(k + 1) % 2, k * delay :] += tap
        sides[k % 2, k * delay :] += tap * np.float32(0.25)
    return np.ascontiguousarray(sides.T)
