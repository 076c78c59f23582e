"""Consent: the first release."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0002_consent"
down_revision: str | None = "0001_catalogue"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "consent_contracts",
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("organisation", "id", "content_hash", name=op.f("pk_consent_contracts")),
    )
    with op.batch_alter_table("consent_contracts", schema=None) as batch_op:
        batch_op.create_index("ix_consent_contracts_organisation", ["organisation"], unique=False)

    op.create_table(
        "consent_decisions",
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("organisation", "id", name=op.f("pk_consent_decisions")),
    )
    with op.batch_alter_table("consent_decisions", schema=None) as batch_op:
        batch_op.create_index("ix_consent_decisions_organisation", ["organisation"], unique=False)

    op.create_table(
        "consent_events",
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=128), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("organisation", "id", name=op.f("pk_consent_events")),
    )
    with op.batch_alter_table("consent_events", schema=None) as batch_op:
        batch_op.create_index("ix_consent_events_organisation", ["organisation"], unique=False)
        batch_op.create_index("ix_consent_events_subject", ["organisation", "kind", "subject"], unique=False)

    op.create_table(
        "consent_offers",
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("replaces", sa.String(length=64), nullable=True),
        sa.Column("holder", sa.String(length=64), nullable=False),
        sa.Column("reach_level", sa.String(length=16), nullable=False),
        sa.Column("reach_id", sa.String(length=64), nullable=False),
        sa.Column("reply", sa.String(length=16), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_consent_offers_version_from_one")),
        sa.PrimaryKeyConstraint("organisation", "id", "version", name=op.f("pk_consent_offers")),
        sa.UniqueConstraint("organisation", "content_hash", name=op.f("uq_consent_offers_organisation_content_hash")),
    )
    with op.batch_alter_table("consent_offers", schema=None) as batch_op:
        batch_op.create_index("ix_consent_offers_organisation", ["organisation"], unique=False)
        batch_op.create_index("ix_consent_offers_reach", ["organisation", "reach_level", "reach_id"], unique=False)

    op.create_table(
        "licence_offers",
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("licence_id", sa.String(length=64), nullable=False),
        sa.Column("offer_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("organisation", "licence_id", "offer_id", name=op.f("pk_licence_offers")),
    )
    with op.batch_alter_table("licence_offers", schema=None) as batch_op:
        batch_op.create_index("ix_licence_offers_offer", ["organisation", "offer_id"], unique=False)
        batch_op.create_index("ix_licence_offers_organisation", ["organisation"], unique=False)

    op.create_table(
        "licence_sources",
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("licence_id", sa.String(length=64), nullable=False),
        sa.Column("asset_id", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("organisation", "licence_id", "asset_id", name=op.f("pk_licence_sources")),
    )
    with op.batch_alter_table("licence_sources", schema=None) as batch_op:
        batch_op.create_index("ix_licence_sources_asset", ["organisation", "asset_id"], unique=False)
        batch_op.create_index("ix_licence_sources_organisation", ["organisation"], unique=False)

    op.create_table(
        "licences",
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("decision_id", sa.String(length=64), nullable=False),
        sa.Column("licensee", sa.String(length=64), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires", sa.Date(), nullable=True),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("organisation", "id", name=op.f("pk_licences")),
    )
    with op.batch_alter_table("licences", schema=None) as batch_op:
        batch_op.create_index("ix_licences_organisation", ["organisation"], unique=False)

    op.create_table(
        "service_licences",
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("service", sa.String(length=64), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("organisation", "id", name=op.f("pk_service_licences")),
    )
    with op.batch_alter_table("service_licences", schema=None) as batch_op:
        batch_op.create_index("ix_service_licences_organisation", ["organisation"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("service_licences", schema=None) as batch_op:
        batch_op.drop_index("ix_service_licences_organisation")

    op.drop_table("service_licences")
    with op.batch_alter_table("licences", schema=None) as batch_op:
        batch_op.drop_index("ix_licences_organisation")

    op.drop_table("licences")
    with op.batch_alter_table("licence_sources", schema=None) as batch_op:
        batch_op.drop_index("ix_licence_sources_organisation")
        batch_op.drop_index("ix_licence_sources_asset")

    op.drop_table("licence_sources")
    with op.batch_alter_table("licence_offers", schema=None) as batch_op:
        batch_op.drop_index("ix_licence_offers_organisation")
        batch_op.drop_index("ix_licence_offers_offer")

    op.drop_table("licence_offers")
    with op.batch_alter_table("consent_offers", schema=None) as batch_op:
        batch_op.drop_index("ix_consent_offers_reach")
        batch_op.drop_index("ix_consent_offers_organisation")

    op.drop_table("consent_offers")
    with op.batch_alter_table("consent_events", schema=None) as batch_op:
        batch_op.drop_index("ix_consent_events_subject")
        batch_op.drop_index("ix_consent_events_organisation")

    op.drop_table("consent_events")
    with op.batch_alter_table("consent_decisions", schema=None) as batch_op:
        batch_op.drop_index("ix_consent_decisions_organisation")

    op.drop_table("consent_decisions")
    with op.batch_alter_table("consent_contracts", schema=None) as batch_op:
        batch_op.drop_index("ix_consent_contracts_organisation")

    op.drop_table("consent_contracts")
