"""Tell an address of the owner's what changed in the shop: in order, at least once, signed, and without giving up.

A message is noted before it is sent and ticked off when it was taken. Who is killed between sends it again, under the
same id, so that a receiver can tell.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from datetime import datetime
from random import random
from typing import Any

from sqlalchemy import Row

from app.core.signing import signature
from app.errors import OutsideError
from app.extensions import db, wiring
from app.formats.json_listing import json_bytes
from app.models.transactions import read_transaction
from app.services.discogs_connection import StopSignal
from app.services.outbound import send
from app.services.public_changes import ChangePage, changes_after
from app.services.webhook_ledger import WebhookLedger
from app.wire.retry import retry_after
from config import Secret, Settings

logger = logging.getLogger(__name__)
MOST_CHANGES = 500
LOOK_EVERY_S = 5.0
DAY_S = 86_400.0
FIRST_PAUSE_S = 15.0
LONGEST_PAUSE_S = 6 * 3600.0


def pause_after(failures: int, share: float) -> float:
    """Seconds before the next try after so many failures: 15 s, 30 s … 6 h, of which a random half may be missing.

    >>> pause_after(1, 1.0), pause_after(2, 1.0), pause_after(40, 1.0)
    (15.0, 30.0, 21600.0)
    """
    return min(FIRST_PAUSE_S * 2.0 ** min(failures - 1, 20), LONGEST_PAUSE_S) * (0.5 + share / 2)


class WebhookDelivery:
    """Sends what is due. Needs an application context."""

    def __init__(
        self, *, random: Callable[[], float] = random, new_id: Callable[[], str] = lambda: secrets.token_hex(12)
    ) -> None:
        self._random = random
        self._new_id = new_id

    def deliver(self, stop: StopSignal) -> float:
        """Send until nothing is left or it fails; seconds until it is worth trying again. Raises StorageError."""
        settings, clock = wiring().settings, wiring().clock
        address, secret = settings.webhook_url, settings.webhook_secret
        if address is None or secret is None:
            return DAY_S
        ledger = WebhookLedger(db.engine, address)
        while not stop.is_set():
            position = ledger.position()
            if left := _still_waits(position, clock()):
                return min(left, LOOK_EVERY_S)
            page = _page(position)
            if not page["changes"]:
                if position.message_id is not None:  # the log was emptied meanwhile
                    ledger.delivered(position.message_id, position.delivered_seq, clock())
                return LOOK_EVERY_S
            message_id = position.message_id or f"msg_{self._new_id()}"
            if position.message_id is None:
                ledger.prepare(message_id, page["next"])
            if not self._send(message_id, page, position, ledger, stop):
                break
        return LOOK_EVERY_S

    def _send(
        self, message_id: str, page: ChangePage, position: Row[Any], ledger: WebhookLedger, stop: StopSignal
    ) -> bool:
        wired = wiring()
        body, asked = json_bytes(page), 0.0
        assert wired.settings.webhook_url is not None  # noqa: S101  looked at before
        try:
            headers = _headers(message_id, body, int(wired.clock().timestamp()), wired.settings)
            answer = send("POST", wired.settings.webhook_url, headers=headers, body=body, stop=stop)
        except OutsideError as error:
            problem = str(error.reason)
        else:
            if 200 <= answer.status < 300:
                ledger.delivered(message_id, page["next"], wired.clock())
                if position.failures:
                    logger.info("The webhook takes changes again")
                return True
            problem = f"HTTP {answer.status}"
            asked = retry_after(answer.headers, wired.clock()) or 0.0
        if stop.is_set():
            return False  # the connection was cut because we end
        if not position.failures:
            logger.warning("The webhook does not take changes (%s); it is tried again, ever more rarely", problem)
        pause_s = max(pause_after(position.failures + 1, self._random()), min(asked, LONGEST_PAUSE_S))
        ledger.failed(position, problem, wired.clock(), pause_s)
        return False


def _still_waits(position: Row[Any], now: datetime) -> float:
    """Seconds until the next try; a moment further away than we ever wait is that of a wrong clock."""
    if position.next_try_at is None:
        return 0.0
    left = float((position.next_try_at - now).total_seconds())
    return left if 0 < left <= LONGEST_PAUSE_S else 0.0


def _page(position: Row[Any]) -> ChangePage:
    """What comes next, or what is on its way already."""
    with read_transaction(db.engine) as connection:
        page = changes_after(connection, position.delivered_seq, MOST_CHANGES)
    if position.through_seq is None:
        return page
    kept = [change for change in page["changes"] if change["seq"] <= position.through_seq]
    return ChangePage(changes=kept, next=position.through_seq)


def _headers(message_id: str, body: bytes, timestamp: int, settings: Settings) -> dict[str, str]:
    secret: Secret | None = settings.webhook_secret
    assert secret is not None  # noqa: S101  looked at before
    return {
        "Content-Type": "application/json",
        "User-Agent": settings.discogs_user_agent,
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(secret.reveal(), message_id, timestamp, body),
    }
