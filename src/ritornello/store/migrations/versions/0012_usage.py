"""Usage: the first release."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0012_usage"
down_revision: str | None = "0011_studio"
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
        "usage_files",
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("form", sa.String(length=80), nullable=False),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("matched_rows", sa.BigInteger(), nullable=False),
        sa.Column("lake_path", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.Column("supersedes", sa.String(length=64), nullable=True),
        sa.Column("taken_in_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_usage_files_sha256")),
        sa.CheckConstraint("matched_rows >= 0 AND matched_rows <= rows", name=op.f("ck_usage_files_rows")),
        sa.CheckConstraint("period_start <= period_end", name=op.f("ck_usage_files_period")),
        sa.ForeignKeyConstraint(
            ["organisation", "supersedes"],
            ["usage_files.organisation", "usage_files.id"],
            name=op.f("fk_usage_files_organisation_usage_files"),
        ),
        sa.PrimaryKeyConstraint("organisation", "id", name=op.f("pk_usage_files")),
        sa.UniqueConstraint("organisation", "sha256", name=op.f("uq_usage_files_organisation_sha256")),
        sa.UniqueConstraint("organisation", "supersedes", name=op.f("uq_usage_files_organisation_supersedes")),
    )
    with op.batch_alter_table("usage_files", schema=None) as batch_op:
        batch_op.create_index("ix_usage_files_organisation", ["organisation"], unique=False)

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
        "usage_findings",
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("file_id", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("finding", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation", "file_id"],
            ["usage_files.organisation", "usage_files.id"],
            name=op.f("fk_usage_findings_organisation_usage_files"),
        ),
        sa.PrimaryKeyConstraint("organisation", "file_id", "position", name=op.f("pk_usage_findings")),
    )
    with op.batch_alter_table("usage_findings", schema=None) as batch_op:
        batch_op.create_index("ix_usage_findings_organisation", ["organisation"], unique=False)

    op.create_table(
        "usage_receipts",
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("file_id", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("period_end", sa.Date(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("total_e10", sa.Text(), nullable=False),
        sa.Column("unmatched_e10", sa.Text(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("exchange", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation", "file_id"],
            ["usage_files.organisation", "usage_files.id"],
            name=op.f("fk_usage_receipts_organisation_usage_files"),
        ),
        sa.PrimaryKeyConstraint("organisation", "id", name=op.f("pk_usage_receipts")),
        sa.UniqueConstraint(
            "organisation", "file_id", "currency", name=op.f("uq_usage_receipts_organisation_file_id_currency")
        ),
    )
    with op.batch_alter_table("usage_receipts", schema=None) as batch_op:
        batch_op.create_index("ix_usage_receipts_organisation", ["organisation"], unique=False)

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
    with op.batch_alter_table("usage_receipts", schema=None) as batch_op:
        batch_op.drop_index("ix_usage_receipts_organisation")

    op.drop_table("usage_receipts")
    with op.batch_alter_table("usage_findings", schema=None) as batch_op:
        batch_op.drop_index("ix_usage_findings_organisation")

    op.drop_table("usage_findings")
    with op.batch_alter_table("usage_mappings", schema=None) as batch_op:
        batch_op.drop_index("ix_usage_mappings_organisation")

    op.drop_table("usage_mappings")
    with op.batch_alter_table("usage_files", schema=None) as batch_op:
        batch_op.drop_index("ix_usage_files_organisation")

    op.drop_table("usage_files")
    with op.batch_alter_table("usage_creations", schema=None) as batch_op:
        batch_op.drop_index("ix_usage_creations_organisation")

    op.drop_table("usage_creations")
