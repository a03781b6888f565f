"""A circuit breaker as a value: after several failures in a row somebody is left alone, longer each time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

OPENS_AFTER = 3
FIRST_PAUSE = timedelta(minutes=5)
LONGEST_PAUSE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Breaker:
    """`failures` in a row; while `open_until` lies ahead nobody asks. After that one question is a probe."""

    failures: int = 0
    open_until: datetime | None = None

    def is_open(self, now: datetime) -> bool:
        """Whether nobody may ask now."""
        return self.open_until is not None and now < self.open_until

    @property
    def is_on_probation(self) -> bool:
        """Whether the last question failed, so that the next one is not worth trying twice."""
        return self.failures > 0

    def after_success(self) -> Breaker:
        """All is well again."""
        return Breaker() if self.failures or self.open_until else self

    def after_failure(self, now: datetime) -> Breaker:
        """One failure more; from the third on the breaker opens, each time for twice as long."""
        failures = self.failures + 1
        if failures < OPENS_AFTER:
            return replace(self, failures=failures)
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * (1 << min(failures - OPENS_AFTER, 20)))
        return Breaker(failures, now + pause)

    def refused(self, now: datetime) -> Breaker:
        """The key is no good: nothing else will help for an hour."""
        return Breaker(max(self.failures + 1, OPENS_AFTER), now + LONGEST_PAUSE)

    def throttled(self, now: datetime, seconds: float) -> Breaker:
        """They said for how long."""
        return Breaker(self.failures + 1, now + timedelta(seconds=seconds))
