"""Absences: rows that leave become tombstones, rows that are missing once are marked until the next look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import islice

import orjson
from sqlalchemy import Connection, insert, select, update

from app.core.outcomes import RemovalReason
from app.core.plan import Plan
from app.models import Change
from app.models.streams import Stream

CHUNK = 500


def remove(
    connection: Connection,
    stream: Stream,
    run_id: int,
    source_id: int,
    *,
    removals: Mapping[int, RemovalReason],
    at: datetime,
) -> None:
    """Make tombstones of these rows, each with its reason, and write each into the change log."""
    kept, ids = stream.rows.c, iter(sorted(removals))
    while chunk := list(islice(ids, CHUNK)):
        query = select(stream.key, stream.status).where(stream.key.in_(chunk), stream.rivals(source_id))
        rows = connection.execute(query.order_by(stream.key)).all()
        connection.execute(
            insert(Change),
            [
                {
                    "at": at,
                    "run_id": run_id,
                    "source_id": source_id,
                    "item_id": key,
                    "kind": "remove",
                    "public_kind": "remove" if status is not None and status == stream.shown_status else None,
                    "fields": orjson.dumps({"removed_reason": [None, removals[key]]}).decode(),
                }
                for key, status in rows
            ],
        )
        for reason in RemovalReason:
            group = [number for number in chunk if removals[number] is reason]
            if group:
                connection.execute(
                    update(stream.rows)
                    .where(stream.key.in_(group), kept.removed_at.is_(None), kept.source_id == source_id)
                    .values(removed_at=at, removed_reason=str(reason), updated_run_id=run_id)
                )


def mark_missing(
    connection: Connection, stream: Stream, run_id: int, source_id: int, *, plan: Plan, seen: frozenset[int] | None
) -> None:
    """Remember who is missing for the first time; forget it of those who were seen again."""
    if seen is None:
        return
    kept = stream.rows.c
    marked = set(
        connection.scalars(
            select(stream.key).where(
                kept.source_id == source_id, kept.removed_at.is_(None), kept.missing_since_run_id.is_not(None)
            )
        )
    )
    _set_mark(connection, stream, source_id, sorted(marked & seen), None)
    _set_mark(connection, stream, source_id, sorted(plan.waiting - marked), run_id)


def _set_mark(connection: Connection, stream: Stream, source_id: int, ids: Sequence[int], value: int | None) -> None:
    remaining = iter(ids)
    while chunk := list(islice(remaining, CHUNK)):
        own = update(stream.rows).where(stream.key.in_(chunk), stream.rivals(source_id))
        connection.execute(own.values(missing_since_run_id=value))
