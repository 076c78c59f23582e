"""Seals at rest: the hash of every row that is written once, under a root that stands in the log.

Triggers refuse to change such a row; a seal finds a change that was made behind the database's back, in any column.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, Integer, PrimaryKeyConstraint, String

from ritornello.store.tables import Id, Instant, tenant_table

seals = tenant_table(
    "seals",
    Column("number", Integer, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("root", String(64), nullable=False),
    Column("sealed_at", Instant, nullable=False),
    PrimaryKeyConstraint("organisation", "number"),
    CheckConstraint("length(root) = 64", name="root"),
    append_only=True,
)

sealed_rows = tenant_table(
    "sealed_rows",
    Column("table_name", Id, nullable=False),
    Column("row_hash", String(64), nullable=False),
    Column("seal", Integer, nullable=False),
    PrimaryKeyConstraint("organisation", "table_name", "row_hash"),
    append_only=True,
)
Index("ix_sealed_rows_seal", sealed_rows.c.organisation, sealed_rows.c.seal)
