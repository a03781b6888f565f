"""Staged rows may be older than the run that brings them: a file tells of when its rows were true."""

import sqlalchemy as sa
from alembic import op

from app.models.base import UtcTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("staged_listings", sa.Column("told_at", UtcTime(), nullable=True))


def downgrade() -> None:
    op.drop_column("staged_listings", "told_at")
