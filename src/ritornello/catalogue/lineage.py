"""What came from what: a write-once acyclic graph, and how a derivative's money climbs it.

A child's edges are written once, together, when it is registered; a recording that already has derivatives gets no
parents any more, so the graph can never turn into a circle and nobody's frozen shares change later.

How much an ancestor gets of a child's pool, (money flow, right type), follows from the *paths* from the child up to it:

- absolute: each path pays the share of its last edge, on the child's gross. stack(child) = sum over its parents of
  stack(parent) + share, so the stack grows with depth.
- relative: each path pays the product of its shares, out of what its lower end got.

Every path counts ("what each licence says"), unless an ancestor is *charged once*: then only its largest path does.
Where a fan share was granted, `TO_MAKER` edges lead on to further makers only, since the child's own `TO_ORIGINAL`
edges already provide for all originals (see `fan_share_edges`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from ritornello.catalogue import pool
from ritornello.catalogue.error import CatalogueError
from ritornello.catalogue.fan_share import fan_share_edges
from ritornello.catalogue.model import ALL_FLOWS, LineageEdge, Policy, RightType
from ritornello.catalogue.pool import ChargeOnce, PathShare
from ritornello.catalogue.shares import percent
from ritornello.money import allocate

MOST_PARENTS = 16
MOST_ANCESTORS = 1024


@dataclass(frozen=True, slots=True)
class LineageRefusal:
    """Why a child cannot be linked. `largest`: the largest share that would fit in the pool, for code `stack`."""

    code: str
    message: str
    parent: str | None = None
    right_type: RightType | None = None
    flow: str | None = None
    largest: Fraction | None = None


class Graph:
    """The edges of some family (at least all ancestors of every child asked about), indexed by child."""

    def __init__(self, edges: Iterable[LineageEdge] = ()) -> None:
        self._edges: dict[str, tuple[LineageEdge, ...]] = {}
        self._children: dict[str, set[str]] = {}
        by_child: dict[str, dict[tuple[str, str, str], LineageEdge]] = {}
        for edge in edges:  # by the natural key that `edge.id` is made of, which takes long to hash for a catalogue
            known = by_child.setdefault(edge.child, {}).setdefault(_edge_order(edge), edge)
            if known is not edge and known != edge:
                raise CatalogueError(f"edge {edge.id}", "two edges differ in it", "an edge is written once")
            self._children.setdefault(edge.parent, set()).add(edge.child)
        self._parents: dict[str, tuple[str, ...]] = {}
        for child, own in by_child.items():
            self._edges[child] = tuple(sorted(own.values(), key=_edge_order))
            self._parents[child] = tuple(dict.fromkeys(edge.parent for edge in self._edges[child]))

    def edges_of(self, child: str) -> tuple[LineageEdge, ...]:
        return self._edges.get(child, ())

    def parents(self, child: str) -> tuple[str, ...]:
        return self._parents.get(child, ())

    def children(self, parent: str) -> tuple[str, ...]:
        return tuple(sorted(self._children.get(parent, ())))

    def ancestors(self, child: str) -> frozenset[str]:
        """Everything that the child came from, at any distance, without itself (unless the edges form a circle)."""
        return self._reached(child, self.parents)

    def descendants(self, parent: str) -> frozenset[str]:
        return self._reached(parent, self.children)

    def originals(self, child: str) -> tuple[str, ...]:
        """The ancestors that came from nothing themselves; the asset itself where it has no parents."""
        return tuple(sorted(node for node in {child, *self.ancestors(child)} if not self.edges_of(node)))

    def pools(self, child: str) -> tuple[tuple[str, RightType], ...]:
        """The (flow, right type) pools that edges of the child or its ancestors name; a flow of "*" is every other."""
        named = {
            (edge.flow, edge.right_type)
            for node in (child, *sorted(self.ancestors(child)))
            for edge in self.edges_of(node)
        }
        return tuple(sorted(named))

    def with_edges(self, edges: Iterable[LineageEdge]) -> Graph:
        """A graph with further edges; nothing is checked but that no edge is written twice differently."""
        return Graph([*(edge for own in self._edges.values() for edge in own), *edges])

    def check_new(
        self, child: str, edges: Sequence[LineageEdge], charge_once: ChargeOnce = False
    ) -> tuple[LineageRefusal, ...]:
        """Everything that speaks against linking `child` by these edges; nothing does where the result is empty.

        Codes: `no_parents`, `foreign_edge`, `twice`, `written_once`, `has_derivatives`, `cycle`, `too_many_parents`,
        `too_many_ancestors`, `lineage_policy_conflict`, `stack`. The very same edges once more are no change, and so
        no finding.
        """
        if not edges:
            return (LineageRefusal("no_parents", f"{child} names no parent; a derivative has at least one"),)
        if len({edge.id for edge in edges}) != len(edges):
            return (LineageRefusal("twice", f"{child} names the same parent, right and flow twice; add the shares up"),)
        if foreign := sorted(edge.child for edge in edges if edge.child != child):
            return (LineageRefusal("foreign_edge", f"an edge of {foreign[0]} stands among those of {child}"),)
        if known := self.edges_of(child):
            if set(known) == set(edges):
                return ()
            return (
                LineageRefusal(
                    "written_once", f"{child} was linked before, and lineage is written once; register a new derivative"
                ),
            )
        parents = {edge.parent for edge in edges}
        ancestors = parents.union(*(self.ancestors(parent) for parent in parents))
        if child in ancestors:
            return (LineageRefusal("cycle", f"{child} would be its own ancestor"),)
        if self._children.get(child):
            return (
                LineageRefusal(
                    "has_derivatives",
                    f"{child} already has derivatives, whose shares were frozen without these parents; "
                    "resolve it as a claim instead",
                ),
            )
        refusals = _limits(child, len(parents), len(ancestors))
        joined = self.with_edges(edges)
        refusals += joined._policies(child)
        if not refusals:
            refusals += joined._stacks(child, charge_once)
        return tuple(refusals)

    def path_shares(
        self,
        child: str,
        policy: Policy | str | None = None,
        charge_once: ChargeOnce = False,
        *,
        right_type: RightType | str | None = None,
        flow: str = ALL_FLOWS,
    ) -> dict[str, Fraction]:
        """Ancestor -> its net part of one unit of the child's money in a pool, in the order of ids; none of zero.

        `policy` may be left out, since the edges name it; where given, another one is an error. `right_type` may be
        left out where the edges of the family know only one. What the child keeps is one less the sum. Raises
        `CatalogueError` where the edges mix policies, form a circle, or promise more than the whole.
        """
        return self._solve(child, policy, charge_once, right_type, flow)[0]

    def split(
        self,
        child: str,
        policy: Policy | str | None = None,
        charge_once: ChargeOnce = False,
        *,
        right_type: RightType | str | None = None,
        flow: str = ALL_FLOWS,
    ) -> dict[str, Fraction]:
        """`path_shares` and what the child keeps: parts that add up to exactly one."""
        net, kept = self._solve(child, policy, charge_once, right_type, flow)
        parts = {**net, child: kept}
        return {node: parts[node] for node in sorted(parts) if parts[node] or node == child}

    def stack(
        self,
        child: str,
        charge_once: ChargeOnce = False,
        *,
        right_type: RightType | str | None = None,
        flow: str = ALL_FLOWS,
    ) -> Fraction:
        """What the child's pool owes its ancestors in all: at most one, or it is refused when it is granted."""
        right = self._right(child, right_type)
        policy = self._policy(child, None)
        return sum(self._paid(child, policy, charge_once, right, flow).values(), Fraction(0))

    def divide(
        self,
        child: str,
        amount: int,
        charge_once: ChargeOnce = False,
        *,
        right_type: RightType | str | None = None,
        flow: str = ALL_FLOWS,
    ) -> dict[str, int]:
        """Whole units of a period's money to the child and its ancestors, by one largest-remainder allocation."""
        return allocate(amount, self.split(child, None, charge_once, right_type=right_type, flow=flow))

    def explain(
        self,
        child: str,
        *,
        right_type: RightType | str | None = None,
        flow: str = ALL_FLOWS,
        most: int = 256,
    ) -> tuple[PathShare, ...]:
        """The paths that pay, largest share first, at most `most` of them (a deep family has very many)."""
        right = self._right(child, right_type)
        return pool.paths(child, lambda node: self.pool_edges(node, right, flow), self._policy(child, None), most)

    def fan_share_edges(
        self,
        child: str,
        parents: Mapping[str, Fraction | int],
        *,
        fan_share: Fraction,
        reciprocity: Fraction = Fraction(0),
        licence_id: str,
        right_type: RightType | str,
        flow: str = ALL_FLOWS,
    ) -> tuple[LineageEdge, ...]:
        """The edges of a child whose licence grants its maker a fan share; see `fan_share.fan_share_edges`."""
        return fan_share_edges(
            self,
            child,
            parents,
            fan_share=fan_share,
            reciprocity=reciprocity,
            licence_id=licence_id,
            right_type=right_type,
            flow=flow,
        )

    def pool_edges(self, child: str, right: RightType, flow: str = ALL_FLOWS) -> tuple[LineageEdge, ...]:
        """The child's edges in a pool: those that name the flow, and those for all flows where none does."""
        own = [edge for edge in self.edges_of(child) if edge.right_type is right and edge.flow in (flow, ALL_FLOWS)]
        named = {edge.parent for edge in own if edge.flow == flow}
        return tuple(edge for edge in own if edge.flow == flow or edge.parent not in named)

    def _reached(self, start: str, step: Callable[[str], Iterable[str]]) -> frozenset[str]:
        seen: set[str] = set()
        walk = list(step(start))
        while walk:
            node = walk.pop()
            if node not in seen:
                seen.add(node)
                walk.extend(step(node))
        return frozenset(seen)

    def _policies(self, child: str) -> list[LineageRefusal]:
        by_policy: dict[Policy, str] = {}
        for node in (child, *sorted(self.ancestors(child))):
            for edge in self.edges_of(node):
                by_policy.setdefault(edge.policy, f"{edge.child} from {edge.parent} ({edge.licence_id})")
        if len(by_policy) < 2:
            return []
        named = "; ".join(f"{policy.value}: {where}" for policy, where in sorted(by_policy.items()))
        return [
            LineageRefusal(
                "lineage_policy_conflict",
                f"the licences above {child} pay by different policies ({named}); "
                "all must be the same, across generations too",
            )
        ]

    def _stacks(self, child: str, charge_once: ChargeOnce) -> list[LineageRefusal]:
        found = []
        policy = self._policy(child, None)
        for flow, right in self.pools(child):
            paid = self._paid(child, policy, charge_once, right, flow)
            stack = sum(paid.values(), Fraction(0))
            if stack <= 1:
                continue
            for edge in self.pool_edges(child, right, flow):
                largest = self._largest(edge, policy, charge_once, right, flow)
                fits = f"the largest share that still fits is {percent(largest)}"
                if largest < 0:
                    fits = "no share fits, not even none: what is above them takes more than the whole"
                found.append(
                    LineageRefusal(
                        "stack",
                        f"the {right.value} shares above {child} add up to {percent(stack)}"
                        f"{'' if flow == ALL_FLOWS else f' of {flow}'}; for {edge.parent}, asked "
                        f"{percent(edge.share)}, {fits}",
                        edge.parent,
                        right,
                        flow,
                        max(largest, Fraction(0)),
                    )
                )
        return found

    def _largest(
        self, edge: LineageEdge, policy: Policy, charge_once: ChargeOnce, right: RightType, flow: str
    ) -> Fraction:
        """The largest share of one edge with which the child's pool stays within the whole; negative for none."""
        without = Graph(
            known if known.id != edge.id else replace(known, share=Fraction(0))
            for own in self._edges.values()
            for known in own
        )
        paid = without._paid(edge.child, policy, charge_once, right, flow)
        others = sum(paid.values(), Fraction(0))
        if policy is Policy.ABSOLUTE and pool.charged_once(charge_once, edge.parent):
            # Only the larger of this edge and the ancestor's other paths counts, so they share their room.
            return 1 - others + paid.get(edge.parent, Fraction(0)) if others <= 1 else 1 - others
        return 1 - others

    def _solve(
        self, child: str, policy: Policy | str | None, charge_once: ChargeOnce, right: RightType | str | None, flow: str
    ) -> tuple[dict[str, Fraction], Fraction]:
        """Ancestor -> net part (none of zero, by id), and what the child keeps."""
        order = self._from_child_up(child)
        chosen = self._policy(child, policy, order)
        right_type = self._right(child, right)

        def edges_of(node: str) -> tuple[LineageEdge, ...]:
            return self.pool_edges(node, right_type, flow)

        if chosen is Policy.ABSOLUTE:
            net = pool.absolute(order, edges_of, charge_once)
            kept = 1 - sum(net.values(), Fraction(0))
        else:
            net, paid = pool.relative(order, edges_of, charge_once)
            kept = 1 - sum(paid.values(), Fraction(0))
        if kept < 0:
            raise CatalogueError(
                f"{child} {right_type.value}",
                f"its ancestors take {percent(1 - kept)}",
                "such a stack is never granted",
            )
        return {node: net[node] for node in sorted(net) if net[node]}, kept

    def _paid(
        self, child: str, policy: Policy, charge_once: ChargeOnce, right: RightType, flow: str
    ) -> dict[str, Fraction]:
        """What leaves the child's pool: by ancestor (absolute), or by parent (relative)."""
        order = self._from_child_up(child)

        def edges_of(node: str) -> tuple[LineageEdge, ...]:
            return self.pool_edges(node, right, flow)

        if policy is Policy.ABSOLUTE:
            return pool.absolute(order, edges_of, charge_once)
        return pool.relative(order, edges_of, charge_once)[1]

    def _from_child_up(self, child: str) -> list[str]:
        """The child and its ancestors, each after all of its descendants among them. Raises for a circle."""
        waiting: dict[str, int] = {}
        family = {child, *self.ancestors(child)}
        for node in family:
            for parent in self.parents(node):
                waiting[parent] = waiting.get(parent, 0) + 1
        if waiting.get(child):
            raise CatalogueError(child, "it is its own ancestor", "lineage has no circles")
        order: list[str] = []
        ready = [child]
        while ready:
            node = ready.pop()
            order.append(node)
            for parent in self.parents(node):
                waiting[parent] -= 1
                if not waiting[parent]:
                    ready.append(parent)
        if len(order) != len(family):
            raise CatalogueError(child, "its ancestors form a circle", "lineage has no circles")
        return order

    def _policy(self, child: str, asked: Policy | str | None, family: Sequence[str] | None = None) -> Policy:
        """The policy of all edges above a child. `family`: the child and its ancestors, where they are known."""
        nodes = family if family is not None else (child, *self.ancestors(child))
        known = {edge.policy for node in nodes for edge in self.edges_of(node)}
        if len(known) > 1:
            raise CatalogueError(child, "its ancestors are paid by both policies", "see lineage_policy_conflict")
        if asked is not None and known and Policy(asked) not in known:
            raise CatalogueError(
                child, f"its licences say {min(known).value}, not {Policy(asked).value}", "a licence fixes the policy"
            )
        return min(known) if known else Policy(asked or Policy.ABSOLUTE)

    def _right(self, child: str, asked: RightType | str | None) -> RightType:
        if asked is not None:
            return RightType(asked)
        known = {edge.right_type for node in (child, *self.ancestors(child)) for edge in self.edges_of(node)}
        if len(known) > 1:
            raise CatalogueError(child, "its edges speak of several rights", "name the right_type that is asked for")
        return min(known) if known else RightType.MASTER


def _edge_order(edge: LineageEdge) -> tuple[str, str, str]:
    return edge.parent, edge.right_type.value, edge.flow


def _limits(child: str, parents: int, ancestors: int) -> list[LineageRefusal]:
    found = []
    if parents > MOST_PARENTS:
        found.append(
            LineageRefusal(
                "too_many_parents",
                f"{child} has {parents} parents, and at most {MOST_PARENTS} are allowed; "
                "make an intermediate derivative of some of them",
            )
        )
    if ancestors > MOST_ANCESTORS:
        found.append(
            LineageRefusal(
                "too_many_ancestors",
                f"{child} would have {ancestors:,} ancestors, and at most {MOST_ANCESTORS:,} are allowed; "
                "derive from earlier versions",
            )
        )
    return found
