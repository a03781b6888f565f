"""What Discogs' catalogue says of a release, kept so that it is asked for once a month and not once a visitor."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, LargeBinary, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigInt, UtcTime


class ReleaseBody(Base):
    """The last body that was told of a release, and how the latest attempt to read it ended.

    A release that is gone, or that cannot be read now, keeps the body it had.
    """

    __tablename__ = "release_bodies"
    __table_args__ = (
        CheckConstraint("status IN ('known', 'gone', 'unreadable', 'failed')", name="status"),
        {"sqlite_strict": True},
    )

    release_id: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    status: Mapped[str] = mapped_column(Text)
    body: Mapped[bytes | None] = mapped_column(LargeBinary)  # JSON as it came, packed with zstd
    fetched_at: Mapped[datetime | None] = mapped_column(UtcTime)  # when the body was told
    tried_at: Mapped[datetime] = mapped_column(UtcTime)
    problem: Mapped[str | None] = mapped_column(Text)


class ReleaseAnswer(Base):
    """What was told of a release a moment ago, and waits to be stored together with others.

    It is here from the moment it came, so that nobody has to ask again when a worker is killed; and it is not in
    `release_bodies` yet, so that what is shown of releases changes for many of them at once and not for each.
    """

    __tablename__ = "release_answers"
    __table_args__ = ({"sqlite_strict": True},)

    release_id: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    body: Mapped[bytes] = mapped_column(LargeBinary)  # JSON as it came, packed with zstd
    told_at: Mapped[datetime] = mapped_column(UtcTime)
