"""A row for any table of the metadata, so that what holds for all tables is tested on all of them, also future ones.

The row need not make sense in the field: checks, foreign keys and further triggers of its table are lifted inside the
test's transaction (both databases undo that with it). The append-only triggers stay.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Connection,
    Date,
    DateTime,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    String,
    Table,
)

from ritornello.store.tables import Document, Exact, Instant
from ritornello.store.triggers import PREFIX, present


def value_for(column: Column[Any], number: int) -> Any:
    """A value that the column's type takes; another `number` gives another value."""
    kind = column.type
    if isinstance(kind, Instant):
        return datetime(2026, 1, 1, 0, 0, number % 60, tzinfo=UTC)
    if isinstance(kind, Exact):
        return Fraction(number)
    if isinstance(kind, Document):
        return {"number": number}
    if isinstance(kind, DateTime):
        return datetime(2026, 1, 1, 0, 0, number % 60, tzinfo=UTC)
    if isinstance(kind, Date):
        return date(2026, 1, 1 + number % 28)
    if isinstance(kind, Boolean):
        return bool(number % 2)
    if isinstance(kind, LargeBinary):
        return bytes([number])
    if isinstance(kind, String):
        return f"x{number}"[: kind.length or 64]
    if isinstance(kind, Integer):
        return number
    raise AssertionError(f"{column.table.name}.{column.name}: teach value_for the type {kind!r}")


def row_for(table: Table, number: int) -> dict[str, Any]:
    """Values for every column but the organisation."""
    return {column.name: value_for(column, number) for column in table.columns if column.name != "organisation"}


def lift_rules(connection: Connection, table: Table) -> None:
    """Lift checks, foreign keys and all triggers but the append-only ones, for this transaction only."""
    run = connection.exec_driver_sql
    keep = {f"{PREFIX}{table.name}_{act}" for act in ("update", "delete", "change", "truncate")}
    others = [name for name, of in present(connection).items() if of == table.name and name not in keep]
    if connection.dialect.name == "sqlite":
        run("PRAGMA defer_foreign_keys=ON")
        run("PRAGMA ignore_check_constraints=ON")
        for name in others:
            run(f"DROP TRIGGER {name}")
        return
    for constraint in table.constraints:
        if isinstance(constraint, (CheckConstraint, ForeignKeyConstraint)):
            run(f"ALTER TABLE {table.name} DROP CONSTRAINT IF EXISTS {constraint.name}")
    for name in others:
        run(f"DROP TRIGGER {name} ON {table.name}")


def restore_rules(connection: Connection) -> None:
    """What a transaction's end does not restore by itself."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA ignore_check_constraints=OFF")
