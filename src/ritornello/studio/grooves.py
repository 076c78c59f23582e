"""The groove of a recording, as data: how late each quarter of a beat is played and how strongly, bar for bar the same.

It is read from one consented track and lent to another (`groove_from`). Only timing and accents travel; no sound does.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from ritornello.analysis.buffers import release
from ritornello.analysis.model import Analysis, Audio
from ritornello.studio.bounds import Bounds
from ritornello.studio.check import NotAllowed, check
from ritornello.studio.nearest import nearest
from ritornello.studio.recipe import Node, Out, Recipe, Source
from ritornello.studio.stretching import strokes
from ritornello.studio.timeline import Grid

Samples = npt.NDArray[np.float32]

_LATEST = 400
"""Thousandths of a step beyond which a stroke belongs to the next step."""
_SWUNG = 150
_FEWEST = 3
_DEEPEST = 600
_RISE_MS = 8


class GrooveError(ValueError):
    """A recording from which no groove can be taken: why, and how to mend it."""


def groove_of(audio: Audio, analysis: Analysis) -> tuple[tuple[int, int], ...]:
    """Rows of (thousandths of a quarter beat late, hundredths of a decibel), one per quarter beat of the bar.

    Lateness is the median over all bars of the strokes nearest to each step, relative to that of the beats themselves;
    steps on which hardly anything is struck are 0. Accents are relative to the mean of the struck steps, at most 6 dB.
    Raises GrooveError for music without bars or strokes.
    """
    marks = strokes(audio.samples, audio.rate)
    beats = [int(beat) for beat in analysis.beats]
    downbeats = {int(beat) for beat in analysis.downbeats}
    if len(downbeats) < 4 or marks.size < 16:
        raise GrooveError("it has no steady beat to lend: a groove needs four bars and some percussion")
    count = 4 * analysis.metre
    late: list[list[float]] = [[] for _ in range(count)]
    force: list[list[float]] = [[] for _ in range(count)]
    step = -1
    for start, end in pairwise(beats):
        if start in downbeats:
            step = 0
        if step < 0:
            continue
        length = (end - start) / 4
        for k in range(4):
            at = start + k * length
            near = marks[np.searchsorted(marks, at - length / 2) : np.searchsorted(marks, at + length / 2)]
            if near.size and step < count:
                mark = int(near[np.argmin(np.abs(near - at))])
                late[step].append(1000 * (mark - at) / length)
                force[step].append(_force(audio.samples, mark, audio.rate))
            step += 1
    bars = max(len(row) for row in late)
    firm = [len(row) >= max(_FEWEST, bars // 4) for row in late]
    on_beats = [value for k in range(0, count, 4) if firm[k] for value in late[k]]
    if not on_beats:
        raise GrooveError("nothing is struck on its beats: take the groove of a track with drums")
    anchor = float(np.median(on_beats))
    usual = float(np.mean([np.median(force[k]) for k in range(count) if firm[k]]))
    rows = []
    for k in range(count):
        offset = round(float(np.median(late[k])) - anchor) if firm[k] else 0
        accent = round(100 * (float(np.median(force[k])) - usual)) if firm[k] else 0
        rows.append((max(-_LATEST, min(_LATEST, offset)), max(-_DEEPEST, min(_DEEPEST, accent))))
    for k in range(2, count, 4):
        if not firm[k] and firm[k + 1] and rows[k + 1][0] <= -_SWUNG:
            # nothing on the half, something early on the last quarter: that is the half beat, swung
            late_half = rows[k + 1][0] + 1000
            rows[k], rows[k + 1] = (late_half, rows[k + 1][1]), (late_half // 2, 0)
    return tuple(rows)


def _force(x: Samples, mark: int, rate: int) -> float:
    """Decibels of the 40 ms behind a stroke."""
    part = x[mark : mark + rate // 25]
    return 10 * float(np.log10(np.mean(np.square(part)) + 1e-10))


def accented(x: Samples, grid: Grid, accents: Sequence[int], rate: int) -> None:
    """Make each quarter beat of `x` louder or softer in place by its accent (centidecibel), bars beginning anew."""
    if not any(accents) or len(grid.beats) < 2:
        return
    downbeats = set(grid.downbeats) or set(grid.beats[::4])
    points: list[tuple[float, float]] = []
    step = 0
    for start, end in pairwise(grid.beats):
        step = 0 if start in downbeats else step
        for k in range(4):
            points.append((start + k * (end - start) / 4, accents[step % len(accents)] / 100))
            step += 1
    points.append((float(grid.beats[-1]), 0.0))
    rise = _RISE_MS * rate / 1000
    frames, decibels = [0.0], [0.0]
    for (at, level), before in zip(points, [0.0, *(level for _, level in points)], strict=False):
        frames += [at - rise, at]
        decibels += [before, level]
    block = 2**17
    for first in range(0, x.shape[0], block):
        last = min(first + block, x.shape[0])
        line = np.interp(np.arange(first, last), frames, decibels)
        x[first:last] *= (10 ** (line / 20)).astype(np.float32)[:, None]
        release(x)


def groove_recipe(
    target: Source, donor: Source, steps: Sequence[tuple[int, int]], bounds: Bounds, *, rate: int, amount: int = 1000
) -> Recipe:
    """`target` played with the groove of `donor`, inside `bounds`. Raises NotAllowed where they leave none."""
    rows = [list(row) for row in steps]
    p = {"steps": rows, "amount_permille": amount}
    return _within(Recipe((target, donor), (Node("grooved", "groove_from", (target.id, donor.id), p),),
                          _out(bounds, "grooved"), sr=rate), bounds)  # fmt: skip


def swing_recipe(target: Source, bounds: Bounds, *, rate: int, to_permille: int = 667, each: str = "beat") -> Recipe:
    """A straight recording swung (or, from 667 to 500, a swung one straightened), inside `bounds`."""
    p = {"to_permille": to_permille, "each": each}
    recipe = Recipe((target,), (Node("swung", "swing", (target.id,), p),), _out(bounds, "swung"), sr=rate)
    return _within(recipe, bounds)


def feel_recipe(target: Source, feel: str, bounds: Bounds, *, rate: int, seed: int = 1) -> Recipe:
    """The same recording felt in half or double time: its drums make room for a groove that counts otherwise.

    The harmony keeps its pace; no recording is played at half its speed. `feel` is half_time or double_time.
    """
    if feel not in ("half_time", "double_time"):
        raise GrooveError(f"{feel!r} is no feel: ask for half_time or double_time")
    if len(target.beats) < 8:
        raise GrooveError("it has no beat grid: have it analysed first")
    parts = [part for part in target.stems if part != "drums"]
    nodes: list[Node] = []
    if parts and "drums" in target.stems and set(target.stems) <= bounds.stems:
        nodes += [Node(part, "stem", (target.id,), {"part": part, "provider": "supplied"}) for part in parts]
        nodes.append(Node("band", "mix", tuple(parts), {}))
        last = "band"
    elif {"drums", "rest"} <= bounds.stems:
        nodes.append(Node("band", "stem", (target.id,), {"part": "rest", "provider": "hpss"}))
        last = "band"
    else:
        last = target.id
    beat = {"style": "half_time"} if feel == "half_time" else {"style": "backbeat", "pace": "double"}
    nodes.append(Node("beat", "groove", (last,), beat))
    nodes.append(Node("regrooved", "mix", (last, "beat"), {"centidb": [0, -200]}))
    recipe = Recipe((target,), tuple(nodes), _out(bounds, "regrooved"), seed=seed, sr=rate)
    return _within(recipe, bounds)


def _out(bounds: Bounds, node: str) -> Out:
    lufs = min(max(-1400, bounds.lufs_lo_centi), max(bounds.lufs_lo_centi, bounds.lufs_hi_centi))
    return Out(node, lufs=lufs, dbtp=min(-100, bounds.true_peak_centi))


def _within(recipe: Recipe, bounds: Bounds) -> Recipe:
    allowed = nearest(recipe, bounds)
    if allowed is None:
        raise NotAllowed(check(recipe, bounds))
    return allowed
