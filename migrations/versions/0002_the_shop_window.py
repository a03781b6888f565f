"""The shop window: documents made ready, and the index that finds them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

from app.models.base import BigInt

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("mirror_state", sa.Column("shop_digest", sa.Text(), nullable=True))
    op.add_column("mirror_state", sa.Column("shop_total", BigInt, nullable=True))
    op.create_table(
        "shop_documents",
        sa.Column("rank", BigInt, autoincrement=False, nullable=False),
        sa.Column("listing_id", BigInt, nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("terms", sa.Text().with_variant(TSVECTOR(), "postgresql"), nullable=True),
        sa.PrimaryKeyConstraint("rank", name=op.f("pk_shop_documents")),
        sa.UniqueConstraint("listing_id", name=op.f("uq_shop_documents_listing_id")),
        sqlite_strict=True,
    )
    if op.get_bind().dialect.name == "sqlite":
        # The terms are words already: nothing to fold, no positions to keep.
        op.execute(
            "CREATE VIRTUAL TABLE fts_shop USING fts5(terms, detail=column, columnsize=0, prefix='1 2 3',"
            " tokenize=\"unicode61 remove_diacritics 0 categories 'L* N* Co'\")"
        )
        op.execute("CREATE VIRTUAL TABLE fts_shop_words USING fts5vocab(fts_shop, row)")
    else:
        op.create_index("ix_shop_documents_terms", "shop_documents", ["terms"], postgresql_using="gin")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE fts_shop_words")
        op.execute("DROP TABLE fts_shop")
    op.drop_table("shop_documents")
    op.drop_column("mirror_state", "shop_total")
    op.drop_column("mirror_state", "shop_digest")
