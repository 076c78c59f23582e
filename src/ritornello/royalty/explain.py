"""Why a stake has its share of a pool: the lineage that leads to it, the sheet that names it, the licence behind it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from ritornello.catalogue.error import CatalogueError
from ritornello.catalogue.lineage import Graph
from ritornello.catalogue.shares import holders_on
from ritornello.royalty.account import DIRECT, HOLDER, MAKER
from ritornello.royalty.claims import Claims
from ritornello.royalty.flatten import Ownership
from ritornello.royalty.makers import Descent, compiled
from ritornello.royalty.terms import Terms
from ritornello.royalty.wording import percent


@dataclass(frozen=True, slots=True)
class ShareReason:
    """One way in which a stake shares a pool. `node`: the asset whose holder or maker it is; `node_part`: the node's
    part of the pool; `own_part`: the stake's part of the node; `edges`: the lineage edges that lead there; `licence`
    for makers; `sheets`: the ownership sheets in force on the day."""

    role: str
    node: str
    node_part: Fraction
    own_part: Fraction
    edges: tuple[str, ...]
    licences: tuple[str, ...]
    sheets: tuple[str, ...]

    @property
    def words(self) -> str:
        """The reason as a sentence."""
        part = f"{percent(self.node_part)} of the pool"
        if self.role == MAKER:
            return f"{part} is the maker's, by licence {', '.join(self.licences)}"
        whose = f"{part} belongs to {self.node}" if self.node_part != 1 else f"the pool belongs to {self.node}"
        told = f", this holder owns {percent(self.own_part)} of it"
        sheet = f" (ownership sheet {', '.join(self.sheets)})" if self.sheets else ""
        over = f", over licence {', '.join(self.licences)}" if self.licences else ""
        return whose + told + sheet + over


class Explainer:
    """Reasons for the shares of a run. Built once from the run's ownership and terms; each look-up walks one asset."""

    def __init__(self, ownership: Ownership, terms: Terms, known_at: datetime) -> None:
        self._terms = terms
        self._known_at = known_at
        self._descent = Descent(ownership.edges, terms)
        self._claims = Claims(ownership.shares, known_at, ownership.works)
        self._graph: Graph = compiled(ownership.edges, terms.makers)
        self._shares: dict[str, list[int]] = {}
        self._all = ownership.shares
        for place, share in enumerate(ownership.shares):
            self._shares.setdefault(share.asset_id, []).append(place)

    def reasons(
        self, asset: str, right: str, flow: str, territory: str, day: date, party: str, contract: str
    ) -> tuple[ShareReason, ...]:
        """Why `party` under `contract` shares the pool (`right`, `flow`) of `asset` in a territory on a day."""
        found = []
        nodes = self._descent.nodes(asset, right, flow, owned=self._claims.owned(asset, right))
        for role, node, part in self._claims.at_works(nodes, right):
            if role == MAKER:
                maker, _, licence = node.rpartition("|")
                if maker == party:
                    edges, _ = self._path(asset, asset, right, flow)
                    found.append(ShareReason(MAKER, asset, part, Fraction(1), edges, (licence,), ()))
                continue
            claims = [self._all[place] for place in self._shares.get(node, ())]
            holding = holders_on(claims, node, right, territory or "AQ", day, self._known_at)
            own = dict(holding.holders).get(party)
            governs = self._terms.contract(party, node, right)
            if own is None or (governs.id if governs is not None else DIRECT) != contract:
                continue
            edges, licences = self._path(asset, node, right, flow)
            found.append(ShareReason(HOLDER, node, part, own, edges, licences, holding.sheet_ids))
        return tuple(found)

    def _path(self, asset: str, node: str, right: str, flow: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Edge ids and licences of the paths from an asset to a node."""
        if asset == node:
            own = self._graph.edges_of(asset)
            return tuple(edge.id for edge in own if edge.right_type == right), ()
        try:
            paths = [path for path in self._graph.explain(asset, right_type=right, flow=flow) if path.ancestor == node]
        except CatalogueError:
            return (), ()
        if not paths:
            direct = [edge for edge in self._graph.edges_of(asset) if edge.parent == node]
            return tuple(edge.id for edge in direct), tuple(sorted({edge.licence_id for edge in direct} - {""}))
        edges = tuple(dict.fromkeys(edge.id for path in paths for edge in path.edges))
        return edges, tuple(sorted({edge.licence_id for path in paths for edge in path.edges} - {""}))
