"""Gunicorn's hooks: a worker that goes ends its part of the clock first."""

from __future__ import annotations

import signal
from types import FrameType
from typing import Any

PATIENCE_S = 4.0


def post_worker_init(worker: Any) -> None:
    """Tell the clock at once when the worker is told to go: requests may still take a while, a sync must not."""
    leave = signal.getsignal(signal.SIGTERM)

    def on_term(number: int, frame: FrameType | None) -> None:
        service = clock_service_of(worker.wsgi)
        if service is not None:
            service.begin_stop()
        if callable(leave):
            leave(number, frame)

    signal.signal(signal.SIGTERM, on_term)


def worker_exit(_server: Any, worker: Any) -> None:
    """Called in a worker on its way out, whatever the reason."""
    service = clock_service_of(getattr(worker, "wsgi", None))
    if service is not None:
        service.stop(timeout=PATIENCE_S)


def clock_service_of(application: Any) -> Any:
    """The clock of an application, if it got that far."""
    wired = getattr(application, "extensions", {}).get("waxmirror")
    return wired.clock_service if wired is not None else None
