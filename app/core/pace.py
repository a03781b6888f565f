"""What is known of the pace at which all may call: the calls of the last window, and what Discogs said of them."""

from __future__ import annotations

import math
from array import array
from collections import Counter, deque
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Protocol

HEAD = 5  # numbers before those of the slots
NEVER = float("-inf")
MOST_TOLD = 1_000_000
LONGEST_PAUSE_S = 24 * 3600.0  # from when it was written to the last call that is promised


@dataclass(frozen=True, slots=True)
class Told:
    """What the headers of an answer said, and when they came."""

    limit: int
    remaining: int
    at: float


@dataclass(slots=True)
class PaceState:
    """The moments of calls that were made or promised, the earliest first, in seconds of one clock."""

    now: float
    slots: deque[float] = field(default_factory=deque)
    not_before: float = NEVER
    told: Told | None = None

    def packed(self) -> bytes:
        """The state as the bytes that `unpacked` reads."""
        told = self.told
        said = (told.limit, told.remaining, told.at) if told else (math.nan,) * 3
        return array("d", (self.now, self.not_before, *said, *self.slots)).tobytes()

    @classmethod
    def unpacked(cls, packed: bytes, now: float) -> PaceState:
        """The state that was packed, seen at `now`. Bytes that are none tell of no call.

        A clock that was set back since, or began anew with its machine, is followed: the spans stay what they were.
        """
        numbers = array("d")
        numbers.frombytes(packed[: len(packed) // numbers.itemsize * numbers.itemsize])
        if not _is_sound(numbers):
            return cls(now)
        written, not_before, limit, remaining, at = numbers[:HEAD]
        told = None if math.isnan(limit) else Told(int(limit), int(remaining), at)
        state = cls(written, deque(numbers[HEAD:]), not_before, told).shifted(-max(0.0, written - now))
        state.now = now
        return state

    def shifted(self, by: float) -> PaceState:
        """The same spans, told by a clock that is so far ahead of this one."""
        told = self.told and replace(self.told, at=self.told.at + by)
        return PaceState(self.now + by, deque(slot + by for slot in self.slots), self.not_before + by, told)

    def join(self, other: PaceState) -> None:
        """Take in what another knows of the same calls and of more of them."""
        known, more = (Counter(round(slot, 3) for slot in each.slots) for each in (self, other))
        self.slots = deque(sorted((known | more).elements()))
        self.not_before = max(self.not_before, other.not_before)
        if other.told is not None and (self.told is None or other.told.at > self.told.at):
            self.told = other.told


def _is_sound(numbers: Sequence[float]) -> bool:
    """Whether these were packed: a disk may give back anything, and what is believed here may hold up every call."""
    if len(numbers) < HEAD:
        return False
    written, not_before, limit, remaining, at = numbers[:HEAD]
    slots = numbers[HEAD:]
    is_told = math.isnan(limit) or (1 <= limit <= MOST_TOLD and 0 <= remaining <= limit and at <= written)
    is_near = not_before <= written + LONGEST_PAUSE_S and (not slots or slots[-1] <= written + LONGEST_PAUSE_S)
    are_finite = math.isfinite(written) and all(map(math.isfinite, slots))
    return is_told and is_near and are_finite and all(one <= next_ for one, next_ in pairwise(slots))


class PaceKeeper(Protocol):
    """Where the state stands, for one process or for all of an installation."""

    def held(self) -> AbstractContextManager[PaceState]:
        """The state, for nobody else meanwhile; what is changed in it stays."""

    def seen(self) -> PaceState:
        """The state as it is, to look at."""

    def close(self) -> None:
        """Give back what keeping it took."""
