"""What is done now and then beside syncs and jobs, by the process that holds the lease. Each errand has a thread of its
own: a backup that takes an hour, or a receiver that does not answer, keeps no ping waiting."""

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


class Errand:
    """One of them, run until told to stop."""

    def __init__(
        self, name: str, do: Callable[[Stop], float], elapsed: Callable[[], float], *, first_after_s: float = 0.0
    ) -> None:
        self.name = name
        self._do = do
        self._elapsed = elapsed
        self._due_at = elapsed() + first_after_s
        self._trouble = ""

    def run(self, stop: Stop) -> None:
        """Do it whenever it is due."""
        while not stop.is_set():
            self.look(stop)
            stop.wait(LOOK_EVERY_S)

    def look(self, stop: Stop) -> None:
        """Do it if it is due now."""
        if self._elapsed() >= self._due_at:
            self._due_at = self._elapsed() + self._pause_after(stop)

    def _pause_after(self, stop: Stop) -> float:
        try:
            pause_s = self._do(stop)
        except UNAVAILABLE as error:
            if self._trouble != str(error):
                logger.warning("The errand %s has to wait: %s", self.name, error)
            self._trouble = str(error)
            return RETRY_S
        except Exception:
            logger.exception("The errand %s stumbled and is tried again", self.name)
            return RETRY_S
        self._trouble = ""
        return pause_s


def errands_of(work: ErrandWork, elapsed: Callable[[], float]) -> tuple[Errand, ...]:
    """All of them."""
    return (
        Errand("ping", work.ping, elapsed),
        Errand("webhook", work.deliver_changes, elapsed),
        Errand("backup", work.back_up_when_due, elapsed, first_after_s=FIRST_BACKUP_AFTER_S),
    )
