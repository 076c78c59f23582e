"""The tables of royalty runs: all written once. A run's way to the books is a row per step, never a changed row."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Text,
)

from ritornello.store.tables import Document, Id, Instant, tenant_table

royalty_terms = tenant_table(
    "royalty_terms",
    Column("id", Id, nullable=False),
    Column("document", Document, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("recorded_by", Id, nullable=False),
    PrimaryKeyConstraint("organisation", "id"),
    append_only=True,
)

royalty_runs = tenant_table(
    "royalty_runs",
    Column("id", Id, nullable=False),
    Column("period", Id, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("inputs_hash", String(64), nullable=False),
    Column("shares_hash", String(64), nullable=False),
    Column("terms_version", String(80), nullable=False),
    Column("engine", String(16), nullable=False),
    Column("usage_rows", BigInteger, nullable=False),
    Column("restates", Id, nullable=False),
    Column("result", Document, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("made_by", Id, nullable=False),
    PrimaryKeyConstraint("organisation", "id"),
    append_only=True,
)
Index("ix_royalty_runs_period", royalty_runs.c.organisation, royalty_runs.c.period, royalty_runs.c.made_at)

royalty_run_steps = tenant_table(
    "royalty_run_steps",
    Column("run_id", Id, nullable=False),
    Column("state", String(16), nullable=False),
    Column("by", Id, nullable=False),
    Column("at", Instant, nullable=False),
    PrimaryKeyConstraint("organisation", "run_id", "state"),
    ForeignKeyConstraint(["organisation", "run_id"], ["royalty_runs.organisation", "royalty_runs.id"]),
    append_only=True,
)

royalty_explanations = tenant_table(
    "royalty_explanations",
    Column("run_id", Id, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("why", Text, nullable=False),
    Column("by", Id, nullable=False),
    Column("at", Instant, nullable=False),
    PrimaryKeyConstraint("organisation", "run_id", "kind"),
    ForeignKeyConstraint(["organisation", "run_id"], ["royalty_runs.organisation", "royalty_runs.id"]),
    append_only=True,
)

royalty_openings = tenant_table(
    "royalty_openings",
    Column("number", Integer, nullable=False),
    Column("as_of", Date, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("stated", Document, nullable=False),
    Column("found", Document),
    Column("sheets", Document, nullable=False),
    Column("by", Id, nullable=False),
    Column("at", Instant, nullable=False),
    PrimaryKeyConstraint("organisation", "number"),
    append_only=True,
)
"""The move from an older system: `found` is empty while the sheets do not tie to what was stated."""

payment_holds = tenant_table(
    "payment_holds",
    Column("party", Id, nullable=False),
    Column("number", Integer, nullable=False),
    Column("held", Boolean, nullable=False),
    Column("why", Text, nullable=False),
    Column("by", Id, nullable=False),
    Column("at", Instant, nullable=False),
    PrimaryKeyConstraint("organisation", "party", "number"),
    append_only=True,
)
"""A payee whose money stays here, and its release: a further row each."""
