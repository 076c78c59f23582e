"""Ledger: the first release."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0005_ledger"
down_revision: str | None = "0004_jobs"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "ledger_periods",
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("starts", sa.Date(), nullable=False),
        sa.Column("ends", sa.Date(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("starts < ends", name=op.f("ck_ledger_periods_order")),
        sa.PrimaryKeyConstraint("organisation", "id", name=op.f("pk_ledger_periods")),
    )
    with op.batch_alter_table("ledger_periods", schema=None) as batch_op:
        batch_op.create_index("ix_ledger_periods_organisation", ["organisation"], unique=False)

    op.create_table(
        "ledger_closures",
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("period", sa.String(length=64), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_by", sa.String(length=64), nullable=False),
        sa.Column("transactions", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation", "period"],
            ["ledger_periods.organisation", "ledger_periods.id"],
            name=op.f("fk_ledger_closures_organisation_ledger_periods"),
        ),
        sa.PrimaryKeyConstraint("organisation", "period", name=op.f("pk_ledger_closures")),
    )
    with op.batch_alter_table("ledger_closures", schema=None) as batch_op:
        batch_op.create_index("ix_ledger_closures_organisation", ["organisation"], unique=False)

    op.create_table(
        "ledger_transactions",
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("idempotency_key", sa.String(length=200), nullable=False),
        sa.Column("request_hash", sa.String(length=64), nullable=False),
        sa.Column("period", sa.String(length=64), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("postings", sa.Integer(), nullable=False),
        sa.Column("corrects", sa.String(length=64), nullable=True),
        sa.Column("posted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(currency) = 3", name=op.f("ck_ledger_transactions_currency")),
        sa.CheckConstraint("postings >= 2", name=op.f("ck_ledger_transactions_postings")),
        sa.ForeignKeyConstraint(
            ["organisation", "corrects"],
            ["ledger_transactions.organisation", "ledger_transactions.id"],
            name=op.f("fk_ledger_transactions_organisation_ledger_transactions"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation", "period"],
            ["ledger_periods.organisation", "ledger_periods.id"],
            name=op.f("fk_ledger_transactions_organisation_ledger_periods"),
        ),
        sa.PrimaryKeyConstraint("organisation", "id", name=op.f("pk_ledger_transactions")),
        sa.UniqueConstraint(
            "organisation", "idempotency_key", name=op.f("uq_ledger_transactions_organisation_idempotency_key")
        ),
    )
    with op.batch_alter_table("ledger_transactions", schema=None) as batch_op:
        batch_op.create_index("ix_ledger_transactions_organisation", ["organisation"], unique=False)
        batch_op.create_index("ix_ledger_transactions_period", ["organisation", "period"], unique=False)

    op.create_table(
        "ledger_postings",
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("transaction_id", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("account", sa.String(length=200), nullable=False),
        sa.Column("micros", sa.BigInteger(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation", "transaction_id"],
            ["ledger_transactions.organisation", "ledger_transactions.id"],
            name=op.f("fk_ledger_postings_organisation_ledger_transactions"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("organisation", "transaction_id", "position", name=op.f("pk_ledger_postings")),
    )
    with op.batch_alter_table("ledger_postings", schema=None) as batch_op:
        batch_op.create_index("ix_ledger_postings_account", ["organisation", "account"], unique=False)
        batch_op.create_index("ix_ledger_postings_organisation", ["organisation"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("ledger_postings", schema=None) as batch_op:
        batch_op.drop_index("ix_ledger_postings_organisation")
        batch_op.drop_index("ix_ledger_postings_account")

    op.drop_table("ledger_postings")
    with op.batch_alter_table("ledger_transactions", schema=None) as batch_op:
        batch_op.drop_index("ix_ledger_transactions_period")
        batch_op.drop_index("ix_ledger_transactions_organisation")

    op.drop_table("ledger_transactions")
    with op.batch_alter_table("ledger_closures", schema=None) as batch_op:
        batch_op.drop_index("ix_ledger_closures_organisation")

    op.drop_table("ledger_closures")
    with op.batch_alter_table("ledger_periods", schema=None) as batch_op:
        batch_op.drop_index("ix_ledger_periods_organisation")

    op.drop_table("ledger_periods")
