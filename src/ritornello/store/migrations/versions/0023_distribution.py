"""Distribution: What was heard at the release gate, and what people ruled."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0023_distribution"
down_revision: str | None = "0022_studio"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "release_hearings",
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("recording_id", sa.String(length=64), nullable=False),
        sa.Column("licence_id", sa.String(length=64), nullable=False),
        sa.Column("pcm_sha256", sa.String(length=64), nullable=False),
        sa.Column("declared", sa.Text(), nullable=False),
        sa.Column("findings", sa.Text(), nullable=False),
        sa.Column("heard_by", sa.String(length=64), nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release_hearings")),
    )
    with op.batch_alter_table("release_hearings", schema=None) as batch_op:
        batch_op.create_index("ix_release_hearings_organisation", ["organisation"], unique=False)
        batch_op.create_index(batch_op.f("ix_release_hearings_recording_id"), ["recording_id"], unique=False)

    op.create_table(
        "release_rulings",
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("hearing_id", sa.String(length=64), nullable=False),
        sa.Column("recording_id", sa.String(length=64), nullable=False),
        sa.Column("pcm_sha256", sa.String(length=64), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("original", sa.String(length=64), nullable=False),
        sa.Column("passes", sa.Boolean(), nullable=False),
        sa.Column("ruled_by", sa.String(length=64), nullable=False),
        sa.Column("ruled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release_rulings")),
    )
    with op.batch_alter_table("release_rulings", schema=None) as batch_op:
        batch_op.create_index("ix_release_rulings_organisation", ["organisation"], unique=False)
        batch_op.create_index(batch_op.f("ix_release_rulings_recording_id"), ["recording_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("release_rulings", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_release_rulings_recording_id"))
        batch_op.drop_index("ix_release_rulings_organisation")

    op.drop_table("release_rulings")
    with op.batch_alter_table("release_hearings", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_release_hearings_recording_id"))
        batch_op.drop_index("ix_release_hearings_organisation")

    op.drop_table("release_hearings")
