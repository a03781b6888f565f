"""What was told of releases and is not in the shop's documents yet."""

import sqlalchemy as sa
from alembic import op

from app.models.base import BigInt, UtcTime

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "release_answers",
        sa.Column("release_id", BigInt, autoincrement=False, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("told_at", UtcTime, nullable=False),
        sa.PrimaryKeyConstraint("release_id", name=op.f("pk_release_answers")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    op.drop_table("release_answers")
