"""What holds for one state of the shop, made once by each process: counts, and where terms occur."""

from __future__ import annotations

import threading
from array import array
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from cachetools import LRUCache
from pyroaring import BitMap

Value = TypeVar("Value")
MOST_BYTES = 32 * 1024 * 1024
# A count or a short list of words with its key, about.
SMALL = 400
NUMBER_IN_A_LIST = 40
NUMBER_MAPPED = 90


class Remembered:
    """What was made for a key, the least recently used of it forgotten. Whoever asks puts the state into the key."""

    def __init__(self, most: int = MOST_BYTES, *, size_of: Callable[[Any], int] | None = None) -> None:
        self._most = most
        self._size_of = size_of or bytes_of
        self._lock = threading.Lock()
        self._kept: LRUCache[Hashable, Any] = LRUCache(most, getsizeof=self._size_of)

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """What was made for this key, or what `make` makes now. Two threads may make it at once; both are right."""
        with self._lock:
            if key in self._kept:
                known: Value = self._kept[key]
                return known
        value = make()
        if self._size_of(value) <= self._most:
            with self._lock:
                self._kept[key] = value
        return value


def bytes_of(value: Any) -> int:
    """About how much memory it takes: of a bitmap a bit for each position or two bytes for each that is in it."""
    if isinstance(value, array):
        return len(value) * value.itemsize + SMALL
    if isinstance(value, list):
        return len(value) * NUMBER_IN_A_LIST + SMALL
    if isinstance(value, dict):
        return len(value) * NUMBER_MAPPED + SMALL
    if isinstance(value, BitMap) and value:
        return min(2 * len(value), value.max() // 8) + SMALL
    return SMALL
