"""The clock: exactly one process of a mirror schedules and works, whoever holds the lease.

APScheduler only puts runs into the queue. A watch of its own, on a clock that nobody can set, makes up for what
APScheduler misses when the system clock jumps: it relies on that clock being right.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from datetime import datetime
from random import random

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from app.errors import StorageError
from app.jobs.errands import errands_of
from app.jobs.job_runner import JobRunner
from app.jobs.queue import JobQueue
from app.jobs.serving import on_termination
from app.jobs.shift import Shift
from app.jobs.timetable import Timetable
from app.jobs.work import AppWork, Work
from app.models.locks import SCHEDULER, HeldLock, Locks
from app.ops.uptime import boot_time, service_age

logger = logging.getLogger(__name__)
HEARTBEAT_S = 1.0
TRY_EVERY_S = 2.0
STOP_WITHIN_S = 4.5


class ClockService:
    """Holds the lease when it can, and while it does: schedules, watches, and works off the queue."""

    def __init__(
        self,
        locks: Locks,
        work: Work,
        *,
        database_url: str,
        interval_hours: float,
        is_automatic: bool,
        fill_pause_s: float,
        now: Callable[[], datetime],
        elapsed: Callable[[], float] = boot_time,
        service_age: Callable[[], float] = service_age,
        random: Callable[[], float] = random,
        redis_url: str | None = None,
        takes_lease: bool = True,
    ) -> None:
        self.queue = JobQueue(database_url, self._carry_out, self._fill, redis_url)
        self._locks = locks
        self._work = work
        self._interval_s = interval_hours * 3600
        self._is_automatic = is_automatic
        self._fill_pause_s = fill_pause_s
        self._takes_lease = takes_lease
        self._now = now
        self._elapsed = elapsed
        self._service_age = service_age
        self._random = random
        # A SimpleQueue, because a signal handler may put into it whatever it interrupted.
        self._asked_to_stop: queue.SimpleQueue[None] = queue.SimpleQueue()
        self.is_stopping = False
        self._keeper: threading.Thread | None = None
        self._held: tuple[HeldLock, Shift] | None = None
        self._running: int | None = None
        self._forget_signals: Callable[[], None] = lambda: None
        self._trouble = ""

    def start(self) -> None:
        """Begin to try for the lease, in a thread of its own; end when the process is told to.

        Who only serves never has the lease, and has to hear of the end all the same.
        """
        if self._keeper is not None:
            return
        self._forget_signals()
        self._asked_to_stop = queue.SimpleQueue()
        self.is_stopping = False
        self._forget_signals = on_termination(self.ask_to_stop)
        if self._takes_lease:
            self._keeper = threading.Thread(target=self._keep, name="waxmirror-lease", daemon=True)
            self._keeper.start()
        else:
            logger.info("This process serves; what is to be done is left to others (SERVER_ROLE)")

    def ask_to_stop(self) -> None:
        """Begin to stop and return at once; safe inside a signal handler."""
        self.is_stopping = True
        self._asked_to_stop.put(None)

    def stop(self, timeout: float = STOP_WITHIN_S) -> None:
        """End within `timeout` seconds: a run at work is cancelled, and given up when it cannot end in time."""
        keeper, self._keeper = self._keeper, None
        self.ask_to_stop()
        if keeper is not None:
            if (held := self._held) is not None:
                held[1].stop.set()
            keeper.join(timeout)
        self.queue.close()
        self._forget_signals()

    def holds_lease(self) -> bool:
        """Whether this process schedules for the mirror."""
        return self._held is not None

    def _keep(self) -> None:
        try:
            self._beat()
            while not self._is_told_to_stop(within_s=self._pause()):
                self._beat()
        finally:
            self._end_shift()

    def _is_told_to_stop(self, within_s: float) -> bool:
        try:
            self._asked_to_stop.get(timeout=within_s)
        except queue.Empty:
            return False
        return True

    def _pause(self) -> float:
        """A holder looks often; those who wait do not all try in the same moment."""
        return HEARTBEAT_S if self._held else TRY_EVERY_S * (0.75 + self._random() / 2)

    def _beat(self) -> None:
        try:
            self._mind_the_lease()
        except (StorageError, SQLAlchemyError, OSError) as error:
            if str(error) != self._trouble:
                logger.warning("Cannot mind the lease: %s", error)
            self._trouble = str(error)
        except Exception:
            logger.exception("The clock stumbled and goes on")
        else:
            self._trouble = ""

    def _mind_the_lease(self) -> None:
        if self._held is None:
            lock = self._locks.try_hold(SCHEDULER)
            if lock is not None:
                self._begin_shift(lock)
        elif self._held[0].is_alive():
            self._held[1].watch()
        else:
            logger.warning("The lease was lost; whoever takes it schedules now")
            self._end_shift()

    def _begin_shift(self, lock: HeldLock) -> None:
        shift = Shift(
            self._work,
            self.queue,
            Timetable(self._interval_s, self._elapsed),
            is_automatic=self._is_automatic,
            fill_pause_s=self._fill_pause_s,
            service_age=self._service_age,
            elapsed=self._elapsed,
            now=self._now,
            running=lambda: self._running,
            job_runner=JobRunner(self._work, self._locks, self._elapsed),
            errands=errands_of(self._work, self._elapsed),
        )
        self._held = (lock, shift)
        shift.begin()

    def _end_shift(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            lock, shift = held
            try:
                shift.end()
            finally:
                lock.release()

    def _carry_out(self, run_id: int) -> None:
        held = self._held
        if held is None:
            return  # the lease went before the run began: its row waits for the next holder
        self._running = run_id
        try:
            self._work.execute(run_id, held[1].stop)
        finally:
            self._running = None
            held[1].run_ended()

    def _fill(self) -> None:
        """One round of reading releases; the next one queues up behind whatever came meanwhile."""
        held = self._held
        if held is not None and self._work.fill_releases(held[1].stop) and self.queue.is_empty():
            self.queue.enqueue_fill()


def clock_of(app: Flask) -> ClockService:
    """The clock of an application, not started."""
    from app.extensions import KEY, Wiring

    wired: Wiring = app.extensions[KEY]
    settings = wired.settings
    return ClockService(
        wired.locks,
        AppWork(app),
        database_url=settings.database_url,
        interval_hours=settings.sync_interval_hours,
        is_automatic=settings.enable_auto_sync,
        fill_pause_s=settings.release_cache_pause_minutes * 60,
        now=wired.clock,
        redis_url=settings.queue_url.reveal() if settings.queue_url else None,
        takes_lease=settings.server_role != "web",
    )
