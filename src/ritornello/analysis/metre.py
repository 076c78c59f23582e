"""Where the bars begin, and whether three or four beats make one.

Two things mark a bar: the harmony changes on its first beat and the low instruments enter there; and whatever a bar
holds tends to come again one bar later. The first tells the phase, both tell the metre. The position within the bar is
decoded as a sequence, so that an extra beat somewhere does not spoil what follows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Grid = NDArray[np.float32]
Floats = NDArray[np.float64]

METRES = (3, 4)
_SLIP_COST = 6.0
_HARMONY, _LOW, _HIGH, _AGAIN = 1.0, 0.45, 0.25, 2.5


@dataclass(frozen=True, slots=True, eq=False)
class Bars:
    """``metre`` beats to the bar, the indices of the beats that are downbeats, and a confidence between 0 and 1."""

    metre: int
    downbeats: NDArray[np.int64]
    confidence: float


def find_bars(chroma: Grid, strokes: Grid, *, metre: int | None = None) -> Bars:
    """Metre and downbeats from the chroma per beat interval (n, 12) and the novelty at each beat (n, groups).

    ``metre`` overrides the decision between three and four. Fewer than eight beats: metre 4, every fourth a downbeat.
    """
    count = len(chroma)
    if count < 8:
        return Bars(metre or 4, np.arange(0, count, metre or 4), 0.0)
    accents = _accents(chroma, strokes)
    again = _recurrence(chroma, strokes)
    results = {}
    for candidate in (metre,) if metre is not None else METRES:
        positions, contrast = _positions(accents, candidate)
        results[candidate] = (contrast + _AGAIN * again.get(candidate, 0.0), positions)
    ranked = sorted(results, key=lambda beats: -results[beats][0])
    best = ranked[0]
    margin = results[best][0] - results[ranked[1]][0] if len(ranked) > 1 else 1.0
    return Bars(best, np.flatnonzero(results[best][1] == 0), float(np.clip(margin, 0.0, 1.0)))


def _accents(chroma: Grid, strokes: Grid) -> Floats:
    """How much each beat sounds like the beginning of something, in standard deviations."""
    count = len(chroma)
    padded = np.concatenate([chroma[:1], chroma[:1], chroma, chroma[-1:], chroma[-1:]]).astype(np.float64)
    change = np.empty(count)
    for index in range(count):
        before, after = padded[index : index + 2].sum(axis=0), padded[index + 2 : index + 4].sum(axis=0)
        length = np.linalg.norm(before) * np.linalg.norm(after)
        change[index] = 1.0 - float(before @ after) / length if length > 0 else 0.0
    change[0] = change.mean()
    low = np.log1p(strokes[:, 0].astype(np.float64))
    high = np.log1p(strokes[:, -2:].sum(axis=1).astype(np.float64))
    return _HARMONY * _standard(change) + _LOW * _standard(low) + _HIGH * _standard(high)


def _standard(values: Floats) -> Floats:
    clipped = np.clip(values, *np.quantile(values, [0.02, 0.98]))
    out: Floats = (clipped - clipped.mean()) / (clipped.std() + 1e-9)
    return out


def _recurrence(chroma: Grid, strokes: Grid) -> dict[int, float]:
    """For each metre how much more alike beats one and two bars apart are than beats at other distances."""
    rows = np.concatenate([_centred(chroma), _centred(np.log1p(strokes))], axis=1)
    likeness = {}
    for lag in range(2, 13):
        if lag < len(rows) - 4:
            likeness[lag] = float((rows[lag:] * rows[:-lag]).sum(axis=1).mean()) / 2
    usual = float(np.mean(list(likeness.values()))) if likeness else 0.0
    out = {}
    for metre in METRES:
        own = [likeness[lag] for lag in (metre, 2 * metre) if lag in likeness]
        out[metre] = float(np.mean(own)) - usual if own else 0.0
    return out


def _centred(grid: Grid) -> Floats:
    rows = grid.astype(np.float64) - grid.mean(axis=0)
    out: Floats = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return out


def _positions(accents: Floats, metre: int) -> tuple[NDArray[np.int64], float]:
    """Position in the bar of each beat (0 is the downbeat) and how far downbeats stand out."""
    count = len(accents)
    gain = np.zeros((count, metre))
    gain[:, 0] = accents * (metre - 1) / metre
    gain[:, 1:] = -accents[:, None] / metre
    score = gain[0].copy()
    back = np.zeros((count, metre), dtype=np.int64)
    order = np.arange(metre)
    for index in range(1, count):
        straight = np.roll(score, 1)
        best = int(np.argmax(score))
        slipped = score[best] - _SLIP_COST
        keep = straight >= slipped
        back[index] = np.where(keep, (order - 1) % metre, best)
        score = np.where(keep, straight, slipped) + gain[index]
    positions = np.empty(count, dtype=np.int64)
    positions[-1] = int(np.argmax(score))
    for index in range(count - 1, 0, -1):
        positions[index - 1] = back[index, positions[index]]
    on, off = accents[positions == 0], accents[positions != 0]
    contrast = float(on.mean() - off.mean()) if len(on) and len(off) else 0.0
    return positions, contrast
