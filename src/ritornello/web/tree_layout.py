"""Where each member of a family stands in the picture: generations from left to right, like a score in time.

A member's generation is one more than its latest parent's; an original stands just before its first child. Within a
generation, members are ordered by the middle of their parents (then by id), and set as near to that middle as their
neighbours allow. A line that passes a generation gets a lane of its own there, so that it never runs behind a card that
it has nothing to do with. It is the classical layered drawing (Sugiyama, Tagawa, Toda 1981) with one pass of ordering,
which is enough for the shallow graphs that derivatives make; the same input always gives the same picture. All lengths
are SVG user units.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from itertools import pairwise

from ritornello.web.views import TreeEdge, TreeNode

CARD_WIDTH = 232
CARD_HEIGHT = 104
_COLUMN = CARD_WIDTH + 116
_ROW = CARD_HEIGHT + 28
_MARGIN = 12
_LANE = 0.72
"""Rows between a passing line and a card: half a card and a little air."""


@dataclass(frozen=True, slots=True)
class Placed:
    node: TreeNode
    generation: int
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Drawn:
    """An edge as a path, and where its share is written."""

    edge: TreeEdge
    path: str
    label_x: int
    label_y: int


@dataclass(frozen=True, slots=True)
class Picture:
    width: int
    height: int
    nodes: tuple[Placed, ...]
    edges: tuple[Drawn, ...]


def place(nodes: Sequence[TreeNode], edges: Sequence[TreeEdge]) -> Picture:
    """Lay out a family. Edges that name a member who is not among `nodes` are left out; a circle is an error."""
    known = {node.id for node in nodes}
    kept = [edge for edge in edges if edge.parent in known and edge.child in known]
    generation = _generations(sorted(known), kept)
    ways = {edge: _way(edge, generation) for edge in kept}
    level_of = dict(generation)
    parents: dict[str, list[str]] = {name: [] for name in known}
    for way in ways.values():
        for before, stop in pairwise(way):
            level_of.setdefault(stop, level_of[before] + 1)
            parents.setdefault(stop, []).append(before)
    rows: dict[str, float] = {}
    for level in range(max(level_of.values(), default=-1) + 1):
        members = sorted(name for name, at in level_of.items() if at == level)
        wanted = {name: _middle(rows[parent] for parent in parents[name]) for name in members}
        members.sort(key=lambda name: (wanted[name], name))
        rows |= _settle(members, wanted, lanes=level_of.keys() - known)
    lift = min(rows.values(), default=0.0)
    placed = {
        node.id: Placed(
            node,
            generation[node.id],
            _MARGIN + generation[node.id] * _COLUMN,
            _MARGIN + round((rows[node.id] - lift) * _ROW),
        )
        for node in nodes
    }
    bends = {edge: [(level_of[lane], rows[lane] - lift) for lane in way[1:-1]] for edge, way in ways.items()}
    width = max((p.x for p in placed.values()), default=0) + CARD_WIDTH + _MARGIN
    height = max((p.y for p in placed.values()), default=0) + CARD_HEIGHT + _MARGIN
    ordered = tuple(sorted(placed.values(), key=lambda p: (p.generation, p.y, p.node.id)))
    return Picture(width, height, ordered, tuple(_draw(edge, placed, lanes) for edge, lanes in bends.items()))


def _generations(names: Sequence[str], edges: Sequence[TreeEdge]) -> dict[str, int]:
    """Longest way from an original, by taking away members whose parents are all placed."""
    generation: dict[str, int] = {}
    open_parents = {name: {edge.parent for edge in edges if edge.child == name} for name in names}
    while open_parents:
        ready = [name for name, above in open_parents.items() if above <= generation.keys()]
        if not ready:
            raise ValueError(f"the family has a circle among {', '.join(sorted(open_parents))}; lineage never does")
        for name in ready:
            above = open_parents.pop(name)
            generation[name] = 1 + max((generation[parent] for parent in above), default=-1)
    below = {edge.child for edge in edges}
    for name in (name for name in names if name not in below):
        children = [generation[edge.child] for edge in edges if edge.parent == name]
        generation[name] = min(children, default=1) - 1
    return generation


def _way(edge: TreeEdge, generation: dict[str, int]) -> list[str]:
    """The stops of an edge: its parent, a lane in every generation between, its child."""
    between = range(generation[edge.parent] + 1, generation[edge.child])
    return [edge.parent, *(f"{edge.parent}>{edge.child}@{level}" for level in between), edge.child]


def _middle(rows: Iterable[float]) -> float:
    found = list(rows)
    return sum(found) / len(found) if found else 0.0


def _settle(members: Sequence[str], wanted: dict[str, float], lanes: Set[str]) -> dict[str, float]:
    """Rows in the given order, cards one apart and lanes closer, the group centred on what its members wanted."""
    rows: list[float] = []
    for number, name in enumerate(members):
        if not rows:
            rows.append(wanted[name])
            continue
        room = _LANE if name in lanes or members[number - 1] in lanes else 1.0
        rows.append(max(wanted[name], rows[-1] + room))
    drift = sum(row - wanted[name] for row, name in zip(rows, members, strict=True)) / max(len(rows), 1)
    return {name: row - drift for row, name in zip(rows, members, strict=True)}


def _draw(edge: TreeEdge, placed: dict[str, Placed], lanes: Sequence[tuple[int, float]]) -> Drawn:
    """A line from the parent's right side to the child's left side; it bends only in the gaps between generations."""
    start, end = placed[edge.parent], placed[edge.child]
    x, y = start.x + CARD_WIDTH, start.y + CARD_HEIGHT // 2
    bend = (_COLUMN - CARD_WIDTH) // 2
    path = f"M{x} {y}"
    stops = [(_MARGIN + level * _COLUMN, _MARGIN + round(row * _ROW) + CARD_HEIGHT // 2) for level, row in lanes]
    for stop_x, stop_y in [*stops, (end.x, end.y + CARD_HEIGHT // 2)]:
        path += f"C{stop_x - bend} {y} {stop_x - bend} {stop_y} {stop_x} {stop_y}"
        if stop_x != end.x:
            path += f"H{stop_x + CARD_WIDTH}"
        before, y = y, stop_y
    return Drawn(edge, path, end.x - bend, (before + y) // 2)
