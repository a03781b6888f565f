"""Background work that a person started."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigInt, UtcTime


class JobRow(Base):
    """One job. `parameters`, `errors`, `details` and `cursor` are JSON.

    `written` is the length of the unfinished result that belongs to `cursor`; `holder` is who works on it now.
    """

    __tablename__ = "jobs"
    __table_args__ = (
        CheckConstraint("state IN ('queued', 'running', 'done', 'failed', 'cancelled')", name="state"),
        Index("ix_jobs_state_created_at", "state", "created_at"),
        {"sqlite_strict": True},
    )

    id: Mapped[str] = mapped_column(Text, primary_key=True)  # a UUID without hyphens
    kind: Mapped[str] = mapped_column(Text)
    # Names of users change and are given to others: an account is known by its id here, as text.
    owner: Mapped[str | None] = mapped_column(Text)  # whose data it is; NULL: the mirror's own
    parameters: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    priority: Mapped[int] = mapped_column(BigInt, default=0)  # higher goes first
    done: Mapped[int] = mapped_column(BigInt, default=0)
    total: Mapped[int | None] = mapped_column(BigInt)
    unit: Mapped[str | None] = mapped_column(Text)  # "listings", shown to people
    begun_with: Mapped[int] = mapped_column(BigInt, default=0)  # `done` when it was last started
    errors: Mapped[str] = mapped_column(Text, default="[]")  # the first ones: [{"place", "problem"}]
    error_count: Mapped[int] = mapped_column(BigInt, default=0)  # all of them
    details: Mapped[str] = mapped_column(Text, default="{}", server_default="{}")  # what a kind tells besides
    problem: Mapped[str | None] = mapped_column(Text)  # why it failed, or is tried again
    attempts: Mapped[int] = mapped_column(BigInt, default=0)
    not_before: Mapped[datetime | None] = mapped_column(UtcTime)
    cursor: Mapped[str | None] = mapped_column(Text)  # where to go on
    written: Mapped[int] = mapped_column(BigInt, default=0)
    result_name: Mapped[str | None] = mapped_column(Text)
    result_type: Mapped[str | None] = mapped_column(Text)
    result_size: Mapped[int | None] = mapped_column(BigInt)
    expires_at: Mapped[datetime | None] = mapped_column(UtcTime)  # of the result
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcTime)
    heartbeat_at: Mapped[datetime | None] = mapped_column(UtcTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcTime)
    cancel_requested_at: Mapped[datetime | None] = mapped_column(UtcTime)
    holder: Mapped[str | None] = mapped_column(Text)
