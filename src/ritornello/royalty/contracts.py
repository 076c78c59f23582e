"""From stakes to accounts: royalties, points, recoupment, reserves and guarantees of each contract.

The linear part of a contract is written down as feeds (which part of a stake's money reaches which account); what is
not linear follows as adjustments: escalated steps, what is recouped first or off the top, recoupment, reserves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from ritornello.royalty.account import (
    HELD,
    Adjustment,
    Feed,
    Figure,
    Stake,
    payable,
    penalty,
    reserve,
    society,
    suspense,
)
from ritornello.royalty.carried import CUMULATED, GUARANTEED, RECOUPED
from ritornello.royalty.lanes import conditional_royalties
from ritornello.royalty.terms import ELSEWHERE, TO_CMO, Contract, Royalty, Terms
from ritornello.royalty.waterfall import Bucket, Money, Pooled, StakeAdjustment
from ritornello.royalty.wording import decimal, percent

ZERO = Fraction(0)
ONE = Fraction(1)
_ALL = "the holder's money"


@dataclass(slots=True)
class Settled:
    """All accounts of a run before rounding, and how each came to be."""

    accounts: dict[str, Fraction] = field(default_factory=lambda: defaultdict(Fraction))
    feeds: list[Feed] = field(default_factory=list)
    adjustments: list[Adjustment] = field(default_factory=list)
    memo: dict[str, Fraction] = field(default_factory=lambda: defaultdict(Fraction))
    balances: dict[str, Fraction] = field(default_factory=dict)
    billed: dict[str, Fraction] = field(default_factory=dict)
    figures: list[Figure] = field(default_factory=list)
    by_country: dict[str, dict[str, Fraction]] = field(default_factory=dict)


@dataclass(slots=True)
class _Book:
    """One contract in the making: what each party has earned, linear and adjusted, and its positive lines."""

    contract: Contract
    earned: dict[str, Fraction] = field(default_factory=lambda: defaultdict(Fraction))
    positive: dict[str, Fraction] = field(default_factory=lambda: defaultdict(Fraction))
    base: Fraction = ZERO


def settle(pooled: Pooled, stakes: Mapping[str, Stake], terms: Terms) -> Settled:
    """The accounts of a run. `stakes`: every stake of the flattened shares by id."""
    done = Settled()
    done.accounts.update(pooled.accounts)
    done.figures.extend(pooled.figures)
    done.adjustments.extend(pooled.societies)
    for name, amount in pooled.memo_accounts.items():
        done.memo[name.partition(":")[2] if name.startswith("commission:") else name] += amount
    numbers = {id(royalty): number for number, royalty in enumerate(conditional_royalties(terms))}
    contracts = {contract.id: contract for contract in terms.contracts}
    changes: dict[str, list[StakeAdjustment]] = defaultdict(list)
    for change in pooled.adjustments:
        changes[change.stake].append(change)
    taxed = {payee.party for payee in terms.payees if payee.withholding}
    members: dict[str, list[str]] = defaultdict(list)
    for name in sorted(set(pooled.stakes) | set(changes)):
        stake = stakes[name]
        if stake.role == HELD:
            _hold(done, stake, pooled.stakes.get(name, {}), changes[name])
        else:
            members[stake.contract].append(name)
    for contract_id, names in sorted(members.items()):
        contract = contracts.get(contract_id)
        away = {TO_CMO: society(contract.society), ELSEWHERE: suspense("no_settlement")} if contract else {}
        if contract is not None and contract.settlement in away:
            for name in names:
                _whole(done, name, away[contract.settlement], pooled.stakes.get(name, {}), changes[name])
            continue
        by_party: dict[str, list[str]] = defaultdict(list)
        for name in names:
            by_party[stakes[name].party].append(name)
        for party, theirs in sorted(by_party.items()):
            if contract is None and not any(changes.get(name) for name in theirs):
                _plain(done, contract_id, party, theirs, pooled.stakes, taxed)
                continue
            _contract(done, contract or Contract(contract_id, party), theirs, pooled.stakes, changes, numbers)
    _guarantees(done, terms, pooled, stakes)
    _memo(done, pooled, stakes, contracts, numbers)
    _fines(done, terms)
    return done


def _plain(
    done: Settled,
    contract_id: str,
    party: str,
    names: Sequence[str],
    pooled: Mapping[str, Mapping[Bucket, Money]],
    taxed: Collection[str],
) -> None:
    """A party without a contract and without limits, as most are: all of the money is theirs."""
    account = payable(party, contract_id)
    for name in names:
        feed = Feed(name, account, ONE, words=_ALL)
        done.feeds.append(feed)
        buckets = pooled.get(name, {})
        for money in buckets.values():
            done.accounts[account] += money.net
        if party in taxed:
            _countries(done, feed, buckets)


def _hold(done: Settled, stake: Stake, buckets: Mapping[Bucket, Money], changes: Sequence[StakeAdjustment]) -> None:
    _whole(done, stake.id, suspense(stake.party), buckets, changes)


def _whole(
    done: Settled, stake: str, account: str, buckets: Mapping[Bucket, Money], changes: Sequence[StakeAdjustment]
) -> None:
    """All of a stake's money onto one account."""
    done.feeds.append(Feed(stake, account, Fraction(1), words="all of it"))
    done.accounts[account] += sum((money.net for money in buckets.values()), ZERO)
    for change in changes:
        _adjust(done, account, change.rule, change.net, change.words, change.licence)


def _adjust(done: Settled, account: str, rule: str, amount: Fraction, words: str, subject: str) -> None:
    if amount:
        done.adjustments.append(Adjustment(account, rule, amount, words, subject))
        done.accounts[account] += amount


def own_rate(contract: Contract, royalty: Royalty) -> Fraction:
    """A royalty's rate less the points that come out of it."""
    return royalty.rate - sum((one.rate for one in contract.royalties if one.within == royalty.party), ZERO)


def feeds_of(contract: Contract, stake: str, numbers: Mapping[int, int]) -> list[Feed]:
    """The linear part of a contract: each royalty, and the rest for the holder."""
    feeds = [Feed(stake, payable(contract.holder, contract.id), ONE, words=_ALL)]
    for royalty in contract.royalties:
        rate = own_rate(contract, royalty)
        net, gross = (rate, ZERO) if royalty.basis == "net" else (ZERO, rate)
        number = numbers.get(id(royalty), -1)
        words = f"{percent(rate)} of the {royalty.basis} ({contract.id})"
        feeds.append(Feed(stake, payable(royalty.party, contract.id), net, gross, number, words))
        less = f"less the {percent(rate)} of {royalty.party}"
        feeds.append(Feed(stake, payable(contract.holder, contract.id), -net, -gross, number, less))
    return feeds


def fed(feed: Feed, buckets: Mapping[Bucket, Money]) -> tuple[Fraction, Fraction]:
    """What a feed brings of a stake's money: all of it, and the part from positive lines."""
    total = negative = ZERO
    for (met, _), money in buckets.items():
        if feed.condition < 0 or feed.condition in met:
            total += feed.net * money.net + feed.gross * money.gross
            negative += feed.net * money.negative
    return total, total - negative


def _contract(
    done: Settled,
    contract: Contract,
    names: Sequence[str],
    pooled: Mapping[str, Mapping[Bucket, Money]],
    changes: Mapping[str, Sequence[StakeAdjustment]],
    numbers: Mapping[int, int],
) -> None:
    book = _Book(contract)
    for name in names:
        buckets = pooled.get(name, {})
        book.base += sum((money.net for money in buckets.values()), ZERO)
        for feed in feeds_of(contract, name, numbers):
            done.feeds.append(feed)
            total, positive = fed(feed, buckets)
            party = feed.account.split(":")[1]
            book.earned[party] += total
            book.positive[party] += positive
            done.accounts[feed.account] += total
            _countries(done, feed, buckets)
        for change in changes.get(name, ()):
            _through(done, book, change.rule, change.net, change.gross, change.words, change.licence)
    if contract.royalties or contract.recoupments:
        done.figures.append(Figure("base", contract.id, book.base, "what the contract divides"))
    _off_the_top(done, book)
    _escalate(done, book)
    for party in (royalty.party for royalty in contract.royalties):
        done.figures.append(
            Figure("royalty", f"{contract.id} {party}", book.earned[party], "the party's part before recoupment")
        )
    _recoup(done, book)
    _reserves(done, book)


def _countries(done: Settled, feed: Feed, buckets: Mapping[Bucket, Money]) -> None:
    for bucket, money in buckets.items():
        if feed.condition < 0 or feed.condition in bucket[0]:
            part = feed.net * money.net + feed.gross * money.gross
            places = done.by_country.setdefault(feed.account, {})
            places[bucket[1]] = places.get(bucket[1], ZERO) + part


def _earn(done: Settled, book: _Book, party: str, rule: str, amount: Fraction, words: str, subject: str) -> None:
    book.earned[party] += amount
    _adjust(done, payable(party, book.contract.id), rule, amount, words, subject)


def _through(done: Settled, book: _Book, rule: str, net: Fraction, gross: Fraction, words: str, subject: str) -> None:
    """A change of the base reaches every party at its rate, and the holder with the rest."""
    contract = book.contract
    book.base += net
    rest = net
    for royalty in contract.royalties:
        part = own_rate(contract, royalty) * (net if royalty.basis == "net" else gross)
        rest -= part
        _earn(done, book, royalty.party, rule, part, words, subject)
    _earn(done, book, contract.holder, rule, rest, words, subject)


def _off_the_top(done: Settled, book: _Book) -> None:
    for recoupment in sorted(book.contract.recoupments, key=lambda one: one.id):
        if recoupment.kind not in ("recoup_first", "net_profit"):
            continue
        taken = min(max(book.base, ZERO), recoupment.outstanding)
        what = "recouped first" if recoupment.kind == "recoup_first" else "costs off the top"
        words = f"{what}: {decimal(taken)} of {decimal(recoupment.outstanding)} ({recoupment.id})"
        _through(done, book, recoupment.kind, -taken, ZERO, words, recoupment.id)
        done.figures.append(Figure("profit", book.contract.id, book.base, f"left after {recoupment.id}"))
        for party in sorted({book.contract.holder, *(one.party for one in book.contract.royalties)}):
            done.figures.append(
                Figure(
                    "divided",
                    f"{book.contract.id} {party}",
                    book.earned[party],
                    f"the party's part after {recoupment.id}",
                )
            )
        _earn(done, book, recoupment.party, recoupment.kind, taken, words, recoupment.id)
        done.figures.append(Figure(RECOUPED, recoupment.id, taken, words))
        done.balances[recoupment.id] = taken - recoupment.outstanding


def marginal(royalty: Royalty, base: Fraction) -> Fraction:
    """The royalty on `base` after the periods that cumulated `royalty.cumulated`: a step is paid on what lies in it."""

    def owed(whole: Fraction) -> Fraction:
        steps = [(ZERO, royalty.rate), *((step.above, step.rate) for step in royalty.escalations)]
        total = whole * royalty.rate if whole < 0 else ZERO
        for (above, rate), upper in zip(steps, [*(step[0] for step in steps[1:]), None], strict=True):
            if whole > above:
                total += ((whole if upper is None else min(whole, upper)) - above) * rate
        return total

    return owed(royalty.cumulated + base) - owed(royalty.cumulated)


def _escalate(done: Settled, book: _Book) -> None:
    for royalty in book.contract.royalties:
        if not royalty.escalations or not royalty.rate:
            continue
        base = (book.earned[royalty.party] + _points(book, royalty)) / royalty.rate
        more = marginal(royalty, base) - royalty.rate * base
        done.figures.append(
            Figure(CUMULATED, f"{book.contract.id} {royalty.party}", base, "what the stepped rate was taken of")
        )
        words = f"stepped rates on {decimal(base)} after {decimal(royalty.cumulated)} before"
        _earn(done, book, royalty.party, "escalation", more, words, book.contract.id)
        _earn(done, book, book.contract.holder, "escalation", -more, words, book.contract.id)


def _points(book: _Book, royalty: Royalty) -> Fraction:
    inside = [one.party for one in book.contract.royalties if one.within == royalty.party]
    return sum((book.earned[party] for party in inside), ZERO)


def _recoup(done: Settled, book: _Book) -> None:
    contract = book.contract
    recoupments = [one for one in contract.recoupments if one.kind in ("advance", "cost")]
    for recoupment in sorted(recoupments, key=lambda one: (one.kind != "advance", one.id)):
        earned = book.earned[recoupment.party]
        taken = min(max(earned, ZERO) * recoupment.rate, recoupment.outstanding)
        words = (
            f"{recoupment.id}: {decimal(taken)} of {decimal(recoupment.outstanding)} still out comes back "
            f"({percent(recoupment.rate)} of the royalty)"
        )
        book.positive[recoupment.party] -= taken
        _earn(done, book, recoupment.party, "recoupment", -taken, words, recoupment.id)
        _earn(done, book, contract.holder, "recouped", taken, words, recoupment.id)
        done.figures.append(Figure("recouped", recoupment.id, taken, words))
        done.figures.append(Figure(RECOUPED, recoupment.id, taken, words))
        done.balances[recoupment.id] = taken - recoupment.outstanding


def _reserves(done: Settled, book: _Book) -> None:
    contract = book.contract
    for term in contract.reserves:
        account = reserve(term.party, contract.id)
        earned = book.earned[term.party]
        # Returns are not reserved against twice, and what is not there cannot be kept back.
        taken = min(max(book.positive[term.party], ZERO) * term.rate, max(earned, ZERO))
        words = f"{percent(term.rate)} of the royalty on positive lines is kept back against returns"
        _earn(done, book, term.party, "reserve", -taken, words, contract.id)
        done.accounts[account] += taken
        for release in term.releases:
            free = release.taken * release.part
            words = f"{percent(release.part)} of the {decimal(release.taken)} kept back earlier falls free"
            _earn(done, book, term.party, "release", free, words, contract.id)
            done.accounts[account] -= free


def _guarantees(done: Settled, terms: Terms, pooled: Pooled, stakes: Mapping[str, Stake]) -> None:
    for contract in terms.contracts:
        if contract.guarantee is None:
            continue
        in_run = sum(
            (
                money.net
                for name, buckets in pooled.stakes.items()
                if stakes[name].contract == contract.id
                for money in buckets.values()
            ),
            ZERO,
        )
        done.figures.append(Figure(GUARANTEED, contract.id, in_run, "earned towards the guarantee"))
        earned = contract.guarantee.earned_before + in_run
        short = max(contract.guarantee.amount - earned, ZERO)
        done.billed[contract.id] = short
        words = (
            f"{decimal(contract.guarantee.amount)} is guaranteed, {decimal(earned)} was earned; "
            "the difference is billed"
        )
        done.figures.append(Figure("guarantee", contract.id, short, words))


def _memo(
    done: Settled,
    pooled: Pooled,
    stakes: Mapping[str, Stake],
    contracts: Mapping[str, Contract],
    numbers: Mapping[int, int],
) -> None:
    """What societies pay themselves, divided as our contracts would: shown, never payable."""
    for name, buckets in sorted(pooled.memo.items()):
        stake = stakes[name]
        if stake.role == HELD:
            done.memo[suspense(stake.party)] += sum((money.net for money in buckets.values()), ZERO)
            continue
        contract = contracts.get(stake.contract) or Contract(stake.contract, stake.party)
        for feed in feeds_of(contract, name, numbers):
            done.memo[feed.account.split(":")[1]] += fed(feed, buckets)[0]


def _fines(done: Settled, terms: Terms) -> None:
    for fine in terms.fines:
        accounts = [name for name in done.accounts if name.startswith(f"payable:{fine.party}:")]
        named = (
            payable(fine.party, fine.contract)
            if fine.contract
            else min(accounts, default=payable(fine.party, "direct"))
        )
        _adjust(done, named, "fine", -fine.amount, f"{fine.service}: {fine.reason}", fine.service)
        done.accounts[penalty(fine.service)] += fine.amount
        done.figures.append(Figure("fine", fine.party, fine.amount, fine.reason))
