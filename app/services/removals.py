"""Confirm absences one by one: a row that cannot be asked about is not gone."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping

from sqlalchemy import Engine, select

from app.core.outcomes import RemovalReason, removal_reason_of
from app.core.plan import Plan, to_probe, with_confirmed
from app.errors import DiscogsAPIError
from app.models.streams import Stream
from app.models.transactions import read_transaction
from app.services.asking import Absent, Ask, Word

logger = logging.getLogger(__name__)
LOOKUP = 500


def confirm_absences(
    plan: Plan,
    absent: Mapping[int, Absent],
    ask: Ask | None,
    *,
    trusts_second_snapshot: bool,
    on_probe: Callable[[int], None],
) -> Plan:
    """The plan with the removals that are confirmed: by Discogs' own word on the row, or by absence twice.

    Without `ask` nothing but absence twice confirms.
    """
    probed: dict[int, RemovalReason | None] = {}
    for asked, number in enumerate(to_probe(plan) if ask else (), 1):
        try:
            word = ask(number, absent[number]) if ask else Word.NONE
        except DiscogsAPIError as error:
            logger.warning("Could not ask about %s (%s); the rest waits for the next run", number, error.reason)
            break
        if word is not Word.NONE:
            probed[number] = None if word is Word.STILL_THERE else word
        on_probe(asked)
    last_known = {number: each.reason for number, each in absent.items()}
    return with_confirmed(plan, probed, last_known=last_known, trusts_second_snapshot=trusts_second_snapshot)


def last_known(engine: Engine, stream: Stream, source_id: int, keys: Collection[int]) -> Mapping[int, Absent]:
    """What the mirror knows of rows that are missing. A copy or want that left was taken out by its owner."""
    found: dict[int, Absent] = {}
    ordered = sorted(keys)
    columns = (stream.key, stream.status, stream.rows.c.release_id)
    with read_transaction(engine) as connection:
        for start in range(0, len(ordered), LOOKUP):
            chunk = stream.key.in_(ordered[start : start + LOOKUP])
            for key, status, release_id in connection.execute(select(*columns).where(chunk, stream.rivals(source_id))):
                reason = removal_reason_of(status) if stream.shown_status else RemovalReason.DELETED
                found[key] = Absent(reason, release_id)
    return found
