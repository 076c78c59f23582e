"""The tables of people: lasting ones hold pseudonyms and commitments, erasable ones hold everything personal."""

from __future__ import annotations

from sqlalchemy import (
    Column,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Text,
    UniqueConstraint,
)

from ritornello.store.tables import Document, Id, Instant, shared_table, tenant_table

organisations = shared_table(
    "organisations",
    Column("id", Id, primary_key=True),
    Column("name", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
)

# Erasable. Shared, since one person may work for several organisations; they are reached through memberships.
persons = shared_table(
    "persons",
    Column("id", Id, primary_key=True),
    Column("email", String(320), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
)

memberships = tenant_table(
    "memberships",
    Column("person_id", Id, nullable=False),
    Column("roles", Document, nullable=False),
    Column("party_id", Id),
    Column("since", Instant, nullable=False),
    PrimaryKeyConstraint("organisation", "person_id"),
)

sign_in_links = tenant_table(
    "sign_in_links",
    Column("id", Id, primary_key=True),
    Column("person_id", Id, nullable=False),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
)

sessions = tenant_table(
    "sessions",
    Column("id", Id, primary_key=True),
    Column("person_id", Id, nullable=False),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("ended_at", Instant),
)

api_keys = tenant_table(
    "api_keys",
    Column("id", Id, primary_key=True),
    Column("name", Text, nullable=False),
    Column("roles", Document, nullable=False),
    Column("hint", String(16), nullable=False),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("created_by", Id, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("revoked_at", Instant),
    Column("service", Id),
)

parties = tenant_table(
    "parties",
    Column("id", Id, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("created_at", Instant, nullable=False),
    PrimaryKeyConstraint("organisation", "id"),
    append_only=True,
)

party_commitments = tenant_table(
    "party_commitments",
    Column("party_id", Id, nullable=False),
    Column("version", Integer, nullable=False),
    Column("commitment", String(64), nullable=False),
    Column("recorded_at", Instant, nullable=False),
    PrimaryKeyConstraint("organisation", "party_id", "version"),
    ForeignKeyConstraint(["organisation", "party_id"], ["parties.organisation", "parties.id"]),
    append_only=True,
)

# Erasable: deleting the rows of a party leaves commitments that say nothing any more.
party_details = tenant_table(
    "party_details",
    Column("party_id", Id, nullable=False),
    Column("version", Integer, nullable=False),
    Column("details", Document, nullable=False),
    Column("salt", LargeBinary, nullable=False),
    PrimaryKeyConstraint("organisation", "party_id", "version"),
    ForeignKeyConstraint(
        ["organisation", "party_id", "version"],
        ["party_commitments.organisation", "party_commitments.party_id", "party_commitments.version"],
    ),
)

erasures = tenant_table(
    "erasures",
    Column("subject", Id, nullable=False),
    Column("erased_at", Instant, nullable=False),
    Column("erased_by", Id, nullable=False),
    UniqueConstraint("organisation", "subject", "erased_at"),
    append_only=True,
)

# Who did what: pseudonyms and ids, so that erasing a person leaves it as it is.
acts = tenant_table(
    "acts",
    Column("id", Id, primary_key=True),
    Column("act", String(64), nullable=False),
    Column("subject", Text, nullable=False),
    Column("by", Id, nullable=False),
    Column("at", Instant, nullable=False, index=True),
    Column("details", Document, nullable=False),
    append_only=True,
)
