"""When a person said of a held run that its removals shall not happen."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("runs", sa.Column("dismissed_at", sa.Text().with_variant(sa.DateTime(timezone=True), "postgresql")))


def downgrade() -> None:
    op.drop_column("runs", "dismissed_at")
