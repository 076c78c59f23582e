"""The tables of consent: append-only, holding pseudonymous party ids and documents by hash (claims about people, which
may be erased, are the exception).

What looks like a change (a new version of an offer, a revocation, the lifting of a stop, an answer to an approval) is
a new row, so that the state of any past moment can be read again.
"""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    ForeignKeyConstraint,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Text,
    UniqueConstraint,
)

from ritornello.store.tables import Document, Id, Instant, tenant_table

_HASH = String(64)

consent_offers = tenant_table(
    "consent_offers",
    Column("id", Id, nullable=False),
    Column("version", Integer, nullable=False),
    Column("content_hash", _HASH, nullable=False),
    Column("replaces", _HASH),
    Column("holder", Id, nullable=False),
    Column("reach_level", String(16), nullable=False),
    Column("reach_id", Id, nullable=False),
    Column("reply", String(16), nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_until", Date),
    Column("recorded_at", Instant, nullable=False),
    Column("document", Document, nullable=False),
    PrimaryKeyConstraint("organisation", "id", "version"),
    UniqueConstraint("organisation", "content_hash"),
    CheckConstraint("version >= 1", name="version_from_one"),
    append_only=True,
)
Index("ix_consent_offers_reach", consent_offers.c.organisation, consent_offers.c.reach_level, consent_offers.c.reach_id)

consent_contracts = tenant_table(
    "consent_contracts",
    Column("id", Id, nullable=False),
    Column("content_hash", _HASH, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("document", Document, nullable=False),
    PrimaryKeyConstraint("organisation", "id", "content_hash"),
    append_only=True,
)

service_licences = tenant_table(
    "service_licences",
    Column("id", Id, nullable=False),
    Column("service", Id, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_until", Date),
    Column("recorded_at", Instant, nullable=False),
    Column("document", Document, nullable=False),
    PrimaryKeyConstraint("organisation", "id"),
    append_only=True,
)

consent_decisions = tenant_table(
    "consent_decisions",
    Column("id", Id, nullable=False),
    Column("subject", _HASH, nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("decided_at", Instant, nullable=False),
    Column("document", Document, nullable=False),
    PrimaryKeyConstraint("organisation", "id"),
    append_only=True,
)

licences = tenant_table(
    "licences",
    Column("id", Id, nullable=False),
    Column("decision_id", Id, nullable=False),
    Column("licensee", Id, nullable=False),
    Column("issued_at", Instant, nullable=False),
    Column("expires", Date),
    Column("document", Document, nullable=False),
    PrimaryKeyConstraint("organisation", "id"),
    append_only=True,
)

licence_offers = tenant_table(
    "licence_offers",
    Column("licence_id", Id, nullable=False),
    Column("offer_id", Id, nullable=False),
    Column("version", Integer, nullable=False),
    PrimaryKeyConstraint("organisation", "licence_id", "offer_id"),
    append_only=True,
)
Index("ix_licence_offers_offer", licence_offers.c.organisation, licence_offers.c.offer_id)

licence_sources = tenant_table(
    "licence_sources",
    Column("licence_id", Id, nullable=False),
    Column("asset_id", Id, nullable=False),
    PrimaryKeyConstraint("organisation", "licence_id", "asset_id"),
    append_only=True,
)
Index("ix_licence_sources_asset", licence_sources.c.organisation, licence_sources.c.asset_id)

consent_events = tenant_table(
    "consent_events",
    Column("id", Id, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("subject", String(128), nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("document", Document, nullable=False),
    PrimaryKeyConstraint("organisation", "id"),
    append_only=True,
)
Index("ix_consent_events_subject", consent_events.c.organisation, consent_events.c.kind, consent_events.c.subject)

consent_services = tenant_table(
    "consent_services",
    Column("service", Id, nullable=False),
    Column("version", Integer, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("document", Document, nullable=False),
    PrimaryKeyConstraint("organisation", "service", "version"),
    CheckConstraint("version >= 1", name="version_from_one"),
    append_only=True,
)

consent_standings = tenant_table(
    "consent_standings",
    Column("party", Id, nullable=False),
    Column("version", Integer, nullable=False),
    Column("standing", String(16), nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("recorded_by", String(128), nullable=False),
    Column("evidence_sha256", _HASH, nullable=False),
    PrimaryKeyConstraint("organisation", "party", "version"),
    append_only=True,
)

# Each issue keeps what changed since the one before, whichever way it was handed out; the state of any issue is what
# the changes up to it add up to.
feed_issues = tenant_table(
    "feed_issues",
    Column("service", Id, nullable=False),
    Column("number", Integer, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("whole", Integer, nullable=False),
    Column("cover", Document, nullable=False),
    Column("whole_cover", Document, nullable=False),
    PrimaryKeyConstraint("organisation", "service", "number"),
    CheckConstraint("number >= 1", name="number_from_one"),
    append_only=True,
)

feed_changes = tenant_table(
    "feed_changes",
    Column("service", Id, nullable=False),
    Column("number", Integer, nullable=False),
    Column("recording", Id, nullable=False),
    Column("type", String(32), nullable=False),
    Column("action", String(8), nullable=False),
    Column("territories", Text, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_until", Date),
    Column("bounds", Document, nullable=False),
    PrimaryKeyConstraint("organisation", "service", "number", "recording", "type"),
    ForeignKeyConstraint(
        ["organisation", "service", "number"],
        ["feed_issues.organisation", "feed_issues.service", "feed_issues.number"],
    ),
    CheckConstraint("action IN ('open', 'close')", name="action"),
    append_only=True,
)

# Erasable: what a service said about a person. The decisions that rest on it name it by hash.
consent_claims = tenant_table(
    "consent_claims",
    Column("sha256", _HASH, nullable=False),
    Column("person", Id, nullable=False),
    Column("service", Id, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("document", Document, nullable=False),
    PrimaryKeyConstraint("organisation", "sha256"),
)
Index("ix_consent_claims_person", consent_claims.c.organisation, consent_claims.c.person)
