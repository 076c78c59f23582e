"""Match: Matches, their routing, and channels."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0017_match"
down_revision: str | None = "0016_usage"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "match_routings",
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("match_id", sa.String(length=64), nullable=False),
        sa.Column("route", sa.String(length=32), nullable=False),
        sa.Column("decided_by", sa.String(length=64), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("territories", sa.String(length=2000), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("licence_id", sa.String(length=64), nullable=True),
        sa.Column("releases_past", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match_routings")),
    )
    with op.batch_alter_table("match_routings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_match_routings_match_id"), ["match_id"], unique=False)
        batch_op.create_index("ix_match_routings_organisation", ["organisation"], unique=False)

    op.create_table(
        "matches",
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("pcm_sha256", sa.String(length=64), nullable=False),
        sa.Column("audio_key", sa.String(length=64), nullable=True),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("service", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=128), nullable=False),
        sa.Column("plays", sa.Integer(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("copy_of", sa.String(length=64), nullable=True),
        sa.Column("copied", sa.String(length=16), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("peaks", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matches")),
    )
    with op.batch_alter_table("matches", schema=None) as batch_op:
        batch_op.create_index("ix_matches_organisation", ["organisation"], unique=False)
        batch_op.create_index(batch_op.f("ix_matches_pcm_sha256"), ["pcm_sha256"], unique=False)

    op.create_table(
        "publishing_channels",
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("recording_id", sa.String(length=64), nullable=False),
        sa.Column("licence_id", sa.String(length=64), nullable=False),
        sa.Column("service", sa.String(length=64), nullable=False),
        sa.Column("channel", sa.String(length=128), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publishing_channels")),
        sa.UniqueConstraint(
            "organisation",
            "recording_id",
            "service",
            "channel",
            name=op.f("uq_publishing_channels_organisation_recording_id_service_channel"),
        ),
    )
    with op.batch_alter_table("publishing_channels", schema=None) as batch_op:
        batch_op.create_index("ix_publishing_channels_organisation", ["organisation"], unique=False)
        batch_op.create_index(batch_op.f("ix_publishing_channels_recording_id"), ["recording_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("publishing_channels", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_publishing_channels_recording_id"))
        batch_op.drop_index("ix_publishing_channels_organisation")

    op.drop_table("publishing_channels")
    with op.batch_alter_table("matches", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_matches_pcm_sha256"))
        batch_op.drop_index("ix_matches_organisation")

    op.drop_table("matches")
    with op.batch_alter_table("match_routings", schema=None) as batch_op:
        batch_op.drop_index("ix_match_routings_organisation")
        batch_op.drop_index(batch_op.f("ix_match_routings_match_id"))

    op.drop_table("match_routings")
