"""The maker's part: a fan share compiled to edges, and what a cap or a floor moves after the money is added up.

A fan share says what the *maker* keeps, and leaves all else to the originals. It compiles to absolute edges, so that
the run, the stack check and the explanation know one mechanism only.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING

from ritornello.catalogue.error import CatalogueError
from ritornello.catalogue.model import ALL_FLOWS, EdgeForm, LineageEdge, Policy, RightType

if TYPE_CHECKING:
    from ritornello.catalogue.lineage import Graph


def fan_share_edges(
    graph: Graph,
    child: str,
    parents: Mapping[str, Fraction | int],
    *,
    fan_share: Fraction,
    reciprocity: Fraction = Fraction(0),
    licence_id: str,
    right_type: RightType | str,
    flow: str = ALL_FLOWS,
) -> tuple[LineageEdge, ...]:
    """The edges of a child whose licence grants its maker a fan share of a pool.

    `parents`: parent -> weight (any positive numbers). The fan share is the smallest along the chain. The edge to an
    original is (1 - fan share) x its weight, where a parent that was itself made under a fan share passes its weight on
    to its own originals; the edge to the maker of such a parent is reciprocity x fan share x the parent's weight among
    the parents. What the edges leave is the new maker's. Raises `CatalogueError`.
    """
    if not 0 <= fan_share <= 1 or not 0 <= reciprocity <= 1:
        raise CatalogueError(
            f"licence {licence_id}",
            f"fan share {fan_share} and reciprocity {reciprocity} must lie from 0 to 1",
            "give them as exact Fractions of one",
        )
    if not parents or any(weight <= 0 for weight in parents.values()):
        raise CatalogueError(f"licence {licence_id}", "a parent has no weight", "weigh each parent above 0")
    right = RightType(right_type)
    whole = sum((Fraction(weight) for weight in parents.values()), Fraction(0))
    originals: dict[str, Fraction] = {}
    makers: dict[str, Fraction] = {}
    least = fan_share
    for parent in sorted(parents):
        weight = Fraction(parents[parent]) / whole
        inherited = [edge for edge in graph.pool_edges(parent, right, flow) if edge.form is EdgeForm.TO_ORIGINAL]
        if not inherited:
            originals[parent] = originals.get(parent, Fraction(0)) + weight
            continue
        makers[parent] = weight
        least = min(least, 1 - sum((edge.share for edge in inherited), Fraction(0)))
        weights = sum((edge.weight for edge in inherited), Fraction(0))
        for edge in inherited:
            originals[edge.parent] = originals.get(edge.parent, Fraction(0)) + weight * edge.weight / weights
    promised = [
        (parent, (1 - least) * weight, weight, EdgeForm.TO_ORIGINAL) for parent, weight in sorted(originals.items())
    ] + [(parent, reciprocity * least * weight, weight, EdgeForm.TO_MAKER) for parent, weight in sorted(makers.items())]
    return tuple(
        LineageEdge(child, parent, licence_id, right, share, Policy.ABSOLUTE, weight, flow, form)
        for parent, share, weight, form in promised
    )


def within_limits(
    amounts: Mapping[str, Fraction],
    maker: str,
    originals: Mapping[str, Fraction | int],
    *,
    cap: Fraction | None = None,
    floor: Fraction | None = None,
) -> dict[str, Fraction]:
    """Hold a maker's aggregated amount within the licence's cap and floor, against the originals.

    `amounts`: account -> exact amount of a period, summed over all lines. `originals`: original -> weight. What is
    above the cap goes back to the originals by their weights; what lacks to the floor comes from them by their weights,
    as far as they have anything. The total never changes. Amounts below zero (reversals) are left as they are.
    """
    if cap is not None and floor is not None and floor > cap:
        raise CatalogueError(f"maker {maker}", f"its floor {floor} lies above its cap {cap}", "agree on one")
    weights = {original: Fraction(weight) for original, weight in originals.items()}
    whole = sum(weights.values(), Fraction(0))
    if whole <= 0 or min(weights.values()) < 0:
        raise CatalogueError(f"maker {maker}", "its originals have no weights", "weigh each original above 0")
    result = dict(amounts)
    earned = amounts.get(maker, Fraction(0))
    if cap is not None and earned > cap:
        moved = earned - cap
    elif floor is not None and 0 <= earned < floor:
        available = min(
            (amounts.get(original, Fraction(0)) * whole / weight for original, weight in weights.items() if weight),
        )
        moved = -min(floor - earned, max(available, Fraction(0)))
    else:
        return result
    result[maker] = earned - moved
    for original, weight in weights.items():
        result[original] = result.get(original, Fraction(0)) + moved * weight / whole
    return result
