"""Pure functions over postings: undoing, adding up, and telling a period's figures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from ritornello.ledger.accounts import Side, kind_of
from ritornello.ledger.model import Posted, Posting, Transaction
from ritornello.proof.canonical import canonical_json, sha256_hex


def reversal(transaction: Transaction, period: str, because: Mapping[str, Any]) -> Transaction:
    """The transaction that undoes another in an open period; there is one for each, so undoing twice undoes once."""
    postings = [
        Posting(posting.account, -posting.micros, {"reverses": transaction.id, "why": dict(because)})
        for posting in transaction.postings
    ]
    key = f"reverse:{transaction.id}"
    return Transaction.of(key, period, transaction.currency, postings, corrects=transaction.id)


def balances(postings: Iterable[Posting]) -> dict[str, int]:
    """Account → micros; accounts that come to zero are kept, since they were used."""
    sums: defaultdict[str, int] = defaultdict(int)
    for posting in postings:
        sums[posting.account] += posting.micros
    return dict(sorted(sums.items()))


def by_side(accounts: Mapping[str, int]) -> dict[Side, int]:
    """The figures that conservation is told in: every side, in micros; together they are zero.

    What was received is negative, since the money was taken from there. `-received` = payable + held + house + cleared
    + carry + paid.
    """
    sums = dict.fromkeys(Side, 0)
    for account, micros in accounts.items():
        sums[kind_of(account).side] += micros
    return sums


def digest_of(posted: Iterable[Posted]) -> str:
    """The digest of a period: over its transactions' ids and hashes, in the order of their ids."""
    lines = sorted((p.transaction.id, p.transaction.request_hash) for p in posted)
    return sha256_hex(canonical_json([list(line) for line in lines]))
