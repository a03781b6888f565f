"""What collections were worth, as Discogs estimated it day by day."""

import sqlalchemy as sa
from alembic import op

from app.models.base import BigInt, UtcTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "collection_values",
        sa.Column("source_id", BigInt, nullable=False),
        sa.Column("at", UtcTime, nullable=False),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("minimum_minor", BigInt, nullable=True),
        sa.Column("median_minor", BigInt, nullable=True),
        sa.Column("maximum_minor", BigInt, nullable=True),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_collection_values_source_id")),
        sa.PrimaryKeyConstraint("source_id", "at", name=op.f("pk_collection_values")),
        sqlite_strict=True,
    )


def downgrade() -> None:
    op.drop_table("collection_values")
