"""The life of a job: its states, when it is tried again, and how fast it goes."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

FIRST_PAUSE_S = 10.0
LONGEST_PAUSE_S = 600.0
MOST_ATTEMPTS = 5


class JobState(StrEnum):
    """queued → running → done, failed or cancelled; back to queued when it has to wait or goes on after a restart."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


ENDED = (JobState.DONE, JobState.FAILED, JobState.CANCELLED)


def pause_before_retry(attempts: int) -> timedelta:
    """How long a job waits that failed for the `attempts`-th time by something that may pass.

    >>> [pause_before_retry(attempts).total_seconds() for attempts in (1, 2, 3, 50)]
    [10.0, 20.0, 40.0, 600.0]
    """
    return timedelta(seconds=min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(attempts - 1, 20)))


def rate_per_second(done: int, begun_with: int, started_at: datetime | None, now: datetime) -> float | None:
    """Units a second since the job was last started with `begun_with` of them done; None while nobody can tell.

    >>> start = datetime(2026, 3, 1)
    >>> rate_per_second(300, 100, start, start + timedelta(seconds=10))
    20.0
    >>> rate_per_second(100, 100, start, start + timedelta(seconds=10)) is None
    True
    """
    if started_at is None or done <= begun_with or now <= started_at:
        return None
    return (done - begun_with) / (now - started_at).total_seconds()


def seconds_left(done: int, total: int | None, rate: float | None) -> float | None:
    """How long the rest takes at this rate; None while nobody can tell.

    >>> seconds_left(300, 400, 20.0)
    5.0
    """
    if total is None or not rate:
        return None
    return max(total - done, 0) / rate
