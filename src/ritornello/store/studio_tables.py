"""The tables of the studio: what was heard (may be heard again) and how derivatives were made (written once)."""

from __future__ import annotations

from sqlalchemy import Column, Index, PrimaryKeyConstraint, String

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

studio_papers = tenant_table(
    "studio_papers",
    Column("id", Id, nullable=False),
    Column("owner", Id, nullable=False),
    Column("recording_id", Id, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("name", String(200), nullable=False),
    Column("document", Document, nullable=False),
    Column("saved_at", Instant, nullable=False),
    PrimaryKeyConstraint("organisation", "id"),
)
Index("ix_studio_papers_owner", studio_papers.c.organisation, studio_papers.c.owner, studio_papers.c.recording_id)
