"""The worker for jobs: one at a time, dead or alive, and gone when it is told to go."""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app import create_app
from app.core.outcomes import Reason
from app.errors import StorageError
from app.extensions import db, wiring
from app.jobs.job_runner import TIDY_EVERY_S, JobRunner
from app.jobs.stop import Stop
from app.jobs.work import AppWork
from app.services import jobs_service
from app.services.job_control import JobControl
from app.services.job_kinds import JobKind
from app.services.jobs_service import JobsService
from config import Settings
from tests.conftest import FakeClock
from tests.jobs.fakes import FakeLock, Machine, RecordingWork
from tests.jobs.job_bench import COUNTING, Steps, lines, takes_anything
from tests.jobs.waiting import until


class OneLock:
    """Gives out one lock, if it is free."""

    def __init__(self, *, is_free: bool = True) -> None:
        self.lock = FakeLock()
        self.is_free = is_free

    def try_hold(self, _name: str) -> FakeLock | None:
        return self.lock if self.is_free else None


@contextmanager
def running(work: RecordingWork, locks: OneLock) -> Iterator[Stop]:
    stop = Stop()
    thread = threading.Thread(target=JobRunner(work, locks, work.machine.elapsed).run, args=(stop,))
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join(5)
        assert not thread.is_alive()


def test_it_tidies_once_and_does_one_job_after_the_other() -> None:
    order: list[int] = []
    work = RecordingWork(jobs=[lambda _stop, number=number: order.append(number) for number in range(3)])  # type: ignore[misc]
    locks = OneLock()
    with running(work, locks):
        until(lambda: len(order) == 3, "all jobs are done")
        assert (work.put_back, work.cleared) == (1, 1)
    assert order == [0, 1, 2]
    assert locks.lock.released.is_set()


def test_without_the_lock_it_touches_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.jobs.job_runner.LOOK_EVERY_S", 0.01)
    done = threading.Event()
    work = RecordingWork(jobs=[lambda _stop: done.set()])
    locks = OneLock(is_free=False)
    with running(work, locks):
        assert not done.wait(0.2)
        assert work.put_back == 0
        locks.is_free = True
        assert done.wait(5)


def test_it_tidies_again_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.jobs.job_runner.LOOK_EVERY_S", 0.01)
    work = RecordingWork(Machine())
    with running(work, OneLock()):
        until(lambda: work.cleared == 1, "tidied at the start")
        work.machine.pass_time(TIDY_EVERY_S)
        until(lambda: work.cleared == 2, "tidied again")


def test_a_database_that_is_away_is_told_of_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("app.jobs.job_runner.LOOK_EVERY_S", 0.01)
    done = threading.Event()

    def away(_stop: Any) -> None:
        raise StorageError(Reason.DB_UNREACHABLE)

    work = RecordingWork(jobs=[away, away, away, lambda _stop: done.set()])
    with caplog.at_level(logging.WARNING), running(work, OneLock()):
        assert done.wait(5)
    assert caplog.messages == ["Jobs have to wait: db.unreachable"]
    assert work.put_back == 4, "a job may have been left without a word"


@pytest.fixture
def kinds(monkeypatch: pytest.MonkeyPatch) -> dict[str, JobKind]:
    """The kinds of jobs that an application knows, as this test has them."""
    found: dict[str, JobKind] = {}
    monkeypatch.setattr(jobs_service.JobsService.__init__, "__defaults__", (found,))
    return found


def work_until_killed(settings: Settings, go_on: Callable[[int, JobControl], None], told: int) -> None:
    """In a process of its own: take the lock, do jobs, and tell when the job is half done."""
    try:
        app = create_app(settings, start_clock=False)
        runner(app, Steps(go_on)).run(Stop())
    finally:
        os.write(told, b"!")
        os._exit(99)


def runner(app: Flask, handler: Steps) -> JobRunner:
    defaults = JobsService.__init__.__defaults__
    assert defaults is not None
    defaults[0][COUNTING] = JobKind(handler, takes_anything)
    with app.app_context():
        locks = wiring().locks
    ticks = iter(range(0, 10**9, 10))
    app.extensions["waxmirror"].monotonic = lambda: float(next(ticks))
    return JobRunner(AppWork(app), locks, lambda: 0.0)


def killed_half_way(settings: Settings, at: int) -> None:
    """A worker that gets as far as step `at`, stands there, and is killed."""
    reading, told = os.pipe()

    def stand(step: int, _control: JobControl) -> None:
        if step == at:
            os.write(told, b".")
            threading.Event().wait(60)

    child = os.fork()
    if child == 0:
        work_until_killed(settings, stand, told)
    assert os.read(reading, 1) == b"."
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(reading)
    os.close(told)


@pytest.mark.usefixtures("kinds")
def test_a_job_whose_worker_was_killed_goes_on_without_doing_its_work_twice(
    settings: Settings, kinds: dict[str, JobKind], make_app: Callable[[Settings], Flask], tmp_path: Path
) -> None:
    steps = Steps()
    app = make_app(settings)
    runs_jobs = runner(app, steps)
    with app.app_context():
        job_id = str(JobsService().submit(COUNTING, {"steps": 8})["id"])
        db.engine.dispose()
    killed_half_way(settings, at=5)
    with app.app_context():
        assert JobsService().get(job_id)["state"] == "running", "nobody was left to say otherwise"
    with (tmp_path / "results" / f"{job_id}.part").open("ab") as part:
        part.write(b"what was written and not saved")
    stop = Stop()
    thread = threading.Thread(target=runs_jobs.run, args=(stop,))
    thread.start()
    try:
        with app.app_context():
            until(lambda: JobsService().get(job_id)["state"] == "done", "the job is done")
            assert JobsService().result(job_id).path.read_text() == lines(8)
            assert JobsService().get(job_id)["attempts"] == 2
    finally:
        stop.set()
        thread.join(5)
    assert steps.done == [5, 6, 7], "the first five were done before"


@pytest.mark.usefixtures("kinds")
def test_two_workers_at_once_do_each_job_once(
    settings: Settings, kinds: dict[str, JobKind], make_app: Callable[[Settings], Flask]
) -> None:
    steps = Steps()
    apps = [make_app(settings), make_app(settings)]
    stop = Stop()
    workers = [threading.Thread(target=runner(app, steps).run, args=(stop,)) for app in apps]
    with apps[0].app_context():
        ids = [str(JobsService().submit(COUNTING, {"steps": 3})["id"]) for _ in range(6)]
        for worker in workers:
            worker.start()
        try:
            until(lambda: len(JobsService().newest(state="done")) == 6, "all jobs are done")
        finally:
            stop.set()
            for worker in workers:
                worker.join(5)
        assert [JobsService().get(job_id)["attempts"] for job_id in ids] == [1] * 6
    assert steps.done == [0, 1, 2] * 6


@pytest.mark.usefixtures("kinds")
def test_the_clock_of_an_application_does_jobs_and_ends_in_time(
    settings: Settings, kinds: dict[str, JobKind], make_app: Callable[[Settings], Flask], clock: FakeClock
) -> None:
    begun = threading.Event()

    def stand(_step: int, control: JobControl) -> None:
        begun.set()
        control.wait(60)

    kinds[COUNTING] = JobKind(Steps(stand), takes_anything)
    app = make_app(settings.replace(enable_auto_sync=False))
    with app.app_context():
        service = wiring().clock_service
        assert service is not None
        job_id = str(JobsService().submit(COUNTING, {"steps": 3})["id"])
        service.start()
        assert begun.wait(10)
        service.stop()
        job = JobsService().get(job_id)
    assert (job["state"], job["attempts"]) == ("queued", 0)
    assert not [thread for thread in threading.enumerate() if thread.name == "waxmirror-jobs"]
