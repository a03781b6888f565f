"""What Discogs' catalogue says of releases, packed as it came."""

import sqlalchemy as sa
from alembic import op

from app.models.base import BigInt, UtcTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "release_bodies",
        sa.Column("release_id", BigInt, autoincrement=False, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("fetched_at", UtcTime, nullable=True),
        sa.Column("tried_at", UtcTime, nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "status IN ('known', 'gone', 'unreadable', 'failed')", name=op.f("ck_release_bodies_status")
        ),
        sa.PrimaryKeyConstraint("release_id", name=op.f("pk_release_bodies")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    op.drop_table("release_bodies")
