"""Who owns what, flattened once per run: every pool of every asset as integer shares that add up to exactly 10^12.

For each asset, ownership window, territorial region and right, the lineage is walked once: ancestors and makers take
their parts, the holders of each node divide it, and what nobody may have is held by name (no_right, underclaim,
overclaim, disputed_claim). The hash of the table is the identity of the ownership that a run used.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from fractions import Fraction

from ritornello.catalogue.model import LineageEdge, OwnershipShare
from ritornello.identifiers.territories import WORLD
from ritornello.money import shares_of
from ritornello.royalty.account import DIRECT, HELD, HOLDER, MAKER, Stake, stake_of
from ritornello.royalty.claims import Claims, covers
from ritornello.royalty.lanes import State
from ritornello.royalty.makers import Descent
from ritornello.royalty.states import States
from ritornello.royalty.tables import OPEN_FROM, OPEN_TO, shares_hash
from ritornello.royalty.terms import Contract, Terms

ShareRow = tuple[str, int, str, str, str, str, int]


@dataclass(frozen=True, slots=True)
class Ownership:
    """The catalogue's facts for a run: dated ownership shares and the lineage of derivatives."""

    shares: tuple[OwnershipShare, ...] = ()
    edges: tuple[LineageEdge, ...] = ()
    works: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Recording -> its works, where the composition is owned; several works share equally."""


@dataclass(slots=True)
class Flat:
    """The flattened ownership of a run."""

    shares: tuple[ShareRow, ...] = ()
    windows: tuple[tuple[str, date, date, int], ...] = ()
    state_rows: tuple[tuple[str, date, date, str], ...] = ()
    states: tuple[State, ...] = ()
    stakes: dict[str, Stake] = field(default_factory=dict)
    variants: dict[str, str] = field(default_factory=dict)
    hash: str = ""


def flatten(
    ownership: Ownership, terms: Terms, territories: Iterable[str], period_start: date, known_at: datetime
) -> Flat:
    """Flatten `ownership` for the territories that occur in the usage, as it was known at `known_at`.

    Raises `TermError` where makers' and lineage shares of a pool exceed the whole, or a licence names an asset without
    parents.
    """
    places = sorted(set(territories))
    claims = Claims(ownership.shares, known_at, ownership.works)
    descent = Descent(ownership.edges, terms)
    flat = Flat(variants=_variants(terms, descent.named_flows))
    rights = sorted({right for flow in terms.flows for right, part in flow.split() if part})
    grouped = {
        maker.asset
        for maker in terms.makers
        if maker.basis == "gross" or any(one is not None for one in (maker.cap, maker.floor, maker.ceiling))
    }
    rows: list[ShareRow] = []
    windows: list[tuple[str, date, date, int]] = []
    states = States(terms, period_start)
    governing = _Governing(terms)
    divided: dict[tuple[tuple[int, int], ...], tuple[int, ...]] = {}
    pools = [
        (right, variant, names[0]) for right in rights for variant, names in _pools_of(flat.variants, terms, right)
    ]
    for asset in sorted(claims.assets | descent.assets):
        nodes = [
            claims.at_works(descent.nodes(asset, right, flow, owned=claims.owned(asset, right)), right)
            for right, _, flow in pools
        ]
        named = {
            (node, right)
            for (right, _, _), parts in zip(pools, nodes, strict=True)
            for role, node, _ in parts
            if role == HOLDER
        }
        days = sorted({day for node, right in named for day in claims.breakpoints(node, right)})
        starts = [OPEN_FROM, *days]
        regions = _regions(claims, named, places)
        group = asset if asset in grouped else ""
        for number, start in enumerate(starts):
            if days:
                windows.append((asset, start, starts[number + 1] if number + 1 < len(starts) else OPEN_TO, number))
            for region, place in regions.samples:
                for (right, variant, _), parts in zip(pools, nodes, strict=True):
                    weights = _weights(governing, claims, parts, asset, right, place, start, flat.stakes)
                    for stake, share in _divide(weights, divided):
                        rows.append((asset, number, region, right + variant, stake, group, share))
        states.add(asset, regions.named)
    flat.shares = tuple(sorted(rows))
    flat.windows = tuple(windows)
    flat.states, flat.state_rows = states.done()
    flat.hash = shares_hash((*flat.shares, *flat.windows))
    return flat


def _variants(terms: Terms, named: frozenset[str]) -> dict[str, str]:
    """Flow -> suffix of its pools: flows that share alike (the same licences take part) share a pool."""
    narrowed = [maker for maker in terms.makers if maker.flows]
    found: dict[tuple[object, ...], str] = {}
    variants: dict[str, str] = {}
    for flow in sorted(terms.flows, key=lambda one: (not one.lineage, one.name)):
        own = flow.name if flow.name in named else ""
        key = (flow.lineage, *(flow.lineage and flow.name in maker.flows for maker in narrowed), own)
        plain = flow.lineage and all(key[1:-1]) and not own
        variants[flow.name] = found.setdefault(key, "" if plain else f"@{flow.name}")
    return variants


def _pools_of(variants: Mapping[str, str], terms: Terms, right: str) -> list[tuple[str, list[str]]]:
    found: dict[str, list[str]] = defaultdict(list)
    for flow in terms.flows:
        if any(name == right and part for name, part in flow.split()):
            found[variants[flow.name]].append(flow.name)
    return sorted((variant, sorted(names)) for variant, names in found.items())


@dataclass(frozen=True, slots=True)
class _Regions:
    """`samples`: each region with one of its places. `named`: territory -> region, empty where all are alike."""

    samples: tuple[tuple[str, str], ...]
    named: tuple[tuple[str, str], ...] = ()


def _regions(claims: Claims, named: set[tuple[str, str]], places: list[str]) -> _Regions:
    """Places with the same active claims are one region; its name is "" where all places are alike."""
    alike = _Regions((("", places[0] if places else ""),))
    sets = {where for node, right in named for where in claims.territories(node, right)}
    if all(where == WORLD for where in sets):
        return alike
    ordered = sorted(sets, key=lambda where: where.mask)
    known: dict[tuple[bool, ...], tuple[str, str]] = {}
    found = []
    for place in places:
        key = tuple(covers(where, place) for where in ordered)
        found.append((place, known.setdefault(key, (f"r{len(known)}", place))[0]))
    return _Regions(tuple(known.values()), tuple(found)) if len(known) > 1 else alike


def _divide(
    weights: Mapping[str, Fraction], divided: dict[tuple[tuple[int, int], ...], tuple[int, ...]]
) -> list[tuple[str, int]]:
    """Weights as shares of exactly 10^12. Shares follow from the weights in the order of the stakes' ids, and most
    pools of a catalogue are divided alike, so what was divided once is remembered."""
    stakes = sorted(weights)
    key = tuple(weights[stake].as_integer_ratio() for stake in stakes)
    shares = divided.get(key)
    if shares is None:
        shares = divided[key] = tuple(shares_of(dict(sorted(weights.items()))).values())
    return [(stake, share) for stake, share in zip(stakes, shares, strict=True) if share]


class _Governing:
    """Contracts by holder: most holders have none, and asking all contracts for each share takes long."""

    def __init__(self, terms: Terms) -> None:
        self.overclaims = terms.overclaims.hold
        self._by_holder: dict[str, list[Contract]] = defaultdict(list)
        for contract in terms.contracts:
            self._by_holder[contract.holder].append(contract)
        self._terms = {
            holder: replace(terms, contracts=tuple(contracts)) for holder, contracts in self._by_holder.items()
        }

    def stake(self, role: str, party: str, asset: str, right: str, otherwise: str) -> Stake:
        """The stake of a party, under the contract that governs it or else by the name given."""
        terms = self._terms.get(party)
        contract = terms.contract(party, asset, right) if terms is not None else None
        return stake_of(role, party, contract.id if contract is not None else otherwise)


def _weights(
    governing: _Governing,
    claims: Claims,
    nodes: Iterable[tuple[str, str, Fraction]],
    asset: str,
    right: str,
    place: str,
    day: date,
    stakes: dict[str, Stake],
) -> dict[str, Fraction]:
    """Stake -> part of a pool, adding up to one."""
    weights: dict[str, Fraction] = defaultdict(Fraction)

    def give(stake: Stake, part: Fraction) -> None:
        if part:
            stakes[stake.id] = stake
            weights[stake.id] += part

    for role, node, part in nodes:
        if role == MAKER:
            maker, _, licence = node.rpartition("|")
            give(governing.stake(MAKER, maker, asset, right, licence), part)
            continue
        held, parties = claims.on(node, right, place, day, governing.overclaims)
        for kind, share in held.items():
            give(stake_of(HELD, kind, ""), part * share)
        for party, share in parties.items():
            give(governing.stake(HOLDER, party, node, right, DIRECT), share if part == 1 else part * share)
    return dict(weights)
