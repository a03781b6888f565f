"""One pace for everything that speaks to Discogs: its limit counts per address, not per thread or credential.

A sliding window of our own gives the upper bound; the counters in the answers slow us down further, because others
behind the same address use them up too. They lag, jump and may be missing, so they never speed us up.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

LOW, NEARLY_NONE = 2, 1
LARGEST_COUNTER = 1_000_000


@dataclass(frozen=True, slots=True)
class ThrottleSnapshot:
    """The pace at this moment. `remaining` is what Discogs last said; `waiting_s` is how long the next call waits."""

    used: int
    limit: int
    remaining: int | None
    waiting_s: float


@dataclass(frozen=True, slots=True)
class _Told:
    """What the headers of an answer said, and when they came."""

    limit: int
    remaining: int
    at: float

    @property
    def is_low(self) -> bool:
        return self.remaining <= LOW or self.remaining * 10 <= self.limit


class Pace(Protocol):
    """What a transport asks before it sends, and tells of what came back."""

    def acquire(self, wait: Callable[[float, str], None]) -> None:
        """Take the next slot and wait for it with `wait(seconds, why)`, which may raise to give up."""

    def observe(self, headers: Mapping[str, str]) -> None:
        """Learn from the counters of an answer."""

    def pause(self, seconds: float) -> None:
        """Nobody calls for this long."""


class Throttle:
    """At most `limit` calls in any `window_s` seconds. Safe to share between threads."""

    def __init__(self, limit: int, *, window_s: float = 60.0, clock: Callable[[], float] = time.monotonic) -> None:
        if limit < 1:
            raise ValueError("a throttle lets at least one call through")
        self._limit = limit
        self._window_s = window_s
        self._clock = clock
        self._lock = threading.Lock()
        self._slots: deque[float] = deque()
        self._not_before = float("-inf")
        self._told: _Told | None = None

    def acquire(self, wait: Callable[[float, str], None]) -> None:
        """Take the next slot and wait for it with `wait(seconds, why)`, which may raise to give up.

        Who gives up leaves the slot to others: it would delay them by calls that nobody makes.
        """
        while True:
            with self._lock:
                now, pause = self._clock(), self._not_before
                slot = self._next_slot(now)
                self._slots.append(slot)
            if slot <= now:
                return
            try:
                wait(slot - now, "the pace that Discogs allows")
            except BaseException:
                self._give_back(slot)
                raise
            with self._lock:
                if self._not_before <= max(pause, slot):
                    return
            # Meanwhile somebody was told to slow down, and that holds for all of us.
            self._give_back(slot)

    def observe(self, headers: Mapping[str, str]) -> None:
        """Learn from the counters of an answer, if it has any that make sense."""
        limit, remaining = _counter(headers, "x-discogs-ratelimit"), _counter(headers, "x-discogs-ratelimit-remaining")
        if not limit or remaining is None:
            return
        with self._lock:
            now = self._clock()
            self._told = _Told(limit, min(remaining, limit), now)
            if remaining <= NEARLY_NONE:
                self._prune(now)
                oldest = self._slots[0] if self._slots else now
                self._hold_until(min(oldest, now) + self._window_s)

    def pause(self, seconds: float) -> None:
        """Nobody calls for this long: Discogs said so to one of us."""
        with self._lock:
            self._hold_until(self._clock() + seconds)

    def snapshot(self) -> ThrottleSnapshot:
        """Where the pace stands, for status pages."""
        with self._lock:
            now = self._clock()
            self._prune(now)
            used, told = len(self._slots), self._fresh(now)
            waiting_s = max(0.0, self._next_slot(now) - now)
            return ThrottleSnapshot(used, self._limit, told.remaining if told else None, waiting_s)

    def _next_slot(self, now: float) -> float:
        slot = max(now, self._not_before)
        last = self._slots[-1] if self._slots else None
        if last is None:
            return slot
        self._prune(now)  # not to the slot: whoever has one to come may give it back
        slot = max(slot, last)
        slot = max(slot, last + self._spacing(slot))
        if len(self._slots) >= self._limit:
            slot = max(slot, self._slots[-self._limit] + self._window_s)
        return slot

    def _spacing(self, slot: float) -> float:
        """Seconds from one call to the next: none for short bursts, more the less is left."""
        own = self._window_s / self._limit
        told = self._fresh(slot)
        if told is not None and told.is_low:
            return max(own, self._window_s / told.limit)
        half = (self._limit + 1) // 2
        is_full = len(self._slots) >= half and self._slots[-half] > slot - self._window_s
        is_crowded = is_full or (told is not None and told.remaining * 2 <= told.limit)
        return own if is_crowded else 0.0

    def _fresh(self, now: float) -> _Told | None:
        """What the headers said, unless the window it spoke of is over."""
        return self._told if self._told is not None and now - self._told.at < self._window_s else None

    def _give_back(self, slot: float) -> None:
        with self._lock, suppress(ValueError):  # it may have passed by meanwhile
            self._slots.remove(slot)

    def _prune(self, now: float) -> None:
        while self._slots and self._slots[0] <= now - self._window_s:
            self._slots.popleft()

    def _hold_until(self, moment: float) -> None:
        self._not_before = max(self._not_before, moment)


class StrangersPace:
    """The pace of a single question without a credential, among many with one.

    What counts for both is the address, but a stranger is told of a smaller limit: that must not slow the others down.
    """

    def __init__(self, shared: Pace) -> None:
        self._shared = shared

    def acquire(self, wait: Callable[[float, str], None]) -> None:
        self._shared.acquire(wait)

    def observe(self, headers: Mapping[str, str]) -> None:
        """Nothing to learn for the others."""

    def pause(self, seconds: float) -> None:
        """The window is as long for all."""
        self._shared.pause(seconds)


def _counter(headers: Mapping[str, str], name: str) -> int | None:
    text = headers.get(name, "").strip()
    if not (text.isascii() and text.isdigit()) or len(text) > len(str(LARGEST_COUNTER)):
        return None
    return int(text)
