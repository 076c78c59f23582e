"""Identifiers given out and what was delivered, each written once."""

from __future__ import annotations

from sqlalchemy import Column, Integer, String, UniqueConstraint

from ritornello.store.tables import Document, Id, Instant, tenant_table

isrc_registrants = tenant_table(
    "isrc_registrants",
    Column("id", Id, primary_key=True),
    Column("owner", Id, nullable=False),
    Column("prefix", String(5), nullable=False, unique=True),
    Column("since", Instant, nullable=False),
)

isrc_allocations = tenant_table(
    "isrc_allocations",
    Column("id", Id, primary_key=True),
    Column("recording_id", Id, nullable=False),
    Column("isrc", String(12), nullable=False, unique=True),
    Column("prefix", String(5), nullable=False),
    Column("year", Integer, nullable=False),
    Column("allocated_at", Instant, nullable=False),
    UniqueConstraint("organisation", "recording_id"),
    append_only=True,
)

release_packages = tenant_table(
    "release_packages",
    Column("id", Id, primary_key=True),
    Column("recording_id", Id, nullable=False, index=True),
    Column("licence_id", Id, nullable=False),
    Column("destinations", Document, nullable=False),
    Column("files", Document, nullable=False),
    Column("packed_at", Instant, nullable=False),
    append_only=True,
)
