"""A ledger driven at random, on both databases, against a dictionary that says what its balances have to be.

Whatever is posted, repeated, changed, undone, closed or forced, the books add up, agree with the dictionary, and every
refused act leaves them as they were.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy.exc import DBAPIError

from ritornello.ledger import (
    LedgerError,
    Period,
    PeriodError,
    Posting,
    RepeatedKeyError,
    Transaction,
    close_period,
    open_period,
    post,
    reverse,
    verify_period,
)
from ritornello.store.ledger_store import LedgerStore
from ritornello.store.ledger_tables import ledger_postings, ledger_transactions
from ritornello.store.scope import Scope
from tests.databases import Databases

AT = datetime(2026, 6, 2, 9, tzinfo=UTC)
ACCOUNTS = ("receipts:sonar", "payable:pty_a:c", "payable:pty_b:c", "suspense:no_right", "fx", "rounding-carry")
lines = st.lists(st.tuples(st.sampled_from(ACCOUNTS), st.integers(-(10**12), 10**12)), min_size=1, max_size=6)
periods = st.integers(0, 2).map(lambda number: f"2026-0{number + 1}")
currencies = st.sampled_from(["EUR", "USD"])
keys = st.integers(0, 12).map(lambda number: f"act:{number}")


def machine(databases: Databases, kind: str) -> type[RuleBasedStateMachine]:
    class LedgerMachine(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.connection = databases.shared(kind).connect()
            self.transaction = self.connection.begin()
            self.ledger = LedgerStore(Scope(self.connection, f"org_{uuid4().hex[:20]}"))
            self.expected: defaultdict[tuple[str, str], int] = defaultdict(int)
            self.posted: dict[str, Transaction] = {}
            self.closed: set[str] = set()
            self.clock = AT

        def teardown(self) -> None:
            self.transaction.rollback()
            self.connection.close()

        @initialize()
        def open_the_year(self) -> None:
            for month in range(3):
                open_period(
                    self.ledger, Period(f"2026-0{month + 1}", date(2026, month + 1, 1), date(2026, month + 2, 1), AT)
                )

        def tick(self) -> datetime:
            self.clock += timedelta(seconds=1)
            return self.clock

        def count(self, transaction: Transaction) -> None:
            self.posted[transaction.idempotency_key] = transaction
            for posting in transaction.postings:
                self.expected[posting.account, transaction.currency] += posting.micros

        def attempt(self, transaction: Transaction) -> bool:
            """Post inside a savepoint, so that a refusal undoes what was begun; whether something new was posted."""
            with self.connection.begin_nested():
                return post(transaction, self.ledger, self.tick()).new

        @rule(key=keys, period=periods, currency=currencies, lines=lines)
        def post_what_adds_up(self, key: str, period: str, currency: str, lines: list[tuple[str, int]]) -> None:
            postings = [Posting(account, micros, {"line": n}) for n, (account, micros) in enumerate(lines)]
            postings.append(Posting("house", -sum(micros for _, micros in lines)))
            transaction = Transaction.of(key, period, currency, postings)
            known = self.posted.get(key)
            if known is not None and known.request_hash != transaction.request_hash:
                with pytest.raises(RepeatedKeyError):
                    self.attempt(transaction)
            elif known is not None:
                assert not self.attempt(transaction)
            elif period in self.closed:
                with pytest.raises(PeriodError):
                    self.attempt(transaction)
            else:
                assert self.attempt(transaction)
                self.count(transaction)

        @precondition(lambda self: self.posted)
        @rule(data=st.data())
        def post_again(self, data: st.DataObject) -> None:
            key = data.draw(st.sampled_from(sorted(self.posted)))
            assert not self.attempt(self.posted[key])

        @rule(key=keys, period=periods, lines=lines, off=st.integers(1, 10**6))
        def post_what_does_not_add_up(self, key: str, period: str, lines: list[tuple[str, int]], off: int) -> None:
            postings = [Posting(account, micros) for account, micros in lines]
            postings.append(Posting("house", off - sum(micros for _, micros in lines)))
            transaction = Transaction.of(key, period, "EUR", postings)
            with pytest.raises(LedgerError):
                self.attempt(transaction)
            # and when our own check is passed by, the database refuses it
            with pytest.raises(DBAPIError), self.connection.begin_nested():
                self.ledger.add(Transaction.of(f"forced:{key}", period, "EUR", postings), AT)

        @precondition(lambda self: self.posted)
        @rule(data=st.data(), period=periods)
        def undo(self, data: st.DataObject, period: str) -> None:
            old = self.posted[data.draw(st.sampled_from(sorted(self.posted)))]
            key = f"reverse:{old.id}"
            known = self.posted.get(key)
            why: dict[str, Any] = {"why": "at random"}
            if known is not None and known.period != period:
                with pytest.raises(RepeatedKeyError):
                    reverse(self.ledger, old.id, period, why, self.tick())
            elif known is None and period in self.closed:
                with pytest.raises(PeriodError):
                    reverse(self.ledger, old.id, period, why, self.tick())
            else:
                done = reverse(self.ledger, old.id, period, why, self.tick())
                assert done.new is (known is None) and done.transaction.corrects == old.id
                if done.new:
                    self.count(done.transaction)

        @rule(period=periods)
        def close(self, period: str) -> None:
            closure = close_period(self.ledger, period, self.tick(), "per_x")
            assert closure.transactions == sum(t.period == period for t in self.posted.values())
            self.closed.add(period)

        @precondition(lambda self: self.posted)
        @rule(data=st.data())
        def force_a_change(self, data: st.DataObject) -> None:
            old = self.posted[data.draw(st.sampled_from(sorted(self.posted)))]
            scope = self.ledger._scope
            acts = [
                scope.update(ledger_postings).where(ledger_postings.c.transaction_id == old.id).values(micros=0),
                scope.delete(ledger_postings).where(ledger_postings.c.transaction_id == old.id),
                scope.update(ledger_transactions).where(ledger_transactions.c.id == old.id).values(currency="CHF"),
                scope.delete(ledger_transactions).where(ledger_transactions.c.id == old.id),
            ]
            with pytest.raises(DBAPIError), self.connection.begin_nested():
                self.connection.execute(data.draw(st.sampled_from(acts)))

        @invariant()
        def the_books_say_what_was_posted(self) -> None:
            balances = self.ledger.balances()
            assert balances == dict(self.expected)
            for currency in ("EUR", "USD"):
                assert sum(micros for (_, c), micros in balances.items() if c == currency) == 0

        @invariant()
        def closed_periods_verify(self) -> None:
            for period in self.closed:
                assert verify_period(self.ledger, period) == ()

    return LedgerMachine


@pytest.mark.parametrize(("kind", "examples"), [("sqlite", 40), ("postgresql", 12)])
def test_the_books_stand_whatever_is_done(databases: Databases, kind: str, examples: int) -> None:
    effort = settings(max_examples=examples, stateful_step_count=25, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(machine(databases, kind), settings=effort)
