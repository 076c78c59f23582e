"""Usage: Rematches, creations and mappings of usage."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0013_usage"
down_revision: str | None = "0012_provenance"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "usage_creations",
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("asset_id", sa.String(length=64), nullable=False),
        sa.Column("service", sa.String(length=64), nullable=False),
        sa.Column("derivative_id", sa.String(length=200), nullable=False),
        sa.Column("parents", sa.Text(), nullable=False),
        sa.Column("unknown_parents", sa.Text(), nullable=False),
        sa.Column("type", sa.String(length=32), nullable=False),
        sa.Column("territory", sa.String(length=2), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("maker", sa.String(length=64), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("told_in", sa.String(length=64), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organisation", "asset_id", name=op.f("pk_usage_creations")),
        sa.UniqueConstraint(
            "organisation",
            "service",
            "derivative_id",
            name=op.f("uq_usage_creations_organisation_service_derivative_id"),
        ),
    )
    with op.batch_alter_table("usage_creations", schema=None) as batch_op:
        batch_op.create_index("ix_usage_creations_organisation", ["organisation"], unique=False)

    op.create_table(
        "usage_mappings",
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("confirmed_by", sa.String(length=64), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organisation", "id", name=op.f("pk_usage_mappings")),
    )
    with op.batch_alter_table("usage_mappings", schema=None) as batch_op:
        batch_op.create_index("ix_usage_mappings_organisation", ["organisation"], unique=False)

    op.create_table(
        "usage_rematches",
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("file_id", sa.String(length=64), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("lake_path", sa.Text(), nullable=False),
        sa.Column("matched_rows", sa.BigInteger(), nullable=False),
        sa.Column("found", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("generation > 0 AND found > 0", name=op.f("ck_usage_rematches_found")),
        sa.ForeignKeyConstraint(
            ["organisation", "file_id"],
            ["usage_files.organisation", "usage_files.id"],
            name=op.f("fk_usage_rematches_organisation_usage_files"),
        ),
        sa.PrimaryKeyConstraint("organisation", "file_id", "generation", name=op.f("pk_usage_rematches")),
    )
    with op.batch_alter_table("usage_rematches", schema=None) as batch_op:
        batch_op.create_index("ix_usage_rematches_organisation", ["organisation"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("usage_rematches", schema=None) as batch_op:
        batch_op.drop_index("ix_usage_rematches_organisation")

    op.drop_table("usage_rematches")
    with op.batch_alter_table("usage_mappings", schema=None) as batch_op:
        batch_op.drop_index("ix_usage_mappings_organisation")

    op.drop_table("usage_mappings")
    with op.batch_alter_table("usage_creations", schema=None) as batch_op:
        batch_op.drop_index("ix_usage_creations_organisation")

    op.drop_table("usage_creations")
