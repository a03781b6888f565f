"""Refusals that stand until a person acts: credentials that Discogs does not take, or that nobody can open."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import Connection, select

from app.models import Source
from app.services.credentials import Credentials
from app.services.sources import state_of, states

if TYPE_CHECKING:
    from app.extensions import Wiring

ADVICE = (
    "set another DISCOGS_TOKEN, run `account add`, or log in again at /login; "
    "until then one request per sync asks again"
)


class StandingRefusal(NamedTuple):
    """A source whose credential was refused (`reason` is auth.*) and has not changed since."""

    seller: str
    reason: str
    advice: str


def standing_refusals(connection: Connection, wired: Wiring) -> list[StandingRefusal]:
    """The sources that wait for another credential."""
    refused = select(Source.id, Source.paused_reason, Source.paused_credential).where(Source.paused_reason.is_not(None))
    found = connection.execute(refused.order_by(Source.id)).all()
    if not found:
        return []
    credentials = Credentials(wired.settings, wired.sealer)
    by_id = {row.id: state_of(row) for row in connection.execute(states())}
    standing = (
        StandingRefusal(by_id[row.id].username, row.paused_reason, ADVICE)
        for row in found
        if row.id in by_id and row.paused_credential == credentials.digest_of(by_id[row.id])
    )
    return list(dict.fromkeys(standing))  # the streams of an account share its credential
