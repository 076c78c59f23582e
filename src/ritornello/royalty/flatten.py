"""Who owns what, flattened once per run: every pool of every asset as integer shares that add up to exactly 10^12.

For each asset, ownership window, territorial region and right, the lineage is walked once: ancestors and makers take
their parts, the holders of each node divide it, and what nobody may have is held by name (no_right, underclaim,
overclaim, disputed_claim). The hash of the table is the identity of the ownership that a run used.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from fractions import Fraction

from ritornello.catalogue.model import LineageEdge, OwnershipShare
from ritornello.identifiers.territories import WORLD
from ritornello.money import shares_of
from ritornello.proof import sha256_hex
from ritornello.royalty.account import DIRECT, HELD, HOLDER, MAKER, Stake, stake_of
from ritornello.royalty.claims import Claims, covers
from ritornello.royalty.documents import TermError
from ritornello.royalty.lanes import State
from ritornello.royalty.makers import Descent
from ritornello.royalty.states import States
from ritornello.royalty.tables import OPEN_FROM, OPEN_TO, SUSPENDED
from ritornello.royalty.terms import Contract, Terms

Division = tuple[tuple[int, int], ...]
"""Stake number and share of 10^-12, for all who share one pool."""


@dataclass(frozen=True, slots=True)
class Ownership:
    """The catalogue's facts for a run: dated ownership shares and the lineage of derivatives."""

    shares: tuple[OwnershipShare, ...] = ()
    edges: tuple[LineageEdge, ...] = ()
    works: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Recording -> its works, where the composition is owned; several works share equally."""


@dataclass(slots=True)
class Flat:
    """The flattened ownership of a run, numbered.

    `splits`: (asset, window, region, split); `shares`: (split, pool, stake, share of 10^-12). Assets that are shared
    out alike have the same split. The place in `pools`, `regions` and `stake_names` (stake, group) is the number; 0 is
    none.
    """

    splits: list[tuple[str, int, int, int]] = field(default_factory=list)
    shares: list[tuple[int, int, int, int]] = field(default_factory=list)
    windows: list[tuple[str, date, date, int]] = field(default_factory=list)
    state_rows: tuple[tuple[str, date, date, str], ...] = ()
    states: tuple[State, ...] = ()
    pools: list[str] = field(default_factory=lambda: [""])
    regions: list[str] = field(default_factory=lambda: [""])
    stake_names: list[tuple[str, str]] = field(default_factory=lambda: [("", "")])
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
    states = States(terms, period_start)
    book = _Book(terms, flat)
    pools = [
        (right, variant, names[0]) for right in rights for variant, names in _pools_of(flat.variants, terms, right)
    ]
    flat.pools += [right + variant for right, variant, _ in pools]
    known: dict[object, _Shape] = {}
    descended = descent.assets
    for asset in sorted(claims.assets | descended):
        if asset.startswith(SUSPENDED):
            raise TermError(f"shares: the id {asset!r} begins with {SUSPENDED!r}, which marks suspended money")
        alike = None if asset in descended or asset in grouped else book.alike(claims, asset, rights)
        shape = known.get(alike) if alike is not None else None
        if shape is None:
            shape = _shape(book, claims, descent, asset, pools, places, asset if asset in grouped else "")
            if alike is not None:
                known[alike] = shape
        for start, end, number in shape.windows:
            flat.windows.append((asset, start, end, number))
        for window, region, split in shape.splits:
            flat.splits.append((asset, window, region, split))
        most = max(region for _, region, _ in shape.splits)
        flat.regions += (f"r{number}" for number in range(len(flat.regions) - 1, most))
        states.add(asset, shape.regions)
    flat.states, flat.state_rows = states.done()
    flat.hash = _hash_of(flat)
    return flat


@dataclass(frozen=True, slots=True)
class _Shape:
    """How one asset, or all assets whose claims say the same, are shared out."""

    windows: tuple[tuple[date, date, int], ...]
    splits: tuple[tuple[int, int, int], ...]
    regions: tuple[tuple[str, str], ...]


def _shape(
    book: _Book,
    claims: Claims,
    descent: Descent,
    asset: str,
    pools: Sequence[tuple[str, str, str]],
    places: list[str],
    group: str,
) -> _Shape:
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
    starts = [OPEN_FROM, *days, OPEN_TO]
    regions = _regions(claims, named, places)
    splits = []
    for number, start in enumerate(starts[:-1]):
        for region, place in regions.samples:
            divisions = tuple(
                book.divide(_weights(book, claims, parts, asset, right, place, start), group)
                for (right, _, _), parts in zip(pools, nodes, strict=True)
            )
            splits.append((number, region, book.split(divisions)))
    return _Shape(
        tuple((starts[number], starts[number + 1], number) for number in range(1, len(starts) - 1)),
        tuple(splits),
        tuple((place, str(region)) for place, region in regions.named),
    )


def _hash_of(flat: Flat) -> str:
    """The identity of who owned what in a run: assets in order, each with its windows and the content of its splits."""
    rows: dict[int, list[str]] = defaultdict(list)
    for split, pool, stake, share in flat.shares:
        rows[split].append("\t".join((flat.pools[pool], *flat.stake_names[stake], str(share))))
    content = {split: sha256_hex("\n".join(lines).encode()) for split, lines in rows.items()}
    digest = hashlib.sha256()
    for asset, window, region, split in flat.splits:
        digest.update(f"{asset}\t{window}\t{region}\t{content.get(split, '')}\n".encode())
    for asset, start, end, number in flat.windows:
        digest.update(f"{asset}\t{start}\t{end}\t{number}\n".encode())
    return digest.hexdigest()


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
    """`samples`: each region with one of its places. `named`: territory -> region, empty where all are alike.

    Regions are numbered per asset, from 1; 0 is the one region of assets that are owned alike everywhere."""

    samples: tuple[tuple[int, str], ...]
    named: tuple[tuple[str, int], ...] = ()


def _regions(claims: Claims, named: set[tuple[str, str]], places: list[str]) -> _Regions:
    """Places with the same active claims are one region."""
    sets = {where.mask: where for node, right in named for where in claims.territories(node, right)}
    if sets.keys() <= {WORLD.mask}:
        return _Regions(((0, places[0] if places else ""),))
    ordered = [sets[mask] for mask in sorted(sets)]
    known: dict[tuple[bool, ...], tuple[int, str]] = {}
    found = []
    for place in places:
        key = tuple(covers(where, place) for where in ordered)
        found.append((place, known.setdefault(key, (len(known) + 1, place))[0]))
    if len(known) > 1:
        return _Regions(tuple(known.values()), tuple(found))
    return _Regions(((0, places[0] if places else ""),))


class _Book:
    """Numbers stakes and splits, and remembers what was divided once: most pools of a catalogue are divided alike."""

    def __init__(self, terms: Terms, flat: Flat) -> None:
        self.overclaims = terms.overclaims.hold
        self._flat = flat
        by_holder: dict[str, list[Contract]] = defaultdict(list)
        for contract in terms.contracts:
            by_holder[contract.holder].append(contract)
        # Contracts by holder: most holders have none, and asking all contracts for each share takes long.
        self._terms = {holder: replace(terms, contracts=tuple(contracts)) for holder, contracts in by_holder.items()}
        # Contracts for certain assets: whoever has one is looked up asset by asset.
        self._particular = {contract.holder for contract in terms.contracts if contract.assets}
        self._direct: dict[tuple[str, str, str], str] = {}
        self._numbers: dict[tuple[str, str], int] = {}
        self._patterns: dict[tuple[tuple[int, int], ...], tuple[int, ...]] = {}
        self._splits: dict[tuple[Division, ...], int] = {}

    def alike(self, claims: Claims, asset: str, rights: Iterable[str]) -> tuple[object, ...] | None:
        """What decides how an asset without parents is shared out; None where that depends on the asset itself."""
        found = []
        for right in rights:
            said = claims.alike(asset, right)
            if said is None or any(share[0] in self._particular for share in said):
                return None
            found.append(said)
        return tuple(found)

    def stake(self, role: str, party: str, asset: str, right: str, otherwise: str) -> str:
        """The id of a party's stake, under the contract that governs it or else by the name given."""
        terms = self._terms.get(party)
        contract = terms.contract(party, asset, right) if terms is not None else None
        return self.named(role, party, contract.id if contract is not None else otherwise)

    def named(self, role: str, party: str, contract: str) -> str:
        known = self._direct.get((role, party, contract))
        if known is None:
            stake = stake_of(role, party, contract)
            self._flat.stakes[stake.id] = stake
            known = self._direct[(role, party, contract)] = stake.id
        return known

    def divide(self, weights: Mapping[str, Fraction], group: str) -> Division:
        """Weights as shares of exactly 10^12, in the order of the stakes' ids."""
        ordered = sorted(weights.items())
        ratios = tuple(weight.as_integer_ratio() for _, weight in ordered)
        # Shares follow from the weights and the order of the ids alone, and few patterns of weights occur.
        shares = self._patterns.get(ratios)
        if shares is None:
            shares = self._patterns[ratios] = tuple(shares_of(dict(ordered)).values())
        return tuple(
            (self._number((stake, group)), share) for (stake, _), share in zip(ordered, shares, strict=True) if share
        )

    def _number(self, name: tuple[str, str]) -> int:
        known = self._numbers.get(name)
        if known is None:
            known = self._numbers[name] = len(self._flat.stake_names)
            self._flat.stake_names.append(name)
        return known

    def split(self, divisions: tuple[Division, ...]) -> int:
        """The number of a split; `divisions`: one per pool."""
        known = self._splits.get(divisions)
        if known is None:
            known = self._splits[divisions] = len(self._splits) + 1
            self._flat.shares += (
                (known, pool, stake, share)
                for pool, division in enumerate(divisions, start=1)
                for stake, share in division
            )
        return known


def _weights(
    book: _Book,
    claims: Claims,
    nodes: Iterable[tuple[str, str, Fraction]],
    asset: str,
    right: str,
    place: str,
    day: date,
) -> dict[str, Fraction]:
    """Stake -> part of a pool, adding up to one."""
    weights: dict[str, Fraction] = {}

    def give(stake: str, part: Fraction) -> None:
        if part:
            weights[stake] = weights[stake] + part if stake in weights else part

    for role, node, part in nodes:
        if role == MAKER:
            maker, _, licence = node.rpartition("|")
            give(book.stake(MAKER, maker, asset, right, licence), part)
            continue
        held, parties = claims.on(node, right, place, day, book.overclaims)
        whole = part == 1
        for kind, share in held.items():
            give(book.named(HELD, kind, ""), share if whole else part * share)
        for party, share in parties.items():
            give(book.stake(HOLDER, party, node, right, DIRECT), share if whole else part * share)
    return weights
