"""The newest sync of a kind of source, in the words of those who only ever add."""

from __future__ import annotations

from typing import Any

from app.core.outcomes import Outcome
from app.core.query import LARGEST_LIMIT
from app.services.status_service import StatusService

DONE = {
    Outcome.APPLIED: "completed",
    Outcome.APPLIED_NO_REMOVALS: "completed",
    Outcome.HELD: "completed",
    Outcome.CANCELLED: "cancelled",
    Outcome.INTERRUPTED: "failed",
    Outcome.FAILED: "failed",
}
STATUSES = ("idle", "queued", "running", "cancelling", *dict.fromkeys(DONE.values()))


def import_progress(kind: str) -> dict[str, Any]:
    """How far it is, or how it ended; `idle` when there was none yet. Needs an application context."""
    run, progress = StatusService().latest_sync(kind)
    counts: dict[str, Any] = run["counts"] if run else {}
    is_over = run is not None and run["state"] == "finished"
    status = DONE[Outcome(run["outcome"])] if run and is_over else progress["status"]
    return {
        "status": status,
        "source": kind,
        "current": counts.get("items_done") or 0,
        "total": min(counts.get("items_total") or 0, run["limit"] or LARGEST_LIMIT) if run else 0,
        "current_album": run["latest_item"] if run and not is_over else None,
        "synced": counts.get("added", 0) + counts.get("restored", 0),
        "skipped": counts.get("unchanged", 0),
        "errors": counts.get("rejected", 0),
        "progress_percent": 100.0 if status == "completed" else progress["progress_percent"],
        "estimated_completion": progress["estimated_completion"],
        "run": run,
    }
