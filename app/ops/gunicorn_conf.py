"""Gunicorn's settings and hooks: a worker that comes settles its memory, one that goes ends its clock first."""

from __future__ import annotations

import gc
from typing import Any

# Read in the master, so that every worker inherits when the service was started, and the memory that they share.
import app.ops.shared_answers
import app.ops.shared_counts
import app.ops.uptime  # noqa: F401
from app.models.damage import DAMAGE
from app.models.write_refusals import REFUSALS
from app.ops.server_log import join_the_log
from app.ops.slow_visitors import Patience, begin_anew, lose_patience
from app.ops.unread_requests import answer_in_our_words

PATIENCE_S = 4.0
logger_class = "app.ops.server_log.ServerLog"
limit_request_fields, limit_request_field_size = 100, 8190
forwarded_allow_ips = ""  # what proxies say is judged by the application (TRUSTED_PROXIES), not here


def on_starting(_server: Any) -> None:
    """Called in the master before the first worker is made."""
    REFUSALS.share()
    DAMAGE.share()


def post_worker_init(worker: Any) -> None:
    """Called in a worker before its first request: what it begins with stays, and needs no searching for garbage."""
    wired = wiring_of(getattr(worker, "wsgi", None))
    public = wired.settings.public_url if wired is not None else None
    answer_in_our_words(is_https=(public or "").startswith("https:"))
    lose_patience(Patience())
    if wired is not None:
        join_the_log()
    gc.collect()
    gc.freeze()


def pre_request(_worker: Any, request: Any) -> None:
    """Called when the head of a request has been read."""
    begin_anew(request.unreader)


def post_request(_worker: Any, request: Any, _environ: Any, _response: Any) -> None:
    """Called when a request was answered."""
    begin_anew(request.unreader)


def worker_exit(_server: Any, worker: Any) -> None:
    """Called in a worker on its way out, whatever the reason."""
    service = clock_service_of(getattr(worker, "wsgi", None))
    if service is not None:
        service.stop(timeout=PATIENCE_S)


def clock_service_of(application: Any) -> Any:
    """The clock of an application, if it got that far."""
    wired = wiring_of(application)
    return wired.clock_service if wired is not None else None


def wiring_of(application: Any) -> Any:
    """What an application works with, if it got that far."""
    return getattr(application, "extensions", {}).get("waxmirror")
