"""Who is logged in at this shop, and who is on the way to it. Of what a browser holds only digests are kept."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigInt, UtcTime


class WebSession(Base):
    """A browser that is logged in: as an account, or without one as the admin of the shop."""

    __tablename__ = "web_sessions"
    __table_args__ = ({"sqlite_strict": True},)

    digest: Mapped[str] = mapped_column(Text, primary_key=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    used_at: Mapped[datetime] = mapped_column(UtcTime)


class LoginAttempt(Base):
    """A request token that one browser took to Discogs; gone once it comes back."""

    __tablename__ = "login_attempts"
    __table_args__ = ({"sqlite_strict": True},)

    token_digest: Mapped[str] = mapped_column(Text, primary_key=True)
    browser_digest: Mapped[str] = mapped_column(Text)
    sealed_secret: Mapped[str] = mapped_column(Text)
    next_path: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[datetime] = mapped_column(UtcTime)


class AdminGuess(Base):
    """How many wrong admin tokens somebody tried since their window began. `whose` is "" for everybody together, else
    the digest of an address."""

    __tablename__ = "admin_guesses"
    __table_args__ = ({"sqlite_strict": True},)

    whose: Mapped[str] = mapped_column(Text, primary_key=True)
    tries: Mapped[int] = mapped_column(BigInt)
    ends_at: Mapped[datetime] = mapped_column(UtcTime)
