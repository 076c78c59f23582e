"""Changed terms for usage that was: the terms on file with other lists, the licences with other money forms.

A fan share is frozen into the lineage when a derivative is made. To ask what another one would have paid, the edges of
such derivatives are taken back to what was declared (these parents, with these weights), and the run compiles them anew
with the changed licences, in the whole family.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from ritornello.catalogue.model import EdgeForm, LineageEdge
from ritornello.money import minor_unit
from ritornello.royalty.documents import Reader, TermError
from ritornello.royalty.flatten import Ownership
from ritornello.royalty.run import RunResult
from ritornello.royalty.schema import HISTORY, findings
from ritornello.royalty.terms import MakerTerms, Terms
from ritornello.royalty.terms_document import read_scope, read_terms

EVERY = "*"


@dataclass(frozen=True, slots=True)
class LicenceChange:
    """Other money for some derivatives: by their ids, or by what they were made from (an offer is on that)."""

    derivatives: frozenset[str]
    made_from: frozenset[str]
    terms: Mapping[str, Any]

    def meets(self, maker: MakerTerms, ancestors: Iterable[str]) -> bool:
        return EVERY in self.derivatives or maker.asset in self.derivatives or not self.made_from.isdisjoint(ancestors)


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be otherwise. `lists`: the lists of terms that are replaced, as documents."""

    title: str
    lists: Mapping[str, Any]
    licences: tuple[LicenceChange, ...]


@dataclass(frozen=True, slots=True)
class PayeeDifference:
    """What one payee would have had, beside what the terms on file give, in minor units of the currency."""

    party: str
    before: int
    after: int

    @property
    def more(self) -> int:
        return self.after - self.before


def read_change(document: Mapping[str, Any]) -> Change:
    """A change from its document. Raises `TermError` with everything that is wrong in it."""
    if wrong := findings(document, HISTORY, "change"):
        raise TermError("; ".join(map(str, wrong)))
    reader = Reader(document, "change")
    title = reader.text("title", "")
    lists = reader.table("terms")
    licences = []
    for one in reader.many("licences"):
        derivatives, made_from = one.texts("derivatives"), one.texts("made_from")
        if not derivatives and not made_from:
            raise TermError(f'{one.where}: name derivatives ("*" for every one), or what they were made_from')
        terms: dict[str, Any] = {}
        for name in ("fan_share", "reciprocity"):
            if one.has(name):
                terms[name] = one.rate(name)
        for name in ("cap", "floor", "ceiling"):
            if one.has(name):
                terms[name] = None if one.take(name) is None else one.amount(name)
        if one.has("flows"):
            terms["flows"] = one.texts("flows")
        if one.has("scope"):
            terms["scope"] = read_scope(one)
        one.done()
        licences.append(LicenceChange(frozenset(derivatives), frozenset(made_from), terms))
    reader.done()
    return Change(title, lists, tuple(licences))


def changed(
    change: Change, document: Mapping[str, Any], terms: Terms, ownership: Ownership
) -> tuple[Terms, Ownership, tuple[str, ...]]:
    """Terms and ownership with the change, and the derivatives whose licences it met.

    `document`: the terms on file; `terms`: those of the run, with the licences of its derivatives. Raises `TermError`,
    also where a change of licences meets no derivative at all: it would be a question about nothing.
    """
    fresh = read_terms({**document, **change.lists}, "terms")
    if fresh.currency != terms.currency:
        raise TermError(f"change.terms.currency: the run is in {terms.currency}; a difference needs one currency")
    on_file = read_terms(document, "terms").makers
    above = _ancestors(ownership.edges)
    makers: list[MakerTerms] = []
    met: set[str] = set()
    used: set[int] = set()
    for maker in (*fresh.makers, *(one for one in terms.makers if one not in on_file)):
        other = maker
        for number, licence in enumerate(change.licences):
            if licence.meets(maker, above(maker.asset)):
                used.add(number)
                met.add(maker.asset)
                other = replace(other, **licence.terms)
        makers.append(other)
    if idle := sorted(set(range(len(change.licences))) - used):
        raise TermError(f"change.licences[{idle[0]}]: no licensed derivative is met by it; nothing would change")
    rates = (*fresh.rates, *(rate for rate in terms.rates if rate.files and rate not in fresh.rates))
    again = replace(fresh, makers=tuple(makers), rates=rates)
    edges = declared(ownership.edges, makers) if met else ownership.edges
    return again, replace(ownership, edges=edges), tuple(sorted(met))


def declared(edges: Sequence[LineageEdge], makers: Iterable[MakerTerms]) -> tuple[LineageEdge, ...]:
    """The edges with those of fan shares taken back to parents and weights, so that they are compiled anew."""
    fans = {(maker.asset, maker.right) for maker in makers if maker.fan_share is not None}
    own: dict[tuple[str, str], list[LineageEdge]] = defaultdict(list)
    kept = []
    for edge in edges:
        key = (edge.child, str(edge.right_type))
        if key in fans and edge.form is not EdgeForm.PARENT_SHARE:
            own[key].append(edge)
        else:
            kept.append(edge)
    for (child, right), frozen in own.items():
        weights: dict[str, Fraction] = defaultdict(Fraction)
        for edge in frozen:
            weights[edge.parent] += edge.weight
        for edge in frozen:
            if edge.form is not EdgeForm.TO_MAKER:
                continue
            # what the originals of a parent derivative weigh came through that parent
            inherited = [one for one in own.get((edge.parent, right), ()) if one.form is EdgeForm.TO_ORIGINAL]
            whole = sum((one.weight for one in inherited), Fraction(0))
            for one in inherited:
                weights[one.parent] -= edge.weight * one.weight / whole
        for parent, weight in sorted(weights.items()):
            if weight > 0:
                model = next(edge for edge in frozen if edge.parent == parent)
                kept.append(replace(model, share=Fraction(0), weight=weight, form=EdgeForm.PARENT_SHARE, child=child))
    return tuple(kept)


def difference(before: RunResult, after: RunResult) -> tuple[PayeeDifference, ...]:
    """What each payee would have had and had, whoever differs most first; those who differ by nothing are left out."""
    totals: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for place, result in enumerate((before, after)):
        for account, count in result.units.items():
            if account.startswith("payable:"):
                totals[account.split(":")[1]][place] += count
    found = [PayeeDifference(party, *both) for party, both in totals.items() if both[0] != both[1]]
    return tuple(sorted(found, key=lambda one: (-abs(one.more), one.party)))


def amount(count: int, currency: str) -> Fraction:
    """Minor units as an amount of the currency."""
    return count * minor_unit(currency)


def _ancestors(edges: Iterable[LineageEdge]) -> Callable[[str], set[str]]:
    parents: dict[str, set[str]] = defaultdict(set)
    for edge in edges:
        parents[edge.child].add(edge.parent)

    def above(asset: str) -> set[str]:
        seen: set[str] = set()
        walk = [asset]
        while walk:
            for parent in parents.get(walk.pop(), ()):
                if parent not in seen:
                    seen.add(parent)
                    walk.append(parent)
        return seen

    return above
