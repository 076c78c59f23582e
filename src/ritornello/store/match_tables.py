"""Matches, what was decided about them, and the channels of licensed derivatives: each written once."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, Integer, String, UniqueConstraint

from ritornello.store.tables import Document, Id, Instant, tenant_table

matches = tenant_table(
    "matches",
    Column("id", Id, primary_key=True),
    Column("file_name", String(255), nullable=False),
    Column("pcm_sha256", String(64), nullable=False, index=True),
    Column("audio_key", String(64), nullable=True),
    Column("duration_ms", Integer, nullable=False),
    Column("service", String(64), nullable=False),
    Column("channel", String(128), nullable=False),
    Column("plays", Integer, nullable=True),
    Column("answer", Document, nullable=False),
    Column("copy_of", Id, nullable=True),
    Column("copied", String(16), nullable=False),
    Column("found_at", Instant, nullable=False),
    Column("peaks", Document, nullable=False),
    append_only=True,
)

match_routings = tenant_table(
    "match_routings",
    Column("id", Id, primary_key=True),
    Column("match_id", Id, nullable=False, index=True),
    Column("route", String(32), nullable=False),
    Column("decided_by", Id, nullable=False),
    Column("decided_at", Instant, nullable=False),
    Column("reason", String(500), nullable=False),
    Column("territories", String(2000), nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date, nullable=True),
    Column("licence_id", Id, nullable=True),
    Column("releases_past", Boolean, nullable=False),
    append_only=True,
)

match_releases = tenant_table(
    "match_releases",
    Column("id", Id, primary_key=True),
    Column("match_id", Id, nullable=False, index=True),
    Column("holder", Id, nullable=False),
    Column("recorded_by", Id, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("reason", String(500), nullable=False),
    append_only=True,
)

publishing_channels = tenant_table(
    "publishing_channels",
    Column("id", Id, primary_key=True),
    Column("recording_id", Id, nullable=False, index=True),
    Column("licence_id", Id, nullable=False),
    Column("service", String(64), nullable=False),
    Column("channel", String(128), nullable=False),
    Column("told_at", Instant, nullable=False),
    UniqueConstraint("organisation", "recording_id", "service", "channel"),
    append_only=True,
)
