"""Filters, rooms, echoes, ducking, rides and fades: each fills an output of the input's shape, block by block."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ritornello.analysis.buffers import copied, release

Samples = npt.NDArray[np.float32]

BLOCK = 2**17
_CONTROL = 64  # frames a control point of slow gains


def filtered(x: Samples, p: dict[str, Any], rate: int, out: Samples) -> None:
    """A state-variable filter of 12 dB an octave whose corner moves (geometrically) from `hz` to `to_hz` in time.

    Before `from_ms` the corner is `hz`, after `until_ms` it is `to_hz`; `to_hz` 0 leaves it where it is.
    """
    from ritornello.studio.filter_kernel import state_variable

    corner = min(float(p["hz"]), rate * 0.45)
    target = min(float(p["to_hz"]), rate * 0.45) if p["to_hz"] else corner
    begin = p["from_ms"] * rate // 1000
    length = max(1, p["until_ms"] * rate // 1000 - begin)
    memory = np.zeros((x.shape[1], 2))
    for first in range(0, x.shape[0], BLOCK):
        block = np.ascontiguousarray(x[first : first + BLOCK])
        points = first + np.arange(0, block.shape[0], _CONTROL)
        along = np.clip((points - begin) / length, 0, 1)
        corners = corner * (target / corner) ** along
        out[first : first + BLOCK] = state_variable(
            block, np.tan(np.pi * corners / rate), _CONTROL, p["kind"] == "high", memory
        )
        release(x)
        release(out)


def reverberated(x: Samples, p: dict[str, Any], rate: int, seed: int, out: Samples) -> None:
    """The input in a computed room: dry and wet by equal power; the tail beyond the input's end is not kept."""
    from scipy.fft import next_fast_len
    from scipy.signal import oaconvolve

    from ritornello.studio.synth.space import room

    response = room(p["decay_ms"] / 1000, rate, seed, pre_delay=p["pre_ms"] / 1000)
    wet = np.float32(np.sin(p["wet_permille"] / 1000 * np.pi / 2))
    dry = np.float32(np.cos(p["wet_permille"] / 1000 * np.pi / 2))
    block = next_fast_len(max(BLOCK, response.shape[0]))
    tail = np.zeros((response.shape[0] - 1, x.shape[1]), dtype=np.float32)
    for first in range(0, x.shape[0], block):
        part = x[first : first + block]
        answer = np.stack([oaconvolve(part[:, c], response[:, c % 2]) for c in range(x.shape[1])], axis=1)
        answer[: tail.shape[0]] += tail[: answer.shape[0]]
        tail = answer[part.shape[0] :].astype(np.float32)
        out[first : first + block] = part * dry + answer[: part.shape[0]] * wet
        release(x)
        release(out)


def echoed(x: Samples, p: dict[str, Any], rate: int, out: Samples) -> None:
    """The input and its echoes, crossing from side to side, until they are 60 dB down."""
    delay = max(1, p["ms"] * rate // 1000)
    feedback, wet = p["feedback_permille"] / 1000, p["wet_permille"] / 1000
    repeats = 1 if feedback == 0 else min(60, int(np.ceil(np.log(1e-3) / np.log(feedback))) + 1)
    copied(x, out)
    for k in range(1, repeats + 1):
        shift = k * delay
        if shift >= x.shape[0]:
            break
        gain = np.float32(wet * feedback ** (k - 1))
        for first in range(shift, x.shape[0], BLOCK):
            last = min(first + BLOCK, x.shape[0])
            part = x[first - shift : last - shift]
            out[first:last] += gain * (part[:, ::-1] if k % 2 else part)
            release(x)
            release(out)


def ducked(x: Samples, key: Samples, p: dict[str, Any], rate: int, out: Samples) -> None:
    """The input made quieter by up to `centidb` wherever `key` is loud, recovering within `release_ms`."""
    cells = -(-x.shape[0] // _CONTROL)
    level = np.zeros(cells)
    frames = min(x.shape[0], key.shape[0])
    for first in range(0, frames, BLOCK):
        part = np.abs(key[first : min(first + BLOCK, frames)]).max(axis=1)
        part = np.pad(part, (0, -part.size % _CONTROL)).reshape(-1, _CONTROL).max(axis=1)
        level[first // _CONTROL : first // _CONTROL + part.size] = part
        release(key)
    sounding = level[level > 0.05 * level.max(initial=0.0)]
    if not sounding.size:
        copied(x, out)
        return
    loud = float(np.quantile(sounding, 0.9))  # full depth at its ordinary strokes, not only at the loudest
    depth = p["centidb"] / 100
    want = -depth * np.clip(level / loud, 0, 1)
    slope = depth / max(1.0, p["release_ms"] * rate / 1000 / _CONTROL) * np.arange(cells)
    gain_db = np.minimum(np.minimum.accumulate(want - slope) + slope, 0.0)
    _ride(x, np.arange(cells) * _CONTROL, gain_db, out)


def ridden(x: Samples, points: Sequence[Sequence[int]], rate: int, out: Samples) -> None:
    """Gain along straight lines (in decibels) between points of (ms, centidecibel)."""
    ordered = sorted((ms * rate // 1000, centidb / 100) for ms, centidb in points)
    _ride(x, np.asarray([frame for frame, _ in ordered]), np.asarray([db for _, db in ordered]), out)


def _ride(x: Samples, frames: npt.NDArray[np.int64], decibels: npt.NDArray[np.float64], out: Samples) -> None:
    for first in range(0, x.shape[0], BLOCK):
        last = min(first + BLOCK, x.shape[0])
        line = np.interp(np.arange(first, last), frames, decibels)
        out[first:last] = x[first:last] * (10 ** (line / 20)).astype(np.float32)[:, None]
        release(x)
        release(out)


def faded(x: Samples, p: dict[str, Any], rate: int, out: Samples) -> None:
    """In and out along a raised cosine."""
    copied(x, out)
    for name, part in (("in_ms", slice(None)), ("out_ms", slice(None, None, -1))):
        n = min(p[name] * rate // 1000, x.shape[0])
        if n:
            shape = (0.5 - 0.5 * np.cos(np.pi * np.arange(n) / n)).astype(np.float32)
            out[part][:n] *= shape[:, None]


def varisped(x: Samples, permille: int, rate: int, out: Samples) -> None:
    """Speed and pitch together, as a turntable does: resampling by soxr at high quality, streamed."""
    from ritornello.studio.stretching import played

    played(x, permille / 1000, rate, out)
