"""Listings as Discogs told them, and what is known of their releases."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigInt, Flag, UtcTime
from app.models.kept import DerivedColumns, KeptColumns, StagedColumns


class MirroredColumns(DerivedColumns):
    """The columns that Discogs owns: the same in the mirror and on the stage. No sync writes any other."""

    release_id: Mapped[int] = mapped_column(BigInt)
    status: Mapped[str] = mapped_column(Text)
    condition: Mapped[str | None] = mapped_column(Text)
    sleeve_condition: Mapped[str | None] = mapped_column(Text)
    posted_at: Mapped[datetime | None] = mapped_column(UtcTime)
    price_minor: Mapped[int | None] = mapped_column(BigInt)  # in the smallest unit of `price_currency`
    price_currency: Mapped[str | None] = mapped_column(Text)
    title: Mapped[str | None] = mapped_column(Text)
    artist: Mapped[str | None] = mapped_column(Text)
    label: Mapped[str | None] = mapped_column(Text)
    format: Mapped[str | None] = mapped_column(Text)
    catalog_number: Mapped[str | None] = mapped_column(Text)
    year: Mapped[int | None] = mapped_column(BigInt)
    comments: Mapped[str | None] = mapped_column(Text)
    ships_from: Mapped[str | None] = mapped_column(Text)
    allow_offers: Mapped[bool | None] = mapped_column(Flag)
    shipping_minor: Mapped[int | None] = mapped_column(BigInt)
    shipping_currency: Mapped[str | None] = mapped_column(Text)
    image_uri: Mapped[str | None] = mapped_column(Text)
    image_resource_url: Mapped[str | None] = mapped_column(Text)
    # Private: only the seller may see these.
    location: Mapped[str | None] = mapped_column(Text)
    external_id: Mapped[str | None] = mapped_column(Text)
    weight: Mapped[int | None] = mapped_column(BigInt)  # grams
    format_quantity: Mapped[int | None] = mapped_column(BigInt)
    quantity: Mapped[int | None] = mapped_column(BigInt)


class ListingRow(MirroredColumns, KeptColumns, Base):
    """One copy for sale, keyed by Discogs' `listing_id`. With `removed_at` it is a tombstone."""

    __tablename__ = "listings"
    __table_args__ = (
        Index("ix_listings_source_live", "source_id", "removed_at"),
        Index("ix_listings_shop_order", "removed_at", "status", "posted_at", "listing_id"),
        Index("ix_listings_release_id", "release_id"),
        {"sqlite_strict": True},
    )

    listing_id: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)


class StagedListing(MirroredColumns, StagedColumns, Base):
    """What a run found new or changed, waiting to be applied in one transaction."""

    __tablename__ = "staged_listings"
    __table_args__ = ({"sqlite_strict": True},)

    listing_id: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    community_have: Mapped[int | None] = mapped_column(BigInt)
    community_want: Mapped[int | None] = mapped_column(BigInt)


class ReleaseRow(Base):
    """What the mirror knows of a release beyond its listings. The counters are volatile and never count as change."""

    __tablename__ = "releases"
    __table_args__ = ({"sqlite_strict": True},)

    release_id: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    country: Mapped[str | None] = mapped_column(Text)
    genres: Mapped[str | None] = mapped_column(Text)
    styles: Mapped[str | None] = mapped_column(Text)
    barcode: Mapped[str | None] = mapped_column(Text)
    master_id: Mapped[int | None] = mapped_column(BigInt)
    formats: Mapped[str | None] = mapped_column(Text)
    community_have: Mapped[int | None] = mapped_column(BigInt)
    community_want: Mapped[int | None] = mapped_column(BigInt)
    counted_at: Mapped[datetime | None] = mapped_column(UtcTime)


# What a listing is shown, found and counted with: its own words, or those of the release where it has none.
FORMAT_SHOWN = func.coalesce(ListingRow.__table__.c.format, ReleaseRow.__table__.c.formats).label("format")
