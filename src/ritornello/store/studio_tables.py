"""The tables of the studio: what was heard (may be heard again) and how derivatives were made (written once)."""

from __future__ import annotations

from sqlalchemy import Column, PrimaryKeyConstraint, String

from ritornello.store.tables import Document, Id, Instant, tenant_table

recording_sounds = tenant_table(
    "recording_sounds",
    Column("recording_id", Id, nullable=False),
    Column("pcm_sha256", String(64), nullable=False),
    Column("analysis", Document, nullable=False),
    Column("peaks", Document, nullable=False),
    Column("heard_at", Instant, nullable=False),
    PrimaryKeyConstraint("organisation", "recording_id"),
)

renders = tenant_table(
    "renders",
    Column("recording_id", Id, nullable=False),
    Column("licence_id", Id, nullable=False),
    Column("recipe_id", String(64), nullable=False),
    Column("manifest", Document, nullable=False),
    Column("measurement", Document, nullable=False),
    Column("sources", Document, nullable=False),
    Column("rendered_at", Instant, nullable=False),
    PrimaryKeyConstraint("organisation", "recording_id"),
    append_only=True,
)
