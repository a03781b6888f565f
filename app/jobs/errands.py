"""What is done now and then beside syncs and jobs, in one thread of the process that holds the lease."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Protocol

from sqlalchemy.exc import SQLAlchemyError

from app.errors import StorageError
from app.jobs.stop import Stop

logger = logging.getLogger(__name__)
LOOK_EVERY_S = 1.0
RETRY_S = 60.0
# Whoever starts has more urgent things to do.
FIRST_BACKUP_AFTER_S = 60.0
UNAVAILABLE = (StorageError, SQLAlchemyError, OSError)


class ErrandWork(Protocol):
    """What there is to do. Each tells in how many seconds it wants to be asked again."""

    def back_up_when_due(self, stop: Stop) -> float:
        """Copy the mirror when the last copy is old enough."""

    def deliver_changes(self, stop: Stop) -> float:
        """Send the changes of the shop to whoever is to hear of them."""

    def ping(self, stop: Stop) -> float:
        """Tell of rounds that began or ended."""


class Errands:
    """Runs them one after the other until told to stop."""

    def __init__(self, work: ErrandWork, elapsed: Callable[[], float]) -> None:
        self._elapsed = elapsed
        self._errands: dict[str, Callable[[Stop], float]] = {
            "ping": work.ping,
            "webhook": work.deliver_changes,
            "backup": work.back_up_when_due,
        }
        self._due_at = dict.fromkeys(self._errands, elapsed()) | {"backup": elapsed() + FIRST_BACKUP_AFTER_S}
        self._trouble: dict[str, str] = {}

    def run(self, stop: Stop) -> None:
        """Do what comes."""
        while not stop.is_set():
            self.look(stop)
            stop.wait(LOOK_EVERY_S)

    def look(self, stop: Stop) -> None:
        """Do what is due now."""
        for name, errand in self._errands.items():
            if not stop.is_set() and self._elapsed() >= self._due_at[name]:
                self._due_at[name] = self._elapsed() + self._do(name, errand, stop)

    def _do(self, name: str, errand: Callable[[Stop], float], stop: Stop) -> float:
        try:
            pause_s = errand(stop)
        except UNAVAILABLE as error:
            if self._trouble.get(name) != str(error):
                logger.warning("The errand %s has to wait: %s", name, error)
            self._trouble[name] = str(error)
            return RETRY_S
        except Exception:
            logger.exception("The errand %s stumbled and is tried again", name)
            return RETRY_S
        self._trouble.pop(name, None)
        return pause_s
