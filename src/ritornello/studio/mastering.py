"""The last stage: loudness to the target and true peak under the ceiling, both proved by measuring what came out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ritornello.analysis.buffers import copied, release
from ritornello.analysis.loudness import Meter
from ritornello.studio import limiter
from ritornello.studio.effects import BLOCK

Samples = npt.NDArray[np.float32]

TOLERANCE_LU = 0.05
_ROUNDS = 4
_SAFETY_DB = 0.05


@dataclass(frozen=True, slots=True)
class Mastered:
    """What mastering reached: loudness in LUFS, true peak in dBTP, and how far the limiter pulled down at most (dB)."""

    lufs: float
    dbtp: float
    gain_db: float
    limited_db: float


def master(x: Samples, rate: int, lufs_centi: int, dbtp_centi: int, out: Samples) -> Mastered:
    """Fill `out` with `x` at the asked loudness (centi-LU) below the asked true peak (centi-dBTP).

    The limiter costs loudness, so the gain is corrected by what the last round missed. Where the music is too peaky for
    both, the ceiling wins and the loudness reached is reported. Silence stays silence.
    """
    target, ceiling_db = lufs_centi / 100, dbtp_centi / 100 - _SAFETY_DB
    before = _measured(x, rate)
    if before[0] <= -70:
        copied(x, out)
        return Mastered(before[0], before[1], 0.0, 0.0)
    gain_db = target - before[0]
    best: Mastered | None = None
    for _ in range(_ROUNDS):
        curve = _curve(x, rate, 10 ** (gain_db / 20), 10 ** (ceiling_db / 20))
        lufs, dbtp = _written(x, rate, 10 ** (gain_db / 20), curve, out)
        best = Mastered(lufs, dbtp, gain_db, float(-20 * np.log10(curve.min())))
        release(curve)
        missed = target - lufs
        over = dbtp - dbtp_centi / 100
        if over > 0:
            ceiling_db -= over + 0.01
        elif abs(missed) <= TOLERANCE_LU:
            return best
        gain_db += missed
    assert best is not None
    if best.dbtp > dbtp_centi / 100:  # the last word is the ceiling's
        lower = np.float32(10 ** ((dbtp_centi / 100 - best.dbtp - 0.01) / 20))
        for first in range(0, out.shape[0], BLOCK):
            out[first : first + BLOCK] *= lower
            release(out)
        lufs, dbtp = _measured(out, rate)
        best = Mastered(lufs, dbtp, best.gain_db, best.limited_db)
    return best


def _measured(x: Samples, rate: int) -> tuple[float, float]:
    meter = Meter(rate, x.shape[1])
    for first in range(0, x.shape[0], BLOCK):
        meter.feed(np.ascontiguousarray(x[first : first + BLOCK]))
        release(x)
    heard = meter.loudness()
    return heard.lufs, heard.true_peak_dbtp


def _curve(x: Samples, rate: int, gain: float, ceiling: float) -> limiter.Curve:
    def peaks() -> Iterator[Samples]:
        for first in range(0, x.shape[0], BLOCK):
            block = x[first : first + BLOCK] * np.float32(gain)
            block = np.pad(block, ((0, -block.shape[0] % limiter.CELL), (0, 0)))
            yield limiter.cell_peaks(block, ceiling * 0.5)
            release(x)

    return limiter.gain_curve(peaks(), rate, ceiling, -(-x.shape[0] // limiter.CELL))


def _written(x: Samples, rate: int, gain: float, curve: limiter.Curve, out: Samples) -> tuple[float, float]:
    meter = Meter(rate, x.shape[1])
    for first in range(0, x.shape[0], BLOCK):
        block = limiter.apply_curve(x[first : first + BLOCK] * np.float32(gain), curve, first)
        out[first : first + BLOCK] = block
        meter.feed(np.ascontiguousarray(block))
        release(x)
        release(out)
    heard = meter.loudness()
    return heard.lufs, heard.true_peak_dbtp
