"""Gunicorn's hooks: a worker that comes settles its memory, one that goes ends its part of the clock first."""

from __future__ import annotations

import gc
from typing import Any

import app.ops.uptime  # noqa: F401  read in the master, so that every worker inherits when the service was started

PATIENCE_S = 4.0


def post_worker_init(_worker: Any) -> None:
    """Called in a worker before its first request: what it begins with stays, and needs no searching for garbage."""
    gc.collect()
    gc.freeze()


def worker_exit(_server: Any, worker: Any) -> None:
    """Called in a worker on its way out, whatever the reason."""
    service = clock_service_of(getattr(worker, "wsgi", None))
    if service is not None:
        service.stop(timeout=PATIENCE_S)


def clock_service_of(application: Any) -> Any:
    """The clock of an application, if it got that far."""
    wired = getattr(application, "extensions", {}).get("waxmirror")
    return wired.clock_service if wired is not None else None
