"""Waiting that can be watched and interrupted. Nothing in this package waits in any other way."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

from app.core.outcomes import Reason
from app.errors import Cancelled


class StopSignal(Protocol):
    """Something that can tell a run to stop. It may have a `reason`; without one the service is shutting down."""

    def is_set(self) -> bool:
        """Whether to stop now."""

    def wait(self, seconds: float, /) -> bool:
        """Wait, unless told to stop meanwhile; True when stopping."""


class Waiter:
    """Waits through `sleep` (default: the stop signal's own wait) and tells `on_wait(seconds, why)` first."""

    def __init__(
        self,
        *,
        stop: StopSignal | None = None,
        sleep: Callable[[float], object] | None = None,
        on_wait: Callable[[float, str], None] | None = None,
    ) -> None:
        self._stop = stop or threading.Event()
        self._sleep = sleep or self._stop.wait
        self._on_wait = on_wait

    def is_stopping(self) -> bool:
        """Whether somebody said so."""
        return self._stop.is_set()

    def check(self) -> None:
        """Raises Cancelled when told to stop."""
        if self._stop.is_set():
            reason = getattr(self._stop, "reason", None)
            raise Cancelled(reason if isinstance(reason, Reason) else Reason.CANCELLED_SHUTDOWN)

    def wait(self, seconds: float, why: str) -> None:
        """Wait this long. Raises Cancelled when told to stop, before or meanwhile."""
        self.check()
        if seconds <= 0:
            return
        if self._on_wait is not None:
            self._on_wait(seconds, why)
        self._sleep(seconds)
        self.check()
