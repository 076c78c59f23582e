"""Provenance: the first release."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0008_provenance"
down_revision: str | None = "0007_people"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "signed_files",
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("recording_id", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("media_type", sa.String(length=64), nullable=False),
        sa.Column("file_sha256", sa.String(length=64), nullable=False),
        sa.Column("audio_key", sa.String(length=64), nullable=False),
        sa.Column("pcm_sha256", sa.String(length=64), nullable=False),
        sa.Column("manifest_key", sa.String(length=64), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signed_files")),
        sa.UniqueConstraint(
            "organisation", "recording_id", "role", name=op.f("uq_signed_files_organisation_recording_id_role")
        ),
    )
    with op.batch_alter_table("signed_files", schema=None) as batch_op:
        batch_op.create_index("ix_signed_files_organisation", ["organisation"], unique=False)
        batch_op.create_index(batch_op.f("ix_signed_files_pcm_sha256"), ["pcm_sha256"], unique=False)
        batch_op.create_index(batch_op.f("ix_signed_files_recording_id"), ["recording_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("signed_files", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_signed_files_recording_id"))
        batch_op.drop_index(batch_op.f("ix_signed_files_pcm_sha256"))
        batch_op.drop_index("ix_signed_files_organisation")

    op.drop_table("signed_files")
