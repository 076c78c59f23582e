"""Where a derivative's money goes before its holders: to ancestors, to its maker, and to the maker before them.

A licence has one money form. With *parent shares*, each ancestor takes what the paths say (absolute or relative
policy) and the rest stays with the derivative: with its own holders, or with its maker where it has none. A *fan share*
is compiled to absolute edges (see `ritornello.catalogue.lineage`): the originals take (1 - fan share) by weight, the
makers of parent derivatives reciprocity × fan share, and the maker keeps the rest. A right or flow that no licence
speaks of (usually the composition, or a pool that the maker paid into) stays with the originals in whole.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from fractions import Fraction

from ritornello.catalogue.error import CatalogueError
from ritornello.catalogue.lineage import Graph
from ritornello.catalogue.model import ALL_FLOWS, EdgeForm, LineageEdge
from ritornello.royalty.account import HOLDER, MAKER
from ritornello.royalty.documents import TermError
from ritornello.royalty.terms import MakerTerms, Terms

Part = tuple[str, str, Fraction]
"""Role, node (an asset for holders, "maker|licence" for makers), part of the pool."""

ONE = Fraction(1)


def compiled(edges: Iterable[LineageEdge], makers: Sequence[MakerTerms]) -> Graph:
    """The lineage graph of a run, with the fan shares of licences that were not compiled yet.

    Raises `TermError` where a licence names an asset without parents, or shares contradict each other.
    """
    known = list(edges)
    by_child: dict[str, list[LineageEdge]] = defaultdict(list)
    for edge in known:
        by_child[edge.child].append(edge)
    waiting = {}
    for maker in makers:
        own = by_child.get(maker.asset, [])
        if not own:
            raise TermError(f"licences: {maker.licence} is for {maker.asset!r}, which has no parents in the lineage")
        mine = [edge for edge in own if edge.right_type == maker.right]
        if maker.fan_share is not None and all(edge.form is EdgeForm.PARENT_SHARE for edge in mine):
            if any(edge.share for edge in mine):
                raise TermError(
                    f"licences: {maker.licence} has a fan share and its lineage parent shares; a licence has one form"
                )
            waiting[(maker.asset, maker.right)] = (maker, mine or own)
    try:
        graph = Graph(edge for edge in known if (edge.child, str(edge.right_type)) not in waiting)
        while waiting:
            ready = [
                key for key, (_, own) in waiting.items() if not any((edge.parent, key[1]) in waiting for edge in own)
            ]
            if not ready:
                raise TermError(
                    "lineage: the parents of " + ", ".join(asset for asset, _ in waiting) + " form a circle"
                )
            for key in sorted(ready):
                maker, own = waiting.pop(key)
                graph = graph.with_edges(
                    graph.fan_share_edges(
                        maker.asset,
                        {edge.parent: edge.weight for edge in own},
                        fan_share=maker.fan_share or Fraction(0),
                        reciprocity=maker.reciprocity,
                        licence_id=maker.licence,
                        right_type=maker.right,
                    )
                )
    except CatalogueError as wrong:
        raise TermError(f"lineage: {wrong}") from wrong
    return graph


class Descent:
    """The lineage as a run asks for it."""

    def __init__(self, edges: Sequence[LineageEdge], terms: Terms) -> None:
        self._graph = compiled(edges, terms.makers)
        self._parents: dict[str, dict[str, Fraction]] = defaultdict(dict)
        for edge in edges:
            if edge.form is not EdgeForm.TO_MAKER:
                self._parents[edge.child][edge.parent] = Fraction(edge.weight)
        self._makers = {(maker.asset, maker.right): maker for maker in terms.makers}
        self._flows = {flow.name: flow for flow in terms.flows}
        self.named_flows = frozenset(edge.flow for edge in edges) - {ALL_FLOWS}

    @property
    def assets(self) -> set[str]:
        return set(self._parents)

    def nodes(self, asset: str, right: str, flow: str, *, owned: bool) -> list[Part]:
        """Who shares a pool of `asset`; the parts add up to one. `owned`: the asset has holders of its own for the
        right. Raises `TermError` where ancestors take more than the whole."""
        if asset not in self._parents:
            return [(HOLDER, asset, ONE)]
        if not self._speaks(asset, right, flow, owned=owned):
            if owned:
                return [(HOLDER, asset, ONE)]
            return [(HOLDER, node, share) for node, share in sorted(self._originals(asset).items())]
        maker = self._makers.get((asset, right))
        try:
            parts = self._graph.split(
                asset, charge_once=maker is not None and maker.charge_once, right_type=right, flow=flow
            )
        except CatalogueError as wrong:
            raise TermError(f"lineage: {wrong}") from wrong
        return [self._part(node, asset, right, share, owned=owned) for node, share in parts.items() if share]

    def _speaks(self, asset: str, right: str, flow: str, *, owned: bool) -> bool:
        """Whether a licence gives ancestors or makers a part of this right in this flow."""
        known = self._flows.get(flow)
        maker = self._makers.get((asset, right))
        if known is not None and not known.lineage:
            return False
        if maker is not None and maker.flows and flow not in maker.flows:
            return False
        own = [
            edge for edge in self._graph.edges_of(asset) if edge.right_type == right and edge.flow in (flow, ALL_FLOWS)
        ]
        # Parents without a share, for a derivative that nobody owns or made: it is as if the originals were played.
        return bool(own) and (owned or maker is not None or any(edge.share for edge in own))

    def _part(self, node: str, asset: str, right: str, share: Fraction, *, owned: bool) -> Part:
        maker = self._makers.get((node, right))
        made = any(
            edge.form is not EdgeForm.PARENT_SHARE for edge in self._graph.edges_of(node) if edge.right_type == right
        )
        if maker is not None and (made or (node == asset and not owned)):
            return (MAKER, f"{maker.maker}|{maker.licence}", share)
        return (HOLDER, node, share)

    def _originals(self, asset: str) -> dict[str, Fraction]:
        """Original -> weight, adding up to one: the roots above an asset, parents equal unless frozen with weights."""
        parents = self._parents.get(asset)
        if not parents:
            return {asset: ONE}
        whole = sum(parents.values(), Fraction(0))
        found: dict[str, Fraction] = defaultdict(Fraction)
        for parent, weight in parents.items():
            for node, part in self._originals(parent).items():
                found[node] += weight / whole * part
        return found
