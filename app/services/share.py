"""A small share of something that all use: so much of it a minute for those who come unasked, and no more."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable


class Share:
    """At most `most` tries in any `window_s` seconds. Safe to share between threads."""

    def __init__(self, most: int, *, window_s: float = 60.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._window_s = window_s
        self._clock = clock
        self._lock = threading.Lock()
        self._taken: deque[float] = deque()

    def take(self) -> bool:
        """Whether there is one more; taken by that, whatever comes of it."""
        with self._lock:
            now = self._clock()
            while self._taken and self._taken[0] <= now - self._window_s:
                self._taken.popleft()
            if len(self._taken) >= self._most:
                return False
            self._taken.append(now)
            return True
