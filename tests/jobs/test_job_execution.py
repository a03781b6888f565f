"""The life of a job: done, cancelled, tried again, gone on with, begun anew, cleared away."""

from __future__ import annotations

import os
import resource
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.core.job_states import MOST_ATTEMPTS
from app.core.outcomes import Reason
from app.core.query import BadQuery
from app.errors import (
    Cancelled,
    DiscogsAuthenticationError,
    DiscogsConnectionError,
    JobEnded,
    JobNotDone,
    JobNotEnded,
    JobNotFound,
    JobResultGone,
    JobUnknown,
)
from app.extensions import db
from app.services.job_control import MOST_ERRORS_KEPT, Job, JobControl
from app.services.job_kinds import JobKind
from app.services.job_ledger import JobLedger
from app.services.run_ledger import RunLedger
from tests.builders import MirrorBuilder
from tests.conftest import FakeClock
from tests.jobs.job_bench import COUNTING, JobBench, Steps, lines, refuses

NewBench = Callable[[Callable[[Job, JobControl], None]], JobBench]


@pytest.fixture
def new_bench(app: Flask, clock: FakeClock) -> Iterator[NewBench]:
    with app.app_context():
        yield lambda handler: JobBench(app, clock, handler)


def files(instance: Path) -> list[str]:
    folder = instance / "results"
    return sorted(path.suffix for path in folder.iterdir()) if folder.is_dir() else []


def test_a_job_waits_is_done_and_has_a_result(new_bench: NewBench, tmp_path: Path) -> None:
    bench = new_bench(Steps())
    job_id = bench.submit(5, owner="waxandco", priority=2)
    waiting = bench.get(job_id)
    assert (waiting["state"], waiting["owner"], waiting["priority"]) == ("queued", "waxandco", 2)
    assert waiting["parameters"] == {"steps": 5}
    assert bench.work()
    job = bench.get(job_id)
    assert (job["state"], job["problem"], job["attempts"]) == ("done", None, 1)
    assert (job["progress"]["done"], job["progress"]["total"], job["progress"]["unit"]) == (5, 5, "steps")
    assert job["result"]["name"] == "numbers.txt"
    assert job["result"]["size"] == len(lines(5))
    assert bench.text(job_id) == lines(5)
    path = bench.service.result(job_id).path
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert files(tmp_path) == [".result"]
    assert not bench.work()


def test_the_higher_priority_goes_first_and_then_the_older_job(new_bench: NewBench) -> None:
    bench = new_bench(Steps())
    first = bench.submit(1)
    bench.pass_time(seconds=1)
    second = bench.submit(1)
    bench.pass_time(seconds=1)
    urgent = bench.submit(1, priority=5)
    order = []
    while bench.work():
        order.append(
            next(each for each in (first, second, urgent) if bench.get(each)["state"] == "done" and each not in order)
        )
    assert order == [urgent, first, second]


def test_a_job_at_work_tells_how_fast_it_goes(new_bench: NewBench) -> None:
    seen: list[dict[str, Any]] = []

    def look(step: int, _control: JobControl) -> None:
        bench.pass_time(seconds=2)
        if step == 2:
            seen.append(bench.get(job_id)["progress"])

    bench = new_bench(Steps(look))
    job_id = bench.submit(5)
    bench.work()
    assert seen == [{"done": 2, "total": 5, "unit": "steps", "percent": 40.0, "per_second": 0.33, "seconds_left": 9.0}]


def test_a_job_that_waits_can_be_cancelled(new_bench: NewBench) -> None:
    bench = new_bench(Steps())
    job_id = bench.submit()
    assert bench.service.cancel(job_id)["state"] == "cancelled"
    assert not bench.work()
    with pytest.raises(JobEnded):
        bench.service.cancel(job_id)
    with pytest.raises(JobNotDone):
        bench.service.result(job_id)


def test_a_job_at_work_stops_between_two_steps_and_leaves_nothing(new_bench: NewBench, tmp_path: Path) -> None:
    def cancel(step: int, _control: JobControl) -> None:
        if step == 2:
            assert bench.service.cancel(job_id)["state"] == "cancelling"

    steps = Steps(cancel)
    bench = new_bench(steps)
    job_id = bench.submit(5)
    assert bench.work()
    assert bench.get(job_id)["state"] == "cancelled"
    assert steps.done == [0, 1, 2]
    assert files(tmp_path) == []


def test_a_job_that_was_cancelled_when_the_service_ends_does_not_go_on(new_bench: NewBench) -> None:
    def cancel_and_end(step: int, _control: JobControl) -> None:
        if step == 2:
            bench.service.cancel(job_id)
            bench.stop.set()

    bench = new_bench(Steps(cancel_and_end))
    job_id = bench.submit(5)
    assert bench.work()
    job = bench.get(job_id)
    assert (job["state"], job["finished_at"] is None) == ("cancelled", False)


def test_a_service_that_ends_lets_the_job_go_on_where_it_is(new_bench: NewBench, tmp_path: Path) -> None:
    def end(step: int, _control: JobControl) -> None:
        if step == 3 and not bench.get(job_id)["problem"]:
            bench.stop.set()

    steps = Steps(end)
    bench = new_bench(steps)
    job_id = bench.submit(6)
    assert bench.work()
    job = bench.get(job_id)
    assert (job["state"], job["attempts"]) == ("queued", 0), "the end of a service is no attempt"
    assert files(tmp_path) == [".part"]
    bench.stop.clear()
    steps.before = lambda _step, _control: None
    assert bench.work()
    assert bench.text(job_id) == lines(6)
    assert steps.done == [0, 1, 2, 3, 3, 4, 5], "the step that was not saved is done again, no other"


def test_what_may_pass_is_tried_again_later_and_later(new_bench: NewBench) -> None:
    def fail(step: int, _control: JobControl) -> None:
        if step == 2:
            raise DiscogsConnectionError(Reason.NET_RESET)

    steps = Steps(fail)
    bench = new_bench(steps)
    job_id = bench.submit(4)
    assert bench.work()
    job = bench.get(job_id)
    assert (job["state"], job["attempts"], job["problem"]) == ("queued", 1, "net.reset")
    assert not bench.work(), "not before its time"
    bench.pass_time(seconds=10)
    assert bench.work()
    bench.pass_time(seconds=19)
    assert not bench.work(), "the second pause is longer"
    bench.pass_time(seconds=1)
    steps.before = lambda _step, _control: None
    assert bench.work()
    assert bench.text(job_id) == lines(4)
    assert steps.done == [0, 1, 2, 3]
    assert bench.get(job_id)["problem"] is None


def test_nothing_is_tried_for_ever(new_bench: NewBench, tmp_path: Path) -> None:
    def fail(_step: int, _control: JobControl) -> None:
        raise DiscogsConnectionError(Reason.NET_TIMEOUT)

    bench = new_bench(Steps(fail))
    job_id = bench.submit()
    tries = 0
    while bench.work():
        tries += 1
        bench.pass_time(hours=1)
    assert tries == MOST_ATTEMPTS
    assert (bench.get(job_id)["state"], bench.get(job_id)["problem"]) == ("failed", "net.timeout")
    assert files(tmp_path) == []


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (DiscogsAuthenticationError(Reason.AUTH_REVOKED), "auth.revoked"),
        (ZeroDivisionError("secret detail"), "unexpected ZeroDivisionError"),
    ],
)
def test_what_will_not_pass_fails_at_once_and_can_be_begun_anew(
    new_bench: NewBench, error: Exception, told: str, tmp_path: Path
) -> None:
    def fail(step: int, _control: JobControl) -> None:
        if step == 1:
            raise error

    steps = Steps(fail)
    bench = new_bench(steps)
    job_id = bench.submit(3)
    assert bench.work()
    assert (bench.get(job_id)["state"], bench.get(job_id)["problem"]) == ("failed", told)
    assert files(tmp_path) == []
    assert bench.service.retry(job_id)["state"] == "queued"
    steps.before = lambda _step, _control: None
    assert bench.work()
    assert bench.text(job_id) == lines(3)
    with pytest.raises(JobNotEnded):
        bench.service.retry(job_id)


def test_single_errors_are_counted_and_the_first_ones_kept(new_bench: NewBench) -> None:
    bench = new_bench(Steps(lambda step, control: control.error(f"line {step}", "no such\nrelease")))
    job_id = bench.submit(MOST_ERRORS_KEPT + 20)
    bench.work()
    job = bench.get(job_id)
    assert job["state"] == "done"
    assert job["error_count"] == MOST_ERRORS_KEPT + 20
    assert len(job["errors"]) == MOST_ERRORS_KEPT
    assert job["errors"][1] == {"place": "line 1", "problem": "no such release"}


def test_two_workers_never_have_the_same_job(new_bench: NewBench, clock: FakeClock) -> None:
    bench = new_bench(Steps())
    job_id = bench.submit()
    one, other = JobLedger(db.engine, clock), JobLedger(db.engine, clock)
    assert one.next_waiting([COUNTING]) == other.next_waiting([COUNTING]) == job_id
    assert [one.claim(job_id) is None, other.claim(job_id) is None] == [False, True]


def test_who_lost_a_job_changes_nothing_of_it_any_more(new_bench: NewBench) -> None:
    def lose(step: int, _control: JobControl) -> None:
        if step == 2:
            bench.service.put_back_orphans()
            steps.before = lambda _step, _control: None
            assert bench.work(), "somebody else goes on with it"
            steps.before = lose

    steps = Steps(lose)
    bench = new_bench(steps)
    job_id = bench.submit(5)
    assert bench.work()
    assert bench.get(job_id)["state"] == "done"
    assert bench.text(job_id) == lines(5)


def test_a_job_that_kills_its_worker_again_and_again_fails(new_bench: NewBench, clock: FakeClock) -> None:
    bench = new_bench(Steps())
    job_id = bench.submit()
    ledger = JobLedger(db.engine, clock)
    for _ in range(MOST_ATTEMPTS):
        assert ledger.claim(job_id)
        bench.service.put_back_orphans()
    assert bench.get(job_id)["state"] == "failed"
    assert "again and again" in bench.get(job_id)["problem"]


def test_what_was_cancelled_stays_so_when_its_worker_dies(new_bench: NewBench, clock: FakeClock) -> None:
    bench = new_bench(Steps())
    job_id = bench.submit()
    JobLedger(db.engine, clock).claim(job_id)
    bench.service.cancel(job_id)
    bench.service.put_back_orphans()
    assert bench.get(job_id)["state"] == "cancelled"


def test_without_what_it_wrote_a_job_begins_at_the_beginning(new_bench: NewBench, tmp_path: Path) -> None:
    steps = Steps(lambda step, _control: bench.stop.set() if step == 3 else None)
    bench = new_bench(steps)
    job_id = bench.submit(5)
    bench.work()
    (tmp_path / "results" / f"{job_id}.part").unlink()
    bench.stop.clear()
    steps.before = lambda _step, _control: None
    bench.work()
    assert bench.text(job_id) == lines(5)


def test_a_job_that_asks_discogs_lets_the_sync_go_first(new_bench: NewBench, clock: FakeClock) -> None:
    runs, mirror = RunLedger(db.engine, clock), None

    def sync(step: int, _control: JobControl) -> None:
        if step == 2:
            queued.append(runs.queue(mirror.source_id, trigger="api"))

    steps, queued = Steps(sync), []
    bench = new_bench(steps)
    mirror = MirrorBuilder(db.engine)
    bench.kinds[COUNTING] = JobKind(steps, lambda _parameters: None, asks_discogs=True)
    job_id = bench.submit(5)
    assert bench.work()
    steps.before = lambda _step, _control: None
    bench.pass_time(minutes=1)
    assert (bench.get(job_id)["state"], bench.get(job_id)["attempts"]) == ("queued", 0)
    assert not bench.work(), "the sync has not begun yet"
    runs.start(queued[0])
    assert not bench.work(), "nor while it is at work"
    runs.request_cancel(queued[0])
    runs.give_up(queued[0], Reason.CANCELLED_USER)
    with db.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE runs SET state = 'finished'")
    assert bench.work()
    assert bench.text(job_id) == lines(5)
    assert steps.done[:3] == [0, 1, 2]


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """No file of this process can grow beyond `size` bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_fails_the_job_clearly_and_leaves_nothing(new_bench: NewBench, tmp_path: Path) -> None:
    def write(_job: Job, control: JobControl) -> None:
        file = control.result_file("big.bin", "application/octet-stream")
        for number in range(100):
            file.write(bytes(1024 * 1024))
            control.progress(number + 1)

    bench = new_bench(write)
    job_id = bench.submit()
    with largest_file(8 * 1024 * 1024):
        assert bench.work()
    assert bench.get(job_id)["state"] == "failed"
    assert bench.get(job_id)["problem"] == "the result cannot be written: File too large"
    assert files(tmp_path) == []


def test_results_have_their_time(new_bench: NewBench, tmp_path: Path) -> None:
    bench = new_bench(Steps())
    job_id = bench.submit()
    bench.work()
    bench.pass_time(hours=23)
    assert bench.service.clear_away() == 0
    assert bench.text(job_id) == lines(5)
    bench.pass_time(hours=1)
    with pytest.raises(JobResultGone):
        bench.service.result(job_id)
    assert bench.service.clear_away() == 1
    assert files(tmp_path) == []
    assert (bench.get(job_id)["state"], bench.get(job_id)["result"]) == ("done", None)
    with pytest.raises(JobResultGone):
        bench.service.result(job_id)
    bench.pass_time(days=31)
    bench.service.clear_away()
    with pytest.raises(JobNotFound):
        bench.get(job_id)


def test_files_of_nobody_go_when_they_are_old(new_bench: NewBench, tmp_path: Path) -> None:
    bench = new_bench(Steps())
    job_id = bench.submit()
    bench.work()
    folder = tmp_path / "results"
    for name in ("0123456789abcdef.part", "fedcba9876543210.part", "notes.txt"):
        (folder / name).write_text("of nobody that is known")
    at = bench.clock.now.timestamp()
    os.utime(folder / "0123456789abcdef.part", (at - 25 * 3600, at - 25 * 3600))
    os.utime(folder / "fedcba9876543210.part", (at - 3600, at - 3600))
    bench.service.clear_away()
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        [f"{job_id}.result", "fedcba9876543210.part", "notes.txt"]
    ), "the young one may be of a job that another mirror is doing"


def test_what_cannot_be_done_is_not_taken(new_bench: NewBench) -> None:
    bench = new_bench(Steps())
    bench.kinds["picky"] = JobKind(Steps(), refuses)
    with pytest.raises(JobUnknown):
        bench.service.submit("nonsense", {})
    with pytest.raises(BadQuery):
        bench.service.submit("picky", {})
    assert bench.service.newest() == []


def test_jobs_are_listed_by_kind_and_state(new_bench: NewBench) -> None:
    bench = new_bench(Steps())
    bench.kinds["other"] = JobKind(Steps(), lambda _parameters: None)
    done = bench.submit(1)
    bench.work()
    bench.pass_time(seconds=1)
    other = bench.service.submit("other", {"steps": 1})["id"]
    assert [job["id"] for job in bench.service.newest()] == [other, done]
    assert [job["id"] for job in bench.service.newest(kinds={"other"})] == [other]
    assert [job["id"] for job in bench.service.newest(state="done")] == [done]
    assert [job["id"] for job in bench.service.newest(limit=1)] == [other]


def test_a_wait_ends_when_the_service_does(new_bench: NewBench) -> None:
    def wait(_job: Job, control: JobControl) -> None:
        bench.stop.set()
        with pytest.raises(Cancelled):
            control.wait(3600)

    bench = new_bench(wait)
    job_id = bench.submit()
    bench.work()
    assert bench.get(job_id)["state"] == "done"
