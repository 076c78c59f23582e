"""Statements are written once, found by payee and run, and read back with the hash that was logged."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy.exc import DBAPIError

from ritornello.statements.model import Statement, StatementError
from ritornello.store.scope import Scope
from ritornello.store.statements_store import StatementsStore
from ritornello.store.statements_tables import statements
from tests.statements.test_statements import golden_once

AT = datetime(2026, 2, 3, 9, tzinfo=UTC)


def earlier(statement: Statement) -> Statement:
    return replace(statement, id="stt_before", period_start=date(2025, 12, 1), period_end=date(2025, 12, 31))


def test_a_statement_is_kept_once(scope: Scope) -> None:
    store = StatementsStore(scope)
    statement = golden_once()
    assert store.add(statement, "run_1", AT)
    assert not store.add(statement, "run_1", AT)
    assert store.statement(statement.id) == statement
    assert store.statement("stt_none") is None
    with pytest.raises(StatementError, match="is written and differs"):
        store.add(replace(statement, memo=statement.memo + 1), "run_1", AT)
    with pytest.raises(DBAPIError):
        scope.connection.execute(scope.delete(statements))


def test_statements_are_found_by_run_and_payee(scope: Scope) -> None:
    store = StatementsStore(scope)
    statement = golden_once()
    store.add(statement, "run_2", AT)
    store.add(earlier(statement), "run_1", AT)
    assert [one.id for one in store.of_run("run_2")] == [statement.id]
    assert [one.id for one in store.of_payee("label", "EUR")] == [statement.id, "stt_before"]
    assert store.of_payee("label", "USD") == []
    before = store.before(statement)
    assert before is not None and before.id == "stt_before"
    assert store.before(before) is None
