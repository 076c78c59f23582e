"""Consent: What changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0018_consent"
down_revision: str | None = "0017_match"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "consent_standings",
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("party", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("standing", sa.String(length=16), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(length=128), nullable=False),
        sa.Column("evidence_sha256", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("organisation", "party", "version", name=op.f("pk_consent_standings")),
    )
    with op.batch_alter_table("consent_standings", schema=None) as batch_op:
        batch_op.create_index("ix_consent_standings_organisation", ["organisation"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("consent_standings", schema=None) as batch_op:
        batch_op.drop_index("ix_consent_standings_organisation")

    op.drop_table("consent_standings")
