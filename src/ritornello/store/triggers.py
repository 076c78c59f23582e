"""Written once: triggers that keep append-only tables append-only, whoever holds the connection (invariant 6).

They are generated from `table.info`, never written by hand and never migrated: `install` drops what is there and makes
what the tables ask for. A table may bring further triggers of its own in `table.info["triggers"]` (the ledger's
sum-zero check), one list per dialect.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, MetaData, Table, text

PREFIX = "keep_"
"""All triggers of ours begin with it, so that they can be told from an operator's own."""

REFUSAL = "append_only"
"""The word that every refusal begins with, followed by the table's name."""

_FUNCTION = """\
CREATE OR REPLACE FUNCTION keep_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'append_only: % takes new rows only; a correction is a new row', TG_TABLE_NAME
    USING ERRCODE = 'integrity_constraint_violation';
END $$"""


@dataclass(frozen=True, slots=True)
class Trigger:
    """One trigger: its name, its table, and the statements that make it (functions first)."""

    name: str
    table: str
    statements: tuple[str, ...]


def wanted(metadata: MetaData, dialect: str) -> tuple[Trigger, ...]:
    """Every trigger that the tables ask for on `dialect` ('sqlite' or 'postgresql'), by table."""
    found: list[Trigger] = []
    for table in metadata.sorted_tables:
        if table.info.get("append_only"):
            found += _append_only(table, dialect)
        found += table.info.get("triggers", {}).get(dialect, ())
    return tuple(found)


def _append_only(table: Table, dialect: str) -> list[Trigger]:
    name = f"{PREFIX}{table.name}"
    if dialect == "sqlite":
        return [
            Trigger(
                f"{name}_{act.lower()}",
                table.name,
                (
                    f"CREATE TRIGGER {name}_{act.lower()} BEFORE {act} ON {table.name} BEGIN SELECT RAISE(ABORT, "
                    f"'{REFUSAL}: {table.name} takes new rows only; a correction is a new row'); END",
                ),
            )
            for act in ("UPDATE", "DELETE")
        ]
    run = "EXECUTE FUNCTION keep_append_only()"
    return [
        Trigger(
            f"{name}_change",
            table.name,
            (
                _FUNCTION,
                f"CREATE TRIGGER {name}_change BEFORE UPDATE OR DELETE ON {table.name} FOR EACH ROW {run}",
            ),
        ),
        Trigger(
            f"{name}_truncate",
            table.name,
            (_FUNCTION, f"CREATE TRIGGER {name}_truncate BEFORE TRUNCATE ON {table.name} FOR EACH STATEMENT {run}"),
        ),
    ]


def present(connection: Connection) -> dict[str, str]:
    """The triggers of ours that the database has: name → table."""
    if connection.dialect.name == "sqlite":
        query = "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger' AND substr(name, 1, 5) = :prefix"
    else:
        query = (
            "SELECT t.tgname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
            "JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE NOT t.tgisinternal AND n.nspname = current_schema() AND left(t.tgname, 5) = :prefix"
        )
    return {row[0]: row[1] for row in connection.execute(text(query), {"prefix": PREFIX})}


def drop(connection: Connection) -> None:
    """Take every trigger of ours away (a migration that rewrites a table does this first)."""
    for name, table in present(connection).items():
        on = "" if connection.dialect.name == "sqlite" else f" ON {table}"
        connection.exec_driver_sql(f"DROP TRIGGER {name}{on}")


def install(connection: Connection, metadata: MetaData) -> None:
    """Make the database's triggers exactly those that the tables ask for."""
    drop(connection)
    done: set[str] = set()
    for trigger in wanted(metadata, connection.dialect.name):
        for statement in trigger.statements:
            if statement not in done:
                # Without parameters a percent sign reaches the database as it stands.
                connection.exec_driver_sql(statement, execution_options={"no_parameters": True})
                done.add(statement)
