"""A machine whose clocks the test moves, and what a shift works with on it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from app.jobs.errands import errands_of
from app.jobs.job_runner import LOCK, JobRunner
from app.jobs.shift import Shift
from app.jobs.timetable import PastSync, Timetable

HOUR = 3600.0


class Machine:
    """Two clocks: one that nobody can set, and the system's, which jumps."""

    def __init__(self) -> None:
        self.seconds = 5000.0
        self.wall = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)

    def elapsed(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return self.wall

    def set_clock(self, by_s: float) -> None:
        self.wall += timedelta(seconds=by_s)

    def pass_time(self, seconds: float) -> None:
        self.seconds += seconds
        self.wall += timedelta(seconds=seconds)


class WallScheduler:
    """Calls its job by the system clock alone, and once for any number of missed times, as APScheduler does."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._job: Callable[[], None] | None = None
        self._next: datetime | None = None
        self._interval = timedelta()
        self.running = False
        self.options: dict[str, Any] = {}

    def add_job(self, job: Callable[[], None], trigger: Any, **options: Any) -> None:
        self._job = job
        self.options = options
        self.reschedule_job("", trigger=trigger)

    def reschedule_job(self, _id: str, *, trigger: Any) -> None:
        self._next = trigger.start_date
        self._interval = trigger.interval

    def start(self) -> None:
        self.running = True

    def shutdown(self, *, wait: bool) -> None:
        self.running = False

    def tick(self) -> None:
        if self.running and self._job and self._next and self._machine.wall >= self._next:
            while self._machine.wall >= self._next:
                self._next += self._interval
            self._job()


@dataclass
class RecordingWork:
    """Remembers when it was asked for what."""

    machine: Machine = field(default_factory=Machine)
    trouble: list[Exception] = field(default_factory=list)
    past: list[PastSync] = field(default_factory=list)
    waiting: list[int] = field(default_factory=list)
    orphans: list[int] = field(default_factory=list)
    is_configured: bool = True
    requests: list[tuple[float, str]] = field(default_factory=list)
    executed: list[int] = field(default_factory=list)
    abandoned: list[int] = field(default_factory=list)
    closed: list[int] = field(default_factory=list)
    filled: int = 0
    rounds_due: int = 0
    jobs: list[Callable[[Any], None]] = field(default_factory=list)
    put_back: int = 0
    cleared: int = 0
    rounds: list[list[int]] = field(default_factory=list)
    during: Callable[[int, Any], None] = lambda _run_id, _stop: None

    def has_sources(self) -> bool:
        return self.is_configured

    def request(self, trigger: str) -> list[int]:
        self.requests.append((self.machine.elapsed(), trigger))
        if self.trouble:
            raise self.trouble.pop(0)
        return [len(self.requests)]

    def execute(self, run_id: int, stop: Any) -> None:
        self.executed.append(run_id)
        self.during(run_id, stop)

    def fill_releases(self, stop: Any) -> bool:
        self.filled += 1
        return self.rounds_due > self.filled

    def queued(self) -> list[int]:
        return list(self.waiting)

    def past_syncs(self) -> list[PastSync]:
        return self.past

    def close_orphans(self) -> list[int]:
        self.closed, self.orphans = self.closed + self.orphans, []
        return self.closed

    def abandon(self, run_id: int) -> bool:
        self.abandoned.append(run_id)
        return True

    def do_job(self, stop: Any) -> bool:
        if not self.jobs:
            return False
        self.jobs.pop(0)(stop)
        return True

    def put_back_jobs(self) -> int:
        self.put_back += 1
        return 0

    def back_up_when_due(self, stop: Any) -> float:
        return 3600.0

    def deliver_changes(self, stop: Any) -> float:
        return 3600.0

    def round_began(self, run_ids: list[int]) -> None:
        self.rounds.append(run_ids)

    def ping(self, stop: Any) -> float:
        return 3600.0

    def clear_away_results(self) -> int:
        self.cleared += 1
        return 0


class IdleQueue:
    """A queue whose worker only waits for the end."""

    def __init__(self) -> None:
        self.messages: list[int] = []
        self.fills = 0
        self.workers = 0
        self.dies = False

    def enqueue(self, run_id: int) -> None:
        self.messages.append(run_id)

    def enqueue_fill(self) -> None:
        self.fills += 1

    def is_empty(self) -> bool:
        return not self.messages

    def work(self, stop: Any) -> None:
        self.workers += 1
        if not self.dies:
            stop.wait(60)

    def close(self) -> None:
        self.messages.clear()


class FakeLock:
    """A lock that can be taken away."""

    def __init__(self) -> None:
        self.alive = True
        self.released = threading.Event()

    def is_alive(self) -> bool:
        return self.alive

    def release(self) -> None:
        self.released.set()


class FakeLocks:
    """Gives out the locks it has, in order."""

    def __init__(self, *locks: FakeLock) -> None:
        self.locks = list(locks)
        self.trouble: list[Exception] = []

    def try_hold(self, name: str) -> FakeLock | None:
        if name == LOCK:
            return None  # jobs are not what these tests are about
        if self.trouble:
            raise self.trouble.pop(0)
        return self.locks.pop(0) if self.locks else None


class Bench:
    """One shift on one machine."""

    def __init__(self, *, is_automatic: bool = True, service_age_s: float = 1.0, fill_pause_s: float = 0.0) -> None:
        self.machine = Machine()
        self.scheduler = WallScheduler(self.machine)
        self.work = RecordingWork(self.machine)
        self.queue = IdleQueue()
        self.running: int | None = None
        self.shift = Shift(
            self.work,
            self.queue,
            Timetable(HOUR, self.machine.elapsed),
            is_automatic=is_automatic,
            fill_pause_s=fill_pause_s,
            service_age=lambda: service_age_s,
            elapsed=self.machine.elapsed,
            now=self.machine.now,
            running=lambda: self.running,
            job_runner=JobRunner(self.work, FakeLocks(), self.machine.elapsed),
            errands=errands_of(self.work, self.machine.elapsed),
            scheduler=self.scheduler,
        )

    def pass_time(self, seconds: float, step: float = 1.0) -> None:
        """Let time pass while the machine is awake: the scheduler and the watch both look every `step`."""
        for _ in range(int(seconds / step)):
            self.machine.pass_time(step)
            self.scheduler.tick()
            self.shift.watch()

    def times(self) -> list[float]:
        """When syncs were asked for, in seconds from the first."""
        return [at - self.work.requests[0][0] for at, _ in self.work.requests]
