"""Absences: rows that leave become tombstones, rows that are missing once are marked until the next look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import islice

import orjson
from sqlalchemy import Connection, insert, select, update

from app.core.outcomes import RemovalReason
from app.core.plan import Plan
from app.core.records import FOR_SALE
from app.models import Change, ListingRow

CHUNK = 500
L = ListingRow.__table__.c


def remove(
    connection: Connection, run_id: int, source_id: int, removals: Mapping[int, RemovalReason], at: datetime
) -> None:
    """Make tombstones of these rows, each with its reason, and write each into the change log."""
    ids = iter(sorted(removals))
    while chunk := list(islice(ids, CHUNK)):
        rows = connection.execute(select(L.listing_id, L.status).where(L.listing_id.in_(chunk))).all()
        connection.execute(
            insert(Change),
            [
                {
                    "at": at,
                    "run_id": run_id,
                    "source_id": source_id,
                    "listing_id": row.listing_id,
                    "kind": "remove",
                    "public_kind": "remove" if row.status == FOR_SALE else None,
                    "fields": orjson.dumps({"removed_reason": [None, removals[row.listing_id]]}).decode(),
                }
                for row in sorted(rows)
            ],
        )
        for reason in RemovalReason:
            group = [number for number in chunk if removals[number] is reason]
            if group:
                connection.execute(
                    update(ListingRow)
                    .where(L.listing_id.in_(group), L.removed_at.is_(None), L.source_id == source_id)
                    .values(removed_at=at, removed_reason=str(reason), updated_run_id=run_id)
                )


def mark_missing(connection: Connection, run_id: int, source_id: int, plan: Plan, seen: frozenset[int] | None) -> None:
    """Remember who is missing for the first time; forget it of those who were seen again."""
    if seen is None:
        return
    marked = set(
        connection.scalars(
            select(L.listing_id).where(
                L.source_id == source_id, L.removed_at.is_(None), L.missing_since_run_id.is_not(None)
            )
        )
    )
    _set_mark(connection, sorted(marked & seen), None)
    _set_mark(connection, sorted(plan.waiting - marked), run_id)


def _set_mark(connection: Connection, ids: Sequence[int], value: int | None) -> None:
    remaining = iter(ids)
    while chunk := list(islice(remaining, CHUNK)):
        connection.execute(update(ListingRow).where(L.listing_id.in_(chunk)).values(missing_since_run_id=value))
