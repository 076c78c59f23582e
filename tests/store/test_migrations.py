"""A migrated database is the one that the tables declare, with every trigger; migrating is all or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import CheckConstraint, Engine, inspect, text
from sqlalchemy.exc import DBAPIError
from tools.new_migration import rooms_in_order

from ritornello.store import migrate, triggers
from ritornello.store.database import DatabaseError, load_tables, rooms_of_tables
from ritornello.store.tables import metadata
from tests.databases import Databases


@pytest.fixture
def empty(databases: Databases, database_kind: str) -> Iterator[Engine]:
    engine = databases.empty_sqlite() if database_kind == "sqlite" else databases.empty_postgresql()
    yield engine
    engine.dispose()


def test_the_revisions_make_what_the_tables_declare(empty: Engine) -> None:
    assert migrate.upgrade(empty)
    with empty.connect() as connection:
        assert migrate.differences(connection) == [], "run tools/new_migration.py and commit what it writes"
        wanted = {trigger.name: trigger.table for trigger in triggers.wanted(metadata, empty.dialect.name)}
        assert triggers.present(connection) == wanted
        assert migrate.current(connection) == migrate.head()


def test_the_check_constraints_are_those_of_the_tables(empty: Engine) -> None:
    # Alembic compares columns, keys and indexes, but not checks, so they are compared here.
    migrate.upgrade(empty)
    found = inspect(empty)
    for table in load_tables().sorted_tables:
        declared = {str(c.name) for c in table.constraints if isinstance(c, CheckConstraint)}
        assert {c["name"] for c in found.get_check_constraints(table.name)} == declared, table.name


def test_migrating_again_does_nothing(empty: Engine) -> None:
    migrate.upgrade(empty)
    assert not migrate.upgrade(empty)


def test_a_lost_trigger_comes_back(empty: Engine) -> None:
    migrate.upgrade(empty)
    with empty.begin() as connection:
        triggers.drop(connection)
    assert migrate.upgrade(empty)
    with empty.connect() as connection:
        assert triggers.present(connection)


def test_a_database_of_a_newer_version_is_left_alone(empty: Engine) -> None:
    migrate.upgrade(empty)
    with empty.begin() as connection:
        connection.execute(text("UPDATE schema_version SET version_num = '9999_future'"))
    with pytest.raises(DatabaseError, match="9999_future"):
        migrate.upgrade(empty)


def test_a_migration_that_breaks_leaves_nothing(empty: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise DBAPIError("the power went", None, Exception())

    with monkeypatch.context() as patch:
        patch.setattr(triggers, "install", broken)
        with pytest.raises(DBAPIError):
            migrate.upgrade(empty)
    assert inspect(empty).get_table_names() == []
    assert migrate.upgrade(empty)


def test_two_that_start_together_migrate_once(empty: Engine) -> None:
    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(migrate.upgrade, [empty, empty])) == [False, True]


def test_a_table_without_a_revision_is_told_by_name(empty: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrate, "run_revisions", lambda connection: None)
    with pytest.raises(DatabaseError, match="parties"):
        migrate.upgrade(empty)


def test_every_room_comes_after_those_it_points_at() -> None:
    order = list(rooms_in_order())
    rooms = rooms_of_tables()
    for table in load_tables().sorted_tables:
        for key in table.foreign_keys:
            assert order.index(rooms[key.column.table.name]) <= order.index(rooms[table.name])


def test_the_revisions_are_one_line() -> None:
    from alembic.script import ScriptDirectory

    script = ScriptDirectory.from_config(migrate.config())
    assert len(script.get_heads()) == 1
    files = sorted(path.stem for path in (Path(script.dir) / "versions").glob("[0-9]*.py"))
    assert [revision.revision for revision in reversed(list(script.walk_revisions()))] == files
