"""Match: What holders let go of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0025_match"
down_revision: str | None = "0024_people"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "match_releases",
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("match_id", sa.String(length=64), nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=False),
        sa.Column("recorded_by", sa.String(length=64), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match_releases")),
    )
    with op.batch_alter_table("match_releases", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_match_releases_match_id"), ["match_id"], unique=False)
        batch_op.create_index("ix_match_releases_organisation", ["organisation"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("match_releases", schema=None) as batch_op:
        batch_op.drop_index("ix_match_releases_organisation")
        batch_op.drop_index(batch_op.f("ix_match_releases_match_id"))

    op.drop_table("match_releases")
