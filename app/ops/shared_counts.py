"""Counts that all processes of one server share: in memory of a fixed size, written to no disk, asked of no database.

Gunicorn's master reads this module, so its workers inherit the memory of OF_THE_SERVER and its salt. Threads take
turns; two processes that count the same at the very same moment may lose one, which nobody here minds.
"""

from __future__ import annotations

import mmap
import os
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b

SLOTS = 16_384
GUESSED_BY_ALL = "guessed by all"
KEPT = (GUESSED_BY_ALL,)  # keys with a place of their own, which no crowd of others takes
_SLOT = struct.Struct("<QLL")  # whose, the second in which the window ends, how many


@dataclass(frozen=True, slots=True)
class Count:
    """How many there were in the window, and in how many seconds it ends."""

    number: int
    ends_in_s: int


class SharedCounts:
    """Counts by key, each in a window of time that begins with the first. A key drives out another in its place."""

    def __init__(self, slots: int = SLOTS, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._slots = slots
        self._memory = mmap.mmap(-1, (slots + len(KEPT)) * _SLOT.size)  # shared with whoever is forked
        self._salt = os.urandom(16)  # so that nobody can choose keys that drive out others
        self._lock = threading.Lock()
        self._monotonic = monotonic

    def add(self, key: str, number: int, window_s: int) -> Count:
        """Count so many more (or less); what there is then."""
        whose, place = self._place(key)
        with self._lock:
            now = int(self._monotonic())
            found = self._read(whose, place, now) or Count(0, window_s)
            total = max(0, found.number + number)
            _SLOT.pack_into(self._memory, place, whose, now + found.ends_in_s, total)
        return Count(total, found.ends_in_s)

    def look(self, key: str) -> Count | None:
        """What there is; None when nothing was counted lately."""
        whose, place = self._place(key)
        with self._lock:
            return self._read(whose, place, int(self._monotonic()))

    def _read(self, whose: int, place: int, now: int) -> Count | None:
        found, ends_at, number = _SLOT.unpack_from(self._memory, place)
        return Count(number, ends_at - now) if found == whose and ends_at > now else None

    def _place(self, key: str) -> tuple[int, int]:
        digest = blake2b(key.encode(errors="surrogatepass"), digest_size=8, key=self._salt).digest()
        whose = int.from_bytes(digest)
        place = self._slots + KEPT.index(key) if key in KEPT else whose % self._slots
        return whose, place * _SLOT.size


OF_THE_SERVER = SharedCounts()


def shared_counts(*, is_serving: bool) -> SharedCounts:
    """Those of the server in its workers; anywhere else an application's own."""
    return OF_THE_SERVER if is_serving else SharedCounts()
