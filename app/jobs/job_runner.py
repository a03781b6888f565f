"""The worker for jobs: one thread beside the sync's, where the lease is held.

It does jobs only while it holds a lock of its own, so that a worker that lost the lease and is still at work, and
the one that took over, never do the same job. Whoever has the lock knows that a job "at work" is nobody's.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Protocol

from sqlalchemy.exc import SQLAlchemyError

from app.errors import StorageError
from app.jobs.stop import Stop
from app.models.locks import HeldLock, Locks
from app.services.jobs_service import LOCK

logger = logging.getLogger(__name__)
LOOK_EVERY_S = 1.0
TIDY_EVERY_S = 60.0
UNAVAILABLE = (StorageError, SQLAlchemyError, OSError)


class JobWork(Protocol):
    """What the worker can have done."""

    def do_job(self, stop: Stop) -> bool:
        """Do the job that is next; whether there was one."""

    def put_back_jobs(self) -> int:
        """Let jobs go on whose worker is gone; how many."""

    def clear_away_results(self) -> int:
        """Take away results that had their time; how many."""


class JobRunner:
    """Works until told to stop."""

    def __init__(self, work: JobWork, locks: Locks, elapsed: Callable[[], float]) -> None:
        self._work = work
        self._locks = locks
        self._elapsed = elapsed
        self._lock: HeldLock | None = None
        self._tidied_at = float("-inf")
        self._trouble = ""

    def run(self, stop: Stop) -> None:
        """Do what comes."""
        try:
            while not stop.is_set():
                if not self._step(stop):
                    stop.wait(LOOK_EVERY_S)
        finally:
            self._let_go()

    def _step(self, stop: Stop) -> bool:
        """One job; False when there was none to do, or none can be done."""
        try:
            did = self._has_lock() and self._do_one(stop)
        except UNAVAILABLE as error:
            if str(error) != self._trouble:
                logger.warning("Jobs have to wait: %s", error)
            self._trouble = str(error)
            self._tidied_at = float("-inf")  # a job may have been left without a word
            return False
        except Exception:
            logger.exception("The worker for jobs stumbled and goes on")
            self._tidied_at = float("-inf")
            return False
        self._trouble = ""
        return did

    def _do_one(self, stop: Stop) -> bool:
        if self._elapsed() - self._tidied_at >= TIDY_EVERY_S:
            if back := self._work.put_back_jobs():
                logger.info("%d job(s) go on whose worker was gone", back)
            self._work.clear_away_results()
            self._tidied_at = self._elapsed()
        return self._work.do_job(stop)

    def _has_lock(self) -> bool:
        if self._lock is not None and not self._lock.is_alive():
            self._let_go()
        if self._lock is None:
            self._lock = self._locks.try_hold(LOCK)
            self._tidied_at = float("-inf")
        return self._lock is not None

    def _let_go(self) -> None:
        lock, self._lock = self._lock, None
        if lock is not None:
            lock.release()
