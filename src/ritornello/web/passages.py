"""Which stretch of the original each stretch of a derivative came from, read out of the recipe alone.

The recipe's graph is followed from the source to the end: re-ordering cuts and moves stretches, a change of speed
scales them, a mix keeps those of the first input that comes from the source. What stayed in the original's order (the
longest such run of stretches) counts as in place, everything else as moved.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ritornello.web.views import Passage, SectionMark

_SHORTEST_MS = 250
"""A stretch that is shorter than this (a rest of rounding at a cut) is not drawn."""


class Stretch(NamedTuple):
    """Samples [start, end) of a signal that came from samples [begun, ended) of the source."""

    start: int
    end: int
    begun: int
    ended: int


def passages(recipe: Mapping[str, Any], source: str, sections: Sequence[SectionMark]) -> tuple[Passage, ...]:
    """The passages of a recipe's document, in the derivative's order, parted at the original's sections.

    `source`: the id of the source in the recipe. Empty where the derivative has no sound of it.
    """
    rate = recipe["sr"]
    stretches = _merged(_followed(recipe, source).get(recipe["out"]["node"], []))
    parted = [part for stretch in stretches for part in _parted(stretch, sections, rate)]
    in_place = _in_order([part.begun for part in parted])
    found = []
    for number, part in enumerate(parted):
        times = [_ms(sample, rate) for sample in part]
        if times[1] - times[0] < _SHORTEST_MS:
            continue
        label = _label(times[2], sections)
        found.append(Passage(times[0], times[1], times[2], times[3], label, number not in in_place))
    return tuple(found)


def _followed(recipe: Mapping[str, Any], source: str) -> dict[str, list[Stretch]]:
    """The stretches of every signal of the graph."""
    found: dict[str, list[Stretch]] = {}
    for one in recipe["sources"]:
        whole = Stretch(0, one.get("frames", 0), 0, one.get("frames", 0))
        found[one["id"]] = [whole] if one["id"] == source else []
    for node in recipe["nodes"]:
        before = next((found[name] for name in node["in"] if found[name]), [])
        if node["op"] == "perform" or node["op"] == "groove":
            found[node["id"]] = []
        elif node["op"] == "sequence":
            found[node["id"]] = _cut(before, node["p"]["slices"])
        elif node["op"] in ("tempo", "varispeed"):
            found[node["id"]] = [_scaled(stretch, node["p"]["permille"]) for stretch in before]
        else:
            found[node["id"]] = before
    return found


def _cut(before: Sequence[Stretch], slices: Sequence[Sequence[int]]) -> list[Stretch]:
    found, at = [], 0
    for start, end in slices:
        for one in before:
            first, last = max(start, one.start), min(end, one.end)
            if first < last:
                found.append(Stretch(at + first - start, at + last - start, _within(one, first), _within(one, last)))
        at += end - start
    return found


def _within(one: Stretch, sample: int) -> int:
    return one.begun + (sample - one.start) * (one.ended - one.begun) // (one.end - one.start)


def _scaled(one: Stretch, permille: int) -> Stretch:
    return one._replace(start=one.start * 1000 // permille, end=one.end * 1000 // permille)


def _merged(stretches: Sequence[Stretch]) -> list[Stretch]:
    """Neighbours that are neighbours in the source too become one."""
    found: list[Stretch] = []
    for one in sorted(stretches):
        if found and abs(found[-1].end - one.start) <= 2 and abs(found[-1].ended - one.begun) <= 2:
            found[-1] = found[-1]._replace(end=one.end, ended=one.ended)
        else:
            found.append(one)
    return found


def _parted(one: Stretch, sections: Sequence[SectionMark], rate: int) -> list[Stretch]:
    marks = [section.start_ms * rate // 1000 for section in sections]
    cuts = [mark for mark in marks if one.begun < mark < one.ended]
    edges = [one.begun, *cuts, one.ended]
    span, length = one.ended - one.begun, one.end - one.start
    places = [one.start + (edge - one.begun) * length // span for edge in edges]
    return [Stretch(places[n], places[n + 1], edges[n], edges[n + 1]) for n in range(len(edges) - 1)]


def _in_order(starts: Sequence[int]) -> set[int]:
    """Positions of a longest increasing run (patience sorting)."""
    tails: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for number, start in enumerate(starts):
        place = bisect_left(tails, start)
        before.append(last[place - 1] if place else -1)
        if place == len(tails):
            tails.append(start)
            last.append(number)
        else:
            tails[place], last[place] = start, number
    kept, at = set(), last[-1] if last else -1
    while at >= 0:
        kept.add(at)
        at = before[at]
    return kept


def _label(ms: int, sections: Sequence[SectionMark]) -> str:
    """The section in which the stretch's first half second lies."""
    return next((s.label for s in sections if s.start_ms <= ms + 500 < s.end_ms), "")


def _ms(sample: int, rate: int) -> int:
    return sample * 1000 // rate
