"""Runs that only add, whatever the policy of their source says."""

import sqlalchemy as sa
from alembic import op

from app.models.base import Flag

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("runs", sa.Column("adds_only", Flag(), nullable=True))


def downgrade() -> None:
    op.drop_column("runs", "adds_only")
