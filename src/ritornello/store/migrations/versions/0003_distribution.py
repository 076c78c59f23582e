"""Distribution: the first release."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0003_distribution"
down_revision: str | None = "0002_consent"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "isrc_allocations",
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("recording_id", sa.String(length=64), nullable=False),
        sa.Column("isrc", sa.String(length=12), nullable=False),
        sa.Column("prefix", sa.String(length=5), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("allocated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_isrc_allocations")),
        sa.UniqueConstraint("isrc", name=op.f("uq_isrc_allocations_isrc")),
        sa.UniqueConstraint("organisation", "recording_id", name=op.f("uq_isrc_allocations_organisation_recording_id")),
    )
    with op.batch_alter_table("isrc_allocations", schema=None) as batch_op:
        batch_op.create_index("ix_isrc_allocations_organisation", ["organisation"], unique=False)

    op.create_table(
        "isrc_registrants",
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("prefix", sa.String(length=5), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_isrc_registrants")),
        sa.UniqueConstraint("prefix", name=op.f("uq_isrc_registrants_prefix")),
    )
    with op.batch_alter_table("isrc_registrants", schema=None) as batch_op:
        batch_op.create_index("ix_isrc_registrants_organisation", ["organisation"], unique=False)

    op.create_table(
        "release_packages",
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("recording_id", sa.String(length=64), nullable=False),
        sa.Column("licence_id", sa.String(length=64), nullable=False),
        sa.Column("destinations", sa.Text(), nullable=False),
        sa.Column("files", sa.Text(), nullable=False),
        sa.Column("packed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release_packages")),
    )
    with op.batch_alter_table("release_packages", schema=None) as batch_op:
        batch_op.create_index("ix_release_packages_organisation", ["organisation"], unique=False)
        batch_op.create_index(batch_op.f("ix_release_packages_recording_id"), ["recording_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("release_packages", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_release_packages_recording_id"))
        batch_op.drop_index("ix_release_packages_organisation")

    op.drop_table("release_packages")
    with op.batch_alter_table("isrc_registrants", schema=None) as batch_op:
        batch_op.drop_index("ix_isrc_registrants_organisation")

    op.drop_table("isrc_registrants")
    with op.batch_alter_table("isrc_allocations", schema=None) as batch_op:
        batch_op.drop_index("ix_isrc_allocations_organisation")

    op.drop_table("isrc_allocations")
