"""Usage at rest: only what is said *about* report files. Their rows lie in the lake; a file counts once it stands
here."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKeyConstraint,
    Integer,
    PrimaryKeyConstraint,
    String,
    Text,
    UniqueConstraint,
)

from ritornello.store.tables import Document, Exact, Id, Instant, tenant_table

usage_files = tenant_table(
    "usage_files",
    Column("id", Id, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("name", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("source", String(64), nullable=False),
    Column("form", String(80), nullable=False),
    Column("period_start", Date, nullable=False),
    Column("period_end", Date, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("matched_rows", BigInteger, nullable=False),
    Column("lake_path", Text, nullable=False),
    Column("message_id", Text),
    Column("supersedes", Id),
    Column("taken_in_at", Instant, nullable=False),
    PrimaryKeyConstraint("organisation", "id"),
    UniqueConstraint("organisation", "sha256"),
    UniqueConstraint("organisation", "supersedes"),
    ForeignKeyConstraint(["organisation", "supersedes"], ["usage_files.organisation", "usage_files.id"]),
    CheckConstraint("length(sha256) = 64", name="sha256"),
    CheckConstraint("period_start <= period_end", name="period"),
    CheckConstraint("matched_rows >= 0 AND matched_rows <= rows", name="rows"),
    append_only=True,
)

usage_receipts = tenant_table(
    "usage_receipts",
    Column("id", Id, nullable=False),
    Column("file_id", Id, nullable=False),
    Column("source", String(64), nullable=False),
    Column("period_start", Date, nullable=False),
    Column("period_end", Date, nullable=False),
    Column("currency", String(3), nullable=False),
    # Totals in 10^-10 units may pass 64 bits (a year of a large service in rupiah), so they are kept as exact text.
    Column("total_e10", Exact, nullable=False),
    Column("unmatched_e10", Exact, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("exchange", Document),
    PrimaryKeyConstraint("organisation", "id"),
    UniqueConstraint("organisation", "file_id", "currency"),
    ForeignKeyConstraint(["organisation", "file_id"], ["usage_files.organisation", "usage_files.id"]),
    append_only=True,
)

usage_findings = tenant_table(
    "usage_findings",
    Column("file_id", Id, nullable=False),
    Column("position", Integer, nullable=False),
    Column("finding", Document, nullable=False),
    PrimaryKeyConstraint("organisation", "file_id", "position"),
    ForeignKeyConstraint(["organisation", "file_id"], ["usage_files.organisation", "usage_files.id"]),
    append_only=True,
)

usage_rematches = tenant_table(
    "usage_rematches",
    Column("file_id", Id, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("lake_path", Text, nullable=False),
    Column("matched_rows", BigInteger, nullable=False),
    Column("found", BigInteger, nullable=False),
    Column("at", Instant, nullable=False),
    PrimaryKeyConstraint("organisation", "file_id", "generation"),
    ForeignKeyConstraint(["organisation", "file_id"], ["usage_files.organisation", "usage_files.id"]),
    CheckConstraint("generation > 0 AND found > 0", name="found"),
    append_only=True,
)

usage_creations = tenant_table(
    "usage_creations",
    Column("asset_id", Id, nullable=False),
    Column("service", String(64), nullable=False),
    Column("derivative_id", String(200), nullable=False),
    Column("parents", Document, nullable=False),
    Column("unknown_parents", Document, nullable=False),
    Column("type", String(32), nullable=False),
    Column("territory", String(2), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("maker", Id, nullable=False),
    Column("title", Text, nullable=False),
    Column("told_in", String(64), nullable=False),
    Column("told_at", Instant, nullable=False),
    PrimaryKeyConstraint("organisation", "asset_id"),
    UniqueConstraint("organisation", "service", "derivative_id"),
    append_only=True,
)

usage_mappings = tenant_table(
    "usage_mappings",
    Column("id", Id, nullable=False),
    Column("name", String(64), nullable=False),
    Column("document", Document, nullable=False),
    Column("confirmed_by", Id, nullable=False),
    Column("confirmed_at", Instant, nullable=False),
    PrimaryKeyConstraint("organisation", "id"),
    append_only=True,
)

usage_sources = tenant_table(
    "usage_sources",
    Column("id", String(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("document", Document, nullable=False),
    Column("recorded_by", Id, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    PrimaryKeyConstraint("organisation", "id", "version"),
    append_only=True,
)
"""Who reports, how its texts are read, and what its services are called; the newest version counts."""
