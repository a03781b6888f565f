"""When a release is asked for again, by how the latest attempt ended."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

RETRY_GONE = timedelta(days=7)
RETRY_FAILED = timedelta(hours=6)
PRICES_LAST = timedelta(hours=6)


class ReleaseStatus(StrEnum):
    """How the latest attempt to read a release ended."""

    KNOWN = "known"
    GONE = "gone"  # deleted, or merged into another
    UNREADABLE = "unreadable"  # an answer that is no release
    FAILED = "failed"  # no answer


def due_before(now: datetime, days: int) -> dict[ReleaseStatus, datetime]:
    """Whoever was tried before this moment is due again. A body lasts `days`."""
    gone = now - RETRY_GONE
    return {
        ReleaseStatus.KNOWN: now - timedelta(days=days),
        ReleaseStatus.GONE: gone,
        ReleaseStatus.UNREADABLE: gone,
        ReleaseStatus.FAILED: now - RETRY_FAILED,
    }


def is_due(status: str | None, tried_at: datetime | None, before: dict[ReleaseStatus, datetime]) -> bool:
    """Whether a release that was tried like this is to be asked for (again); None: it never was."""
    return status is None or tried_at is None or tried_at < before[ReleaseStatus(status)]


def has_current_prices(fetched_at: datetime, now: datetime) -> bool:
    """Whether the prices of a body may still be shown."""
    return timedelta(0) <= now - fetched_at < PRICES_LAST
