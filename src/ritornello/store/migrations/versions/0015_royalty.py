"""Royalty: What the second wave adds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0015_royalty"
down_revision: str | None = "0014_people"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "payment_holds",
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("party", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organisation", "party", "number", name=op.f("pk_payment_holds")),
    )
    with op.batch_alter_table("payment_holds", schema=None) as batch_op:
        batch_op.create_index("ix_payment_holds_organisation", ["organisation"], unique=False)

    op.create_table(
        "royalty_openings",
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("stated", sa.Text(), nullable=False),
        sa.Column("found", sa.Text(), nullable=True),
        sa.Column("sheets", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organisation", "number", name=op.f("pk_royalty_openings")),
    )
    with op.batch_alter_table("royalty_openings", schema=None) as batch_op:
        batch_op.create_index("ix_royalty_openings_organisation", ["organisation"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("royalty_openings", schema=None) as batch_op:
        batch_op.drop_index("ix_royalty_openings_organisation")

    op.drop_table("royalty_openings")
    with op.batch_alter_table("payment_holds", schema=None) as batch_op:
        batch_op.drop_index("ix_payment_holds_organisation")

    op.drop_table("payment_holds")
