"""Of which moment a file told what a listing says, so that an older file does not overwrite it."""

import sqlalchemy as sa
from alembic import op

from app.models.base import UtcTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("listings", sa.Column("told_at", UtcTime, nullable=True))


def downgrade() -> None:
    op.drop_column("listings", "told_at")
