"""The inner loops of the instruments: sums of dying partials, plucked strings, detuned saws, and laying a note down."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

Mono = npt.NDArray[np.float32]
Stereo = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]


@njit(cache=True)
def partials(out: Mono, steps: Floats, amps: Floats, decays: Floats, floors: Floats, phases: Floats) -> None:
    """Add sines to `out`: `steps` radians a sample, each falling from its amplitude to floor × amplitude.

    `decays` is the factor a sample of what falls. A sine is a rotating vector, so a sample costs four products.
    """
    for k in range(steps.shape[0]):
        cos, sin = np.cos(steps[k]), np.sin(steps[k])
        re, im = np.cos(phases[k]), np.sin(phases[k])
        held, falling = amps[k] * floors[k], amps[k] * (1.0 - floors[k])
        for i in range(out.shape[0]):
            out[i] += np.float32((held + falling) * im)
            falling *= decays[k]
            re, im = re * cos - im * sin, re * sin + im * cos


@njit(cache=True)
def plucked(out: Mono, burst: Mono, period: float, keep: float, dullness: float) -> None:
    """A plucked string (Karplus and Strong 1983, tuned as Jaffe and Smith 1983): a burst going round a delay line.

    `period` is in samples, `keep` what is left of a round trip, `dullness` 0..1 how much treble each one loses.
    """
    size = int(period - dullness)
    rest = period - dullness - size
    c = (1.0 - rest) / (1.0 + rest)
    line = np.zeros(size + 1, dtype=np.float64)
    for i in range(min(size, burst.shape[0])):
        line[i] = burst[i]
    last, previous_in, previous_out = 0.0, 0.0, 0.0
    at = 0
    for i in range(out.shape[0]):
        x = line[at]
        out[i] += np.float32(x)
        low = (1.0 - dullness) * x + dullness * last
        last = x
        tuned = c * low + previous_in - c * previous_out
        previous_in, previous_out = low, tuned
        line[at] = keep * tuned
        at += 1
        if at >= size:
            at = 0


@njit(cache=True)
def saws(
    out: Stereo, step: float, ratios: Floats, phases: Floats, depth: float, speed: float, late: float, scoop: float
) -> None:
    """Add detuned saws to (n, 2), odd ones left and even ones right, with a vibrato that comes late.

    `step` turns a sample, `depth` of the vibrato as a ratio, `speed` radians a sample, `late` samples until it is
    there, `scoop` how far below (as a ratio) the pitch begins. The slope of a parabola keeps aliasing low
    (Välimäki 2005).
    """
    for k in range(ratios.shape[0]):
        turn = phases[k]
        p = 2.0 * turn - 1.0
        before = p * p
        side = k % 2
        for i in range(out.shape[0]):
            grown = min(1.0, i / late) if late > 0 else 1.0
            bend = 1.0 + depth * grown * np.sin(speed * i + k) - scoop * np.exp(-i / 1600.0)
            inc = step * ratios[k] * bend
            turn += inc
            if turn >= 1.0:
                turn -= 1.0
            p = 2.0 * turn - 1.0
            square = p * p
            value = np.float32((square - before) / (4.0 * inc))
            before = square
            out[i, side] += value
            if ratios.shape[0] == 1:
                out[i, 1] += value


@njit(cache=True)
def lay(
    bus: Stereo,
    send: Stereo,
    wave: Stereo,
    start: int,
    held: int,
    tail: int,
    left: float,
    right: float,
    wet: float,
    dull: float,
    rise: int,
) -> None:
    """Add `held` + `tail` frames of a wave to the bus and, times `wet`, to the send.

    `dull` 0..1 is a one-pole low-pass (0 leaves it alone): a soft stroke is duller than a hard one. `rise` frames fade
    in, the tail fades out along a cosine.
    """
    n = min(held + tail, wave.shape[0], bus.shape[0] - start)
    a = np.float32(0.0)
    b = np.float32(0.0)
    fresh = np.float32(1.0 - dull)
    for i in range(n):
        g = 1.0
        if i < rise:
            g = i / rise
        if i >= held:
            g *= 0.5 + 0.5 * np.cos(np.pi * (i - held) / tail)
        a += fresh * (wave[i, 0] - a)
        b += fresh * (wave[i, 1] - b)
        x, y = a * np.float32(g * left), b * np.float32(g * right)
        at = start + i
        if at >= 0:
            bus[at, 0] += x
            bus[at, 1] += y
            send[at, 0] += x * np.float32(wet)
            send[at, 1] += y * np.float32(wet)
