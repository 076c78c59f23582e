"""Log: What changed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0020_log"
down_revision: str | None = "0019_seal"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "log_nodes",
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("node_hash", sa.String(length=64), nullable=False),
        sa.CheckConstraint("length(node_hash) = 64 AND level >= 1", name=op.f("ck_log_nodes_node")),
        sa.PrimaryKeyConstraint("level", "place", name=op.f("pk_log_nodes")),
    )


def downgrade() -> None:
    op.drop_table("log_nodes")
