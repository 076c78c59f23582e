"""Log: the first release."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0006_log"
down_revision: str | None = "0005_ledger"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "log_heads",
        sa.Column("size", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("root", sa.String(length=64), nullable=False),
        sa.Column("signed", sa.Text(), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_log_heads")),
    )
    op.create_table(
        "log_leaves",
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("leaf_hash", sa.String(length=64), nullable=False),
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("appended_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(content_hash) = 64 AND length(leaf_hash) = 64", name=op.f("ck_log_leaves_hashes")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_log_leaves")),
        sa.UniqueConstraint(
            "organisation", "kind", "reference", name=op.f("uq_log_leaves_organisation_kind_reference")
        ),
    )
    with op.batch_alter_table("log_leaves", schema=None) as batch_op:
        batch_op.create_index("ix_log_leaves_content_hash", ["content_hash"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("log_leaves", schema=None) as batch_op:
        batch_op.drop_index("ix_log_leaves_content_hash")

    op.drop_table("log_leaves")
    op.drop_table("log_heads")
