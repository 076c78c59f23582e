"""How tables are declared: one metadata, exact column types, and the marks that constraints are made from.

A table that a tenant owns is declared with `tenant_table`, which adds the `organisation` column; every query to it goes
through `ritornello.store.scope.Scope`. A table declared `append_only=True` gets triggers on both databases that refuse
UPDATE and DELETE (see `ritornello.store.triggers`).
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import BigInteger, Column, DateTime, Dialect, Index, MetaData, String, Table, Text
from sqlalchemy.types import TypeDecorator

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Id = String(64)
"""Ids are text with a prefix that tells the kind: `rec_…`, `lic_…`."""

Micros = BigInteger
"""Money at rest: integers of 10^-6 of the currency's unit."""


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime; SQLite gives it back without a zone, so the zone is put on again."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a stored instant needs a time zone: {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Exact(TypeDecorator[Fraction]):
    """An exact fraction kept as text ("1/3", "0"), since neither database has rationals."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Fraction | None, dialect: Dialect) -> str | None:
        return None if value is None else str(Fraction(value))

    def process_result_value(self, value: str | None, dialect: Dialect) -> Fraction | None:
        return None if value is None else Fraction(value)


class Document(TypeDecorator[Any]):
    """A JSON document as text with sorted keys: the same bytes on both databases, and no floats."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else json.dumps(value, sort_keys=True, ensure_ascii=False)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)


def tenant_table(name: str, *columns: Any, append_only: bool = False) -> Table:
    """A table whose rows belong to one organisation."""
    table = Table(
        name,
        metadata,
        Column("organisation", Id, nullable=False),
        *columns,
        info={"append_only": append_only, "tenant": True},
    )
    Index(f"ix_{name}_organisation", table.c.organisation)
    return table


def shared_table(name: str, *columns: Any, append_only: bool = False) -> Table:
    """A table that belongs to the installation as a whole (organisations, tree heads, migrations)."""
    return Table(name, metadata, *columns, info={"append_only": append_only, "tenant": False})
