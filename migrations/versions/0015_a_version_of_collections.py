"""Collections have a version of their own: what changes in them does not move the shop's.

On the way back the shop's version passes every one that collections had, so that nobody takes an old answer for new.
"""

import sqlalchemy as sa
from alembic import op

from app.models.base import BigInt, UtcTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("mirror_state", sa.Column("shelf_version", BigInt, server_default="0", nullable=False))
    op.add_column("mirror_state", sa.Column("shelf_changed_at", UtcTime(), nullable=True))
    # Until now there was one for both.
    op.execute("UPDATE mirror_state SET shelf_version = version, shelf_changed_at = changed_at")


def downgrade() -> None:
    op.execute("UPDATE mirror_state SET version = version + shelf_version + 1")
    op.drop_column("mirror_state", "shelf_changed_at")
    op.drop_column("mirror_state", "shelf_version")
