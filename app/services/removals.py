"""Confirm absences one by one: a listing that cannot be asked about is not gone."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping
from enum import Enum, auto

from sqlalchemy import Engine, select

from app.core.outcomes import RemovalReason, removal_reason_of
from app.core.plan import Plan, to_probe, with_confirmed
from app.core.records import FOR_SALE
from app.errors import DiscogsAPIError, DiscogsAuthenticationError, DiscogsNotFound
from app.models import ListingRow
from app.models.transactions import read_transaction
from app.services.discogs_connection import Discogs

logger = logging.getLogger(__name__)
L = ListingRow.__table__.c
LOOKUP = 500


class Word(Enum):
    """What Discogs may say of a listing besides why it is gone."""

    STILL_FOR_SALE = auto()
    NONE = auto()  # nothing that settles it: the second snapshot decides


def confirm_absences(
    plan: Plan,
    client: Discogs,
    engine: Engine,
    *,
    is_owner: bool,
    trusts_second_snapshot: bool,
    on_probe: Callable[[int], None],
) -> Plan:
    """The plan with the removals that are confirmed: by Discogs' own word on the listing, or by absence twice."""
    last_known = last_known_reasons(engine, plan.missing)
    probed: dict[int, RemovalReason | None] = {}
    for asked, number in enumerate(to_probe(plan), 1):
        try:
            word = _word_on(client, number, last_known, is_owner=is_owner)
        except DiscogsAPIError as error:
            logger.warning("Could not ask about listing %s (%s); the rest waits for the next run", number, error.reason)
            break
        if word is not Word.NONE:
            probed[number] = None if word is Word.STILL_FOR_SALE else word
        on_probe(asked)
    return with_confirmed(plan, probed, last_known=last_known, trusts_second_snapshot=trusts_second_snapshot)


def last_known_reasons(engine: Engine, ids: Collection[int]) -> Mapping[int, RemovalReason]:
    """What the last mirrored status of each listing says about why it left."""
    found: dict[int, RemovalReason] = {}
    ordered = sorted(ids)
    with read_transaction(engine) as connection:
        for start in range(0, len(ordered), LOOKUP):
            query = select(L.listing_id, L.status).where(L.listing_id.in_(ordered[start : start + LOOKUP]))
            found.update({row.listing_id: removal_reason_of(row.status) for row in connection.execute(query)})
    return found


def _word_on(
    client: Discogs, number: int, last_known: Mapping[int, RemovalReason], *, is_owner: bool
) -> RemovalReason | Word:
    """What Discogs says of a listing that the pages did not show. Raises DiscogsAPIError when it does not answer."""
    try:
        answer = client.listing(number)
    except DiscogsNotFound:
        return _unless_known(last_known, number, RemovalReason.DELETED)
    except DiscogsAuthenticationError as error:
        if is_owner or error.status != 401:
            raise
        # So a stranger is told of a draft; with somebody's token it may be about the token.
        return Word.NONE if client.has_token else RemovalReason.DRAFT
    except DiscogsAPIError as error:
        if error.status == 410:
            return _unless_known(last_known, number, RemovalReason.DELETED)
        raise
    status = answer.get("status")
    if answer.get("id") != number or not isinstance(status, str):
        return Word.NONE
    return Word.STILL_FOR_SALE if status == FOR_SALE else removal_reason_of(status)


def _unless_known(last_known: Mapping[int, RemovalReason], number: int, otherwise: RemovalReason) -> RemovalReason:
    known = last_known.get(number, RemovalReason.UNKNOWN)
    return otherwise if known is RemovalReason.UNKNOWN else known
