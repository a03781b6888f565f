"""Jobs of a kind made up by a test, done by a real ledger in a real database."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from flask import Flask

from app.core.query import BadQuery
from app.extensions import KEY
from app.services.job_control import Job, JobControl
from app.services.job_kinds import JobKind
from app.services.jobs_service import JobsService
from tests.conftest import FakeClock

COUNTING = "counting"


def takes_anything(_parameters: Mapping[str, Any]) -> None:
    """No parameter is wrong."""


def refuses(_parameters: Mapping[str, Any]) -> None:
    """Every parameter is wrong."""
    raise BadQuery({"steps": "must be another number"})


class Steps:
    """A handler that writes the numbers below `steps` into a file, one line each, and notes what it did."""

    def __init__(self, before: Callable[[int, JobControl], None] = lambda _step, _control: None) -> None:
        self.before = before
        self.done: list[int] = []

    def __call__(self, job: Job, control: JobControl) -> None:
        first, steps = job.cursor or 0, job.parameters["steps"]
        file = control.result_file("numbers.txt", "text/plain")
        control.progress(first, steps, "steps")
        for step in range(first, steps):
            self.before(step, control)
            file.write(b"%d\n" % step)
            self.done.append(step)
            control.progress(step + 1, steps, "steps")
            control.save(step + 1)


class JobBench:
    """One mirror's jobs. Everything is due for the ledger at once: its seconds fly."""

    def __init__(self, app: Flask, clock: FakeClock, handler: Callable[[Job, JobControl], None]) -> None:
        wired = app.extensions[KEY]
        wired.clock = clock
        wired.monotonic = self._seconds
        self.clock = clock
        self.stop = threading.Event()
        self._now = 0.0
        self.kinds = {COUNTING: JobKind(handler, takes_anything)}
        self.service = JobsService(self.kinds)

    def _seconds(self) -> float:
        self._now += 10.0
        return self._now

    def submit(self, steps: int = 5, **more: Any) -> str:
        return str(self.service.submit(COUNTING, {"steps": steps}, **more)["id"])

    def work(self) -> bool:
        return self.service.do_next(self.stop)  # type: ignore[arg-type]

    def get(self, job_id: str) -> dict[str, Any]:
        return self.service.get(job_id)

    def text(self, job_id: str) -> str:
        return self.service.result(job_id).path.read_text()

    def pass_time(self, **span: float) -> None:
        self.clock.now += timedelta(**span)


def lines(steps: int) -> str:
    """What `Steps` writes."""
    return "".join(f"{number}\n" for number in range(steps))
