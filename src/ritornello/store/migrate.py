"""Bring a database up to date with the code, in one transaction: all of it, or nothing.

Triggers are derived from the tables and never migrated: they are taken away before the revisions run (a revision may
have to rewrite an append-only table) and made again from the metadata at the end.
"""

from __future__ import annotations

from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.types import TypeDecorator

from ritornello.store import triggers
from ritornello.store.database import DatabaseError, load_tables
from ritornello.store.tables import metadata

_LOCK = 0x5249544F  # "RITO": two processes that start together migrate one after the other


def _shown(kind: str, thing: Any, _autogenerate: Any) -> str | bool:
    """Our column types are written into revisions as what the database makes of them, so that history stays fixed."""
    if kind == "type" and isinstance(thing, TypeDecorator):
        return f"sa.{thing.impl_instance!r}"
    return False


def _as_declared(_context: Any, _revision: Any, directives: list[Any]) -> None:
    """A revision holds what the database has; our own marks on a table are no part of that."""
    for directive in directives:
        for operation in (*directive.upgrade_ops.ops, *directive.downgrade_ops.ops):
            if hasattr(operation, "info"):
                operation.info = {}


OPTIONS: dict[str, Any] = {
    "compare_type": True,
    "render_as_batch": True,
    "render_item": _shown,
    "process_revision_directives": _as_declared,
    "version_table": "schema_version",
}


def config(connection: Connection | None = None) -> Config:
    """Alembic's configuration, with the revisions that are packaged here."""
    made = Config()
    made.set_main_option("script_location", "ritornello.store:migrations")
    made.attributes["connection"] = connection
    return made


def head() -> str | None:
    """The newest revision that the code knows."""
    return ScriptDirectory.from_config(config()).get_current_head()


def current(connection: Connection) -> str | None:
    """The revision that the database is at; None for an empty one."""
    return MigrationContext.configure(
        connection, opts={"version_table": OPTIONS["version_table"]}
    ).get_current_revision()


def upgrade(engine: Engine) -> bool:
    """Bring the database to the newest revision and its triggers to what the tables ask for; False where all was done.

    Raises:
        DatabaseError: the database is at a revision that this version of the program does not know.
    """
    load_tables()
    with engine.connect() as connection, connection.begin():
        if up_to_date(connection):
            return False
    with engine.connect() as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        if up_to_date(connection):
            return False  # another process was first
        triggers.drop(connection)
        run_revisions(connection)
        if lacking := sorted(set(metadata.tables) - set(inspect(connection).get_table_names())):
            raise DatabaseError(f"no revision makes {', '.join(lacking)}: run tools/new_migration.py and commit it")
        triggers.install(connection, metadata)
    return True


def run_revisions(connection: Connection) -> None:
    """Run the revisions that the database lacks, and nothing else."""
    command.upgrade(config(connection), "head")


def up_to_date(connection: Connection) -> bool:
    """Whether revision and triggers are those of the code.

    Raises:
        DatabaseError: the database is at a revision that this version of the program does not know.
    """
    at = current(connection)
    if at is not None and at not in {r.revision for r in ScriptDirectory.from_config(config()).walk_revisions()}:
        raise DatabaseError(f"the database is at revision {at}, which this version does not know; update Ritornello")
    wanted = {trigger.name for trigger in triggers.wanted(metadata, connection.dialect.name)}
    return at is not None and at == head() and set(triggers.present(connection)) == wanted


def differences(connection: Connection, only: set[str] | None = None) -> list[Any]:
    """What the tables declare and the database lacks, or the other way round; empty when they agree.

    Args:
        connection: on the database to compare.
        only: look at these tables alone.
    """

    def looked_at(_thing: Any, name: str | None, kind: str, _reflected: bool, _other: Any) -> bool:
        return only is None or kind != "table" or name in only

    load_tables()
    options = {**OPTIONS, "include_object": looked_at}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))
