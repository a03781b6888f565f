"""Counts that all processes of one server share: in memory of a fixed size, asked of no database.

Gunicorn's master reads this module, so its workers inherit the memory and the salt of what belongs to the server.
Threads and processes that count the same take turns, so none is lost; whoever is killed while it is its turn loses it.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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

    def __init__(
        self,
        slots: int = SLOTS,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        random_bytes: Callable[[int], bytes] = os.urandom,
        turns: int | None = None,
    ) -> None:
        self.monotonic = monotonic
        self._slots = slots
        self._memory = mmap.mmap(-1, (slots + len(KEPT)) * _SLOT.size)  # shared with whoever is forked
        self._salt = random_bytes(16)  # so that nobody can choose keys that drive out others
        self._lock = threading.Lock()
        self._turns = turns  # a file, locked at the place of a count; None where there is but one process

    def add(self, key: str, number: int, window_s: int) -> Count:
        """Count so many more (or less); what there is then."""
        whose, place = self._place(key)
        with self._turn(place):
            now = int(self.monotonic())
            found = self._read(whose, place, now) or Count(0, window_s)
            total = max(0, found.number + number)
            _SLOT.pack_into(self._memory, place, whose, now + found.ends_in_s, total)
        return Count(total, found.ends_in_s)

    def note(self, key: str, window_s: int) -> None:
        """Begin a window with one, whether there was a window or not."""
        whose, place = self._place(key)
        with self._turn(place):
            _SLOT.pack_into(self._memory, place, whose, int(self.monotonic()) + window_s, 1)

    def look(self, key: str) -> Count | None:
        """What there is; None when nothing was counted lately."""
        whose, place = self._place(key)
        with self._turn(place):
            return self._read(whose, place, int(self.monotonic()))

    @contextmanager
    def _turn(self, place: int) -> Iterator[None]:
        with self._lock:
            if self._turns is None:
                yield
                return
            fcntl.lockf(self._turns, fcntl.LOCK_EX, _SLOT.size, place)
            try:
                yield
            finally:
                fcntl.lockf(self._turns, fcntl.LOCK_UN, _SLOT.size, place)

    def _read(self, whose: int, place: int, now: int) -> Count | None:
        found, ends_at, number = _SLOT.unpack_from(self._memory, place)
        return Count(number, ends_at - now) if found == whose and ends_at > now else None

    def _place(self, key: str) -> tuple[int, int]:
        digest = blake2b(key.encode(errors="surrogatepass"), digest_size=8, key=self._salt).digest()
        whose = int.from_bytes(digest)
        place = self._slots + KEPT.index(key) if key in KEPT else whose % self._slots
        return whose, place * _SLOT.size


def _file_in_memory() -> int | None:
    """Empty, on no disk, and open for as long as the process runs; None where there is no such thing."""
    return os.memfd_create("counts") if hasattr(os, "memfd_create") else None


REQUESTS_OF_THE_SERVER = SharedCounts(turns=_file_in_memory())
# Apart, so that no crowd of visitors makes the server forget whom it knows.
GUESSES_OF_THE_SERVER = SharedCounts(turns=_file_in_memory())


def counts_of_requests(*, is_serving: bool) -> SharedCounts:
    """Those of the server in its workers; anywhere else an application's own."""
    return REQUESTS_OF_THE_SERVER if is_serving else SharedCounts()


def counts_of_guesses(*, is_serving: bool) -> SharedCounts:
    """Those of the server in its workers; anywhere else an application's own."""
    return GUESSES_OF_THE_SERVER if is_serving else SharedCounts()
