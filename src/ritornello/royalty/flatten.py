"""Who owns what, flattened once per run: every pool of every asset as integer shares that add up to exactly 10^12.

For each asset, ownership window, territorial region and right, the lineage is walked once: ancestors and makers take
their parts, the holders of each node divide it, and what nobody may have is held by name (no_right, underclaim,
overclaim, disputed_claim). The hash of the table is the identity of the ownership that a run used.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction

from ritornello.catalogue.model import LineageEdge, OwnershipShare
from ritornello.identifiers.territories import TerritorySet
from ritornello.money import shares_of
from ritornello.royalty.account import DIRECT, HELD, HOLDER, MAKER, Stake, stake_of
from ritornello.royalty.claims import Claims, covers
from ritornello.royalty.lanes import State, breakpoints
from ritornello.royalty.makers import Descent
from ritornello.royalty.tables import OPEN_FROM, OPEN_TO, shares_hash
from ritornello.royalty.terms import MakerTerms, Terms

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
    builder = _States(terms, period_start)
    cache: dict[tuple[object, ...], list[tuple[str, int]]] = {}
    for asset in sorted(claims.assets | descent.assets):
        pools = [
            (right, variant, flow_names)
            for right in rights
            for variant, flow_names in _pools_of(flat.variants, terms, right)
        ]
        nodes = {
            (right, variant): claims.at_works(
                descent.nodes(asset, right, flows[0], owned=claims.owned(asset, right)), right
            )
            for right, variant, flows in pools
        }
        named = {(node, right) for (right, _), parts in nodes.items() for role, node, _ in parts if role == HOLDER}
        days = sorted({day for node, right in named for day in claims.breakpoints(node, right)})
        starts = [OPEN_FROM, *days]
        regions = _regions(claims, named, places)
        for number, start in enumerate(starts):
            if days:
                windows.append((asset, start, starts[number + 1] if number + 1 < len(starts) else OPEN_TO, number))
            for region, place in sorted({name: where for where, name in reversed(regions)}.items()):
                for right, variant, _ in pools:
                    weights = _weights(terms, claims, nodes[(right, variant)], asset, right, place, start, flat.stakes)
                    key = tuple(sorted(weights.items()))
                    shares = cache.get(key)
                    if shares is None:
                        shares = cache[key] = [(stake, share) for stake, share in shares_of(weights).items() if share]
                    group = asset if asset in grouped else ""
                    rows.extend(
                        (asset, number, region, right + variant, stake, group, share) for stake, share in shares
                    )
        builder.add(asset, tuple((where, name) for where, name in regions if name))
    flat.shares = tuple(sorted(rows))
    flat.windows = tuple(windows)
    flat.states, flat.state_rows = builder.done()
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


def _regions(claims: Claims, named: set[tuple[str, str]], places: list[str]) -> list[tuple[str, str]]:
    """Territory -> region: places with the same active claims are one region; "" where all places are alike."""
    sets = sorted(
        {where for node, right in named for where in claims.territories(node, right)}, key=lambda where: where.mask
    )
    if all(covers(where, place) for where in sets for place in places):
        return [(place, "") for place in places] or [("", "")]
    known: dict[tuple[bool, ...], str] = {}
    found = []
    for place in places:
        key = tuple(covers(where, place) for where in sets)
        found.append((place, known.setdefault(key, f"r{len(known)}")))
    if len(known) == 1:
        return [(place, "") for place in places]
    return found


def _weights(
    terms: Terms,
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
            contract = terms.contract(maker, asset, right)
            give(stake_of(MAKER, maker, contract.id if contract is not None else licence), part)
            continue
        held, parties = claims.on(node, right, place, day, terms.overclaims.hold)
        for kind, share in held.items():
            give(stake_of(HELD, kind, ""), part * share)
        for party, share in parties.items():
            contract = terms.contract(party, node, right)
            give(stake_of(HOLDER, party, contract.id if contract is not None else DIRECT), part * share)
    return dict(weights)


class _States:
    """What holds for each asset and when: scopes, consent gaps, holds and regions, with the days between which."""

    def __init__(self, terms: Terms, period_start: date) -> None:
        self._terms = terms
        self._start = period_start
        self._eras = breakpoints(terms)
        self._makers: dict[str, list[MakerTerms]] = defaultdict(list)
        for maker in terms.makers:
            self._makers[maker.asset].append(maker)
        self._global = tuple(hold for hold in terms.holds if not hold.assets)
        self._own = [hold for hold in terms.holds if hold.assets]
        plain = State("", period_start, holds=self._global)
        self._states: dict[tuple[object, ...], State] = {self._key(plain): plain}
        self._rows: list[tuple[str, date, date, str]] = []

    @staticmethod
    def _key(state: State) -> tuple[object, ...]:
        scope = None if state.scope is None else tuple((name, where.mask) for name, where in state.scope)
        return (state.day, scope, state.gap, state.holds, state.regions)

    def add(self, asset: str, regions: tuple[tuple[str, str], ...]) -> None:
        makers = self._makers.get(asset, [])
        holds = (*self._global, *(hold for hold in self._own if asset in hold.assets))
        ends = min((m.ends + timedelta(days=m.grace_days) for m in makers if m.ends is not None), default=None)
        scopes = [dict(maker.scope) for maker in makers if maker.scope]
        scope = None
        if scopes:
            services = set.intersection(*(set(one) for one in scopes))
            scope = tuple((name, _meet([one[name] for one in scopes])) for name in sorted(services))
        days = {day for hold in holds for day in (hold.when.valid_from, hold.when.valid_to) if day is not None}
        days |= set(self._eras) | ({ends} if ends is not None else set())
        starts = [OPEN_FROM, *sorted(days)]
        found = []
        for number, start in enumerate(starts):
            day = start if number else (min(days) - timedelta(days=1) if days else self._start)
            state = State("", day, scope, ends is not None and start >= ends, holds, regions)
            known = self._states.get(self._key(state))
            if known is None:
                known = State(f"s{len(self._states):05d}", day, scope, state.gap, holds, regions)
                self._states[self._key(state)] = known
            found.append((asset, start, starts[number + 1] if number + 1 < len(starts) else OPEN_TO, known.name))
        if len(found) > 1 or found[0][3]:
            self._rows.extend(found)

    def done(self) -> tuple[tuple[State, ...], tuple[tuple[str, date, date, str], ...]]:
        return tuple(self._states.values()), tuple(self._rows)


def _meet(sets: list[TerritorySet]) -> TerritorySet:
    met = sets[0]
    for one in sets[1:]:
        met = met & one
    return met
