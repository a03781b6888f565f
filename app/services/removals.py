"""Confirm absences one by one: a listing that cannot be asked about is not gone."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping

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
    for number in to_probe(plan):
        try:
            probed[number] = _reason_of_absence(client, number, last_known, is_owner=is_owner)
        except DiscogsAPIError as error:
            logger.warning("Could not ask about listing %s (%s); the rest waits for the next run", number, error.reason)
            break
        on_probe(len(probed))
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


def _reason_of_absence(
    client: Discogs, number: int, last_known: Mapping[int, RemovalReason], *, is_owner: bool
) -> RemovalReason | None:
    """Why the listing is gone; None when it is not, or when nobody can tell."""
    try:
        answer = client.listing(number)
    except DiscogsNotFound:
        return _unless_known(last_known, number, RemovalReason.DELETED)
    except DiscogsAuthenticationError:
        if is_owner:
            raise
        return RemovalReason.DRAFT if not client.has_token else None
    except DiscogsAPIError as error:
        if error.status == 410:
            return _unless_known(last_known, number, RemovalReason.DELETED)
        raise
    status = answer.get("status")
    if answer.get("id") != number or not isinstance(status, str) or status == FOR_SALE:
        return None
    return removal_reason_of(status)


def _unless_known(last_known: Mapping[int, RemovalReason], number: int, otherwise: RemovalReason) -> RemovalReason:
    known = last_known.get(number, RemovalReason.UNKNOWN)
    return otherwise if known is RemovalReason.UNKNOWN else known
