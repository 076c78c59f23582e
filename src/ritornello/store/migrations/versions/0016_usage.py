"""Usage: What the second wave adds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0016_usage"
down_revision: str | None = "0015_royalty"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "usage_sources",
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("recorded_by", sa.String(length=64), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organisation", "id", "version", name=op.f("pk_usage_sources")),
    )
    with op.batch_alter_table("usage_sources", schema=None) as batch_op:
        batch_op.create_index("ix_usage_sources_organisation", ["organisation"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("usage_sources", schema=None) as batch_op:
        batch_op.drop_index("ix_usage_sources_organisation")

    op.drop_table("usage_sources")
