"""What we note of every mirrored and of every staged row, beside what Discogs told of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import BigInt, UtcTime


class DerivedColumns:
    """Made of what Discogs told, when a row changes."""

    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    search_text: Mapped[str] = mapped_column(Text)
    format_tokens: Mapped[str] = mapped_column(Text)


class KeptColumns:
    """The life of a mirrored row. With `removed_at` it is a tombstone."""

    source_id: Mapped[int] = mapped_column(ForeignKey("sources.id"))
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    updated_at: Mapped[datetime] = mapped_column(UtcTime)
    updated_run_id: Mapped[int] = mapped_column(BigInt)
    removed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    removed_reason: Mapped[str | None] = mapped_column(Text)
    missing_since_run_id: Mapped[int | None] = mapped_column(BigInt)
    told_at: Mapped[datetime | None] = mapped_column(UtcTime)  # the moment of the file that told it; NULL: no file did


class StagedColumns:
    """A row that waits to be applied, in one transaction with all others of its run."""

    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    verdict: Mapped[str] = mapped_column(Text)
    told_at: Mapped[datetime | None] = mapped_column(UtcTime)  # when it was true, if not now
    artist_key: Mapped[str | None] = mapped_column(Text)  # the artist, as enrichment knows it
