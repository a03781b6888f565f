"""Jobs tell more than how far they are: what came from the cache, what was left out."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("jobs", sa.Column("details", sa.Text(), server_default="{}", nullable=False))


def downgrade() -> None:
    op.drop_column("jobs", "details")
