"""Posting, undoing, opening and closing. None of these commits; the caller's unit of work does."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ritornello.ledger.model import (
    Closure,
    Finding,
    LedgerError,
    Period,
    PeriodError,
    Posted,
    RepeatedKeyError,
    Transaction,
)
from ritornello.ledger.ports import Ledger
from ritornello.ledger.rules import digest_of, reversal


def open_period(ledger: Ledger, period: Period) -> Period:
    """Open a period; the same again gives back the one that is there, open or closed.

    Raises:
        PeriodError: it ends before it starts, or is there with other dates.
    """
    if not period.starts < period.ends:
        raise PeriodError(f"period {period.id} must start before it ends: {period.starts} to {period.ends}")
    known = ledger.period(period.id)
    if known is None:
        ledger.lock()
        known = ledger.period(period.id)
    if known is None:
        ledger.add_period(period)
        return period
    if (known.starts, known.ends) != (period.starts, period.ends):
        raise PeriodError(f"period {period.id} is there already, from {known.starts} to {known.ends}")
    return known


def post(transaction: Transaction, ledger: Ledger, at: datetime) -> Posted:
    """Write a transaction down, once.

    The same idempotency key with the same content posts nothing and gives back what is there, even after its period
    was closed.

    Raises:
        LedgerError: it does not add up, names no account, or corrects something that is not there.
        RepeatedKeyError: the key was used for something else.
        PeriodError: the period is unknown or closed.
    """
    if found := transaction.findings():
        raise LedgerError(transaction.id, found)
    ledger.lock()
    before = ledger.by_key(transaction.idempotency_key)
    if before is not None:
        if before.transaction.request_hash == transaction.request_hash:
            return before
        key = transaction.idempotency_key
        raise RepeatedKeyError(
            transaction.id,
            [Finding("idempotency_key", f"{key!r} was posted on {before.posted_at:%Y-%m-%d} with other content")],
        )
    _must_be_open(ledger, transaction.period)
    if transaction.corrects is not None:
        _must_be_correctable(ledger, transaction)
    ledger.add(transaction, at)
    return Posted(transaction, at, new=True)


def _must_be_open(ledger: Ledger, period_id: str) -> None:
    if ledger.period(period_id) is None:
        raise PeriodError(f"there is no period {period_id}; open it first")
    closure = ledger.closure(period_id)
    if closure is not None:
        raise PeriodError(f"period {period_id} was closed on {closure.closed_at:%Y-%m-%d}; post in one that is open")


def _must_be_correctable(ledger: Ledger, transaction: Transaction) -> None:
    old = ledger.transaction(str(transaction.corrects))
    if old is None:
        raise LedgerError(transaction.id, [Finding("corrects", f"there is no transaction {transaction.corrects}")])
    if old.transaction.currency != transaction.currency:
        text = f"{transaction.corrects} is in {old.transaction.currency}, not in {transaction.currency}"
        raise LedgerError(transaction.id, [Finding("corrects", text)])


def reverse(ledger: Ledger, transaction_id: str, period: str, because: Mapping[str, Any], at: datetime) -> Posted:
    """Undo a transaction by its opposite, in an open period; a second time it posts nothing.

    Raises:
        LedgerError: there is no such transaction, or it was undone for another reason or in another period.
        PeriodError: the period is unknown or closed.
    """
    old = ledger.transaction(transaction_id)
    if old is None:
        raise LedgerError(transaction_id, [Finding("id", "there is no such transaction to undo")])
    return post(reversal(old.transaction, period, because), ledger, at)


def close_period(ledger: Ledger, period_id: str, at: datetime, by: str) -> Closure:
    """Close a period for good; closing it again gives back the first closure.

    Raises:
        PeriodError: there is no such period.
    """
    if ledger.period(period_id) is None:
        raise PeriodError(f"there is no period {period_id}; open it first")
    ledger.lock()
    closure = ledger.closure(period_id)
    if closure is None:
        posted = ledger.transactions(period_id)
        closure = Closure(period_id, at, by, len(posted), digest_of(posted))
        ledger.add_closure(closure)
    return closure


def verify_period(ledger: Ledger, period_id: str) -> tuple[Finding, ...]:
    """What in a period is not as it was written: transactions that do not add up or match their hash, and its digest.

    The database refuses changes; this finds those made behind its back.
    """
    posted = ledger.transactions(period_id)
    found = [
        Finding(entry.transaction.id, str(finding)) for entry in posted for finding in entry.transaction.findings()
    ]
    closure = ledger.closure(period_id)
    if closure is not None:
        if closure.transactions != len(posted):
            text = f"{closure.transactions} transactions were there when it was closed, {len(posted)} are there now"
            found.append(Finding(period_id, text))
        if closure.digest != digest_of(posted):
            found.append(Finding(period_id, "its transactions are not those over which it was closed"))
    return tuple(found)
