"""One pace for everything that speaks to Discogs: its limit counts per address, not per thread or credential.

A sliding window of our own gives the upper bound; the counters in the answers slow us down further, because others
behind the same address use them up too. They lag, jump and may be missing, so they never speed us up.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Protocol

from app.core.pace import PaceKeeper, PaceState, Told

LOW, NEARLY_NONE = 2, 1
LARGEST_COUNTER = 1_000_000
OF_STRANGERS = "the pace that Discogs allows to strangers"


@dataclass(frozen=True, slots=True)
class ThrottleSnapshot:
    """The pace at this moment. `remaining` is what Discogs last said; `waiting_s` is how long the next call waits."""

    used: int
    limit: int
    remaining: int | None
    waiting_s: float


class Pace(Protocol):
    """What a transport asks before it sends, and tells of what came back."""

    def acquire(self, wait: Callable[[float, str], None]) -> None:
        """Take the next slot and wait for it with `wait(seconds, why)`, which may raise to give up."""

    def observe(self, headers: Mapping[str, str]) -> None:
        """Learn from the counters of an answer."""

    def pause(self, seconds: float) -> None:
        """Nobody calls for this long."""


class OwnPace:
    """The pace of one process alone, whose threads share it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._state = PaceState(clock())

    @contextmanager
    def held(self) -> Iterator[PaceState]:
        with self._lock:
            self._state.now = self._clock()
            yield self._state

    def seen(self) -> PaceState:
        with self._lock:
            kept = self._state
            return PaceState(self._clock(), deque(kept.slots), kept.not_before, kept.told)

    def close(self) -> None:
        """Memory goes by itself."""


class Throttle:
    """At most `limit` calls in any `window_s` seconds by all who share what `keeper` keeps; threads may share it."""

    def __init__(self, limit: int, *, keeper: PaceKeeper | None = None, window_s: float = 60.0) -> None:
        if limit < 1:
            raise ValueError("a throttle lets at least one call through")
        self._limit = limit
        self._window_s = window_s
        self._keeper = keeper or OwnPace()

    def acquire(self, wait: Callable[[float, str], None]) -> None:
        """Take the next slot and wait for it with `wait(seconds, why)`, which may raise to give up.

        Who gives up leaves the slot to others: it would delay them by calls that nobody makes.
        """
        while True:
            with self._keeper.held() as state:
                now, pause = state.now, state.not_before
                slot = self._next_slot(state, now)
                state.slots.append(slot)
            if slot <= now:
                return
            try:
                wait(slot - now, "the pace that Discogs allows")
            except BaseException:
                self._give_back(slot)
                raise
            if self._keeper.seen().not_before <= max(pause, slot):
                return
            # Meanwhile somebody was told to slow down, and that holds for all of us.
            self._give_back(slot)

    def observe(self, headers: Mapping[str, str]) -> None:
        """Learn from the counters of an answer, if it has any that make sense."""
        limit, remaining = _counter(headers, "x-discogs-ratelimit"), _counter(headers, "x-discogs-ratelimit-remaining")
        if not limit or remaining is None:
            return
        with self._keeper.held() as state:
            state.told = Told(limit, min(remaining, limit), state.now)
            if remaining <= NEARLY_NONE:
                self._prune(state)
                oldest = state.slots[0] if state.slots else state.now
                _hold_until(state, min(oldest, state.now) + self._window_s)

    def pause(self, seconds: float) -> None:
        """Nobody calls for this long: Discogs said so to one of us."""
        with self._keeper.held() as state:
            _hold_until(state, state.now + seconds)

    def snapshot(self) -> ThrottleSnapshot:
        """Where the pace stands, for status pages."""
        state = self._keeper.seen()
        self._prune(state)
        told = self._fresh(state, state.now)
        waiting_s = max(0.0, self._next_slot(state, state.now) - state.now)
        used = len(state.slots)
        return ThrottleSnapshot(used, self._limit, told.remaining if told else None, waiting_s)

    def until_fewer(self, most: int) -> float:
        """Seconds until fewer than so many calls stand in the window, if nobody calls meanwhile."""
        state = self._keeper.seen()
        self._prune(state)
        return max(0.0, state.slots[-most] + self._window_s - state.now) if len(state.slots) >= most else 0.0

    def close(self) -> None:
        """Let go of what the pace is kept in."""
        self._keeper.close()

    def _next_slot(self, state: PaceState, now: float) -> float:
        slot = max(now, state.not_before)
        if not state.slots:
            return slot
        last = state.slots[-1]
        self._prune(state)  # not to the slot: whoever has one to come may give it back
        slot = max(slot, last)
        slot = max(slot, last + self._spacing(state, slot))
        if len(state.slots) >= self._limit:
            slot = max(slot, state.slots[-self._limit] + self._window_s)
        return slot

    def _spacing(self, state: PaceState, slot: float) -> float:
        """Seconds from one call to the next: none for short bursts, more the less is left."""
        own = self._window_s / self._limit
        told = self._fresh(state, slot)
        if told is not None and (told.remaining <= LOW or told.remaining * 10 <= told.limit):
            return max(own, self._window_s / told.limit)
        half = (self._limit + 1) // 2
        is_full = len(state.slots) >= half and state.slots[-half] > slot - self._window_s
        is_crowded = is_full or (told is not None and told.remaining * 2 <= told.limit)
        return own if is_crowded else 0.0

    def _fresh(self, state: PaceState, now: float) -> Told | None:
        """What the headers said, unless the window it spoke of is over."""
        return state.told if state.told is not None and now - state.told.at < self._window_s else None

    def _give_back(self, slot: float) -> None:
        with self._keeper.held() as state, suppress(ValueError):  # it may have passed by meanwhile
            state.slots.remove(slot)

    def _prune(self, state: PaceState) -> None:
        while state.slots and state.slots[0] <= state.now - self._window_s:
            state.slots.popleft()


def _hold_until(state: PaceState, moment: float) -> None:
    state.not_before = max(state.not_before, moment)


class StrangersPace:
    """The pace of a single question without a credential, among many with one.

    What counts for both is the address, but strangers are allowed fewer calls of the same window. So such a question
    waits until the others left room for it, and what Discogs says to a stranger slows nobody else down.
    """

    def __init__(self, shared: Throttle, most: int) -> None:
        self._shared = shared
        self._most = most
        self._pause_s = 0.0

    def acquire(self, wait: Callable[[float, str], None]) -> None:
        """Wait for room, but for two windows at the most: others may never leave any."""
        pause_s, self._pause_s = self._pause_s, 0.0
        if pause_s:
            wait(pause_s, OF_STRANGERS)
        for _ in range(2):
            if seconds := self._shared.until_fewer(self._most):
                wait(seconds, OF_STRANGERS)
        self._shared.acquire(wait)

    def observe(self, headers: Mapping[str, str]) -> None:
        """Nothing to learn for the others."""

    def pause(self, seconds: float) -> None:
        """The next question of this stranger waits so long."""
        self._pause_s = seconds


def _counter(headers: Mapping[str, str], name: str) -> int | None:
    text = headers.get(name, "").strip()
    if not (text.isascii() and text.isdigit()) or len(text) > len(str(LARGEST_COUNTER)):
        return None
    return int(text)
