"""The clock: exactly one process of a mirror schedules and works, whoever holds the lease.

APScheduler only puts runs into the queue. A watch of its own, on a clock that nobody can set, makes up for what
APScheduler misses when the system clock jumps: it relies on that clock being right.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Protocol

import click
from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask

from app.errors import ConfigurationError, StorageError, SyncBusy
from app.jobs.queue import JobQueue
from app.models.locks import HeldLock, Locks
from app.services.discogs_connection import StopSignal

logger = logging.getLogger(__name__)
LEASE = "scheduler"
HEARTBEAT_S = 1.0
WATCH_EVERY_S = 15.0
LATE_S = 60.0
# A job that comes this much before its slot was called by a clock that jumped forward.
EARLY_SHARE = 0.9


class Work(Protocol):
    """What the clock can have done, each call within an application context."""

    def request(self, trigger: str) -> list[int]:
        """Queue a sync of every source. Raises SyncBusy, ConfigurationError."""

    def execute(self, run_id: int, stop: StopSignal) -> None:
        """Carry out a queued run."""

    def queued(self) -> list[int]:
        """Runs nobody has started."""

    def close_orphans(self) -> list[int]:
        """End the runs whose process is gone."""

    def abandon(self, run_id: int) -> None:
        """End a run that did not stop in time."""


def boot_time() -> float:
    """Seconds since start-up, sleep included where the system can tell; nobody can set this clock."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


class Stop:
    """A stop signal that threads can wait on."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def set(self) -> None:
        self._event.set()

    def is_set(self) -> bool:
        return self._event.is_set()

    def wait(self, seconds: float) -> bool:
        return self._event.wait(seconds)


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
        elapsed: Callable[[], float] = boot_time,
    ) -> None:
        self._locks = locks
        self._work = work
        self._interval_s = interval_hours * 3600
        self._interval_text = f"{interval_hours:g}"
        self._is_automatic = is_automatic
        self._elapsed = elapsed
        self._stop = Stop()
        self._keeper: threading.Thread | None = None
        self._shift: Shift | None = None
        self.queue = JobQueue(database_url, self._carry_out)
        self._running: int | None = None

    def start(self) -> None:
        """Begin to try for the lease, in a thread of its own."""
        self._keeper = threading.Thread(target=self._keep, name="waxmirror-lease", daemon=True)
        self._keeper.start()

    def begin_stop(self) -> None:
        """Tell a run at work to end; returns at once."""
        self._stop.set()

    def stop(self, timeout: float = 4.0) -> None:
        """End within `timeout` seconds: a run at work is cancelled, and given up when it cannot end in time."""
        if self._keeper is None:
            return
        self._stop.set()
        self._keeper.join(timeout)
        if self._keeper.is_alive() and self._running is not None:
            logger.warning("Run %s did not stop in time and is given up", self._running)
            self._work.abandon(self._running)
        self._keeper = None

    def holds_lease(self) -> bool:
        """Whether this process schedules for the mirror."""
        return self._shift is not None

    def _keep(self) -> None:
        while not self._stop.is_set():
            try:
                self._try_for_lease()
            except StorageError as error:
                logger.warning("Cannot try for the lease: %s", error)
            except Exception:
                logger.exception("The clock stumbled and goes on")
            self._stop.wait(HEARTBEAT_S)
        self._end_shift()

    def _try_for_lease(self) -> None:
        if self._shift is None:
            lock = self._locks.try_hold(LEASE)
            if lock is not None:
                self._begin_shift(lock)
        elif not self._shift.lock.is_alive():
            logger.warning("The lease was lost; another process schedules now")
            self._end_shift()
        else:
            self._shift.watch()

    def _begin_shift(self, lock: HeldLock) -> None:
        self._shift = Shift(self, lock)
        self._shift.begin()

    def _end_shift(self) -> None:
        shift, self._shift = self._shift, None
        if shift is not None:
            shift.end()

    def _carry_out(self, run_id: int) -> None:
        self._running = run_id
        try:
            self._work.execute(run_id, self._shift.stop if self._shift else self._stop)
        finally:
            self._running = None

    # What a shift needs of its service.

    @property
    def work(self) -> Work:
        return self._work

    @property
    def interval_s(self) -> float:
        return self._interval_s

    @property
    def is_automatic(self) -> bool:
        return self._is_automatic

    @property
    def interval_text(self) -> str:
        return self._interval_text

    def elapsed(self) -> float:
        return self._elapsed()

    def is_stopping(self) -> bool:
        return self._stop.is_set()


class ShiftStop(Stop):
    """Stops with its shift or with the whole service."""

    def __init__(self, service: ClockService) -> None:
        super().__init__()
        self._service = service

    def is_set(self) -> bool:
        return super().is_set() or self._service.is_stopping()

    def wait(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while not self.is_set() and (rest := deadline - time.monotonic()) > 0:
            super().wait(min(rest, 0.2))
        return self.is_set()


class Shift:
    """The time one process holds the lease."""

    def __init__(self, service: ClockService, lock: HeldLock) -> None:
        self.lock = lock
        self.stop = ShiftStop(service)
        self._service = service
        self._scheduler = BackgroundScheduler(timezone="UTC")
        self._consumer = threading.Thread(target=self._consume, name="waxmirror-queue", daemon=True)
        self._asked_at = service.elapsed()
        self._watched_at = service.elapsed()

    def begin(self) -> None:
        """Clear up after whoever went before, start the scheduler and the consumer, sync."""
        self._service.work.close_orphans()
        for run_id in self._service.work.queued():
            self._service.queue.enqueue(run_id)
        self._consumer.start()
        if not self._service.is_automatic:
            return
        self._scheduler.add_job(
            self._on_schedule,
            "interval",
            seconds=self._service.interval_s,
            id="sync",
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,
        )
        self._scheduler.start()
        logger.info("Scheduler started. Sync interval: %s hour(s)", self._service.interval_text)
        logger.info("Running initial Discogs sync...")
        self._ask("startup")

    def watch(self) -> None:
        """Every second: what the scheduler and the queue may have missed."""
        now = self._service.elapsed()
        if now - self._watched_at < WATCH_EVERY_S:
            return
        self._watched_at = now
        if not self._consumer.is_alive():
            self._consumer = threading.Thread(target=self._consume, name="waxmirror-queue", daemon=True)
            self._consumer.start()
        for run_id in self._service.work.queued():
            self._service.queue.enqueue(run_id)
        if self._service.is_automatic and now - self._asked_at > self._service.interval_s + LATE_S:
            logger.warning("The scheduler is late; the system clock may have been set back")
            self._scheduler.reschedule_job("sync", trigger="interval", seconds=self._service.interval_s)
            self._ask("hourly")

    def end(self) -> None:
        """Stop what this shift started; the lease goes last."""
        self.stop.set()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        self._consumer.join()
        self.lock.release()

    def _on_schedule(self) -> None:
        if self._service.elapsed() - self._asked_at < self._service.interval_s * EARLY_SHARE:
            logger.info("Not yet: the system clock was set forward")
            return
        self._ask("hourly")

    def _ask(self, trigger: str) -> None:
        self._asked_at = self._service.elapsed()
        try:
            self._service.work.request(trigger)
        except SyncBusy as error:
            logger.info("No %s sync: %s", trigger, error)
        except ConfigurationError as error:
            logger.warning("%s", error)
        except StorageError as error:
            logger.warning("No %s sync: %s", trigger, error)

    def _consume(self) -> None:
        try:
            self._service.queue.work(self.stop)
        except Exception:
            logger.exception("The queue's worker stumbled; it is started again")


class AppWork:
    """The work of one application: its use cases, each in a context of its own."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    def request(self, trigger: str) -> list[int]:
        from app.services.sync_control import request_sync

        with self._app.app_context():
            return request_sync(trigger=trigger)

    def execute(self, run_id: int, stop: StopSignal) -> None:
        from app.services.sync_control import execute_run

        with self._app.app_context():
            execute_run(run_id, stop)

    def queued(self) -> list[int]:
        from app.services.sync_control import queued_runs

        with self._app.app_context():
            return queued_runs()

    def close_orphans(self) -> list[int]:
        from app.services.sync_control import close_orphans

        with self._app.app_context():
            return close_orphans()

    def abandon(self, run_id: int) -> None:
        from app.services.sync_control import abandon

        with self._app.app_context():
            abandon(run_id)


def wants_clock(app: Flask) -> bool:
    """Whether this process serves: no command but `run`, no test, no migration, no reloader's parent."""
    if app.testing or "pytest" in sys.modules:
        return False
    command = click.get_current_context(silent=True)
    if command is not None and command.info_name != "run":
        return False
    wants_reloader = command is not None and os.environ.get("FLASK_DEBUG", "0").lower() in {"1", "true", "yes", "on"}
    return not wants_reloader or os.environ.get("WERKZEUG_RUN_MAIN") == "true"


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
    )
