"""Backups that nobody has to think of: made by whoever holds the lease, when the newest one is old enough."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine

from app.errors import BackupImpossible, StorageError
from app.extensions import db, wiring
from app.models.database_file import file_of
from app.ops.backup import backups_of, made_at
from app.ops.pg_programs import dump_trouble
from app.services import backups
from app.services.discogs_connection import StopSignal
from config import Settings

logger = logging.getLogger(__name__)
RETRY_S = 3600.0
DAY_S = 86_400.0
# A copy dated later than that was made while the clock was wrong, and tells nothing about when.
LEEWAY = timedelta(minutes=5)


def latest_backup(engine: Engine, settings: Settings, now: datetime) -> datetime | None:
    """When the newest copy was made, whoever made it."""
    made = [made_at(copy) for copy in backups_of(engine.url, settings.instance_path)]
    return max((moment for moment in made if moment <= now + LEEWAY), default=None)


def copy_trouble(engine: Engine) -> str:
    """Why this machine cannot copy the mirror, and what to do; "" when it can."""
    if engine.dialect.name != "sqlite":
        return dump_trouble(engine)
    return "" if file_of(engine.url) is not None else "the mirror is in no file: set DATABASE_URL to one"


class ScheduledBackups:
    """Makes one when it is due. Needs an application context; remembers what it said already."""

    def __init__(self) -> None:
        self._said = ""

    def make_when_due(self, stop: StopSignal) -> float:
        """Make a backup if one is due; seconds until it is worth asking again."""
        wired = wiring()
        interval_s = wired.settings.backup_interval_hours * 3600
        if not interval_s:
            return DAY_S
        if trouble := copy_trouble(db.engine):
            self._say(f"No scheduled backups: {trouble}")
            return DAY_S
        latest = latest_backup(db.engine, wired.settings, wired.clock())
        if latest is not None and (left := interval_s - (wired.clock() - latest).total_seconds()) > 0:
            return min(left, interval_s)
        return interval_s if self._make(stop) is not None else min(RETRY_S, interval_s)

    def _make(self, stop: StopSignal) -> Path | None:
        try:
            copy = backups.make(is_stopping=stop.is_set)
        except (StorageError, BackupImpossible, OSError) as error:
            if not stop.is_set():
                self._say(f"No scheduled backup could be made, trying again later: {error}")
            return None
        self._said = ""
        return copy

    def _say(self, sentence: str) -> None:
        if sentence != self._said:
            logger.warning("%s", sentence)
        self._said = sentence
