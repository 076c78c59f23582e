"""Written once (invariant 6): for every append-only table, UPDATE and DELETE fail whoever holds the connection."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Table, func, insert, select
from sqlalchemy.exc import DBAPIError

from ritornello.store.database import load_tables
from ritornello.store.scope import Scope
from tests.store.any_row import lift_rules, restore_rules, row_for

APPEND_ONLY = sorted(table.name for table in load_tables().tables.values() if table.info["append_only"])
CHANGEABLE = sorted(table.name for table in load_tables().tables.values() if not table.info["append_only"])

Filled = Callable[[str], Table]


@pytest.fixture
def filled(scope: Scope) -> Iterator[Filled]:
    def fill(name: str) -> Table:
        table = load_tables().tables[name]
        lift_rules(scope.connection, table)
        row = row_for(table, 1)
        if "organisation" in table.c:
            row["organisation"] = scope.organisation
        scope.connection.execute(insert(table), [row])
        return table

    yield fill
    restore_rules(scope.connection)


def count(scope: Scope, table: Table) -> int:
    return int(scope.connection.execute(select(func.count()).select_from(table)).scalar_one())


def refused(scope: Scope, table: Table, statement: str) -> None:
    savepoint = scope.connection.begin_nested()
    with pytest.raises(DBAPIError, match=f"append_only: {table.name} takes new rows only"):
        scope.connection.exec_driver_sql(statement)
    savepoint.rollback()
    assert count(scope, table) == 1


@pytest.mark.parametrize("name", APPEND_ONLY)
def test_a_row_cannot_be_changed_nor_taken_away(scope: Scope, filled: Filled, name: str) -> None:
    table = filled(name)
    for column in table.columns:
        refused(scope, table, f"UPDATE {name} SET {column.name} = {column.name}")
    refused(scope, table, f"DELETE FROM {name}")
    if scope.connection.dialect.name == "postgresql":
        refused(scope, table, f"TRUNCATE {name} CASCADE")


@pytest.mark.parametrize("name", APPEND_ONLY)
def test_a_row_cannot_be_replaced(scope: Scope, filled: Filled, name: str) -> None:
    table = filled(name)
    unique = [c.name for c in table.primary_key] or ["organisation"]
    if scope.connection.dialect.name == "sqlite":
        keyed = list(table.primary_key) or any(c.__visit_name__ == "unique_constraint" for c in table.constraints)
        if keyed:
            refused(scope, table, f"REPLACE INTO {name} SELECT * FROM {name}")
    elif table.primary_key.columns:
        target = ", ".join(unique)
        upsert = f"ON CONFLICT ({target}) DO UPDATE SET {unique[0]} = excluded.{unique[0]}"
        refused(scope, table, f"INSERT INTO {name} SELECT * FROM {name} {upsert}")


def test_there_are_tables_of_both_kinds() -> None:
    assert {"ledger_postings", "ledger_transactions", "parties", "party_commitments", "log_leaves"} <= set(APPEND_ONLY)
    assert {"party_details", "persons", "jobs"} <= set(CHANGEABLE)


@pytest.mark.parametrize("name", ["party_details", "persons"])
def test_what_is_personal_can_be_erased(scope: Scope, filled: Filled, name: str) -> None:
    table = filled(name)
    scope.connection.execute(scope.delete(table))
    assert count(scope, table) == 0
