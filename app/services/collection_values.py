"""What a collection is worth over time: asked of Discogs once a day with its owner's credential, and kept."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, insert, select

from app.core.collection_value import CollectionValue, parse_value
from app.core.outcomes import Reason
from app.errors import Cancelled, DiscogsAPIError, DiscogsRateLimitError
from app.extensions import db, wiring
from app.models import CollectionValueRow
from app.models.streams import COLLECTION
from app.models.transactions import read_transaction, write_transaction
from app.services.credentials import Credentials
from app.services.discogs_connection import StopSignal
from app.services.refusals import Refusals
from app.services.sources import Sources, SourceState, state_of, states
from config import Secret

logger = logging.getLogger(__name__)
V = CollectionValueRow.__table__.c
EVERY = timedelta(hours=23)


class ValueThen(NamedTuple):
    """What a collection was worth at a moment."""

    at: datetime
    value: CollectionValue


def values_of(connection: Connection, source_id: int) -> list[ValueThen]:
    """The estimates of a collection, the oldest first."""
    columns = (V.at, V.currency, V.minimum_minor, V.median_minor, V.maximum_minor)
    query = select(*columns).where(V.source_id == source_id, V.currency.is_not(None)).order_by(V.at)
    return [ValueThen(at, CollectionValue(*amounts)) for at, *amounts in connection.execute(query)]


def keep_values(stop: StopSignal) -> int:
    """Ask what each collection is worth whose owner's credential is here and that nobody asked about for a day.

    How many amounts were learned. An answer that is not clear, or none, is kept as unknown: the next day asks again.
    While Discogs wants to be left alone nobody asks. Raises StorageError.
    """
    wired = wiring()
    sources, credentials = Sources(db.engine, wired.clock), Credentials(wired.settings, wired.sealer)
    refusals = Refusals(sources, credentials, wired.clock)
    learned = 0
    for source in _due(wired.clock()):
        try:
            refusals.check(is_forced=False)
            if (token := credentials.of(source)) is None:
                continue
            value = _ask(source, token, stop)
        except Cancelled:
            break
        except DiscogsRateLimitError as error:
            refusals.note(source, error)
            break
        except DiscogsAPIError as error:
            logger.info("What the collection of %s is worth is not known now (%s)", source.username, error.reason)
            value = None
        _store(source.id, wired.clock(), value)
        learned += value is not None
    return learned


def _ask(source: SourceState, token: Secret, stop: StopSignal) -> CollectionValue | None:
    """None for whoever is not the owner: nobody else is told."""
    if stop.is_set():
        raise Cancelled(Reason.CANCELLED_SHUTDOWN)
    client = wiring().connect(wiring(), token, stop=stop, user_agent=None, on_wait=None)
    if client.identity().id != source.discogs_user_id:
        return None
    return parse_value(client.collection_value(source.username))


def _due(now: datetime) -> Sequence[SourceState]:
    with read_transaction(db.engine) as connection:
        known = [state_of(row) for row in connection.execute(states(COLLECTION.kind))]
        lately = set(connection.scalars(select(V.source_id).where(V.at > now - EVERY)))
    return [source for source in known if source.discogs_user_id is not None and source.id not in lately]


def _store(source_id: int, at: datetime, value: CollectionValue | None) -> None:
    currency, minimum, median, maximum = value or (None, None, None, None)
    with write_transaction(db.engine) as connection:
        connection.execute(
            insert(CollectionValueRow).values(
                source_id=source_id,
                at=at,
                currency=currency,
                minimum_minor=minimum,
                median_minor=median,
                maximum_minor=maximum,
            )
        )
