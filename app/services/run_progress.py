"""How far a run is, how fast it goes, and when it will have read everything."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row

from app.services.shop_statistics import iso

AnyRow = Row[*tuple[Any, ...]]


def progress_of(run: AnyRow | None, now: datetime) -> dict[str, Any]:
    """A run that is queued or at work, or nothing: state, percent, items and the moment it will be done."""
    if run is None:
        return _item("idle", 0, None, 0.0, None)
    status = "cancelling" if run.cancel_requested_at is not None else str(run.state)
    total = run.items_total
    percent = round(min(100.0, 100 * run.items_done / total), 1) if total else 0.0
    return _item(status, run.items_done, total, percent, _ready_at(run, now))


def pace_of(run: AnyRow | None, now: datetime) -> dict[str, Any]:
    """Pages, items per second and seconds left of a run at work. None: nobody knows yet."""
    if run is None or run.started_at is None:
        return {"current_page": 0, "total_pages": None, "items_per_second": None, "seconds_left": None}
    elapsed_s = (now - run.started_at).total_seconds()
    rate = round(run.items_done / elapsed_s, 1) if run.items_done and elapsed_s > 0 else None
    ready_at = _ready_at(run, now)
    left_s = None if ready_at is None else round((ready_at - now).total_seconds())
    return {
        "current_page": run.pages_done,
        "total_pages": run.pages_total,
        "items_per_second": rate,
        "seconds_left": left_s,
    }


def _ready_at(run: AnyRow, now: datetime) -> datetime | None:
    """When the run will have read everything if it goes on as it went."""
    if not (run.items_total and run.items_done and run.started_at):
        return None
    left = max(int(run.items_total) - int(run.items_done), 0)
    elapsed: timedelta = max(now - run.started_at, timedelta(0))
    return now + elapsed * (left / int(run.items_done))


def _item(status: str, done: int, total: int | None, percent: float, ready_at: datetime | None) -> dict[str, Any]:
    return {
        "status": status,
        "progress_percent": percent,
        "processed_items": done,
        "total_items": total or 0,
        "estimated_completion": iso(ready_at),
    }
