"""Numbers that hold for one state of the shop, counted once by each process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from cachetools import LRUCache

Value = TypeVar("Value")
# Counts and short lists of words: some hundred bytes each.
MOST_KEPT = 4096


class Remembered:
    """What was made for a key, the least recently used of it forgotten. Whoever asks puts the state into the key."""

    def __init__(self, most_kept: int = MOST_KEPT) -> None:
        self._lock = threading.Lock()
        self._kept: LRUCache[Hashable, Any] = LRUCache(most_kept)

    def get(self, key: Hashable, make: Callable[[], Value]) -> Value:
        """What was made for this key, or what `make` makes now. Two threads may make it at once; both are right."""
        with self._lock:
            if key in self._kept:
                known: Value = self._kept[key]
                return known
        value = make()
        with self._lock:
            self._kept[key] = value
        return value
