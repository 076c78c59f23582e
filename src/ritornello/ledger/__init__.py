"""The ledger: what happened to money, written once, in postings that sum to zero.

A *posting* puts an amount (integer millionths of the currency's unit) on an account: positive where money is put,
negative where it is taken from. A *transaction* is a set of postings in one currency whose sum is zero, so money only
moves. Taking in 100.00 and owing 70.00 of it is: receipts -100, payable +70, commission +30; the balance of a payable
is what is owed. Nothing is ever changed: a correction is a new transaction that points at the old one. A *period* is
open until it is closed, once; whatever comes later goes into a later one.

The room computes no share and decides nothing. It refuses what does not add up.
"""

from __future__ import annotations

from ritornello.ledger.model import (
    Closure,
    Entry,
    Finding,
    LedgerError,
    Period,
    PeriodError,
    Posted,
    Posting,
    RepeatedKeyError,
    Transaction,
)
from ritornello.ledger.service import close_period, open_period, post, reverse, verify_period

__all__ = [
    "Closure",
    "Entry",
    "Finding",
    "LedgerError",
    "Period",
    "PeriodError",
    "Posted",
    "Posting",
    "RepeatedKeyError",
    "Transaction",
    "close_period",
    "open_period",
    "post",
    "reverse",
    "verify_period",
]
