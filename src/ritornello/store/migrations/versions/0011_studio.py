"""Studio: the first release."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0011_studio"
down_revision: str | None = "0010_statements"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "recording_sounds",
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("recording_id", sa.String(length=64), nullable=False),
        sa.Column("pcm_sha256", sa.String(length=64), nullable=False),
        sa.Column("analysis", sa.Text(), nullable=False),
        sa.Column("peaks", sa.Text(), nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organisation", "recording_id", name=op.f("pk_recording_sounds")),
    )
    with op.batch_alter_table("recording_sounds", schema=None) as batch_op:
        batch_op.create_index("ix_recording_sounds_organisation", ["organisation"], unique=False)

    op.create_table(
        "renders",
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("recording_id", sa.String(length=64), nullable=False),
        sa.Column("licence_id", sa.String(length=64), nullable=False),
        sa.Column("recipe_id", sa.String(length=64), nullable=False),
        sa.Column("manifest", sa.Text(), nullable=False),
        sa.Column("measurement", sa.Text(), nullable=False),
        sa.Column("sources", sa.Text(), nullable=False),
        sa.Column("rendered_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organisation", "recording_id", name=op.f("pk_renders")),
    )
    with op.batch_alter_table("renders", schema=None) as batch_op:
        batch_op.create_index("ix_renders_organisation", ["organisation"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("renders", schema=None) as batch_op:
        batch_op.drop_index("ix_renders_organisation")

    op.drop_table("renders")
    with op.batch_alter_table("recording_sounds", schema=None) as batch_op:
        batch_op.drop_index("ix_recording_sounds_organisation")

    op.drop_table("recording_sounds")
