"""How many wrong admin tokens were tried of late, so that nobody tries many."""

import sqlalchemy as sa
from alembic import op

from app.models.base import BigInt, UtcTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "admin_guesses",
        sa.Column("whose", sa.Text(), nullable=False),
        sa.Column("tries", BigInt, nullable=False),
        sa.Column("ends_at", UtcTime, nullable=False),
        sa.PrimaryKeyConstraint("whose", name=op.f("pk_admin_guesses")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    op.drop_table("admin_guesses")
