"""What could not be had: which question, why, and when it is asked again. Reads alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, func, select

from app.core.enrichment import State, SubjectKind
from app.models import EnrichmentRow
from app.services.enrichment_facts import facts_of
from app.services.shop_statistics import iso

E = EnrichmentRow.__table__.c
Item = dict[str, Any]


def failures_of(connection: Connection, *, limit: int, page: int) -> Item:
    """Questions that failed last time, the latest first, with how many there are; three statements."""
    failed = select(EnrichmentRow.__table__).where(E.state == State.FAILED)
    newest = failed.order_by(E.asked_at.desc().nulls_last(), E.subject_kind, E.subject_key, E.field, E.provider)
    rows = connection.execute(newest.limit(limit).offset((page - 1) * limit)).all()
    total = connection.scalar(select(func.count()).where(E.state == State.FAILED))
    names = release_names(connection, (row.subject_key for row in rows if row.subject_kind == SubjectKind.RELEASE))
    return {
        "items": [
            {
                "kind": row.subject_kind,
                "key": row.subject_key,
                "name": names.get(row.subject_key) if row.subject_kind == SubjectKind.RELEASE else row.name,
                "field": row.field,
                "provider": row.provider,
                "problem": row.problem,
                "attempts": row.attempts,
                "asked_at": iso(row.asked_at),
                "again_at": iso(row.again_at),
            }
            for row in rows
        ],
        "total": total or 0,
    }


def release_names(connection: Connection, keys: Iterable[str]) -> dict[str, str]:
    """Artist and title by the release's key; of what is live."""
    found = facts_of(connection, sorted({int(key) for key in keys}))
    return {
        str(number): f"{facts.artist or 'Unknown artist'} – {facts.title or 'Untitled'}"
        for number, facts in found.items()
    }
