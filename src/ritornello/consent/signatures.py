"""Whose signatures to get first: the set of people that unlocks most per signature, found exactly.

What a set of signatures unlocks never shrinks when the set grows, and grows faster the more of it is there already
(signatures that only help together). So the set with the most per signature is a closure of largest density, which a
minimum cut finds; and taking such sets one after the other, each beginning of the path unlocks as much as any equally
many signatures could.

Before a cut is made, people who cannot be in the best set are left out: whoever has a part in less than the best known
density. What is then still too large for a cut in a reasonable time is answered by the peeling alone, and told as not
proved.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

MOST_EDGES = 4_000
"""How many (recordings' group, signer) pairs a minimum cut is made over."""
MOST_TRIED = 40
"""In how large a best set it is looked for a smaller one that is as good."""

Groups = Mapping[frozenset[str], int]
"""Who must sign together → what that unlocks (recordings or plays, above zero)."""


@dataclass(frozen=True, slots=True)
class Best:
    """Signers and what they unlock; `proved` where no other set unlocks more per signature."""

    signers: frozenset[str]
    weight: int
    proved: bool

    @property
    def density(self) -> Fraction:
        return Fraction(self.weight, len(self.signers))


def unlocked(groups: Groups, signers: Collection[str]) -> int:
    """What these signatures unlock together."""
    have = frozenset(signers)
    return sum(weight for needed, weight in groups.items() if needed <= have)


def best_signers(groups: Groups) -> Best | None:
    """The smallest set that unlocks most per signature; None where nothing is left to unlock.

    Of equally good and large sets the one that comes first by name, so that one catalogue gives one path.
    """
    open_groups = {needed: weight for needed, weight in groups.items() if weight > 0 and needed}
    if not open_groups:
        return None
    best = _peeled(open_groups)
    core = _core(open_groups, best.density)
    if not core:
        return best
    if sum(map(len, core)) > MOST_EDGES:
        return best
    while True:  # Dinkelbach: raise the price of a signature until nothing is worth it
        chosen = _worth(core, best.density)
        if not chosen:
            break
        best = Best(chosen, unlocked(core, chosen), proved=True)
        core = _core(core, best.density)
    return _smallest(core, Best(best.signers, best.weight, proved=True))


def best_among(groups: Groups, most: int) -> Best | None:
    """Of the sets that some recording needs, with at most `most` signers, the one that unlocks most per signature.

    What smaller sets inside it unlock counts too. Not proved: two such sets together may unlock more.
    """
    _, of = _parts_of(groups)
    best: tuple[Fraction, int, list[str]] | None = None
    for needed in groups:
        if len(needed) > most:
            continue
        inside = {other for name in needed for other in of[name] if other <= needed}
        weight = sum(groups[other] for other in inside)
        if weight <= 0:
            continue
        rank = (-Fraction(weight, len(needed)), len(needed), sorted(needed))
        if best is None or rank < best:
            best = rank
    if best is None:
        return None
    signers = frozenset(best[2])
    return Best(signers, unlocked(groups, signers), proved=False)


def _peeled(groups: Groups) -> Best:
    """Take away whoever has the smallest part, again and again; the densest set on the way is a good first guess."""
    part, of = _parts_of(groups)
    queue = [(weight, name) for name, weight in part.items()]
    heapq.heapify(queue)
    left, total = len(part), sum(groups.values())
    best, gone_at_best = Fraction(total, left), 0
    gone: list[str] = []
    removed: set[str] = set()
    locked: set[frozenset[str]] = set()
    while queue and left > 1:
        weight, name = heapq.heappop(queue)
        if name in removed or weight != part[name]:
            continue
        removed.add(name)
        gone.append(name)
        left -= 1
        for needed in of[name]:
            if needed not in locked:
                locked.add(needed)
                total -= groups[needed]
                for other in needed:
                    if other not in removed:
                        part[other] -= groups[needed]
                        heapq.heappush(queue, (part[other], other))
        if Fraction(total, left) > best:
            best, gone_at_best = Fraction(total, left), len(gone)
    signers = frozenset(part) - set(gone[:gone_at_best])
    # people of the last set who unlock nothing in it only dilute it
    useful = frozenset(name for needed in groups if needed <= signers for name in needed)
    return Best(useful, unlocked(groups, useful), proved=False)


def _core(groups: Groups, price: Fraction) -> Groups:
    """The groups of people each of whom has a part in at least `price`: the best set lies within them."""
    part, of = _parts_of(groups)
    open_groups = dict(groups)
    poor = [name for name, weight in part.items() if weight < price]
    while poor:
        name = poor.pop()
        for needed in of[name]:
            weight = open_groups.pop(needed, 0)
            if weight:
                for other in needed:
                    before = part[other]
                    part[other] = before - weight
                    if before >= price > part[other]:
                        poor.append(other)
    return open_groups


def _parts_of(groups: Groups) -> tuple[dict[str, int], dict[str, list[frozenset[str]]]]:
    part: dict[str, int] = {}
    of: dict[str, list[frozenset[str]]] = {}
    for needed, weight in groups.items():
        for name in needed:
            part[name] = part.get(name, 0) + weight
            of.setdefault(name, []).append(needed)
    return part, of


def _smallest(groups: Groups, best: Best) -> Best:
    """A set as dense as the best one that holds no smaller such set, the first by size and name."""
    found = [best.signers]
    names = sorted({name for needed in groups for name in needed})
    if len(names) <= MOST_TRIED:
        for name in names:
            chosen = _worth(groups, best.density, free=name) | {name}
            if Fraction(unlocked(groups, chosen), len(chosen)) == best.density:
                found.append(chosen)
    smallest = min(found, key=lambda signers: (len(signers), sorted(signers)))
    return Best(smallest, unlocked(groups, smallest), best.proved)


def _worth(groups: Groups, price: Fraction, *, free: str = "") -> frozenset[str]:
    """The smallest set of signers for which what they unlock is worth most above `price` for each; empty where nothing
    is. `free` costs nothing.

    A minimum cut: groups are fed from the source with what they unlock, each needs its signers, and a signer drains its
    price.
    """
    network = _Network()
    for needed, weight in sorted(groups.items(), key=lambda item: sorted(item[0])):
        node = ("group", needed)
        network.add(_SOURCE, node, weight * price.denominator)
        for name in sorted(needed):
            network.add(node, ("signer", name), None)
    names = sorted({name for needed in groups for name in needed})
    for name in names:
        if name != free:
            network.add(("signer", name), _SINK, price.numerator)
    return frozenset(name for name in names if ("signer", name) in network.cut() and name != free)


_SOURCE, _SINK = ("source", ""), ("sink", "")


class _Network:
    """Dinic's maximum flow over exact integers; None is a capacity without limit."""

    def __init__(self) -> None:
        self._places: dict[object, int] = {}
        self._edges: list[list[int]] = []
        self._to: list[int] = []
        self._room: list[int] = []
        self._limit = 0
        self._reached: frozenset[object] | None = None
        self._open: list[int] = []

    def add(self, start: object, end: object, room: int | None) -> None:
        for one, other, capacity in ((start, end, room), (end, start, 0)):
            self._edges[self._place(one)].append(len(self._to))
            self._to.append(self._place(other))
            if capacity is None:
                self._open.append(len(self._room))
            self._room.append(capacity or 0)
        if start == _SOURCE and room is not None:
            self._limit += room

    def _place(self, node: object) -> int:
        if node not in self._places:
            self._places[node] = len(self._places)
            self._edges.append([])
        return self._places[node]

    def cut(self) -> frozenset[object]:
        """The nodes on the source's side of the smallest cut that is nearest to it."""
        if self._reached is None:
            for edge in self._open:
                self._room[edge] = self._limit + 1
            source, sink = self._place(_SOURCE), self._place(_SINK)
            while (levels := self._levels(source))[sink] >= 0:
                nexts = [0] * len(self._edges)
                while self._push(source, sink, levels, nexts):
                    pass
            levels = self._levels(source)
            self._reached = frozenset(node for node, place in self._places.items() if levels[place] >= 0)
        return self._reached

    def _levels(self, source: int) -> list[int]:
        levels = [-1] * len(self._edges)
        levels[source] = 0
        waiting = deque([source])
        while waiting:
            here = waiting.popleft()
            for edge in self._edges[here]:
                if self._room[edge] > 0 and levels[self._to[edge]] < 0:
                    levels[self._to[edge]] = levels[here] + 1
                    waiting.append(self._to[edge])
        return levels

    def _push(self, source: int, sink: int, levels: list[int], nexts: list[int]) -> bool:
        """Push along one path of the level graph; False where there is none left."""
        path: list[int] = []
        here = source
        while here != sink:
            edges = self._edges[here]
            while nexts[here] < len(edges):
                edge = edges[nexts[here]]
                if self._room[edge] > 0 and levels[self._to[edge]] == levels[here] + 1:
                    break
                nexts[here] += 1
            if nexts[here] == len(edges):
                if not path:
                    return False
                edge = path.pop()
                here = self._to[edge ^ 1]
                nexts[here] += 1
                continue
            path.append(edges[nexts[here]])
            here = self._to[path[-1]]
        pushed = min(self._room[edge] for edge in path)
        for edge in path:
            self._room[edge] -= pushed
            self._room[edge ^ 1] += pushed
        return True


def without(groups: Groups, signed: Iterable[str]) -> dict[frozenset[str], int]:
    """What is left to unlock once these have signed."""
    have = frozenset(signed)
    left: dict[frozenset[str], int] = {}
    for needed, weight in groups.items():
        if rest := needed - have:
            left[rest] = left.get(rest, 0) + weight
    return left
