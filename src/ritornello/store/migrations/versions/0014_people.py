"""People: What the second wave adds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision: str = "0014_people"
down_revision: str | None = "0013_consent"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    with op.batch_alter_table("api_keys", schema=None) as batch_op:
        batch_op.add_column(sa.Column("service", sa.String(length=64), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("api_keys", schema=None) as batch_op:
        batch_op.drop_column("service")
