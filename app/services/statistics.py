"""What a run did, in a form that can be printed."""

from __future__ import annotations

from typing import Any, TypedDict

from sqlalchemy import Row


class SyncStatistics(TypedDict):
    """Counts of distinct listings, and how the run ended. `total` is what is live in the mirror now.

    `joined`: the run was on its way already, on terms of its own.
    """

    run_id: int
    joined: bool
    outcome: str | None
    reason: str | None
    detail: str | None
    total_fetched: int
    added: int
    updated: int
    restored: int
    unchanged: int
    rejected: int
    removed: int
    missing: int
    total: int | None
    requests: int


def statistics_of(run: Row[Any], *, joined: bool = False) -> SyncStatistics:
    """The statistics of a finished run's row."""
    return SyncStatistics(
        run_id=run.id,
        joined=joined,
        outcome=run.outcome,
        reason=run.reason,
        detail=run.detail,
        total_fetched=run.added + run.updated + run.restored + run.unchanged + run.rejected,
        added=run.added,
        updated=run.updated,
        restored=run.restored,
        unchanged=run.unchanged,
        rejected=run.rejected,
        removed=run.removed,
        missing=run.missing,
        total=run.live_after,
        requests=run.requests,
    )
