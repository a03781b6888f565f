"""Who is logged in at this shop, and who is on the way to it. Of what a browser holds only digests are kept."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, UtcTime


class WebSession(Base):
    """A browser that is logged in as an account."""

    __tablename__ = "web_sessions"
    __table_args__ = ({"sqlite_strict": True},)

    digest: Mapped[str] = mapped_column(Text, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
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
