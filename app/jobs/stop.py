"""The signal that ends a shift: threads wait on it, and a run asks it between any two requests."""

from __future__ import annotations

import threading


class Stop:
    """A stop signal for any number of threads."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def set(self) -> None:
        """Stop, now and for good."""
        self._event.set()

    def is_set(self) -> bool:
        """Whether to stop."""
        return self._event.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait, unless told to stop meanwhile; True when stopping."""
        return self._event.wait(seconds)
