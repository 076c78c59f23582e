"""Distribution: What could not be measured and who ruled on it, who sends, and how machines took part in a cover."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0027_distribution"
down_revision: str | None = "0026_catalogue"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "point_rulings",
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("recording_id", sa.String(length=64), nullable=False),
        sa.Column("pcm_sha256", sa.String(length=64), nullable=False),
        sa.Column("licence_id", sa.String(length=64), nullable=False),
        sa.Column("term", sa.String(length=128), nullable=False),
        sa.Column("told", sa.Text(), nullable=False),
        sa.Column("approves", sa.Boolean(), nullable=False),
        sa.Column("ruled_by", sa.String(length=64), nullable=False),
        sa.Column("ruled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_point_rulings")),
    )
    with op.batch_alter_table("point_rulings", schema=None) as batch_op:
        batch_op.create_index("ix_point_rulings_organisation", ["organisation"], unique=False)
        batch_op.create_index(batch_op.f("ix_point_rulings_recording_id"), ["recording_id"], unique=False)

    op.create_table(
        "release_senders",
        sa.Column("organisation", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("dpid", sa.String(length=18), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("set_by", sa.String(length=64), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_release_senders")),
    )
    with op.batch_alter_table("release_senders", schema=None) as batch_op:
        batch_op.create_index("ix_release_senders_organisation", ["organisation"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("release_senders", schema=None) as batch_op:
        batch_op.drop_index("ix_release_senders_organisation")

    op.drop_table("release_senders")
    with op.batch_alter_table("point_rulings", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_point_rulings_recording_id"))
        batch_op.drop_index("ix_point_rulings_organisation")

    op.drop_table("point_rulings")
