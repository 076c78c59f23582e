"""The books at rest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Row, Select, func, text

from ritornello.ledger.model import Closure, Entry, Period, Posted, Posting, Transaction
from ritornello.store.ledger_tables import (
    LOCK,
    ledger_closures,
    ledger_periods,
    ledger_postings,
    ledger_transactions,
)
from ritornello.store.scope import Scope


class LedgerStore:
    """Implements `ritornello.ledger.ports.Ledger`, and answers what the books say."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def lock(self) -> None:
        """Wait until no other transaction writes these books (SQLite has one writer anyway)."""
        if self._scope.connection.dialect.name == "postgresql":
            statement = text(f"SELECT {LOCK.format(organisation=':organisation')}")
            self._scope.connection.execute(statement, {"organisation": self._scope.organisation})

    # ── periods ──

    def add_period(self, period: Period) -> None:
        self._scope.insert(
            ledger_periods,
            {"id": period.id, "starts": period.starts, "ends": period.ends, "opened_at": period.opened_at},
        )

    def period(self, period_id: str) -> Period | None:
        row = self._scope.first(self._scope.select(ledger_periods).where(ledger_periods.c.id == period_id))
        return None if row is None else Period(row.id, row.starts, row.ends, row.opened_at)

    def periods(self) -> Sequence[tuple[Period, Closure | None]]:
        """Every period in the order of time, with its closure where it is closed."""
        rows = self._scope.all(
            self._scope.select(ledger_periods).order_by(ledger_periods.c.starts, ledger_periods.c.id)
        )
        closures = {row.period: _closure(row) for row in self._scope.all(self._scope.select(ledger_closures))}
        return [(Period(row.id, row.starts, row.ends, row.opened_at), closures.get(row.id)) for row in rows]

    def closure(self, period_id: str) -> Closure | None:
        row = self._scope.first(self._scope.select(ledger_closures).where(ledger_closures.c.period == period_id))
        return None if row is None else _closure(row)

    def add_closure(self, closure: Closure) -> None:
        self._scope.insert(
            ledger_closures,
            {
                "period": closure.period,
                "closed_at": closure.closed_at,
                "closed_by": closure.closed_by,
                "transactions": closure.transactions,
                "digest": closure.digest,
            },
        )

    # ── transactions ──

    def add(self, transaction: Transaction, posted_at: datetime) -> None:
        """Write the postings, then the header that seals them."""
        self._scope.insert(
            ledger_postings,
            [
                {
                    "transaction_id": transaction.id,
                    "position": position,
                    "account": posting.account,
                    "micros": posting.micros,
                    "because": dict(posting.because),
                }
                for position, posting in enumerate(transaction.postings)
            ],
        )
        self._scope.insert(
            ledger_transactions,
            {
                "id": transaction.id,
                "idempotency_key": transaction.idempotency_key,
                "request_hash": transaction.request_hash,
                "period": transaction.period,
                "currency": transaction.currency,
                "postings": len(transaction.postings),
                "corrects": transaction.corrects,
                "posted_at": posted_at,
            },
        )

    def transaction(self, transaction_id: str) -> Posted | None:
        """One transaction with its postings."""
        found = self._posted(self._headed().where(ledger_transactions.c.id == transaction_id))
        return found[0] if found else None

    def by_key(self, idempotency_key: str) -> Posted | None:
        """The transaction that was posted under this key."""
        found = self._posted(self._headed().where(ledger_transactions.c.idempotency_key == idempotency_key))
        return found[0] if found else None

    def transactions(self, period_id: str) -> Sequence[Posted]:
        """Every transaction of a period, in the order of ids."""
        return self._posted(self._headed().where(ledger_transactions.c.period == period_id))

    def corrections_of(self, transaction_id: str) -> Sequence[Posted]:
        """The transactions that correct this one."""
        return self._posted(self._headed().where(ledger_transactions.c.corrects == transaction_id))

    def _headed(self) -> Select[Any]:
        headers, postings = ledger_transactions.c, ledger_postings.c
        joined = ledger_transactions.join(
            ledger_postings,
            (postings.organisation == headers.organisation) & (postings.transaction_id == headers.id),
        )
        return self._scope.select(
            ledger_transactions,
            *ledger_transactions.columns,
            postings.position,
            postings.account,
            postings.micros,
            postings.because,
        ).select_from(joined)

    def _posted(self, query: Select[Any]) -> Sequence[Posted]:
        rows = self._scope.all(query.order_by(ledger_transactions.c.id, ledger_postings.c.position))
        found = []
        for _, group in groupby(rows, key=lambda row: row.id):
            lines = list(group)
            head = lines[0]
            postings = tuple(Posting(line.account, line.micros, line.because) for line in lines)
            transaction = Transaction(
                head.id, head.idempotency_key, head.request_hash, head.period, head.currency, postings, head.corrects
            )
            found.append(Posted(transaction, head.posted_at, new=False))
        return found

    # ── what the books say ──

    def balances(self, *, period: str | None = None, account: str | None = None) -> dict[tuple[str, str], int]:
        """(account, currency) → micros, over everything or one period.

        Args:
            period: count this period's transactions alone.
            account: count this account, and those below it ("payable:pty_a" has "payable:pty_a:ctr_1" below it).
        """
        query = self._entries(
            ledger_postings.c.account, ledger_transactions.c.currency, func.sum(ledger_postings.c.micros).label("total")
        )
        query = self._narrowed(query, period, account)
        query = query.group_by(ledger_postings.c.account, ledger_transactions.c.currency)
        rows = self._scope.all(query.order_by(ledger_postings.c.account, ledger_transactions.c.currency))
        return {(row.account, row.currency): int(row.total) for row in rows}

    def entries(self, account: str, *, period: str | None = None) -> Sequence[Entry]:
        """The postings of an account and of those below it, in the order in which they were posted."""
        headers, postings = ledger_transactions.c, ledger_postings.c
        query = self._entries(*postings, headers.period, headers.currency, headers.corrects, headers.posted_at)
        query = self._narrowed(query, period, account)
        rows = self._scope.all(query.order_by(headers.posted_at, headers.id, postings.position))
        return [_entry(row) for row in rows]

    def _entries(self, *columns: Any) -> Select[Any]:
        headers, postings = ledger_transactions.c, ledger_postings.c
        joined = ledger_postings.join(
            ledger_transactions,
            (postings.organisation == headers.organisation) & (postings.transaction_id == headers.id),
        )
        return self._scope.select(ledger_postings, *columns).select_from(joined)

    @staticmethod
    def _narrowed(query: Select[Any], period: str | None, account: str | None) -> Select[Any]:
        if period is not None:
            query = query.where(ledger_transactions.c.period == period)
        if account is not None:
            name = ledger_postings.c.account
            query = query.where((name == account) | name.startswith(f"{account}:", autoescape=True))
        return query


def _closure(row: Row[Any]) -> Closure:
    return Closure(row.period, row.closed_at, row.closed_by, row.transactions, row.digest)


def _entry(row: Row[Any]) -> Entry:
    return Entry(
        row.transaction_id, row.position, row.period, row.currency, row.account, row.micros, row.because, row.corrects,
        row.posted_at,
    )  # fmt: skip
