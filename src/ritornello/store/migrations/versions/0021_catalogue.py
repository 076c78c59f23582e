"""Catalogue: An index of recordings by their samples."""

from __future__ import annotations

from alembic import op

revision: str = "0021_catalogue"
down_revision: str | None = "0020_log"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    with op.batch_alter_table("recordings", schema=None) as batch_op:
        batch_op.create_index("ix_recordings_samples", ["organisation", "pcm_sha256"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("recordings", schema=None) as batch_op:
        batch_op.drop_index("ix_recordings_samples")
