"""Catalogue: What could not be measured and who ruled on it, who sends, and how machines took part in a cover."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0026_catalogue"
down_revision: str | None = "0025_match"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    with op.batch_alter_table("releases", schema=None) as batch_op:
        batch_op.add_column(sa.Column("artwork_ai", sa.String(length=16), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("releases", schema=None) as batch_op:
        batch_op.drop_column("artwork_ai")
