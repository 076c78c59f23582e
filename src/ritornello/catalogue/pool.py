"""One pool of a child's money, solved: what leaves it, to whom, and along which paths.

A pool is a (money flow, right type) of one child. The functions here see the family as `edges_of(node)` gives it for
that pool, child first, and never a rule about who may be whose parent.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction

from ritornello.catalogue.model import EdgeForm, LineageEdge, Policy

ChargeOnce = bool | Collection[str]
"""True: every ancestor is charged once; a collection: these are; False: every path counts for all."""

EdgesOf = Callable[[str], Sequence[LineageEdge]]

_STEPS_PER_PATH = 64


@dataclass(frozen=True, slots=True)
class PathShare:
    """One path from a child to an ancestor and what it pays (before an intermediate pays its own parents)."""

    ancestor: str
    edges: tuple[LineageEdge, ...]
    share: Fraction


def charged_once(charge_once: ChargeOnce, ancestor: str) -> bool:
    return charge_once if isinstance(charge_once, bool) else ancestor in charge_once


def absolute(order: Sequence[str], edges_of: EdgesOf, charge_once: ChargeOnce) -> dict[str, Fraction]:
    """Ancestor -> its part of the child's gross: the last edge of each path, summed (or the largest, charged once).

    `order`: the child and its ancestors, each after all of its descendants among them.
    """
    paid: dict[str, Fraction] = {}
    # Paths are counted apart for those that came along makers' edges, which lead on to makers only.
    paths: dict[tuple[str, bool], int] = {(order[0], False): 1}
    for node in order:
        for makers_only in (False, True):
            count = paths.get((node, makers_only), 0)
            for edge in edges_of(node) if count else ():
                if makers_only and edge.form is not EdgeForm.TO_MAKER:
                    continue
                step = (edge.parent, edge.form is EdgeForm.TO_MAKER)
                paths[step] = paths.get(step, 0) + count
                before = paid.get(edge.parent, Fraction(0))
                once = charged_once(charge_once, edge.parent)
                paid[edge.parent] = max(before, edge.share) if once else before + count * edge.share
    return paid


def relative(
    order: Sequence[str], edges_of: EdgesOf, charge_once: ChargeOnce
) -> tuple[dict[str, Fraction], dict[str, Fraction]]:
    """Ancestor -> its net part, and parent -> what the child pays to it. Both follow one unit of money upward."""
    child = order[0]
    gross: dict[str, Fraction] = {child: Fraction(1)}
    payments: dict[str, dict[str, Fraction]] = {}  # ancestor -> lower end -> what it pays
    paid_up: dict[str, Fraction] = {}
    for node in order:
        if node != child:
            received = payments.get(node, {})
            if received and charged_once(charge_once, node):
                largest = min(received, key=lambda payer: (-received[payer], payer))
                received = {largest: received[largest]}
            for payer, amount in received.items():
                paid_up[payer] = paid_up.get(payer, Fraction(0)) + amount
            payments[node] = received
            gross[node] = sum(received.values(), Fraction(0))
        for edge in edges_of(node):
            own = payments.setdefault(edge.parent, {})
            own[node] = own.get(node, Fraction(0)) + gross[node] * edge.share
    net = {node: amount - paid_up.get(node, Fraction(0)) for node, amount in gross.items() if node != child}
    by_child = {node: received[child] for node, received in payments.items() if child in received}
    return net, by_child


def paths(child: str, edges_of: EdgesOf, policy: Policy, most: int) -> tuple[PathShare, ...]:
    """The paths that pay, largest share first. Of very many, some `most` (a deep family has more than can be shown)."""
    found: list[PathShare] = []
    walk: list[tuple[str, tuple[LineageEdge, ...], Fraction]] = [(child, (), Fraction(1))]
    steps = 0
    while walk and len(found) < most and steps < most * _STEPS_PER_PATH:
        steps += 1
        node, path, product = walk.pop()
        makers_only = bool(path) and path[-1].form is EdgeForm.TO_MAKER
        for edge in reversed(edges_of(node)):
            if makers_only and edge.form is not EdgeForm.TO_MAKER:
                continue
            share = edge.share if policy is Policy.ABSOLUTE else product * edge.share
            if edge.share:
                found.append(PathShare(edge.parent, (*path, edge), share))
            walk.append((edge.parent, (*path, edge), share))
    return tuple(sorted(found, key=lambda one: (-one.share, one.ancestor, len(one.edges)))[:most])
