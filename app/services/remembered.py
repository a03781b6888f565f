"""Numbers that hold for one state of the shop, counted once by each process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

Value = TypeVar("Value")


class Remembered:
    """The latest value under each name, good for as long as its key stays the same."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[Hashable, Any]] = {}

    def get(self, name: str, key: Hashable, make: Callable[[], Value]) -> Value:
        """What was made for this key, or what `make` makes now. Two threads may make it at once; both are right."""
        with self._lock:
            kept = self._kept.get(name)
        if kept is not None and kept[0] == key:
            known: Value = kept[1]
            return known
        value = make()
        with self._lock:
            self._kept[name] = (key, value)
        return value
