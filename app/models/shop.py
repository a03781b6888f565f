"""What visitors may see, made ready when it is written: one document a listing, in the order of the shop."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, LargeBinary, Text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigInt

ID_BITS = 31
IDS = 1 << ID_BITS
LAST_SECOND = (1 << 32) - 1


class ShopDocument(Base):
    """A listing for sale as its public JSON, and the terms it is found by.

    `rank` grows with the time of posting. On SQLite the terms live in the table `fts_shop`, whose rowid is the rank.
    """

    __tablename__ = "shop_documents"
    __table_args__ = (
        # On SQLite nobody needs it and the column stays empty.
        Index("ix_shop_documents_terms", "terms", postgresql_using="gin").ddl_if(dialect="postgresql"),
        {"sqlite_strict": True},
    )

    rank: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    listing_id: Mapped[int] = mapped_column(BigInt, unique=True)
    document: Mapped[bytes] = mapped_column(LargeBinary)
    terms: Mapped[str | None] = mapped_column(Text().with_variant(TSVECTOR(), "postgresql"))


def rank_of(posted_at: datetime | None, listing_id: int) -> int:
    """Where a listing stands in the shop: by second of posting, then by the low bits of its id; unknown comes last."""
    second = 0 if posted_at is None else max(0, min(int(posted_at.timestamp()), LAST_SECOND))
    return (second << ID_BITS) + listing_id % IDS
