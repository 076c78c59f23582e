"""Seal: What changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0019_seal"
down_revision: str | None = "0018_consent"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "sealed_rows",
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("table_name", sa.String(length=64), nullable=False),
        sa.Column("row_hash", sa.String(length=64), nullable=False),
        sa.Column("seal", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("organisation", "table_name", "row_hash", name=op.f("pk_sealed_rows")),
    )
    with op.batch_alter_table("sealed_rows", schema=None) as batch_op:
        batch_op.create_index("ix_sealed_rows_organisation", ["organisation"], unique=False)
        batch_op.create_index("ix_sealed_rows_seal", ["organisation", "seal"], unique=False)

    op.create_table(
        "seals",
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("root", sa.String(length=64), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(root) = 64", name=op.f("ck_seals_root")),
        sa.PrimaryKeyConstraint("organisation", "number", name=op.f("pk_seals")),
    )
    with op.batch_alter_table("seals", schema=None) as batch_op:
        batch_op.create_index("ix_seals_organisation", ["organisation"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("seals", schema=None) as batch_op:
        batch_op.drop_index("ix_seals_organisation")

    op.drop_table("seals")
    with op.batch_alter_table("sealed_rows", schema=None) as batch_op:
        batch_op.drop_index("ix_sealed_rows_seal")
        batch_op.drop_index("ix_sealed_rows_organisation")

    op.drop_table("sealed_rows")
