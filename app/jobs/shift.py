"""A shift: the time one process holds the lease, schedules, watches, and works off the queue."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy.exc import SQLAlchemyError

from app.errors import ConfigurationError, StorageError, SyncBusy
from app.jobs.errands import Errand
from app.jobs.job_runner import JobRunner
from app.jobs.queue import JobQueue
from app.jobs.stop import Stop
from app.jobs.timetable import Timetable, first_sync
from app.jobs.work import Work

logger = logging.getLogger(__name__)
WATCH_EVERY_S = 15.0
RETRY_S = 60.0
# A round of reading releases ends when Discogs refuses; then it is left alone for this long.
FILL_EVERY_S = 600.0
# After that the run is ended from outside, so that the whole fits into five seconds.
GIVE_UP_AFTER_S = 3.5
SYNC_JOB = "sync"
UNAVAILABLE = (StorageError, SQLAlchemyError, OSError)


class Shift:
    """Begun with the lease, ended with it."""

    def __init__(
        self,
        work: Work,
        queue: JobQueue,
        timetable: Timetable,
        *,
        is_automatic: bool,
        fill_pause_s: float,
        service_age: Callable[[], float],
        elapsed: Callable[[], float],
        now: Callable[[], datetime],
        running: Callable[[], int | None],
        job_runner: JobRunner,
        errands: Sequence[Errand],
        scheduler: BackgroundScheduler | None = None,
    ) -> None:
        self.stop = Stop()
        self._work = work
        self._queue = queue
        self._timetable = timetable
        self._is_automatic = is_automatic
        self._fill_pause_s = fill_pause_s
        self._is_fill_wanted = is_automatic
        self._service_age = service_age
        self._elapsed = elapsed
        self._now = now
        self._running = running
        self._scheduler = scheduler or BackgroundScheduler(timezone=UTC)
        self._consumer = self._new_consumer()
        self._job_runner = job_runner
        self._jobs = self._new_job_thread()
        self._errands = {errand: self._new_errand_thread(errand) for errand in errands}
        self._watched_at = self._filled_at = elapsed()

    def begin(self) -> None:
        """Work off the queue, clear up after whoever went before, and start the scheduler."""
        self._consumer.start()
        self._jobs.start()
        for thread in self._errands.values():
            thread.start()
        self._tidy()
        if self._is_automatic:
            self._begin_schedule()
            self._let_fill()
        else:
            logger.info("Automatic sync is off (ENABLE_AUTO_SYNC); syncs run when somebody asks for one")

    def watch(self) -> None:
        """Every second or so: make up for what the scheduler and the queue may have missed."""
        if self.stop.is_set() or self._elapsed() - self._watched_at < WATCH_EVERY_S:
            return
        self._watched_at = self._elapsed()
        if not self._consumer.is_alive():
            self._consumer = self._new_consumer()
            self._consumer.start()
        if not self._jobs.is_alive():
            self._jobs = self._new_job_thread()
            self._jobs.start()
        for errand in [errand for errand, thread in self._errands.items() if not thread.is_alive()]:
            self._errands[errand] = self._new_errand_thread(errand)
            self._errands[errand].start()
        self._tidy()
        if self._is_automatic and self._timetable.take_overdue():
            logger.warning("The scheduler is late; the system clock may have been set back, or the machine slept")
            self._ask("hourly")
            self._align()
        self._fill_now_and_then()

    def run_ended(self) -> None:
        """After a run there may be releases to read; Discogs is left alone for a while before."""
        self._is_fill_wanted = True
        self._let_fill()

    def end(self) -> None:
        """Stop what was begun. A run that does not stop in time is ended from outside."""
        self.stop.set()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)
        until = time.monotonic() + GIVE_UP_AFTER_S
        for thread in (self._consumer, self._jobs, *self._errands.values()):
            if thread.ident is not None:
                thread.join(max(until - time.monotonic(), 0.0))
        run_id = self._running()
        if self._consumer.is_alive() and run_id is not None:
            self._abandon(run_id)

    def _begin_schedule(self) -> None:
        self._scheduler.add_job(
            self._on_schedule,
            self._trigger(),
            id=SYNC_JOB,
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,
        )
        self._scheduler.start()
        hours = self._timetable.interval_s / 3600
        logger.info("Scheduler started. Sync interval: %s hour(s)", f"{hours:g}")
        if not self._has_sources():
            self._ask("startup")  # says what is missing
            return
        first = self._first_sync()
        if first > 0:
            logger.info("Took over from another process; the next sync is due in %.0f s", first)
            self._timetable.set_next(first)
            self._align()
        else:
            self._timetable.set_next(self._timetable.interval_s)
            self._ask("startup")

    def _first_sync(self) -> float:
        try:
            past = self._work.past_syncs()
        except UNAVAILABLE as error:
            logger.warning("Cannot tell when the last sync was: %s", error)
            return RETRY_S
        first = first_sync(
            past, now=self._now(), interval_s=self._timetable.interval_s, service_age_s=self._service_age()
        )
        if first.is_restart:
            logger.info("The last sync was cut short; running it again")
        elif first.is_start_up:
            logger.info("Running initial Discogs sync...")
        return first.in_s

    def _on_schedule(self) -> None:
        if self.stop.is_set():
            return
        if self._timetable.take_on_schedule():
            self._ask("hourly")
        else:
            logger.info("The next sync is due in %.0f s; was the system clock set?", self._timetable.seconds_left())
            self._align()

    def _align(self) -> None:
        """Let the scheduler call when the timetable says, whatever the system clock did."""
        self._scheduler.reschedule_job(SYNC_JOB, trigger=self._trigger())

    def _trigger(self) -> IntervalTrigger:
        first_at = self._now() + timedelta(seconds=max(self._timetable.seconds_left(), 0.0))
        return IntervalTrigger(seconds=self._timetable.interval_s, start_date=first_at, timezone=UTC)

    def _ask(self, trigger: str) -> None:
        try:
            self._work.round_began(self._work.request(trigger))
        except SyncBusy as error:
            logger.info("No %s sync: %s", trigger, error)
            # What is at work already is this round, for whoever waits to hear of one.
            self._work.round_began([*error.run_ids])
        except ConfigurationError as error:
            # Not a warning each hour: an account may be added while the mirror runs.
            logger.log(logging.WARNING if trigger == "startup" else logging.DEBUG, "%s", error)
        except UNAVAILABLE as error:
            logger.warning("No %s sync, trying again in a minute: %s", trigger, error)
            self._timetable.set_next(min(RETRY_S, self._timetable.interval_s))
            self._align()

    def _let_fill(self) -> None:
        self._filled_at = self._elapsed()
        if not self._fill_pause_s:
            self._queue.enqueue_fill()

    def _fill_now_and_then(self) -> None:
        pause = self._fill_pause_s or FILL_EVERY_S
        if self._is_fill_wanted and self._elapsed() - self._filled_at >= pause and self._queue.is_empty():
            self._is_fill_wanted = self._is_automatic
            self._filled_at = self._elapsed()
            self._queue.enqueue_fill()

    def _has_sources(self) -> bool:
        try:
            return self._work.has_sources()
        except UNAVAILABLE:
            return True

    def _tidy(self) -> None:
        """End runs whose process is gone; put those in again that never reached the queue."""
        if self._running() is not None:
            return
        try:
            self._work.close_orphans()
            if self._queue.is_empty():
                for run_id in self._work.queued():
                    self._queue.enqueue(run_id)
        except UNAVAILABLE as error:
            logger.warning("Cannot look after the runs: %s", error)

    def _abandon(self, run_id: int) -> None:
        try:
            if self._work.abandon(run_id):
                logger.warning("Run %s did not stop in time and is given up", run_id)
        except UNAVAILABLE as error:
            logger.warning("Run %s did not stop in time: %s", run_id, error)

    def _new_consumer(self) -> threading.Thread:
        return threading.Thread(target=self._queue.work, args=(self.stop,), name="waxmirror-queue", daemon=True)

    def _new_job_thread(self) -> threading.Thread:
        return threading.Thread(target=self._job_runner.run, args=(self.stop,), name="waxmirror-jobs", daemon=True)

    def _new_errand_thread(self, errand: Errand) -> threading.Thread:
        return threading.Thread(target=errand.run, args=(self.stop,), name=f"waxmirror-{errand.name}", daemon=True)
