"""From pools to stakes: exchange, suspense, fees, taxes, commissions, then ceilings and makers' caps.

The query gave each stake's money before any deduction. Here each lane's deductions are taken, exactly, and what the
licences limit is moved: a ceiling's excess into suspense, a cap's excess back to the originals by the same weights.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import lcm

from ritornello.royalty.account import (
    FX,
    HELD,
    MAKER,
    Adjustment,
    Figure,
    Stake,
    name_part,
    platform_fee,
    society,
    suspense,
)
from ritornello.royalty.carried import REVENUE
from ritornello.royalty.documents import TermError
from ritornello.royalty.lanes import Lane, LanePart, is_memo
from ritornello.royalty.tables import E22, PoolRow
from ritornello.royalty.terms import TO_CMO, MakerTerms, Terms
from ritornello.royalty.wording import decimal, percent

ZERO = Fraction(0)
Key = tuple[str, str, str]
"""Lane, pool and receipt."""

Bucket = tuple[frozenset[int], str]
"""The conditional royalties that hold, and the country that a payee's tax asks for."""


@dataclass(slots=True)
class Money:
    """A stake's money: `net` of the lane's deductions, the `gross` it came from, and the net of negative lines."""

    net: Fraction = ZERO
    gross: Fraction = ZERO
    negative: Fraction = ZERO


@dataclass(frozen=True, slots=True)
class StakeAdjustment:
    """What a limit of the licence adds to a stake or takes from it; `licence` names it."""

    stake: str
    rule: str
    net: Fraction
    gross: Fraction
    words: str
    licence: str


@dataclass(slots=True)
class Pooled:
    """What the stakes hold after the lanes and limits, and what went to accounts on the way."""

    stakes: dict[str, dict[Bucket, Money]] = field(default_factory=dict)
    memo: dict[str, dict[Bucket, Money]] = field(default_factory=dict)
    adjustments: list[StakeAdjustment] = field(default_factory=list)
    accounts: dict[str, Fraction] = field(default_factory=lambda: defaultdict(Fraction))
    memo_accounts: dict[str, Fraction] = field(default_factory=lambda: defaultdict(Fraction))
    figures: list[Figure] = field(default_factory=list)
    receipts: dict[str, Fraction] = field(default_factory=lambda: defaultdict(Fraction))
    memo_gross: Fraction = ZERO
    rates: dict[str, Fraction] = field(default_factory=dict)
    societies: list[Adjustment] = field(default_factory=list)
    by_right: dict[str, list[Fraction]] = field(default_factory=lambda: defaultdict(lambda: [ZERO, ZERO]))


@dataclass(frozen=True, slots=True)
class _Factor:
    """One lane, right and receipt: what one unit of 10^-22 of the source currency becomes."""

    lane: Lane
    part: LanePart
    gross: Fraction
    net: Fraction


def pool(
    rows: Iterable[PoolRow],
    lanes: Mapping[str, Lane],
    terms: Terms,
    stakes: Mapping[str, Stake],
    *,
    apart: bool = False,
) -> Pooled:
    """The pools' money on its way to the stakes.

    `rows`: the engine's answer. `apart`: keep a figure per lane. Raises `TermError` where usage met no lane, or where
    a receipt has no rate of exchange.
    """
    listed = list(rows)
    done = Pooled()
    sums = _sums(listed)
    rates = done.rates = _rates(sums, lanes, terms, done)
    factors = _factors(sums, lanes, rates)
    limits: dict[str, list[MakerTerms]] = defaultdict(list)
    for maker in terms.makers:
        limits[maker.asset].append(maker)
    grouped: dict[str, list[PoolRow]] = defaultdict(list)
    for row in listed:
        if row.grp:
            grouped[row.grp].append(row)
    ours: dict[Key, list[tuple[PoolRow, Fraction]]] = defaultdict(list)
    for row in _added_up(listed):
        ours[(row.lane, row.pool, row.fx_id)].append((row, Fraction(1)))
    for group in sorted(grouped):
        grouped[group].sort(key=lambda row: (row.lane, row.pool, row.fx_id, row.stake))
        kept = _ceiling(grouped[group], limits.get(group, []), factors, done)
        for row in grouped[group]:
            ours[(row.lane, row.pool, row.fx_id)].append((row, kept))
    for key in sorted(ours):
        _lane_accounts(ours[key], factors[key], done, apart=apart)
    _to_stakes(listed, factors, done)
    for group in sorted(grouped):
        _maker_limits(grouped[group], limits.get(group, []), factors, stakes, done)
    return done


def _sums(rows: Iterable[PoolRow]) -> dict[Key, int]:
    """All money per lane, pool and receipt, in whole numbers of 10^-22, in order."""
    found: dict[Key, int] = defaultdict(int)
    for _, _, lane, pool_name, fx_id, amount, _ in rows:
        found[(lane, pool_name, fx_id)] += amount
    return dict(sorted(found.items()))


def _added_up(rows: Iterable[PoolRow]) -> list[PoolRow]:
    """The rows that no licence limits, as one row per lane, pool, receipt and kind of suspense: lanes treat them
    alike."""
    found: dict[tuple[str, str, str, str], int] = defaultdict(int)
    for stake, group, lane, pool_name, fx_id, amount, _ in rows:
        if not group:
            found[(lane, pool_name, fx_id, stake if stake.startswith("line:") else "")] += amount
    return [PoolRow(kind, "", lane, name, fx, total, 0) for (lane, name, fx, kind), total in sorted(found.items())]


def _rates(sums: Mapping[Key, int], lanes: Mapping[str, Lane], terms: Terms, done: Pooled) -> dict[str, Fraction]:
    by_id = {rate.id: rate for rate in terms.rates}
    totals: dict[str, Fraction] = defaultdict(Fraction)
    for (lane_id, pool_name, fx_id), amount in sums.items():
        lane = lanes.get(lane_id)
        if lane is None:
            raise TermError("some usage met no lane of the terms; the survey and the usage lake differ, run again")
        totals[fx_id] += Fraction(amount, E22) * _part(lane, pool_name).part * (not is_memo(lane))
    found: dict[str, Fraction] = {}
    if unrated := sorted(name for name in totals if name not in by_id and name != terms.currency):
        raise TermError(f"fx: no rate from {', '.join(unrated)} to {terms.currency}; fix one on the reports")
    for fx_id in sorted(totals):
        rate = by_id.get(fx_id)
        if rate is None:
            found[fx_id] = Fraction(1)
            continue
        gross = totals[fx_id]
        if rate.bank_credit is None:
            found[fx_id] = rate.rate
        elif rate.basis == "bank_realised" and gross:
            found[fx_id] = rate.bank_credit / gross
        else:
            found[fx_id] = rate.rate
            difference = rate.bank_credit - gross * rate.rate
            done.accounts[FX] += difference
            done.receipts[fx_id] += difference
            words = (
                f"the bank credited {decimal(rate.bank_credit)}; the report at {decimal(rate.rate)} says "
                f"{decimal(gross * rate.rate)}"
            )
            done.figures.append(Figure("fx_difference", fx_id, difference, words))
    return found


def _part(lane: Lane, pool_name: str) -> LanePart:
    for part in lane.parts:
        if part.pool == pool_name:
            return part
    raise TermError(f"lane {lane.id} ({lane.flow}) has no pool {pool_name!r}")


def _factors(sums: Iterable[Key], lanes: Mapping[str, Lane], rates: Mapping[str, Fraction]) -> dict[Key, _Factor]:
    found: dict[Key, _Factor] = {}
    for key in sums:
        lane = lanes[key[0]]
        part = _part(lane, key[1])
        gross = rates[key[2]] * part.part
        found[key] = _Factor(lane, part, gross, gross * part.net)
    return found


def _line_held(stake: str) -> str:
    """The suspense kind of usage that no asset or no right stands behind, held before any deduction; or ""."""
    return stake.partition(":")[2] if stake.startswith("line:") else ""


def _lane_accounts(rows: Sequence[tuple[PoolRow, Fraction]], factor: _Factor, done: Pooled, *, apart: bool) -> None:
    lane, part = factor.lane, factor.part
    # Whole numbers are added up first; only what a ceiling cut needs fractions row by row.
    holding: dict[str, int] = defaultdict(int)
    total = whole = 0
    cut = ZERO
    for row, kept in rows:
        total += row.amount_e22
        kind = _line_held(row.stake) or lane.held
        if kind:
            holding[kind] += row.amount_e22
        elif kept == 1:
            whole += row.amount_e22
        else:
            cut += row.amount_e22 * kept
    gross = Fraction(total, E22) * factor.gross
    held = {kind: Fraction(amount, E22) * factor.gross for kind, amount in holding.items()}
    flowing = (Fraction(whole) + cut) / E22 * factor.gross
    accounts = done.accounts
    if is_memo(lane):
        done.memo_gross += gross
        accounts = done.memo_accounts
    else:
        done.receipts[rows[0][0].fx_id] += gross
    what = f"{lane.service} {lane.territory} {lane.flow}".strip()
    if apart:
        done.figures.append(Figure("gross", f"{what} {part.right}", gross, f"{percent(part.part)} of the gross"))
    for kind, amount in sorted(held.items()):
        accounts[suspense(kind)] += amount
        done.figures.append(Figure("suspense", f"{what} {kind}", amount, f"held before any deduction: {kind}"))
    if lane.settlement == TO_CMO:
        account = society(lane.collector)
        accounts[account] += flowing
        words = f"{what} {part.right}: payable gross to the society, which pays its members"
        done.societies.append(Adjustment(account, "to_society", flowing, words, what))
        return
    fee = flowing * part.fee
    tax = flowing * part.taxed
    if part.fee:
        accounts[platform_fee(lane.service)] += fee
    if part.tax:
        accounts[f"tax:{part.country}"] += tax
    taken = ZERO
    for payee, rate, on_gross in part.commissions:
        amount = flowing * part.commission(rate, on_gross)
        taken += amount
        accounts[f"commission:{payee if is_memo(lane) else name_part(payee)}"] += amount
    if not is_memo(lane):
        done.by_right[part.right][0] += flowing
        done.by_right[part.right][1] += flowing - fee - tax - taken
    if apart and not lane.held:
        for rule, amount, words in (
            ("platform_fee", fee, f"{percent(part.fee)} of the gross stays with {lane.service}"),
            ("source_withholding", tax, f"{percent(part.tax)} stays in {part.country or 'no country'}"),
            (
                "commission",
                taken,
                "commissions: " + ", ".join(f"{payee} {percent(rate)}" for payee, rate, _ in part.commissions),
            ),
            ("net", flowing - fee - tax - taken, "left to share out"),
        ):
            done.figures.append(Figure(rule, f"{what} {part.right}", amount, words))


def _to_stakes(rows: Iterable[PoolRow], factors: Mapping[Key, _Factor], done: Pooled) -> None:
    """Net, gross and negative money per stake and bucket, in integers over one denominator."""
    scale = lcm(*(d for one in factors.values() for d in (one.gross.denominator, one.net.denominator)), 1)
    whole: dict[Key, tuple[bool, Bucket, int, int] | None] = {}
    for key, one in factors.items():
        lane = one.lane
        skipped = lane.held or lane.settlement == TO_CMO
        bucket = (lane.met, lane.territory)
        whole[key] = None if skipped else (is_memo(lane), bucket, int(one.net * scale), int(one.gross * scale))
    sums: dict[tuple[bool, str, Bucket], list[int]] = {}
    for stake, _, lane_id, pool_name, fx_id, amount, negative in rows:
        treated = whole[(lane_id, pool_name, fx_id)]
        if treated is None or stake.startswith("line:"):
            continue
        memo, bucket, net, gross = treated
        total = sums.get((memo, stake, bucket))
        if total is None:
            sums[(memo, stake, bucket)] = [amount * net, amount * gross, negative * net]
        else:
            total[0] += amount * net
            total[1] += amount * gross
            total[2] += negative * net
    below = E22 * scale
    for (memo, stake, bucket), total in sorted(sums.items(), key=lambda one: (one[0][1], one[0][2][1])):
        side = done.memo if memo else done.stakes
        money = Money(*(Fraction(one, below) if one else ZERO for one in total))
        side.setdefault(stake, {})[bucket] = money


def _payable_rows(rows: Sequence[PoolRow], factors: Mapping[Key, _Factor]) -> list[tuple[PoolRow, _Factor]]:
    found = [(row, factors[(row.lane, row.pool, row.fx_id)]) for row in rows]
    return [
        (row, factor)
        for row, factor in found
        if not (factor.lane.held or is_memo(factor.lane) or factor.lane.settlement == TO_CMO or _line_held(row.stake))
    ]


def _ceiling(
    rows: Sequence[PoolRow],
    makers: Sequence[MakerTerms],
    factors: Mapping[Key, _Factor],
    done: Pooled,
) -> Fraction:
    """The part of a licence's revenue that its ceiling leaves; the rest is held. One where there is no ceiling."""
    limited = [maker for maker in makers if maker.ceiling is not None]
    if not limited:
        return Fraction(1)
    counted = _payable_rows(rows, factors)
    gross = sum((Fraction(row.amount_e22, E22) * factor.gross for row, factor in counted), ZERO)
    maker = min(limited, key=lambda one: ((one.ceiling or ZERO) - one.before, one.licence))
    room = max((maker.ceiling or ZERO) - maker.before, ZERO)
    done.figures.append(Figure(REVENUE, maker.licence, min(gross, room), "came in under the licence"))
    if gross <= room:
        return Fraction(1)
    kept = room / gross
    done.accounts[suspense("over_ceiling")] += gross - room
    words = (
        f"{maker.licence} may earn {decimal(maker.ceiling or ZERO)}, of which {decimal(maker.before)} before this run; "
        "the rest is held"
    )
    done.figures.append(Figure("ceiling", maker.asset, gross - room, words))
    moved: dict[str, list[Fraction]] = defaultdict(lambda: [ZERO, ZERO])
    for row, factor in counted:
        amount = Fraction(row.amount_e22, E22) * (1 - kept)
        moved[row.stake][0] -= amount * factor.net
        moved[row.stake][1] -= amount * factor.gross
    for stake in sorted(moved):
        done.adjustments.append(
            StakeAdjustment(stake, "ceiling", moved[stake][0], moved[stake][1], words, maker.licence)
        )
    return kept


def _maker_limits(
    rows: Sequence[PoolRow],
    makers: Sequence[MakerTerms],
    factors: Mapping[Key, _Factor],
    stakes: Mapping[str, Stake],
    done: Pooled,
) -> None:
    by_licence: dict[str, list[MakerTerms]] = defaultdict(list)
    for one in makers:
        by_licence[one.licence].append(one)
    for _, same in sorted(by_licence.items()):
        maker, rights = same[0], {one.right for one in same}
        counted = [(row, factor) for row, factor in _payable_rows(rows, factors) if factor.part.right in rights]
        taken: dict[str, list[Fraction]] = defaultdict(lambda: [ZERO, ZERO])
        shared = {(row.lane, row.pool, row.fx_id) for row, _ in counted if _is_maker(stakes.get(row.stake), maker)}
        for row, factor in counted:
            if (row.lane, row.pool, row.fx_id) in shared:
                amount = Fraction(row.amount_e22, E22)
                taken[row.stake][0] += amount * factor.net
                taken[row.stake][1] += amount * factor.gross
        for change in done.adjustments:
            if change.licence == maker.licence and change.stake in taken:
                taken[change.stake][0] += change.net
                taken[change.stake][1] += change.gross
        if not shared:
            continue
        mine = sorted(stake for stake in taken if _is_maker(stakes.get(stake), maker))
        originals = {
            stake: money[0]
            for stake, money in sorted(taken.items())
            if stakes[stake].role not in (MAKER, HELD) and money[0] > 0
        }
        base = sum((money[0] for money in taken.values()), ZERO)
        earned = sum((taken[stake][0] for stake in mine), ZERO)
        done.figures.append(Figure("fan_base", maker.licence, base, "what the fan share is taken of"))
        done.figures.append(Figure("fan_uncapped", maker.licence, earned, "the maker's part before cap and floor"))
        if maker.basis == "gross" and mine:
            on_gross = sum((taken[stake][1] for stake in mine), ZERO)
            words = f"taken of the gross; the originals bear the difference of {decimal(on_gross - earned)}"
            earned += _move(done, maker, mine[0], originals, on_gross - earned, "basis", words)
        cap = None if maker.cap is None else max(maker.cap - maker.earned_before, ZERO)
        if cap is not None and earned > cap:
            words = (
                f"the maker's part of {decimal(earned)} is capped at {decimal(cap)}; "
                "the excess goes back to the originals"
            )
            earned += _move(done, maker, mine[0], originals, cap - earned, "cap", words)
        elif maker.floor is not None and mine and 0 < earned < maker.floor:
            words = f"the maker's part of {decimal(earned)} is made up to {decimal(maker.floor)} by the originals"
            earned += _move(done, maker, mine[0], originals, maker.floor - earned, "floor", words)
        done.figures.append(Figure("fan", maker.licence, earned, "the maker's part"))


def _is_maker(stake: Stake | None, maker: MakerTerms) -> bool:
    return stake is not None and stake.role == MAKER and stake.party == maker.maker


def _move(
    done: Pooled,
    maker: MakerTerms,
    stake: str,
    originals: Mapping[str, Fraction],
    amount: Fraction,
    rule: str,
    words: str,
) -> Fraction:
    """Move `amount` to the maker's stake from the originals by their weights; what they have is the most it can be."""
    whole = sum(originals.values(), ZERO)
    if whole == 0:
        return ZERO
    moved = min(amount, whole)
    done.adjustments.append(StakeAdjustment(stake, rule, moved, ZERO, words, maker.licence))
    for original, weight in originals.items():
        part = -moved * weight / whole
        done.adjustments.append(StakeAdjustment(original, rule, part, ZERO, words, maker.licence))
    return moved
