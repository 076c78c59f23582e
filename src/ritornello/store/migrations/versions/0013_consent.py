"""Consent: What the second wave adds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0013_consent"
down_revision: str | None = "0012_usage"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "consent_claims",
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("service", sa.String(length=64), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("organisation", "sha256", name=op.f("pk_consent_claims")),
    )
    with op.batch_alter_table("consent_claims", schema=None) as batch_op:
        batch_op.create_index("ix_consent_claims_organisation", ["organisation"], unique=False)
        batch_op.create_index("ix_consent_claims_person", ["organisation", "person"], unique=False)

    op.create_table(
        "consent_services",
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("service", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_consent_services_version_from_one")),
        sa.PrimaryKeyConstraint("organisation", "service", "version", name=op.f("pk_consent_services")),
    )
    with op.batch_alter_table("consent_services", schema=None) as batch_op:
        batch_op.create_index("ix_consent_services_organisation", ["organisation"], unique=False)

    op.create_table(
        "feed_issues",
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("service", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("whole", sa.Integer(), nullable=False),
        sa.Column("cover", sa.Text(), nullable=False),
        sa.Column("whole_cover", sa.Text(), nullable=False),
        sa.CheckConstraint("number >= 1", name=op.f("ck_feed_issues_number_from_one")),
        sa.PrimaryKeyConstraint("organisation", "service", "number", name=op.f("pk_feed_issues")),
    )
    with op.batch_alter_table("feed_issues", schema=None) as batch_op:
        batch_op.create_index("ix_feed_issues_organisation", ["organisation"], unique=False)

    op.create_table(
        "feed_changes",
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("service", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("recording", sa.String(length=64), nullable=False),
        sa.Column("type", sa.String(length=32), nullable=False),
        sa.Column("action", sa.String(length=8), nullable=False),
        sa.Column("territories", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("bounds", sa.Text(), nullable=False),
        sa.CheckConstraint("action IN ('open', 'close')", name=op.f("ck_feed_changes_action")),
        sa.ForeignKeyConstraint(
            ["organisation", "service", "number"],
            ["feed_issues.organisation", "feed_issues.service", "feed_issues.number"],
            name=op.f("fk_feed_changes_organisation_feed_issues"),
        ),
        sa.PrimaryKeyConstraint("organisation", "service", "number", "recording", "type", name=op.f("pk_feed_changes")),
    )
    with op.batch_alter_table("feed_changes", schema=None) as batch_op:
        batch_op.create_index("ix_feed_changes_organisation", ["organisation"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("feed_changes", schema=None) as batch_op:
        batch_op.drop_index("ix_feed_changes_organisation")

    op.drop_table("feed_changes")
    with op.batch_alter_table("feed_issues", schema=None) as batch_op:
        batch_op.drop_index("ix_feed_issues_organisation")

    op.drop_table("feed_issues")
    with op.batch_alter_table("consent_services", schema=None) as batch_op:
        batch_op.drop_index("ix_consent_services_organisation")

    op.drop_table("consent_services")
    with op.batch_alter_table("consent_claims", schema=None) as batch_op:
        batch_op.drop_index("ix_consent_claims_person")
        batch_op.drop_index("ix_consent_claims_organisation")

    op.drop_table("consent_claims")
