"""The books at rest: what does not add up, comes twice or comes late is refused, by us and by the database itself."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError

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
from ritornello.store.tables import metadata
from ritornello.store.triggers import install, wanted
from ritornello.store.unit_of_work import UnitOfWork

AT = datetime(2026, 6, 2, 9, tzinfo=UTC)
MAY = Period("2026-05", date(2026, 5, 1), date(2026, 6, 1), AT)
JUNE = Period("2026-06", date(2026, 6, 1), date(2026, 7, 1), AT)
LINES = (
    Posting("receipts:sonar", -100_000_000, {"file": "fil_1"}),
    Posting("payable:pty_ada:ctr_1", 70_000_000, {"share": "7/10"}),
    Posting("commission:org_test", 30_000_000),
)


@pytest.fixture
def ledger(scope: Scope) -> LedgerStore:
    store = LedgerStore(scope)
    for period in (MAY, JUNE):
        open_period(store, period)
    return store


def of(key: str = "run:1", postings: tuple[Posting, ...] = LINES, period: str = MAY.id, **more: str) -> Transaction:
    return Transaction.of(key, period, more.get("currency", "EUR"), postings, more.get("corrects"))


def test_what_is_posted_is_there_as_it_was_said(ledger: LedgerStore) -> None:
    posted = post(of(), ledger, AT)
    assert posted.new
    assert ledger.transaction(posted.transaction.id) == replace(posted, new=False)
    assert ledger.balances() == {
        ("commission:org_test", "EUR"): 30_000_000,
        ("payable:pty_ada:ctr_1", "EUR"): 70_000_000,
        ("receipts:sonar", "EUR"): -100_000_000,
    }
    [entry] = ledger.entries("payable:pty_ada")
    assert (entry.account, entry.micros, entry.because) == ("payable:pty_ada:ctr_1", 70_000_000, {"share": "7/10"})


def test_the_same_key_and_content_posts_nothing(ledger: LedgerStore) -> None:
    first = post(of(), ledger, AT)
    again = post(of(), ledger, AT + timedelta(days=1))
    assert not again.new and again.posted_at == AT and again.transaction == first.transaction
    assert ledger.balances()["receipts:sonar", "EUR"] == -100_000_000


def test_the_same_key_with_other_content_is_an_error(ledger: LedgerStore) -> None:
    post(of(), ledger, AT)
    more = (*LINES[:1], replace(LINES[1], micros=60_000_000), replace(LINES[2], micros=40_000_000))
    with pytest.raises(RepeatedKeyError, match="with other content"):
        post(of(postings=more), ledger, AT)


def test_what_does_not_add_up_is_refused(ledger: LedgerStore) -> None:
    with pytest.raises(LedgerError, match="sum to 1 micros"):
        post(of(postings=(*LINES, Posting("rounding-carry", 1))), ledger, AT)


def test_currencies_do_not_mix_in_a_correction(ledger: LedgerStore) -> None:
    old = post(of(), ledger, AT).transaction
    with pytest.raises(LedgerError, match="is in EUR, not in USD"):
        post(of("fix", currency="USD", corrects=old.id), ledger, AT)
    with pytest.raises(LedgerError, match="no transaction txn_nothing"):
        post(of("fix", corrects="txn_nothing"), ledger, AT)


def test_undoing_points_at_the_old_one_and_happens_once(ledger: LedgerStore) -> None:
    old = post(of(), ledger, AT).transaction
    close_period(ledger, MAY.id, AT, "per_x")
    undone = reverse(ledger, old.id, JUNE.id, {"why": "the report was withdrawn"}, AT)
    assert undone.new and undone.transaction.corrects == old.id
    assert not reverse(ledger, old.id, JUNE.id, {"why": "the report was withdrawn"}, AT).new
    assert set(ledger.balances().values()) == {0}
    assert ledger.balances(period=MAY.id)["receipts:sonar", "EUR"] == -100_000_000
    assert [p.transaction.id for p in ledger.corrections_of(old.id)] == [undone.transaction.id]


def test_a_closed_period_takes_nothing_more(ledger: LedgerStore) -> None:
    first = post(of(), ledger, AT)
    closure = close_period(ledger, MAY.id, AT, "per_x")
    assert close_period(ledger, MAY.id, AT + timedelta(days=1), "per_y") == closure
    with pytest.raises(PeriodError, match="was closed on 2026-06-02"):
        post(of("late"), ledger, AT)
    assert not post(of(), ledger, AT).new  # what was there before is still answered
    assert first.transaction in [p.transaction for p in ledger.transactions(MAY.id)]
    assert verify_period(ledger, MAY.id) == ()


def test_an_unknown_period_and_one_with_other_dates_are_refused(ledger: LedgerStore) -> None:
    with pytest.raises(PeriodError, match="open it first"):
        post(of(period="2031-01"), ledger, AT)
    with pytest.raises(PeriodError, match="is there already"):
        open_period(ledger, replace(MAY, ends=date(2026, 7, 1)))
    with pytest.raises(PeriodError, match="start before it ends"):
        open_period(ledger, Period("odd", MAY.ends, MAY.starts, AT))


def test_an_account_is_not_the_beginning_of_another(ledger: LedgerStore) -> None:
    post(of("a", (Posting("payable:pty_a:c_1", 5), Posting("payable:pty_ab:c_1", -5))), ledger, AT)
    assert list(ledger.balances(account="payable:pty_a")) == [("payable:pty_a:c_1", "EUR")]
    assert list(ledger.balances(account="payable:pty_")) == []


def test_amounts_up_to_the_largest_are_exact(ledger: LedgerStore) -> None:
    largest = 2**63 - 1
    post(of("big", (Posting("fx", largest), Posting("bank", -largest))), ledger, AT)
    assert ledger.balances()["fx", "EUR"] == largest


def test_the_books_of_another_house_are_its_own(ledger: LedgerStore, scope: Scope) -> None:
    post(of(), ledger, AT)
    other = LedgerStore(Scope(scope.connection, "org_other"))
    assert other.balances() == {} and other.period(MAY.id) is None and other.by_key("run:1") is None
    open_period(other, MAY)
    assert post(of(), other, AT).new  # the same natural key is another act there
    close_period(ledger, MAY.id, AT, "per_x")
    assert post(of("run:2"), other, AT).new


# ── the database itself: raw statements, past all of our own checks ──

POSTING = "INSERT INTO ledger_postings VALUES ('org_test', '{txn}', {position}, 'fx', {micros}, '{{}}')"
HEADER = (
    "INSERT INTO ledger_transactions VALUES "
    "('org_test', '{txn}', '{txn}', 'h', '{period}', 'EUR', {count}, NULL, '2026-06-02 09:00:00')"
)


def raw(scope: Scope, *amounts: str, count: int | None = None, period: str = MAY.id, txn: str = "txn_raw") -> None:
    for position, micros in enumerate(amounts):
        scope.connection.execute(text(POSTING.format(txn=txn, position=position, micros=micros)))
    number = len(amounts) if count is None else count
    scope.connection.execute(text(HEADER.format(txn=txn, period=period, count=number)))


def test_the_database_takes_what_adds_up(ledger: LedgerStore, scope: Scope) -> None:
    raw(scope, "5", "-5")
    assert ledger.balances() == {("fx", "EUR"): 0}


@pytest.mark.parametrize(
    ("amounts", "count", "refusal"),
    [
        (("5", "-4"), None, "unbalanced"),
        (("5", "-5"), 3, "incomplete"),
        ((), 2, "incomplete"),
        (("0",), None, "postings"),
    ],
)
def test_the_database_refuses_what_does_not_add_up(
    ledger: LedgerStore, scope: Scope, amounts: tuple[str, ...], count: int | None, refusal: str
) -> None:
    with pytest.raises(DBAPIError, match=refusal):
        raw(scope, *amounts, count=count)


def test_the_database_refuses_an_amount_that_is_no_integer(ledger: LedgerStore, scope: Scope) -> None:
    # PostgreSQL's column cannot hold one (0.5 becomes 1 there, and the sum is refused); SQLite's could.
    with pytest.raises(DBAPIError, match=r"inexact|unbalanced"):
        raw(scope, "0.5", "-0.25", "-0.25")


def test_the_database_refuses_a_posting_to_a_transaction_that_is_complete(ledger: LedgerStore, scope: Scope) -> None:
    raw(scope, "5", "-5")
    with pytest.raises(DBAPIError, match="sealed"):
        scope.connection.execute(text(POSTING.format(txn="txn_raw", position=2, micros=0)))


def test_the_database_refuses_a_closed_period(ledger: LedgerStore, scope: Scope) -> None:
    close_period(ledger, MAY.id, AT, "per_x")
    with pytest.raises(DBAPIError, match="closed"):
        raw(scope, "5", "-5")


def test_the_database_refuses_postings_that_are_never_sealed(engine: Engine) -> None:
    with UnitOfWork(engine, "org_test") as work:
        open_period(work.ledger, MAY)
        work.scope.connection.execute(text(POSTING.format(txn="txn_raw", position=0, micros=5)))
        with pytest.raises(IntegrityError):
            work.commit()
    with UnitOfWork(engine, "org_test") as work:
        assert work.scope.all(work.scope.select(ledger_postings)) == []


BYPASSES = {
    "an unbalanced transaction": ("keep_ledger_transactions_sum", [("txn_new", 0, 5), ("txn_new", 1, -4)], 2),
    "a posting to a complete one": ("keep_ledger_postings_sealed", [("txn_old", 2, 1)], 0),
    "a posting before the first": ("keep_ledger_postings_sealed", [("txn_old", -1, 1), ("txn_old", 2, -2)], 0),
    "two savepoints, wrong together": ("keep_ledger_postings_sealed", [("txn_old", 3, 1), ("txn_old", 2, -2)], 0),
    "a change": ("keep_ledger_postings_change", "UPDATE ledger_postings SET micros = 6 WHERE position = 0", 0),
    "a posting moved": (
        "keep_ledger_postings_change",
        "UPDATE ledger_postings SET micros = 0, transaction_id = 'txn_other', position = 9 WHERE position = 0 AND "
        "transaction_id = 'txn_old'",
        0,
    ),
    "a posting taken away": ("keep_ledger_postings_change", "DELETE FROM ledger_postings WHERE position = 1", 0),
}
"""What is done past the code, and which trigger is switched off for it: the deferred one is the last to see it."""


@pytest.mark.parametrize("what", BYPASSES)
@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_what_passes_every_other_trigger_fails_at_the_commit(engine: Engine, what: str) -> None:
    off, done, count = BYPASSES[what]
    with UnitOfWork(engine, "org_test") as work:
        open_period(work.ledger, MAY)
        for txn in ("txn_old", "txn_other"):
            raw(work.scope, "5", "-5", txn=txn)
        work.commit()
    table = next(trigger.table for trigger in wanted(metadata, "postgresql") if trigger.name == off)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"ALTER TABLE {table} DISABLE TRIGGER {off}")
    try:
        with UnitOfWork(engine, "org_test") as work:
            run = work.scope.connection.exec_driver_sql
            if isinstance(done, str):
                run(done)
            else:
                for txn, position, micros in done:
                    with work.scope.connection.begin_nested():
                        run(POSTING.format(txn=txn, position=position, micros=micros))
                if count:
                    run(HEADER.format(txn=done[0][0], period=MAY.id, count=count))
            with pytest.raises(DBAPIError, match="unbalanced"):
                work.commit()
    finally:
        with engine.begin() as connection:
            connection.exec_driver_sql(f"ALTER TABLE {table} ENABLE TRIGGER {off}")
    with UnitOfWork(engine, "org_test") as work:
        assert [row.micros for row in work.scope.all(work.scope.select(ledger_postings))] == [5, -5, 5, -5]


@pytest.mark.parametrize("database_kind", ["postgresql"])
def test_a_database_from_before_gets_the_deferred_trigger(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER keep_ledger_postings_balance ON ledger_postings")
        install(connection, metadata)
        deferred = connection.exec_driver_sql(
            "SELECT tgdeferrable, tginitdeferred FROM pg_trigger WHERE tgname = 'keep_ledger_postings_balance' "
            "AND tgrelid = 'ledger_postings'::regclass"
        )
        assert [tuple(row) for row in deferred] == [(True, True)]


@pytest.mark.parametrize("statement", ["INSERT OR REPLACE INTO", "REPLACE INTO"])
def test_replacing_a_row_is_changing_it(ledger: LedgerStore, scope: Scope, statement: str) -> None:
    raw(scope, "5", "-5")
    if scope.connection.dialect.name == "postgresql":
        statement = "INSERT INTO"  # PostgreSQL knows no REPLACE; the same key is refused there
    header = HEADER.format(txn="txn_raw", period=JUNE.id, count=2).replace("INSERT INTO", statement)
    with pytest.raises(DBAPIError, match=r"append_only|UniqueViolation|unique"):
        scope.connection.execute(text(header))


def test_what_was_changed_behind_the_databases_back_is_found(ledger: LedgerStore, scope: Scope) -> None:
    posted = post(of(), ledger, AT).transaction
    close_period(ledger, MAY.id, AT, "per_x")
    run = scope.connection.exec_driver_sql
    if scope.connection.dialect.name == "sqlite":
        run("DROP TRIGGER keep_ledger_postings_update")
    else:
        run("SET CONSTRAINTS ALL IMMEDIATE")
        run("ALTER TABLE ledger_postings DISABLE TRIGGER USER")
    change = scope.update(ledger_postings).where(ledger_postings.c.transaction_id == posted.id)
    scope.connection.execute(change.where(ledger_postings.c.position == 1).values(account="payable:pty_eve:ctr_1"))
    assert "request_hash" in "; ".join(map(str, verify_period(ledger, MAY.id)))


# ── several at a time ──


def test_the_same_run_posted_by_many_at_once_is_posted_once(engine: Engine) -> None:
    with UnitOfWork(engine, "org_test") as work:
        open_period(work.ledger, MAY)
        work.commit()

    def run(_: int) -> bool:
        with UnitOfWork(engine, "org_test") as work:
            posted = post(of(), work.ledger, AT)
            work.commit()
        return posted.new

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(run, range(4))) == [False, False, False, True]
    with UnitOfWork(engine, "org_test") as work:
        assert work.ledger.balances()["receipts:sonar", "EUR"] == -100_000_000


def test_closing_waits_for_who_is_posting(engine: Engine) -> None:
    """Whatever was posted while the period was being closed is either in its digest or refused."""
    with UnitOfWork(engine, "org_test") as work:
        open_period(work.ledger, MAY)
        work.commit()
    posted, closed = threading.Event(), threading.Event()

    def posting() -> None:
        with UnitOfWork(engine, "org_test") as work:
            post(of(), work.ledger, AT)
            posted.set()
            closed.wait(0.5)  # time for the other to overtake, if it could
            work.commit()

    def closing() -> None:
        posted.wait(5)
        with UnitOfWork(engine, "org_test") as work:
            close_period(work.ledger, MAY.id, AT, "per_x")
            work.commit()
        closed.set()

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(posting), pool.submit(closing)]:
            done.result()
    with UnitOfWork(engine, "org_test") as work:
        closure = work.ledger.closure(MAY.id)
        assert closure is not None and closure.transactions == 1
        assert verify_period(work.ledger, MAY.id) == ()


def test_who_writes_past_the_service_meets_the_same_lock(engine: Engine, database_kind: str) -> None:
    """Two connections add postings to one transaction id at once: the second finds it sealed."""
    with UnitOfWork(engine, "org_test") as work:
        open_period(work.ledger, MAY)
        work.commit()
    outcome: list[str] = []
    begun = threading.Event()

    def second() -> None:
        begun.wait(5)
        try:
            with UnitOfWork(engine, "org_test") as work:
                work.scope.connection.execute(text(POSTING.format(txn="txn_raw", position=7, micros=0)))
                work.commit()
            outcome.append("written")
        except DBAPIError as error:
            outcome.append("sealed" if "sealed" in str(error) else str(error))

    other = threading.Thread(target=second)
    other.start()
    with UnitOfWork(engine, "org_test") as work:
        raw(work.scope, "5", "-5")
        begun.set()
        other.join(0.3)
        work.commit()
    other.join(10)
    assert outcome == ["sealed"]
    with UnitOfWork(engine, "org_test") as work:
        assert len(work.scope.all(work.scope.select(ledger_transactions))) == 1
