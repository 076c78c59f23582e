"""Identifiers given out, what was delivered, what was heard and ruled at the gate, who sends: each written once."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Integer, String, Text, UniqueConstraint

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

release_hearings = tenant_table(
    "release_hearings",
    Column("id", Id, primary_key=True),
    Column("recording_id", Id, nullable=False, index=True),
    Column("licence_id", Id, nullable=False),
    Column("pcm_sha256", String(64), nullable=False),
    Column("declared", Document, nullable=False),
    Column("findings", Document, nullable=False),
    Column("heard_by", Id, nullable=False),
    Column("heard_at", Instant, nullable=False),
    append_only=True,
)

release_rulings = tenant_table(
    "release_rulings",
    Column("id", Id, primary_key=True),
    Column("hearing_id", Id, nullable=False),
    Column("recording_id", Id, nullable=False, index=True),
    Column("pcm_sha256", String(64), nullable=False),
    Column("code", String(32), nullable=False),
    Column("original", Id, nullable=False),
    Column("passes", Boolean, nullable=False),
    Column("ruled_by", Id, nullable=False),
    Column("ruled_at", Instant, nullable=False),
    Column("reason", String(500), nullable=False),
    append_only=True,
)

point_rulings = tenant_table(
    "point_rulings",
    Column("id", Id, primary_key=True),
    Column("recording_id", Id, nullable=False, index=True),
    Column("pcm_sha256", String(64), nullable=False),
    Column("licence_id", Id, nullable=False),
    Column("term", String(128), nullable=False),
    Column("told", Text, nullable=False),
    Column("approves", Boolean, nullable=False),
    Column("ruled_by", Id, nullable=False),
    Column("ruled_at", Instant, nullable=False),
    Column("reason", String(500), nullable=False),
    append_only=True,
)

release_senders = tenant_table(
    "release_senders",
    Column("id", Id, primary_key=True),
    Column("dpid", String(18), nullable=False),
    Column("name", Text, nullable=False),
    Column("set_by", Id, nullable=False),
    Column("set_at", Instant, nullable=False),
    append_only=True,
)
