"""Studio: Papers on a maker's desk."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0022_studio"
down_revision: str | None = "0021_catalogue"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "studio_papers",
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("recording_id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("organisation", "id", name=op.f("pk_studio_papers")),
    )
    with op.batch_alter_table("studio_papers", schema=None) as batch_op:
        batch_op.create_index("ix_studio_papers_organisation", ["organisation"], unique=False)
        batch_op.create_index("ix_studio_papers_owner", ["organisation", "owner", "recording_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("studio_papers", schema=None) as batch_op:
        batch_op.drop_index("ix_studio_papers_owner")
        batch_op.drop_index("ix_studio_papers_organisation")

    op.drop_table("studio_papers")
