"""The unbound extensions and what one application is wired to. Importing this does no work."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, cast

from flask import current_app
from flask_migrate import Migrate
from flask_smorest import Api
from flask_sqlalchemy import SQLAlchemy

from app.models.base import Base

if TYPE_CHECKING:
    from app.discogs.throttle import Throttle
    from app.jobs.clock import ClockService
    from app.models.locks import Locks
    from app.ops.sealing import Sealer
    from app.services.discogs_connection import Discogs
    from app.services.remembered import Remembered
    from config import Settings

KEY = "waxmirror"

db = SQLAlchemy(model_class=Base)
migrate = Migrate()
api = Api()


@dataclass
class Wiring:
    """What one application instance works with: settings, time, and the things shared by its threads."""

    settings: Settings
    clock: Callable[[], datetime]
    throttle: Throttle
    sealer: Sealer
    locks: Locks
    connect: Callable[..., Discogs]
    enqueue: Callable[[int], None]
    remembered: Remembered
    latest_columns: Remembered
    clock_service: ClockService | None = None
    monotonic: Callable[[], float] = time.monotonic  # seconds; for spans, because the clock may be set


def wiring() -> Wiring:
    """The wiring of the current application; needs an application context."""
    return cast(Wiring, current_app.extensions[KEY])
