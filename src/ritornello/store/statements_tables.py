"""The tables of statements: written once and hashed; a correction is a new statement that supersedes the old one."""

from __future__ import annotations

from sqlalchemy import Column, Date, Index, Integer, PrimaryKeyConstraint, String

from ritornello.store.tables import Document, Id, Instant, tenant_table

statements = tenant_table(
    "statements",
    Column("id", Id, nullable=False),
    Column("run_id", Id, nullable=False),
    Column("payee", Id, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("period_start", Date, nullable=False),
    Column("period_end", Date, nullable=False),
    Column("line_count", Integer, nullable=False),
    Column("root", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Column("supersedes", Id, nullable=False),
    Column("document", Document, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    PrimaryKeyConstraint("organisation", "id"),
    append_only=True,
)
Index("ix_statements_payee", statements.c.organisation, statements.c.payee, statements.c.period_end)
Index("ix_statements_run", statements.c.organisation, statements.c.run_id)
