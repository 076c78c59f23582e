"""The tables of consent: all append-only, holding pseudonymous party ids and documents by hash.

What looks like a change (a new version of an offer, a revocation, the lifting of a stop, an answer to an approval) is
a new row, so that the state of any past moment can be read again.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Date, Index, Integer, PrimaryKeyConstraint, String, UniqueConstraint

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
