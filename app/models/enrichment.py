"""What others know of the mirror's records, apart from what Discogs wrote; and what a person decided about it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import REAL, CheckConstraint, Float, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigInt, Flag, UtcTime


class SubjectColumns:
    """A field of a release (its id as text) or of an artist (the folded name)."""

    subject_kind: Mapped[str] = mapped_column(Text, primary_key=True)
    subject_key: Mapped[str] = mapped_column(Text, primary_key=True)
    field: Mapped[str] = mapped_column(Text, primary_key=True)


class EnrichmentRow(SubjectColumns, Base):
    """One question to one provider, how it stands, and the last answer. A later failure leaves the answer as it was."""

    __tablename__ = "enrichments"
    __table_args__ = (
        CheckConstraint("subject_kind IN ('release', 'artist')", name="subject_kind"),
        CheckConstraint("state IN ('wanted', 'done', 'nothing', 'failed')", name="state"),
        Index("ix_enrichments_state_is_new_wanted_at", "state", "is_new", "wanted_at"),
        Index("ix_enrichments_batch", "batch"),
        {"sqlite_strict": True},
    )

    provider: Mapped[str] = mapped_column(Text, primary_key=True)
    name: Mapped[str | None] = mapped_column(Text)  # of an artist, as it is spelt
    state: Mapped[str] = mapped_column(Text)
    is_new: Mapped[bool] = mapped_column(Flag)  # it came with a sync, and nobody was asked yet
    value: Mapped[str | None] = mapped_column(Text)  # JSON
    source: Mapped[str | None] = mapped_column(Text)  # the page it is from
    model: Mapped[str | None] = mapped_column(Text)  # that wrote it
    score: Mapped[float | None] = mapped_column(Float().with_variant(REAL(), "sqlite"))  # how well it fits, 0 to 1
    attempts: Mapped[int] = mapped_column(BigInt)  # in a row, without an answer
    problem: Mapped[str | None] = mapped_column(Text)
    wanted_at: Mapped[datetime] = mapped_column(UtcTime)
    asked_at: Mapped[datetime | None] = mapped_column(UtcTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcTime)  # when `value` was told
    again_at: Mapped[datetime | None] = mapped_column(UtcTime)
    batch: Mapped[str | None] = mapped_column(Text)  # the job that asked last


class EnrichmentChoice(SubjectColumns, Base):
    """What a person decided: `value` (JSON) stands in front of what providers told."""

    __tablename__ = "enrichment_choices"
    __table_args__ = ({"sqlite_strict": True},)

    value: Mapped[str | None] = mapped_column(Text)
    is_pinned: Mapped[bool] = mapped_column(Flag)  # nobody is asked again
    is_hidden: Mapped[bool] = mapped_column(Flag)  # visitors see nothing of it
    changed_at: Mapped[datetime] = mapped_column(UtcTime)


class EnrichmentProviderRow(Base):
    """How a provider does: requests of a day (UTC), failures in a row, until when it is left alone."""

    __tablename__ = "enrichment_providers"
    __table_args__ = ({"sqlite_strict": True},)

    provider: Mapped[str] = mapped_column(Text, primary_key=True)
    day: Mapped[str] = mapped_column(Text)
    requests: Mapped[int] = mapped_column(BigInt)
    failures: Mapped[int] = mapped_column(BigInt)
    open_until: Mapped[datetime | None] = mapped_column(UtcTime)
    problem: Mapped[str | None] = mapped_column(Text)  # of the last failure, until it answers again
