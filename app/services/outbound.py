"""One message to an address that the owner of this mirror set. The address may hold a secret: nothing quotes it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing

from app.services.discogs_connection import StopSignal
from app.wire.answers import Answer
from app.wire.exchange import Timeouts, Wire, forgetful_session
from config import Secret

TIMEOUTS = Timeouts(connect=5.0, read=10.0, total=20.0)
MOST_BYTES = 64 * 2**10


def send(
    method: str, address: Secret, *, headers: Mapping[str, str], body: bytes | None = None, stop: StopSignal
) -> Answer:
    """The answer, whatever its status; redirects are not followed. Raises OutsideError."""
    with closing(forgetful_session()) as session:
        wire = Wire(timeouts=TIMEOUTS, session=session, is_stopping=stop.is_set)
        return wire.exchange(method, address.reveal(), headers=headers, body=body, most_bytes=MOST_BYTES)
