"""Waiting for a condition, with a deadline."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

STEP_S = 0.02
_never = threading.Event()


def until(condition: Callable[[], object], what: str, within_s: float = 60.0) -> None:
    """Return as soon as `condition` is true; fail when it is not by the deadline.

    The deadline is there to end a test and measures nothing: a busy machine may take its time.
    """
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, f"not within {within_s:g} s: {what}"
        _never.wait(STEP_S)
