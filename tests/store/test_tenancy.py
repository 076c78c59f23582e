"""A tenant sees its own (invariant 11): for every table that a tenant owns, two organisations never meet."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from sqlalchemy import select

from ritornello.store.database import load_tables
from ritornello.store.scope import Scope
from ritornello.store.tables import metadata
from tests.store.any_row import lift_rules, restore_rules, row_for

OWNED = sorted(table.name for table in load_tables().tables.values() if table.info["tenant"])
SHARED = {table.name for table in metadata.tables.values() if not table.info["tenant"]}
STORE = Path(__file__).parents[2] / "src" / "ritornello" / "store"


@pytest.mark.parametrize("name", OWNED)
def test_two_organisations_never_see_each_others_rows(scope: Scope, name: str) -> None:
    table = metadata.tables[name]
    mine, theirs = scope, Scope(scope.connection, "org_other")
    lift_rules(scope.connection, table)
    try:
        mine.insert(table, row_for(table, 1))
        theirs.insert(table, [row_for(table, 2)])
        for own in (mine, theirs):
            [row] = own.all(own.select(table))
            assert row.organisation == own.organisation
            [row] = own.all(own.select(table, table.c.organisation))
            assert row.organisation == own.organisation
        if not table.info["append_only"]:
            column = next(c for c in table.columns if c.name != "organisation" and not c.primary_key)
            change = row_for(table, 3)[column.name]
            assert scope.connection.execute(mine.update(table).values({column: change})).rowcount == 1
            assert scope.connection.execute(mine.delete(table)).rowcount == 1
            assert mine.all(mine.select(table)) == []
            [left] = theirs.all(theirs.select(table))
            assert left.organisation == "org_other"
    finally:
        restore_rules(scope.connection)


def test_a_row_cannot_be_written_for_another_organisation(scope: Scope) -> None:
    table = metadata.tables["memberships"]
    scope.insert(table, {**row_for(table, 1), "organisation": "org_other"})
    assert [row.organisation for row in scope.all(select(table))] == [scope.organisation]


def test_what_is_shared_is_shared_on_purpose() -> None:
    """A new table without an organisation has to be named here, with the reason."""
    assert {
        "organisations",  # the tenants themselves
        "persons",  # one person may work for several organisations; reached through memberships
        "log_leaves",  # hashes only; the log is worth the more the more people look at the same one
        "log_nodes",
        "log_heads",
    } == SHARED


# Where a store may write a statement itself, and why.
UNSCOPED = {
    "scope.py": "the one place that makes scoped statements",
    "job_queue.py": "a worker works for the whole installation",
    "jobs_store.py": "INSERT … ON CONFLICT DO NOTHING, stamped with the scope's organisation",
    "people_store.py": "a secret is looked up before the organisation is known",
    "log_store.py": "the log is shared",
}


def unscoped_statements(source: str) -> list[str]:
    """The constructors of statements that a module imports from SQLAlchemy."""
    return sorted(
        alias.name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sqlalchemy")
        for alias in node.names
        if alias.name in {"select", "insert", "update", "delete"}
    )


def test_stores_write_no_statement_past_the_scope() -> None:
    found = {
        path.name: names
        for path in sorted(STORE.glob("*.py"))
        if path.name not in UNSCOPED and (names := unscoped_statements(path.read_text(encoding="utf-8")))
    }
    assert not found, "ask the scope: scope.select(table), scope.insert(table, rows), scope.update(table)"


def test_the_check_itself_can_fail() -> None:
    assert unscoped_statements("from sqlalchemy import select, func") == ["select"]
    assert unscoped_statements("from sqlalchemy.dialects.sqlite import insert") == ["insert"]
    assert unscoped_statements("from sqlalchemy import func") == []
