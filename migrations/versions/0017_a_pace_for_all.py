"""The pace of calls to Discogs, for all processes of all hosts that share a PostgreSQL database."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "shared_paces",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_shared_paces")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    op.drop_table("shared_paces")
