"""What is known of the pace at which all may call: the calls of the last window, and what Discogs said of them."""

from __future__ import annotations

import math
from array import array
from collections import deque
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

HEAD = 5  # numbers before those of the slots
NEVER = float("-inf")


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
        if len(numbers) < HEAD:
            return cls(now)
        written, not_before, limit, remaining, at = numbers[:HEAD]
        back = max(0.0, written - now)
        told = None if math.isnan(limit) else Told(int(limit), int(remaining), at - back)
        return cls(now, deque(slot - back for slot in numbers[HEAD:]), not_before - back, told)


class PaceKeeper(Protocol):
    """Where the state stands, for one process or for all of an installation."""

    def held(self) -> AbstractContextManager[PaceState]:
        """The state, for nobody else meanwhile; what is changed in it stays."""

    def seen(self) -> PaceState:
        """The state as it is, to look at."""

    def close(self) -> None:
        """Give back what keeping it took."""
