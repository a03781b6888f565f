"""How far the changes of the shop were told to an address that wants to hear of them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Base, BigInt, UtcTime


class WebhookPosition(Base):
    """One address, of which only the digest is kept.

    `message_id` and `through_seq` are those of the message that is on its way: written before it is sent, so that
    whoever sends it again, sends the same.
    """

    __tablename__ = "webhook_positions"
    __table_args__ = ({"sqlite_strict": True},)

    endpoint: Mapped[str] = mapped_column(Text, primary_key=True)
    delivered_seq: Mapped[int] = mapped_column(BigInt)
    message_id: Mapped[str | None] = mapped_column(Text)
    through_seq: Mapped[int | None] = mapped_column(BigInt)
    delivered_at: Mapped[datetime | None] = mapped_column(UtcTime)
    failures: Mapped[int] = mapped_column(BigInt, default=0)
    failing_since: Mapped[datetime | None] = mapped_column(UtcTime)
    next_try_at: Mapped[datetime | None] = mapped_column(UtcTime)
    problem: Mapped[str | None] = mapped_column(Text)
