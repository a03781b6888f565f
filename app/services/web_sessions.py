"""Sessions of browsers: made at login, ended at logout, after 12 idle hours, or after a week."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import Connection, Engine, delete, insert, or_, select, update

from app.extensions import db, wiring
from app.models import Account, WebSession
from app.models.transactions import read_transaction, write_transaction

IDLE, ABSOLUTE = timedelta(hours=12), timedelta(days=7)
NOTED_EVERY = timedelta(minutes=30)  # a use is written down this seldom


@dataclass(frozen=True, slots=True)
class CurrentAccount:
    """Whose session it is."""

    id: int
    username: str


class WebSessions:
    """The sessions of one mirror. What a browser holds is 256 random bits; the table has their digest alone."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine
        self._clock = clock

    @classmethod
    def here(cls) -> WebSessions:
        """Of the current application."""
        return cls(db.engine, wiring().clock)

    def open(self, account_id: int, *, instead_of: str | None = None) -> str:
        """A new session; what the browser keeps of it. The one it had before ends."""
        made, now = new_key(), self._clock()
        with write_transaction(self._engine) as connection:
            self._sweep(connection, now)
            if instead_of:
                connection.execute(delete(WebSession).where(WebSession.digest == digest(instead_of)))
            values = {"digest": digest(made), "account_id": account_id, "created_at": now, "used_at": now}
            connection.execute(insert(WebSession).values(values))
        return made

    def account_of(self, held: str | None) -> CurrentAccount | None:
        """Whose session this browser has; None when it has none that still holds."""
        if not held:
            return None
        now = self._clock()
        columns = select(Account.id, Account.username, WebSession.used_at).join(
            WebSession, WebSession.account_id == Account.id
        )
        with read_transaction(self._engine) as connection:
            found = connection.execute(
                columns.where(
                    WebSession.digest == digest(held),
                    WebSession.used_at > now - IDLE,
                    WebSession.created_at > now - ABSOLUTE,
                )
            ).one_or_none()
        if found is None:
            return None
        if now - found.used_at >= NOTED_EVERY:
            with write_transaction(self._engine) as connection:
                connection.execute(update(WebSession).where(WebSession.digest == digest(held)).values(used_at=now))
        return CurrentAccount(found.id, found.username)

    def close(self, held: str) -> None:
        """End the session."""
        with write_transaction(self._engine) as connection:
            connection.execute(delete(WebSession).where(WebSession.digest == digest(held)))

    def _sweep(self, connection: Connection, now: datetime) -> None:
        is_over = or_(WebSession.used_at <= now - IDLE, WebSession.created_at <= now - ABSOLUTE)
        connection.execute(delete(WebSession).where(is_over))


def new_key() -> str:
    """256 random bits as text for a cookie."""
    return secrets.token_urlsafe(32)


def digest(held: str) -> str:
    """What is stored of a text that only its holder may know."""
    return sha256(held.encode(errors="surrogatepass")).hexdigest()
