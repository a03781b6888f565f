"""All that a person at the controls of the sync wants to see at once."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app.extensions import db
from app.models import QuarantinedItem
from app.models.transactions import read_transaction
from app.services.run_items import runs_with_sellers
from app.services.status_service import StatusService

RUNS_SHOWN, UNREADABLE_SHOWN = 20, 100


def sync_report() -> dict[str, Any]:
    """`status` as /api/sync/status has it, the newest `runs`, the `held` ones with their items, what is `unreadable`.

    Needs an application context.
    """
    service = StatusService()
    status = service.sync_status()
    return {
        "status": status,
        "runs": service.runs(RUNS_SHOWN),
        "held": [service.run(run["id"]) for run in status["held_runs"]],
        "unreadable": unreadable_items(),
    }


def unreadable_items() -> list[dict[str, Any]]:
    """What the last sync of each source could not read, the newest run's first; at most the first hundred."""
    runs = runs_with_sellers().subquery()
    item = QuarantinedItem.__table__.c
    query = (
        select(runs.c.source, runs.c.seller, item.run_id, item.place, item.problem, item.raw)
        .join(runs, runs.c.id == item.run_id)
        .order_by(item.run_id.desc(), item.id)
        .limit(UNREADABLE_SHOWN)
    )
    with read_transaction(db.engine) as connection:
        return [dict(row._mapping) for row in connection.execute(query)]
