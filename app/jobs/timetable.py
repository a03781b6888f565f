"""When to sync. Told on a clock that nobody can set, so that a step of the system clock neither skips nor doubles."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile

from app.ops.uptime import boot_time

# A scheduler that calls earlier than this much of the interval was called by a clock that jumped forward.
EARLY_SHARE = 0.1
# A scheduler that has not called by then was held up, most likely by a clock that was set back.
LATE_S = 45.0
# A service that gets the lease this soon is starting; later it takes over from another one.
START_UP_S = 120.0
# A sync that takes its process down each time must not be tried for ever without a pause.
MOST_RESTARTS = 3


class Timetable:
    """One slot per interval, each taken once, by whoever notices first that it is due."""

    def __init__(self, interval_s: float, elapsed: Callable[[], float] = boot_time) -> None:
        self.interval_s = interval_s
        self._elapsed = elapsed
        self._lock = threading.Lock()
        self._due_at = elapsed() + interval_s

    def set_next(self, seconds: float) -> None:
        """Make the next slot due in so many seconds."""
        with self._lock:
            self._due_at = self._elapsed() + seconds

    def seconds_left(self) -> float:
        """Until the next slot; negative when it has passed."""
        return self._due_at - self._elapsed()

    def take_on_schedule(self) -> bool:
        """Take the slot when it is due or nearly so."""
        return self._take(self.interval_s * EARLY_SHARE)

    def take_overdue(self) -> bool:
        """Take the slot when it should have been taken a while ago."""
        return self._take(-LATE_S)

    def _take(self, within_s: float) -> bool:
        with self._lock:
            now = self._elapsed()
            if self._due_at - now > within_s:
                return False
            self._due_at = now + self.interval_s
            return True


@dataclass(frozen=True, slots=True)
class PastSync:
    """A sync of the past, as far as it matters for the next one."""

    queued_at: datetime
    started_at: datetime | None
    is_start_up: bool
    was_cut_short: bool


@dataclass(frozen=True, slots=True)
class FirstSync:
    """When a new lease holder syncs first, and why then."""

    in_s: float
    is_start_up: bool = False
    is_restart: bool = False


def first_sync(past: Sequence[PastSync], *, now: datetime, interval_s: float, service_age_s: float) -> FirstSync:
    """The first sync of who just got the lease; `past` has the newest first.

    A service syncs once when it starts. Who takes over from a holder that died repeats a sync that was cut short and
    otherwise keeps to the interval, so that dying processes do not add up to a load on Discogs.
    """
    started_at = now - timedelta(seconds=service_age_s)
    has_started_up = any(sync.is_start_up and sync.queued_at >= started_at for sync in past)
    if not past or (service_age_s < START_UP_S and not has_started_up):
        return FirstSync(0.0, is_start_up=True)
    cut_short = len(list(takewhile(lambda sync: sync.was_cut_short, past)))
    if 0 < cut_short <= MOST_RESTARTS:
        return FirstSync(0.0, is_restart=True)
    age_s = (now - (past[0].started_at or past[0].queued_at)).total_seconds()
    return FirstSync(min(max(interval_s - age_s, 0.0), interval_s))
