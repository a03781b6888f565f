"""The unbound extensions and what one application is wired to. Importing this does no work."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, cast

from flask import current_app
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy

from app.models.base import Base

if TYPE_CHECKING:
    from app.discogs.throttle import Throttle
    from app.enrichment.provider import Provider
    from app.jobs.clock import ClockService
    from app.models.locks import Locks
    from app.ops.sealing import Sealer
    from app.services.discogs_connection import Discogs, StopSignal
    from app.services.remembered import Remembered
    from app.services.share import Share
    from app.wire.waiting import Waiter
    from config import Settings

KEY = "waxmirror"

db = SQLAlchemy(model_class=Base)
migrate = Migrate()


@dataclass
class Wiring:
    """What one application instance works with: settings, time, and the things shared by its threads."""

    settings: Settings
    clock: Callable[[], datetime]
    throttle: Throttle
    login_share: Share  # of the throttle's calls, those that strangers cause
    sealer: Sealer
    locks: Locks
    connect: Callable[..., Discogs]
    connect_provider: Callable[..., Provider]
    provider_waiter: Callable[[StopSignal], Waiter]  # how a batch waits for providers
    enqueue: Callable[[int], None]
    remembered: Remembered
    latest_columns: Remembered
    latest_pages: Remembered
    clock_service: ClockService | None = None
    monotonic: Callable[[], float] = time.monotonic  # seconds; for spans, because the clock may be set

    def close(self) -> None:
        """Let go of connections and files that are held beside the database's own pool."""
        self.throttle.close()
        self.login_share.close()


def wiring() -> Wiring:
    """The wiring of the current application; needs an application context."""
    return cast(Wiring, current_app.extensions[KEY])
