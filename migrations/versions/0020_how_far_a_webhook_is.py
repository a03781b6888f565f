"""How far the changes of the shop were told to an address that wants to hear of them."""

import sqlalchemy as sa
from alembic import op

from app.models.base import BigInt, UtcTime

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "webhook_positions",
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("delivered_seq", BigInt, nullable=False),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.Column("through_seq", BigInt, nullable=True),
        sa.Column("delivered_at", UtcTime, nullable=True),
        sa.Column("failures", BigInt, nullable=False),
        sa.Column("failing_since", UtcTime, nullable=True),
        sa.Column("next_try_at", UtcTime, nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("endpoint", name=op.f("pk_webhook_positions")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    op.drop_table("webhook_positions")
