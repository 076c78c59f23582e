"""Signed files and their manifests, kept where no delivery can strip them."""

from __future__ import annotations

from sqlalchemy import Column, String, UniqueConstraint

from ritornello.store.tables import Id, Instant, tenant_table

signed_files = tenant_table(
    "signed_files",
    Column("id", Id, primary_key=True),
    Column("recording_id", Id, nullable=False, index=True),
    Column("role", String(32), nullable=False),
    Column("media_type", String(64), nullable=False),
    Column("file_sha256", String(64), nullable=False),
    Column("audio_key", String(64), nullable=False),
    Column("pcm_sha256", String(64), nullable=False, index=True),
    Column("manifest_key", String(64), nullable=False),
    Column("verdict", String(16), nullable=False),
    Column("signed_at", Instant, nullable=False),
    UniqueConstraint("organisation", "recording_id", "role"),
    append_only=True,
)
