"""The book of the webhook: what was delivered, what is on its way, and since when it fails."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, func, insert, select, update

from app.models import Change, WebhookPosition
from app.models.transactions import read_transaction, write_transaction
from config import Secret


def endpoint_of(address: Secret) -> str:
    """What an address is known by here."""
    return hashlib.sha256(address.reveal().encode()).hexdigest()


def position_of(connection: Connection, address: Secret) -> Row[Any] | None:
    """How far an address is; None before its first look."""
    columns = WebhookPosition.__table__.c
    return connection.execute(select(*columns).where(columns.endpoint == endpoint_of(address))).one_or_none()


def waiting(connection: Connection, after: int) -> int:
    """How many changes the shop saw after this one."""
    query = select(func.count()).select_from(Change).where(Change.seq > after, Change.public_kind.is_not(None))
    return int(connection.scalar(query) or 0)


class WebhookLedger:
    """The row of one address. Everything raises StorageError."""

    def __init__(self, engine: Engine, address: Secret) -> None:
        self._engine = engine
        self._address = address
        self._is_ours = WebhookPosition.endpoint == endpoint_of(address)

    def position(self) -> Row[Any]:
        """How far it is. A new address begins with what happens from now on."""
        with read_transaction(self._engine) as connection:
            found = position_of(connection, self._address)
        if found is not None:
            return found
        with write_transaction(self._engine) as connection:
            found = position_of(connection, self._address)
            if found is None:
                newest = connection.scalar(select(func.max(Change.seq))) or 0
                connection.execute(
                    insert(WebhookPosition).values(
                        endpoint=endpoint_of(self._address), delivered_seq=newest, failures=0
                    )
                )
                found = position_of(connection, self._address)
        assert found is not None  # noqa: S101  written just now
        return found

    def prepare(self, message_id: str, through: int) -> None:
        """Note a message before it is sent."""
        self._set(WebhookPosition.message_id.is_(None), message_id=message_id, through_seq=through)

    def delivered(self, message_id: str, through: int, now: datetime) -> None:
        """Note that a message was taken."""
        self._set(
            WebhookPosition.message_id == message_id,
            delivered_seq=through,
            message_id=None,
            through_seq=None,
            delivered_at=now,
            failures=0,
            failing_since=None,
            next_try_at=None,
            problem=None,
        )

    def failed(self, position: Row[Any], problem: str, now: datetime, pause_s: float) -> None:
        """Note that a message was not taken."""
        self._set(
            WebhookPosition.delivered_seq == position.delivered_seq,
            failures=position.failures + 1,
            failing_since=position.failing_since or now,
            next_try_at=now + timedelta(seconds=pause_s),
            problem=problem,
        )

    def _set(self, only_if: Any, **values: Any) -> None:
        """Unless somebody else was faster: a holder of the lease that does not know yet that it lost it."""
        with write_transaction(self._engine) as connection:
            connection.execute(update(WebhookPosition).where(self._is_ours, only_if).values(**values))
