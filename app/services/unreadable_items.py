"""Items that could not be read: kept of the last run alone, for a person to look at."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, delete, insert, select

from app.models import QuarantinedItem, Run
from app.services.snapshot_reader import Quarantined


def keep_unreadable(connection: Connection, run_id: int, source_id: int, items: Sequence[Quarantined]) -> None:
    """Put the items of this run in the place of those of earlier ones."""
    runs = select(Run.id).where(Run.source_id == source_id)
    kept = select(QuarantinedItem.id).where(QuarantinedItem.run_id.in_(runs))
    if connection.scalar(kept.limit(1)) is not None:
        connection.execute(delete(QuarantinedItem).where(QuarantinedItem.run_id.in_(runs)))
    if items:
        rows = [
            {
                "run_id": run_id,
                "place": item.place,
                "item_id": item.item_id,
                "problem": item.problem,
                "raw": item.raw,
            }
            for item in items
        ]
        connection.execute(insert(QuarantinedItem), rows)
