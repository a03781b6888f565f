"""Accounts (Discogs users we mirror) and their sources."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.models.base import Base, BigInt, Flag, UtcTime


class Account(Base):
    """A Discogs user. Identity is `discogs_user_id`; names change (and differ in case)."""

    __tablename__ = "accounts"
    __table_args__ = (
        UniqueConstraint("discogs_user_id"),
        UniqueConstraint("username_key"),
        {"sqlite_strict": True},
    )

    id: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=True)
    discogs_user_id: Mapped[int | None] = mapped_column(BigInt)
    username: Mapped[str] = mapped_column(Text)
    username_key: Mapped[str] = mapped_column(Text)  # casefolded: Discogs names are case-insensitive
    currency: Mapped[str | None] = mapped_column(Text)
    sealed_token: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcTime)

    sources: Mapped[list[Source]] = relationship(back_populates="account")


class Source(Base):
    """One stream of one account."""

    __tablename__ = "sources"
    __table_args__ = (
        UniqueConstraint("account_id", "kind"),
        CheckConstraint("kind IN ('inventory', 'collection', 'wantlist')", name="kind"),
        {"sqlite_strict": True},
    )

    id: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    kind: Mapped[str] = mapped_column(Text)
    # Only an active source is shown. A newly configured seller waits here until a person agrees to the change.
    is_active: Mapped[bool] = mapped_column(Flag)
    config_digest: Mapped[str | None] = mapped_column(Text)  # who looked at whose listings, and how
    last_pages: Mapped[int | None] = mapped_column(BigInt)  # page count of the last complete walk
    hidden_rows: Mapped[int] = mapped_column(BigInt, default=0)  # rows Discogs counts and does not deliver
    paused_reason: Mapped[str | None] = mapped_column(Text)
    paused_credential: Mapped[str | None] = mapped_column(Text)  # digest of the refused credential
    is_public: Mapped[bool | None] = mapped_column(Flag)  # whether Discogs shows it to strangers; NULL: nobody asked
    not_before: Mapped[datetime | None] = mapped_column(UtcTime)

    account: Mapped[Account] = relationship(back_populates="sources")
