"""The lease: who gets it works, who loses it stops, and a stop is quick."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from app.jobs.clock import ClockService
from app.models.locks import locks_for
from tests.jobs.fakes import FakeLock, FakeLocks, RecordingWork
from tests.jobs.waiting import until

NewService = Callable[..., ClockService]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.jobs.clock.HEARTBEAT_S", 0.02)
    monkeypatch.setattr("app.jobs.clock.TRY_EVERY_S", 0.04)
    monkeypatch.setattr("app.jobs.queue.POLL_S", 0.02)


@pytest.fixture
def new_service(sqlite_url: str) -> Iterator[NewService]:
    made: list[ClockService] = []

    def make(locks: Any, work: RecordingWork, *, is_automatic: bool = True, url: str = sqlite_url) -> ClockService:
        made.append(
            ClockService(
                locks,
                work,
                database_url=url,
                interval_hours=1.0,
                is_automatic=is_automatic,
                fill_pause_s=0.0,
                now=work.machine.now,
                elapsed=work.machine.elapsed,
                service_age=lambda: 1.0,
                random=lambda: 0.5,
            )
        )
        return made[-1]

    yield make
    for service in made:
        service.stop()


def threads() -> set[str]:
    return {thread.name for thread in threading.enumerate() if thread.name.startswith(("waxmirror", "APScheduler"))}


def test_who_gets_the_lease_syncs_at_once(new_service: NewService) -> None:
    work = RecordingWork()
    service = new_service(FakeLocks(FakeLock()), work)
    service.start()
    until(lambda: work.requests, "the start-up sync")
    assert service.holds_lease()
    assert work.requests[0][1] == "startup"


def test_who_does_not_get_the_lease_does_nothing(new_service: NewService) -> None:
    work, locks = RecordingWork(), FakeLocks()
    locks.trouble = [OSError("tried once"), OSError("tried twice")]
    service = new_service(locks, work)
    service.start()
    until(lambda: not locks.trouble, "two attempts")
    assert not service.holds_lease()
    assert work.requests == []
    assert threads() == {"waxmirror-lease"}


def test_a_queued_run_is_carried_out_by_the_holder(new_service: NewService) -> None:
    work = RecordingWork()
    service = new_service(FakeLocks(FakeLock()), work)
    service.start()
    service.queue.enqueue(12)
    until(lambda: work.executed == [12], "the queued run")


def test_a_lost_lease_ends_the_work_and_is_taken_again(new_service: NewService) -> None:
    first, second = FakeLock(), FakeLock()
    work = RecordingWork()
    ended: list[bool] = []
    work.during = lambda _run_id, stop: ended.append(stop.wait(10))
    service = new_service(FakeLocks(first, second), work)
    service.start()
    service.queue.enqueue(1)
    until(lambda: work.executed == [1], "a run at work")
    first.alive = False
    until(lambda: ended == [True], "the run is told to stop")
    until(first.released.is_set, "the lost lock is let go")
    work.during = lambda _run_id, _stop: None
    until(service.holds_lease, "the next lease")
    service.queue.enqueue(2)
    until(lambda: work.executed == [1, 2], "work under the new lease")


def test_stopping_ends_a_run_at_work_and_every_thread(new_service: NewService) -> None:
    lock, work = FakeLock(), RecordingWork()
    told: list[bool] = []
    work.during = lambda _run_id, stop: told.append(stop.wait(10))
    service = new_service(FakeLocks(lock), work)
    service.start()
    service.queue.enqueue(1)
    until(lambda: work.executed == [1], "a run at work")
    service.stop()
    assert told == [True]
    assert work.abandoned == []
    assert lock.released.is_set()
    assert not service.holds_lease()
    until(lambda: threads() == set(), "all threads have ended")


def test_a_run_that_does_not_stop_is_given_up(new_service: NewService, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.jobs.shift.GIVE_UP_AFTER_S", 0.05)
    lock, work, freed = FakeLock(), RecordingWork(), threading.Event()
    work.during = lambda _run_id, _stop: freed.wait(30)
    service = new_service(FakeLocks(lock), work)
    service.start()
    service.queue.enqueue(77)
    until(lambda: work.executed == [77], "a run at work")
    service.stop()
    assert work.abandoned == [77]
    assert lock.released.is_set()
    freed.set()
    until(lambda: threads() == set(), "all threads have ended")


def test_stopping_twice_or_before_the_start_is_harmless(new_service: NewService) -> None:
    service = new_service(FakeLocks(FakeLock()), RecordingWork())
    service.stop()
    service.start()
    service.stop()
    service.stop()
    assert not service.holds_lease()


def test_asking_to_stop_returns_at_once_and_ends_the_shift(new_service: NewService) -> None:
    lock = FakeLock()
    service = new_service(FakeLocks(lock), RecordingWork())
    service.start()
    until(service.holds_lease, "the lease")
    service.ask_to_stop()
    until(lock.released.is_set, "the lease is given back")


def test_an_unreachable_database_is_reported_once_and_tried_again(
    new_service: NewService, caplog: pytest.LogCaptureFixture
) -> None:
    locks = FakeLocks(FakeLock())
    locks.trouble = [OperationalError("SELECT", {}, OSError("connection refused")) for _ in range(3)]
    with caplog.at_level(logging.WARNING):
        service = new_service(locks, RecordingWork())
        service.start()
        until(service.holds_lease, "the lease, once the database is back")
    assert sum("Cannot mind the lease" in message for message in caplog.messages) == 1


def test_of_two_services_on_one_database_one_works_and_the_other_takes_over(
    new_service: NewService, database_url: str, app: Any
) -> None:
    from app.extensions import db

    with app.app_context():
        locks = locks_for(db.engine)
    first_work, second_work = RecordingWork(), RecordingWork()
    first = new_service(locks, first_work, url=database_url)
    second = new_service(locks, second_work, url=database_url)
    first.start()
    until(first.holds_lease, "the first has the lease")
    second.start()
    second.queue.enqueue(5)
    until(lambda: first_work.executed == [5], "the holder carries out what the other queued")
    assert not second.holds_lease()
    first.stop()
    until(second.holds_lease, "the second takes over")
    until(lambda: second_work.requests, "and syncs")


def test_releases_are_read_round_after_round_until_none_is_due(new_service: NewService) -> None:
    work = RecordingWork(rounds_due=4)
    service = new_service(FakeLocks(FakeLock()), work)
    service.start()
    until(lambda: work.filled == 4, "four rounds")


def test_a_run_comes_between_two_rounds_and_is_followed_by_one(new_service: NewService) -> None:
    order: list[str] = []

    class Ordered(RecordingWork):
        def fill_releases(self, stop: Any) -> bool:
            order.append("fill")
            if len(order) == 2:
                service.queue.enqueue(7)
            return len(order) == 1

    work = Ordered(during=lambda run_id, _stop: order.append(f"run {run_id}"))
    service = new_service(FakeLocks(FakeLock()), work)
    service.start()
    until(lambda: len(order) == 4, "a round after the run")
    assert order == ["fill", "fill", "run 7", "fill"]
