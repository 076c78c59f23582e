"""Royalty: the first release."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0009_royalty"
down_revision: str | None = "0008_provenance"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "royalty_runs",
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("period", sa.String(length=64), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("inputs_hash", sa.String(length=64), nullable=False),
        sa.Column("shares_hash", sa.String(length=64), nullable=False),
        sa.Column("terms_version", sa.String(length=80), nullable=False),
        sa.Column("engine", sa.String(length=16), nullable=False),
        sa.Column("usage_rows", sa.BigInteger(), nullable=False),
        sa.Column("restates", sa.String(length=64), nullable=False),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("organisation", "id", name=op.f("pk_royalty_runs")),
    )
    with op.batch_alter_table("royalty_runs", schema=None) as batch_op:
        batch_op.create_index("ix_royalty_runs_organisation", ["organisation"], unique=False)
        batch_op.create_index("ix_royalty_runs_period", ["organisation", "period", "made_at"], unique=False)

    op.create_table(
        "royalty_terms",
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("organisation", "id", name=op.f("pk_royalty_terms")),
    )
    with op.batch_alter_table("royalty_terms", schema=None) as batch_op:
        batch_op.create_index("ix_royalty_terms_organisation", ["organisation"], unique=False)

    op.create_table(
        "royalty_explanations",
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("run_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation", "run_id"],
            ["royalty_runs.organisation", "royalty_runs.id"],
            name=op.f("fk_royalty_explanations_organisation_royalty_runs"),
        ),
        sa.PrimaryKeyConstraint("organisation", "run_id", "kind", name=op.f("pk_royalty_explanations")),
    )
    with op.batch_alter_table("royalty_explanations", schema=None) as batch_op:
        batch_op.create_index("ix_royalty_explanations_organisation", ["organisation"], unique=False)

    op.create_table(
        "royalty_run_steps",
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("run_id", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation", "run_id"],
            ["royalty_runs.organisation", "royalty_runs.id"],
            name=op.f("fk_royalty_run_steps_organisation_royalty_runs"),
        ),
        sa.PrimaryKeyConstraint("organisation", "run_id", "state", name=op.f("pk_royalty_run_steps")),
    )
    with op.batch_alter_table("royalty_run_steps", schema=None) as batch_op:
        batch_op.create_index("ix_royalty_run_steps_organisation", ["organisation"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("royalty_run_steps", schema=None) as batch_op:
        batch_op.drop_index("ix_royalty_run_steps_organisation")

    op.drop_table("royalty_run_steps")
    with op.batch_alter_table("royalty_explanations", schema=None) as batch_op:
        batch_op.drop_index("ix_royalty_explanations_organisation")

    op.drop_table("royalty_explanations")
    with op.batch_alter_table("royalty_terms", schema=None) as batch_op:
        batch_op.drop_index("ix_royalty_terms_organisation")

    op.drop_table("royalty_terms")
    with op.batch_alter_table("royalty_runs", schema=None) as batch_op:
        batch_op.drop_index("ix_royalty_runs_period")
        batch_op.drop_index("ix_royalty_runs_organisation")

    op.drop_table("royalty_runs")
