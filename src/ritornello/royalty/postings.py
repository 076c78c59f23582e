"""What a run and its payouts write into the ledger: pure functions, which post nothing themselves.

Money is taken from `receipts` and put on every account of the run in whole minor units; what is smaller is put on
`rounding-carry`. A restatement posts its differences only and points at the transaction that it corrects; a run that
changes nothing posts nothing. The key of a transaction is the run's digest, so posting it twice posts it once.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from ritornello.ledger.accounts import payable
from ritornello.ledger.model import Posting, Transaction
from ritornello.money import MICRO, floor_micros, minor_unit
from ritornello.proof import stable_id
from ritornello.royalty.account import CARRY, name_part
from ritornello.royalty.run import RunResult

ZERO = Fraction(0)


def run_key(result: RunResult) -> str:
    """The idempotency key of a run's transaction."""
    return f"run:{result.currency}:{result.digest}"


def postings_of(result: RunResult, period: str, earlier: RunResult | None = None) -> tuple[Transaction, ...]:
    """The transaction of a run in an open period, or none where nothing changed.

    `earlier`: the run that it restates; its transaction is the one corrected. Raises `ValueError` where another run
    was given. Suspense carries its reason and the start of the period, from which its age counts.
    """
    if (earlier.digest if earlier is not None else "") != result.earlier_digest:
        raise ValueError("the earlier run given is not the one that this run restates")
    micro_unit = int(minor_unit(result.currency) * MICRO)
    received = {name: floor_micros(amount) for name, amount in result.receipts_by.items()}
    if earlier is not None:
        for name, amount in earlier.receipts_by.items():
            received[name] = received.get(name, 0) - floor_micros(amount)
    because: dict[str, Any] = {"run": result.digest, "inputs": result.inputs_hash, "shares": result.shares_hash}
    postings = [
        Posting(f"receipts:{name_part(name)}", -micros, {**because, "rate": str(result.rates.get(name, 1))})
        for name, micros in sorted(received.items())
        if micros
    ]
    for account, count in sorted(result.delta.items()):
        postings.append(Posting(account, count * micro_unit, {**because, **_why(account, result)}))
    rest = -sum(posting.micros for posting in postings)
    if rest:
        postings.append(Posting(CARRY, rest, {**because, "below": "one minor unit of the run's total"}))
    if not postings:
        return ()
    corrects = stable_id("txn", run_key(earlier)) if earlier is not None else None
    return (Transaction.of(run_key(result), period, result.currency, postings, corrects),)


def payout_postings(result: RunResult, period: str) -> tuple[Transaction, ...]:
    """One transaction per payee who is paid: from what is payable to the payout and the taxes kept back.

    Contracts that net against each other meet here: each is set to what it carries on.
    """
    micro_unit = int(minor_unit(result.currency) * MICRO)
    made = []
    for payout in result.payouts:
        moved = {contract: payout.due[contract] - payout.carried.get(contract, 0) for contract in payout.due}
        if not any(moved.values()):
            continue
        because: dict[str, Any] = {"run": result.digest, "gross": str(payout.gross)}
        postings = [
            Posting(payable(payout.party, contract), -count * micro_unit, because)
            for contract, count in sorted(moved.items())
            if count
        ]
        postings += [
            Posting(f"tax:{country}", count * micro_unit, {**because, "kind": "payee withholding"})
            for country, count in sorted(payout.withheld.items())
        ]
        if payout.paid:
            postings.append(Posting(f"payout:{payout.party}", payout.paid * micro_unit, because))
        key = f"payout:{payout.party}:{result.currency}:{result.digest}"[:200]
        made.append(Transaction.of(key, period, result.currency, postings))
    return tuple(made)


def _why(account: str, result: RunResult) -> Mapping[str, Any]:
    """The reason of one posting: its exact amount, the adjustments in it, and for suspense its kind and age."""
    found: dict[str, Any] = {"exact": str(result.exact.get(account, ZERO))}
    adjustments = [
        {"rule": one.rule, "amount": str(one.amount), "words": one.words}
        for one in result.adjustments
        if one.account == account
    ]
    if adjustments:
        found["adjustments"] = adjustments
    kind, _, rest = account.partition(":")
    if kind == "suspense":
        found |= {"reason": rest, "since": str(result.period_start), "until": str(result.period_end)}
    return found
