"""Sessions of browsers: made at login, ended at logout, after 12 idle hours, or after a week."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import Connection, Engine, Row, delete, insert, or_, select, update

from app.extensions import db, wiring
from app.models import Account, WebSession
from app.models.transactions import read_transaction, write_transaction
from config import Secret

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

    def open_for_admin(self, token: Secret, *, instead_of: str | None = None) -> str:
        """A new session of who has just shown the admin token; it holds as long as that token does."""
        made, now = new_key(), self._clock()
        with write_transaction(self._engine) as connection:
            self._sweep(connection, now)
            if instead_of:
                connection.execute(delete(WebSession).where(WebSession.digest == _bound(instead_of, token)))
            connection.execute(insert(WebSession).values(digest=_bound(made, token), created_at=now, used_at=now))
        return made

    def account_of(self, held: str | None) -> CurrentAccount | None:
        """Whose session this browser has; None when it has none that still holds."""
        found = self._used(digest(held)) if held else None
        return None if found is None or found.id is None else CurrentAccount(found.id, str(found.username))

    def is_admin(self, held: str | None, token: Secret | None) -> bool:
        """Whether this browser has a session of the admin, opened with the present token."""
        found = self._used(_bound(held, token)) if held and token else None
        return found is not None and found.id is None

    def _used(self, known: str) -> Row[int | None, str | None, datetime] | None:
        """The session that still holds, with its account where it has one. A use is noted now and then."""
        now = self._clock()
        columns = select(Account.id, Account.username, WebSession.used_at).select_from(WebSession).outerjoin(Account)
        with read_transaction(self._engine) as connection:
            found = connection.execute(
                columns.where(
                    WebSession.digest == known,
                    WebSession.used_at > now - IDLE,
                    WebSession.created_at > now - ABSOLUTE,
                )
            ).one_or_none()
        if found is not None and now - found.used_at >= NOTED_EVERY:
            with write_transaction(self._engine) as connection:
                connection.execute(update(WebSession).where(WebSession.digest == known).values(used_at=now))
        return found

    def close_of_admin(self, held: str, token: Secret) -> None:
        """End a session of the admin."""
        self._forget(_bound(held, token))

    def close(self, held: str) -> None:
        """End the session."""
        self._forget(digest(held))

    def _forget(self, known: str) -> None:
        with write_transaction(self._engine) as connection:
            connection.execute(delete(WebSession).where(WebSession.digest == known))

    def _sweep(self, connection: Connection, now: datetime) -> None:
        is_over = or_(WebSession.used_at <= now - IDLE, WebSession.created_at <= now - ABSOLUTE)
        connection.execute(delete(WebSession).where(is_over))


def new_key() -> str:
    """256 random bits as text for a cookie."""
    return secrets.token_urlsafe(32)


def digest(held: str) -> str:
    """What is stored of a text that only its holder may know."""
    return sha256(held.encode(errors="surrogatepass")).hexdigest()


def _bound(held: str, token: Secret) -> str:
    """The digest of a session that ends when the admin token changes."""
    return digest(f"{held} {token.reveal()}")
