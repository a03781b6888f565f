"""What a run read last, for people who watch it."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("runs", sa.Column("latest_item", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("runs", "latest_item")
