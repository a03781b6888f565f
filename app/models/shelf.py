"""What an account owns and wants, as Discogs told it: copies with their folders and fields, and the wantlist."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigInt, Flag, UtcTime
from app.models.kept import DerivedColumns, KeptColumns, StagedColumns


class ShelvedColumns(DerivedColumns):
    """What Discogs tells of a copy and of a want alike. Genres and styles are joined by a comma and a space."""

    rating: Mapped[int | None] = mapped_column(BigInt)  # 1 to 5; NULL: not rated
    added_at: Mapped[datetime | None] = mapped_column(UtcTime)
    title: Mapped[str | None] = mapped_column(Text)
    artist: Mapped[str | None] = mapped_column(Text)
    label: Mapped[str | None] = mapped_column(Text)
    catalog_number: Mapped[str | None] = mapped_column(Text)
    format: Mapped[str | None] = mapped_column(Text)
    year: Mapped[int | None] = mapped_column(BigInt)
    genres: Mapped[str | None] = mapped_column(Text)
    styles: Mapped[str | None] = mapped_column(Text)
    thumb: Mapped[str | None] = mapped_column(Text)
    cover_image: Mapped[str | None] = mapped_column(Text)
    master_id: Mapped[int | None] = mapped_column(BigInt)


class CopyColumns(ShelvedColumns):
    """A copy: what Discogs owns of it."""

    release_id: Mapped[int] = mapped_column(BigInt)
    folder_id: Mapped[int | None] = mapped_column(BigInt)
    # Private: JSON {field id: value}, the ids as text in ascending order; names of fields are in `collection_fields`.
    notes: Mapped[str | None] = mapped_column(Text)


class WantColumns(ShelvedColumns):
    """A want: what Discogs owns of it."""

    notes: Mapped[str | None] = mapped_column(Text)  # private, as the owner wrote it


class CopyRow(CopyColumns, KeptColumns, Base):
    """One owned copy, keyed within its source by Discogs' `instance_id`; several may be of one release."""

    __tablename__ = "copies"
    __table_args__ = (
        Index("ix_copies_source_live", "source_id", "removed_at", "folder_id"),
        Index("ix_copies_release_id", "release_id"),
        {"sqlite_strict": True},
    )

    source_id: Mapped[int] = mapped_column(ForeignKey("sources.id"), primary_key=True)
    instance_id: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)


class StagedCopy(CopyColumns, StagedColumns, Base):
    """A copy that a run found new or changed."""

    __tablename__ = "staged_copies"
    __table_args__ = ({"sqlite_strict": True},)

    instance_id: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)


class WantRow(WantColumns, KeptColumns, Base):
    """One release somebody wants: one row per release and source."""

    __tablename__ = "wants"
    __table_args__ = (
        Index("ix_wants_source_live", "source_id", "removed_at"),
        Index("ix_wants_release_id", "release_id"),
        {"sqlite_strict": True},
    )

    source_id: Mapped[int] = mapped_column(ForeignKey("sources.id"), primary_key=True)
    release_id: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)


class StagedWant(WantColumns, StagedColumns, Base):
    """A want that a run found new or changed."""

    __tablename__ = "staged_wants"
    __table_args__ = ({"sqlite_strict": True},)

    release_id: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)


class FolderRow(Base):
    """A folder of a collection; 0 is all of it. Kept when it is gone: the change log names it."""

    __tablename__ = "collection_folders"
    __table_args__ = ({"sqlite_strict": True},)

    source_id: Mapped[int] = mapped_column(ForeignKey("sources.id"), primary_key=True)
    folder_id: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(Text)
    copies: Mapped[int] = mapped_column(BigInt)  # as Discogs counts them, also such as it does not deliver
    removed_at: Mapped[datetime | None] = mapped_column(UtcTime)


class FieldRow(Base):
    """A field in which the owner notes something of each copy. Kept when it is gone, like a folder."""

    __tablename__ = "collection_fields"
    __table_args__ = ({"sqlite_strict": True},)

    source_id: Mapped[int] = mapped_column(ForeignKey("sources.id"), primary_key=True)
    field_id: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)  # dropdown or textarea
    position: Mapped[int | None] = mapped_column(BigInt)
    is_public: Mapped[bool] = mapped_column(Flag)  # whether Discogs shows what is written in it to strangers
    options: Mapped[str] = mapped_column(Text)  # JSON array of texts: what a dropdown offers
    lines: Mapped[int | None] = mapped_column(BigInt)
    removed_at: Mapped[datetime | None] = mapped_column(UtcTime)


class CollectionValueRow(Base):
    """What Discogs estimated a collection to be worth at a moment, in the smallest unit of `currency`.

    All NULL: it was asked, and its answer was not clear.
    """

    __tablename__ = "collection_values"
    __table_args__ = ({"sqlite_strict": True},)

    source_id: Mapped[int] = mapped_column(ForeignKey("sources.id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcTime, primary_key=True)
    currency: Mapped[str | None] = mapped_column(Text)
    minimum_minor: Mapped[int | None] = mapped_column(BigInt)
    median_minor: Mapped[int | None] = mapped_column(BigInt)
    maximum_minor: Mapped[int | None] = mapped_column(BigInt)
