"""Where everything falls: the length and the beat grid of every node, found from the recipe alone.

A person may correct the beats of a source in the recipe; slicing and changes of speed carry them along, so that a layer
added at the end plays on the beats of the music as it has become.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from ritornello.studio.operations import completed
from ritornello.studio.recipe import Node, Recipe
from ritornello.studio.score import PPQ, samples_of
from ritornello.studio.time_map import TimeMap, through

PERFORMANCE_TAIL_S = 2


@dataclass(frozen=True, slots=True)
class Grid:
    """Length, beats and chords of a signal, in samples at the recipe's rate; downbeats are beats.

    A chord is (start, end, root 0..11, 1 for minor).
    """

    frames: int
    beats: tuple[int, ...] = ()
    downbeats: tuple[int, ...] = ()
    chords: tuple[tuple[int, int, int, int], ...] = ()


def scaled(sample: int, permille: int) -> int:
    """Where a sample comes to lie when the speed becomes `permille`: rounded half up, in integers."""
    return (2 * sample * 1000 + permille) // (2 * permille)


def _sliced(marks: tuple[int, ...], slices: list[tuple[int, int]]) -> tuple[int, ...]:
    out: list[int] = []
    at = 0
    for start, end in slices:
        out += [at + mark - start for mark in marks if start <= mark < end]
        at += end - start
    return tuple(out)


def _shifted(chords: tuple[tuple[int, int, int, int], ...], semitones: int) -> tuple[tuple[int, int, int, int], ...]:
    return tuple((start, end, (root + semitones) % 12, minor) for start, end, root, minor in chords)


def _sliced_chords(
    chords: tuple[tuple[int, int, int, int], ...], slices: list[tuple[int, int]]
) -> tuple[tuple[int, int, int, int], ...]:
    out: list[tuple[int, int, int, int]] = []
    at = 0
    for start, end in slices:
        for first, last, root, minor in chords:
            a, b = max(first, start), min(last, end)
            if a < b:
                out.append((at + a - start, at + b - start, root, minor))
        at += end - start
    return tuple(out)


def _performed(p: Mapping[str, Any], rate: int) -> Grid:
    """The grid of a performance: its own beats where it comes with a score, none where it is notes alone."""
    ends = [start + length for _, start, length, _, _ in p["notes"]]
    if not p["tempo"]:
        return Grid(max(ends) + PERFORMANCE_TAIL_S * rate)
    frames = samples_of(p["tempo"], rate, [max(ends)])[0] + PERFORMANCE_TAIL_S * rate
    score = p["score"]
    if not score:
        return Grid(frames)
    bars = samples_of(p["tempo"], rate, score["bars"])
    beats = samples_of(p["tempo"], rate, range(0, score["end"], PPQ))
    return Grid(frames, tuple(beats), tuple(bars))


def _after(node: Node, inputs: list[Grid], rate: int) -> Grid:
    p = completed(node.op, node.p)
    first = inputs[0]
    if node.op == "perform":
        return _performed(p, rate)
    if node.op == "generate":
        return Grid(p["seconds"] * rate)
    if node.op == "sequence":
        slices = [(start, end) for start, end in p["slices"]]
        length = sum(end - start for start, end in slices)
        chords = _sliced_chords(first.chords, slices)
        return Grid(length, _sliced(first.beats, slices), _sliced(first.downbeats, slices), chords)
    if node.op in ("tempo", "varispeed"):
        permille = p["permille"]
        return Grid(
            scaled(first.frames, permille),
            tuple(scaled(mark, permille) for mark in first.beats),
            tuple(scaled(mark, permille) for mark in first.downbeats),
            _shifted(
                tuple((scaled(a, permille), scaled(b, permille), root, minor) for a, b, root, minor in first.chords),
                round(12 * math.log2(permille / 1000)) if node.op == "varispeed" else 0,
            ),
        )
    if node.op == "key":
        return Grid(first.frames, first.beats, first.downbeats, _shifted(first.chords, round(p["cents"] / 100)))
    if node.op == "align":
        line, frames = through(p["anchors"]), p["frames"]
        return Grid(frames, _within(line, first.beats, frames), _within(line, first.downbeats, frames))
    if node.op in ("swing", "groove_from"):
        line, frames = regrooved(node.op, p, first), first.frames
        beats, downbeats = _within(line, first.beats, frames), _within(line, first.downbeats, frames)
        return Grid(frames, beats, downbeats, first.chords)
    if node.op == "mix":
        marked = next((grid for grid in inputs if grid.beats), first)
        return Grid(max(grid.frames for grid in inputs), marked.beats, marked.downbeats, marked.chords)
    return first


def paced(grid: Grid, pace: str) -> Grid:
    """The beats as somebody counts them who feels the music half or twice as fast; bars keep as many beats."""
    if pace == "same" or len(grid.beats) < 4:
        return grid
    bars = [mark for mark in grid.downbeats if mark in set(grid.beats)] or list(grid.beats[::4])
    if pace == "half":
        first = grid.beats.index(bars[0])
        return Grid(grid.frames, grid.beats[first % 2 :: 2], tuple(bars[::2]), grid.chords)
    between = [mark for a, b in pairwise(grid.beats) for mark in (a, (a + b) // 2)] + [grid.beats[-1]]
    halves: list[int] = []
    for a, b in pairwise([*bars, 2 * bars[-1] - bars[-2] if len(bars) > 1 else grid.frames]):
        inside = [mark for mark in between if a <= mark < b]
        halves += [inside[0], *inside[len(inside) // 2 : len(inside) // 2 + 1]] if inside else []
    return Grid(grid.frames, tuple(between), tuple(sorted(set(halves))), grid.chords)


def _within(line: TimeMap, marks: tuple[int, ...], frames: int) -> tuple[int, ...]:
    """Where samples of the input come to lie, those that are left."""
    if not marks:
        return ()
    at = [int(sample) for sample in np.round(line.result_at(np.asarray(marks)))]
    return tuple(sorted({sample for sample in at if 0 <= sample < frames}))


def regrooved(op: str, p: Mapping[str, Any], grid: Grid) -> TimeMap:
    """The map of time that a swing or a borrowed groove makes of a beat grid; without beats nothing moves."""
    if op == "swing":
        knots = _swung(grid, p["from_permille"], p["to_permille"], 2 if p["each"] == "half" else 1)
    else:
        knots = _stepped(grid, p["steps"], p["amount_permille"])
    ends = [(0.0, 0.0), *knots, (float(max(2, grid.frames)), float(max(2, grid.frames)))]
    rising = [ends[0]]
    for source, result in ends[1:]:
        if source >= rising[-1][0] + 16 and result >= rising[-1][1] + 16:
            rising.append((source, result))
    if len(rising) < 2:
        rising = [ends[0], ends[-1]]
    rows = np.asarray(rising)
    return TimeMap(rows[:, 1], rows[:, 0])


def _swung(grid: Grid, before: int, after: int, parts: int) -> list[tuple[float, float]]:
    knots: list[tuple[float, float]] = []
    for start, end in pairwise(grid.beats):
        for k in range(parts):
            begin, length = start + (end - start) * k / parts, (end - start) / parts
            knots += [(begin, begin), (begin + length * before / 1000, begin + length * after / 1000)]
    return [*knots, *((float(mark), float(mark)) for mark in grid.beats[-1:])]


def _stepped(grid: Grid, steps: Sequence[Sequence[int]], amount: int) -> list[tuple[float, float]]:
    """Each quarter of a beat as late as its step says; bars begin on downbeats, longer ones begin the steps again."""
    knots: list[tuple[float, float]] = []
    downbeats = set(grid.downbeats) or set(grid.beats[::4])
    step = 0
    for start, end in pairwise(grid.beats):
        step = 0 if start in downbeats else step
        length = (end - start) / 4
        for k in range(4):
            late = steps[step % len(steps)][0] / 1000 * amount / 1000
            knots.append((start + k * length, start + (k + max(-0.9, min(0.9, late))) * length))
            step += 1
    return knots


def grids(recipe: Recipe) -> dict[str, Grid]:
    """The grid of every source and node of a validated recipe."""
    out = {source.id: Grid(source.frames, source.beats, source.downbeats, source.chords) for source in recipe.sources}
    for node in recipe.nodes:
        out[node.id] = _after(node, [out[name] for name in node.inputs], recipe.sr)
    return out
