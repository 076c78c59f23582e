"""Where everything falls: the length and the beat grid of every node, found from the recipe alone.

A person may correct the beats of a source in the recipe; slicing and changes of speed carry them along, so that a layer
added at the end plays on the beats of the music as it has become.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ritornello.studio.operations import completed
from ritornello.studio.recipe import Node, Recipe
from ritornello.studio.score import PPQ, samples_of

PERFORMANCE_TAIL_S = 2


@dataclass(frozen=True, slots=True)
class Grid:
    """Length and beats of a signal, in samples at the recipe's rate; downbeats are beats."""

    frames: int
    beats: tuple[int, ...] = ()
    downbeats: tuple[int, ...] = ()


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
    if node.op == "sequence":
        slices = [(start, end) for start, end in p["slices"]]
        length = sum(end - start for start, end in slices)
        return Grid(length, _sliced(first.beats, slices), _sliced(first.downbeats, slices))
    if node.op in ("tempo", "varispeed"):
        permille = p["permille"]
        return Grid(
            scaled(first.frames, permille),
            tuple(scaled(mark, permille) for mark in first.beats),
            tuple(scaled(mark, permille) for mark in first.downbeats),
        )
    if node.op == "mix":
        marked = next((grid for grid in inputs if grid.beats), first)
        return Grid(max(grid.frames for grid in inputs), marked.beats, marked.downbeats)
    return first


def grids(recipe: Recipe) -> dict[str, Grid]:
    """The grid of every source and node of a validated recipe."""
    out = {source.id: Grid(source.frames, source.beats, source.downbeats) for source in recipe.sources}
    for node in recipe.nodes:
        out[node.id] = _after(node, [out[name] for name in node.inputs], recipe.sr)
    return out
