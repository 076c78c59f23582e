"""One helper scopes every query: a tenant sees its own (invariant 11).

Stores never write `select(table)` themselves. They ask the scope, which adds the organisation to every SELECT, INSERT,
UPDATE and DELETE of a tenant's table, so that forgetting it is not possible.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Delete, Row, Select, Table, Update, delete, insert, select, update


class Scope:
    """A connection inside one transaction, seen as one organisation."""

    def __init__(self, connection: Connection, organisation: str) -> None:
        self.connection = connection
        self.organisation = organisation

    def select(self, table: Table, *columns: Any) -> Select[Any]:
        """SELECT the given columns (or all) of `table`, for this organisation only."""
        statement = select(*columns) if columns else select(table)
        return statement.where(table.c.organisation == self.organisation) if _owned(table) else statement

    def update(self, table: Table) -> Update:
        statement = update(table)
        return statement.where(table.c.organisation == self.organisation) if _owned(table) else statement

    def delete(self, table: Table) -> Delete:
        statement = delete(table)
        return statement.where(table.c.organisation == self.organisation) if _owned(table) else statement

    def insert(self, table: Table, rows: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> None:
        """INSERT one row or many, each stamped with this organisation."""
        many = [rows] if isinstance(rows, Mapping) else list(rows)
        if not many:
            return
        if _owned(table):
            many = [{**row, "organisation": self.organisation} for row in many]
        self.connection.execute(insert(table), many)

    def all(self, statement: Select[Any]) -> Sequence[Row[Any]]:
        return self.connection.execute(statement).all()

    def first(self, statement: Select[Any]) -> Row[Any] | None:
        return self.connection.execute(statement).first()


def _owned(table: Table) -> bool:
    return bool(table.info.get("tenant"))
