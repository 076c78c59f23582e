"""One royalty run: usage, shares, terms and rates in; whole minor units out, conserved to the last one.

A run adds up before it rounds: all accounts (payee × contract, house, tax, held) are exact until one allocation by
largest remainder makes minor units of them. What is received and settled by us equals what is payable, held, kept and
carried, or the run fails and nothing comes of it. The same inputs give the same digest, in whatever order they came
and on whichever engine.
"""

from __future__ import annotations

import gc
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from fractions import Fraction

from ritornello.ledger.accounts import Side
from ritornello.money import minor_unit, round_exact
from ritornello.money.allocation import exact_sum
from ritornello.proof import canonical_json, sha256_hex
from ritornello.royalty.account import HELD, Adjustment, Feed, Figure, Stake, side_of, stake_of
from ritornello.royalty.carried import NOTHING, Carried
from ritornello.royalty.contracts import Settled, settle
from ritornello.royalty.engines import Engine, FlagRow
from ritornello.royalty.flatten import Flat, Ownership, flatten
from ritornello.royalty.lanes import Lane, build_lanes
from ritornello.royalty.numbering import tables_of
from ritornello.royalty.payout import Payout, pay_out
from ritornello.royalty.tables import AMOUNT_DIGITS, E22, PoolRow, SurveyRow, Tables
from ritornello.royalty.terms import MakerTerms, Terms
from ritornello.royalty.terms_document import canonical
from ritornello.royalty.waterfall import Pooled, pool

ENGINE_VERSION = "2"
"""Part of every run's inputs: a change of the rules in this room that changes a result raises it."""


class ConservationError(Exception):
    """Receipts and allocations differ: the run failed, nothing may be posted."""


@dataclass(frozen=True, slots=True)
class RunInputs:
    """Everything that a run depends on.

    `expected`: currency -> control total of the usage in 10^-10 units, as the take-in reported it; a lake that says
    otherwise fails the run. `apart`: keep every place's figures apart, for explanations of small runs; the money is
    the same. `earlier`: the run of the same period that this one restates; only the differences are allocated.
    `carried`: what other periods and the books hand over. `sources`: the files of the lake by the generation that was
    read, so that rows matched again are another input although their sum is the same.
    """

    period_start: date
    period_end: date
    terms: Terms
    ownership: Ownership
    engine: Engine
    known_at: datetime
    expected: Mapping[str, int] | None = None
    apart: bool = False
    earlier: RunResult | None = None
    carried: Carried = NOTHING
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run says. Exact amounts are in units of `currency`, `units` in its minor unit.

    `exact`, `units`: all accounts of the period as they now stand (restatements included). `delta`: what this run
    adds to the run that it restates (the same as `units` for a first run). `carry`: the part of the total below one
    minor unit. `carried`: what it started from. `memo`: what others settle. `billed`: shortfalls of guarantees.
    `balances`: recoupments after the run, below zero while something is outstanding.
    """

    currency: str
    period_start: date
    period_end: date
    receipts: Fraction
    receipts_by: dict[str, Fraction]
    exact: dict[str, Fraction]
    units: dict[str, int]
    delta: dict[str, int]
    carry: Fraction
    memo: dict[str, Fraction]
    memo_gross: Fraction
    billed: dict[str, Fraction]
    balances: dict[str, Fraction]
    payouts: tuple[Payout, ...]
    figures: tuple[Figure, ...]
    feeds: tuple[Feed, ...]
    adjustments: tuple[Adjustment, ...]
    flags: tuple[FlagRow, ...]
    usage_rows: int
    shares_hash: str
    inputs_hash: str
    digest: str
    earlier_digest: str = ""
    rates: dict[str, Fraction] = field(default_factory=dict)
    carried: Carried = NOTHING
    stakes: dict[str, Stake] = field(default_factory=dict, repr=False)
    lanes: dict[str, Lane] = field(default_factory=dict, repr=False)
    tables: Tables | None = field(default=None, repr=False, compare=False)

    def total(self, side: Side) -> Fraction:
        """The whole minor units of one side of the conservation law, in units of the currency."""
        unit = minor_unit(self.currency)
        return sum((count * unit for account, count in self.units.items() if side_of(account) is side), Fraction(0))


@dataclass(frozen=True, slots=True)
class Prepared:
    """A run before anything is valued: what was used, who shares it, and the identity of all of it."""

    inputs: RunInputs
    survey: tuple[SurveyRow, ...]
    flat: Flat
    inputs_hash: str


@contextmanager
def _without_collecting() -> Iterator[None]:
    """A run makes millions of small records and no circles of them; looking for circles all the while costs a third."""
    looking = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if looking:
            gc.enable()


@_without_collecting()
def prepare(inputs: RunInputs) -> Prepared:
    """Survey the usage and flatten the shares. Raises `TermError` and `ConservationError`."""
    survey = sorted(
        inputs.engine.survey(), key=lambda row: (row.file_sha256, row.currency, row.service, row.territory, row.flow)
    )
    _control(survey, inputs.expected)
    places = {territory for _, territory, _ in _places(survey)}
    flat = flatten(inputs.ownership, inputs.terms, places, inputs.period_start, inputs.known_at)
    return Prepared(inputs, tuple(survey), flat, _inputs_hash(inputs, survey, flat))


def run(inputs: RunInputs) -> RunResult:
    """Value a period's usage. Raises `TermError` for terms that do not cover the usage, and `ConservationError`."""
    return value(prepare(inputs))


@_without_collecting()
def value(prepared: Prepared, *, earlier: RunResult | None = None, carried: Carried | None = None) -> RunResult:
    """Value what was prepared. `earlier`, `carried`: in place of those of the inputs, where they follow from its hash.

    Raises `TermError` and `ConservationError`.
    """
    inputs = prepared.inputs
    if earlier is not None or carried is not None:
        inputs = replace(
            inputs, earlier=earlier or inputs.earlier, carried=inputs.carried if carried is None else carried
        )
    terms = inputs.carried.onto(inputs.terms.given_by(inputs.period_end))
    flat, survey = prepared.flat, list(prepared.survey)
    lanes, lane_rows = build_lanes(terms, flat.states, _places(survey), flat.variants, apart=inputs.apart)
    tables = tables_of(terms, flat, lanes, lane_rows, survey)
    rows = inputs.engine.pools(tables)
    _nothing_lost(survey, rows, lanes)
    stakes = dict(flat.stakes)
    for row in rows:
        if row.stake.startswith(f"{HELD}:") and row.stake not in stakes:
            stakes[row.stake] = stake_of(HELD, row.stake.partition(":")[2], "")
    pooled = pool(rows, lanes, terms, stakes, apart=inputs.apart)
    settled = settle(pooled, stakes, terms)
    return _result(replace(inputs, terms=terms), prepared, lanes, tables, stakes, pooled, settled)


def _places(survey: Iterable[SurveyRow]) -> list[tuple[str, str, str]]:
    return sorted({(row.service, row.territory, row.flow) for row in survey})


def _result(
    inputs: RunInputs,
    prepared: Prepared,
    lanes: dict[str, Lane],
    tables: Tables,
    stakes: dict[str, Stake],
    pooled: Pooled,
    settled: Settled,
) -> RunResult:
    terms, earlier, flat, survey = inputs.terms, inputs.earlier, prepared.flat, prepared.survey
    exact = {account: amount for account, amount in sorted(settled.accounts.items()) if amount}
    receipts = sum(pooled.receipts.values(), Fraction(0))
    allocated = exact_sum(exact.values())
    if allocated != receipts:
        raise ConservationError(f"received {receipts}, allocated {allocated} {terms.currency}; nothing is posted")
    unit = minor_unit(terms.currency)
    before = earlier.exact if earlier is not None else {}
    change = {
        account: exact.get(account, Fraction(0)) - before.get(account, Fraction(0))
        for account in sorted(exact.keys() | before.keys())
    }
    posted = earlier.units if earlier is not None else {}
    delta = _delta({account: amount for account, amount in change.items() if amount}, exact, posted, receipts, unit)
    units = {
        account: posted.get(account, 0) + delta.get(account, 0) for account in sorted(posted.keys() | delta.keys())
    }
    carry = receipts - sum(units.values()) * unit
    # What was stated for the period before is in the books already; only what this run adds comes on top of them.
    payouts = pay_out(terms, delta, settled.by_country, inputs.period_end)
    inputs_hash = prepared.inputs_hash
    memo = {name: amount for name, amount in sorted(settled.memo.items()) if amount}
    balances, billed = dict(sorted(settled.balances.items())), dict(sorted(settled.billed.items()))
    digest = sha256_hex(
        canonical_json(
            canonical(
                {
                    "inputs": inputs_hash,
                    "earlier": earlier.digest if earlier is not None else "",
                    "receipts": receipts,
                    "exact": exact,
                    "units": units,
                    "delta": delta,
                    "carry": carry,
                    "memo": memo,
                    "balances": balances,
                    "billed": billed,
                    "payouts": payouts,
                }
            )
        )
    )
    return RunResult(
        currency=terms.currency,
        period_start=inputs.period_start,
        period_end=inputs.period_end,
        receipts=receipts,
        receipts_by=dict(sorted(pooled.receipts.items())),
        exact=exact,
        units=units,
        delta=delta,
        carry=carry,
        memo=memo,
        memo_gross=pooled.memo_gross,
        billed=billed,
        balances=balances,
        payouts=payouts,
        figures=tuple(_totals(pooled)) + tuple(settled.figures),
        feeds=tuple(settled.feeds),
        adjustments=tuple(settled.adjustments),
        flags=tuple(sorted(inputs.engine.flags(tables), key=lambda row: row.asset_id)) if flat.state_rows else (),
        usage_rows=sum(row.rows for row in survey),
        shares_hash=flat.hash,
        inputs_hash=inputs_hash,
        digest=digest,
        earlier_digest=earlier.digest if earlier is not None else "",
        rates=dict(sorted(pooled.rates.items())),
        carried=inputs.carried,
        stakes=stakes,
        lanes=lanes,
        tables=tables,
    )


def _delta(
    change: Mapping[str, Fraction],
    exact: Mapping[str, Fraction],
    posted: Mapping[str, int],
    receipts: Fraction,
    unit: Fraction,
) -> dict[str, int]:
    """Account -> minor units that a run adds to what was posted, by one allocation of what changed.

    An account that nothing is left on gives back what was posted to the last unit: else a cent of its first rounding
    would be held, or owed, for ever. The others share what the total of the period then has more or less.
    """
    emptied = {account: -posted.get(account, 0) for account in change if account not in exact}
    others = {account: amount for account, amount in change.items() if account in exact}
    target = int(receipts / unit) - sum(posted.values())
    rounded = round_exact(others, unit=unit, whole=target - sum(emptied.values())).units if others else {}
    return {account: count for account, count in sorted({**emptied, **rounded}.items()) if count}


def _totals(pooled: Pooled) -> list[Figure]:
    net = exact_sum(money.net for one in pooled.stakes.values() for money in one.values())
    return [
        Figure("receipts", "all", sum(pooled.receipts.values(), Fraction(0)), "settled by us, exchanged"),
        Figure("memo_gross", "all", pooled.memo_gross, "settled elsewhere, shown only"),
        Figure("net_all", "all", net, "left to share out after fees, taxes and commissions"),
        *(Figure("gross_of_right", right, sums[0], "payable gross") for right, sums in sorted(pooled.by_right.items())),
        *(Figure("net_of_right", right, sums[1], "left to share") for right, sums in sorted(pooled.by_right.items())),
    ]


def _control(survey: list[SurveyRow], expected: Mapping[str, int] | None) -> None:
    if expected is None:
        return
    found: dict[str, int] = defaultdict(int)
    for row in survey:
        found[row.currency] += row.amount_e10
    for currency in sorted(found.keys() | expected.keys()):
        if found[currency] != expected.get(currency, 0):
            scale = 10**AMOUNT_DIGITS
            raise ConservationError(
                f"the usage lake holds {Fraction(found[currency], scale)} {currency}, the take-in reported "
                f"{Fraction(expected.get(currency, 0), scale)}; take the files in again before running"
            )


def _nothing_lost(survey: list[SurveyRow], rows: list[PoolRow], lanes: Mapping[str, Lane]) -> None:
    """The query's answer adds up to the survey, per lane with its parts: no row was lost or doubled in a join."""
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for row in rows:
        sums[(row.lane, row.pool)] += row.amount_e22
    found = Fraction(0)
    for (lane_id, pool_name), amount in sums.items():
        lane = lanes.get(lane_id)
        part = next((one.part for one in lane.parts if one.pool == pool_name), None) if lane is not None else None
        if part is None:
            raise ConservationError("some usage met no lane of the terms, so nobody knows who settles it; run again")
        found += Fraction(amount, E22) * part
    received = Fraction(sum(row.amount_e10 for row in survey), 10**AMOUNT_DIGITS)
    if found != received:
        raise ConservationError(f"the usage adds up to {received}, the shares to {found} (all currencies together)")


def _inputs_hash(inputs: RunInputs, survey: list[SurveyRow], flat: Flat) -> str:
    """The identity of a run: files and their totals, flattened shares, terms, rules. Not the engine, not the order."""
    files: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for row in survey:
        files[(row.file_sha256, row.currency)][0] += row.rows
        files[(row.file_sha256, row.currency)][1] += row.amount_e10
    document: dict[str, object] = {
        "version": ENGINE_VERSION,
        "period": [str(inputs.period_start), str(inputs.period_end)],
        "usage": [[*key, str(rows), str(amount)] for key, (rows, amount) in sorted(files.items())],
        "shares": flat.hash,
        "terms": canonical(replace(inputs.terms, makers=())),
        "licences": sha256_hex("\n".join(sorted(map(_maker_line, inputs.terms.makers))).encode()),
    }
    if inputs.sources:
        document["sources"] = sorted(inputs.sources)
    return sha256_hex(canonical_json(document))


def _maker_line(maker: MakerTerms) -> str:
    """One licence's terms as a line: a catalogue has very many of them."""
    scope = ";".join(f"{service}={where.mask:x}" for service, where in maker.scope)
    flows = ";".join(maker.flows)
    parts = (
        maker.licence, maker.asset, maker.maker, maker.right, maker.fan_share, maker.reciprocity, maker.basis, flows,
        maker.cap, maker.earned_before, maker.floor, maker.ceiling, maker.before, scope, maker.ends, maker.grace_days,
        maker.charge_once,
    )  # fmt: skip
    return "\t".join(map(str, parts))
