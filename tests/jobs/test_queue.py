"""The job queue, on both kinds of database."""

from __future__ import annotations

import json
import logging
import os
import pickle
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine, make_url

from app.jobs.queue import JobQueue, queue_file
from app.jobs.stop import Stop
from tests.conftest import POSTGRESQL, administration
from tests.jobs.waiting import until

NewQueue = Callable[..., JobQueue]


@pytest.fixture
def done() -> list[int]:
    """Runs that were carried out, in order."""
    return []


@pytest.fixture
def new_queue(database_url: str, done: list[int]) -> Iterator[NewQueue]:
    made: list[JobQueue] = []

    def make(carry_out: Callable[[int], None] = done.append) -> JobQueue:
        made.append(JobQueue(database_url, carry_out))
        return made[-1]

    if database_url.startswith("postgresql"):
        engine = create_engine(database_url)
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP TABLE IF EXISTS queue_task, queue_kv, queue_schedule, queue_counter")
        engine.dispose()
    yield make
    for queue in made:
        queue.close()


@pytest.fixture
def at_work() -> Iterator[Callable[[JobQueue], Stop]]:
    """Starts workers, and ends them."""
    begun: list[tuple[threading.Thread, Stop]] = []

    def start(queue: JobQueue) -> Stop:
        stop = Stop()
        thread = threading.Thread(target=queue.work, args=(stop,))
        thread.start()
        begun.append((thread, stop))
        return stop

    yield start
    for thread, stop in begun:
        stop.set()
        thread.join(10)
        assert not thread.is_alive()


def test_runs_are_carried_out_in_the_order_they_were_queued(
    new_queue: NewQueue, at_work: Callable[[JobQueue], Stop], done: list[int]
) -> None:
    queue = new_queue()
    for run_id in (3, 1, 2):
        queue.enqueue(run_id)
    at_work(queue)
    until(lambda: len(done) == 3, "three runs carried out")
    assert done == [3, 1, 2]


def test_what_one_process_queues_another_carries_out(
    new_queue: NewQueue, at_work: Callable[[JobQueue], Stop], done: list[int]
) -> None:
    at_work(new_queue())
    new_queue().enqueue(2**40)
    until(lambda: done == [2**40], "the run carried out")


def test_a_message_is_taken_by_one_worker_only(
    new_queue: NewQueue, at_work: Callable[[JobQueue], Stop], done: list[int]
) -> None:
    sender = new_queue()
    for _ in range(2):
        at_work(new_queue())
    for run_id in range(20):
        sender.enqueue(run_id)
    until(lambda: len(done) >= 20, "twenty runs carried out")
    until(sender.is_empty, "the queue is empty")
    assert sorted(done) == list(range(20))


def test_a_run_that_raises_does_not_stop_the_worker(
    new_queue: NewQueue, at_work: Callable[[JobQueue], Stop], done: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    def carry_out(run_id: int) -> None:
        if run_id == 1:
            raise RuntimeError("the run blew up")
        done.append(run_id)

    queue = new_queue(carry_out)
    queue.enqueue(1)
    queue.enqueue(2)
    at_work(queue)
    until(lambda: done == [2], "the run after the one that raised")
    assert "the run blew up" in caplog.text


def test_messages_survive_a_restart(new_queue: NewQueue, at_work: Callable[[JobQueue], Stop], done: list[int]) -> None:
    before = new_queue()
    before.enqueue(6)
    before.close()
    after = new_queue()
    assert not after.is_empty()
    at_work(after)
    until(lambda: done == [6], "the message of before")


def test_messages_are_plain_data(new_queue: NewQueue) -> None:
    queue = new_queue()
    queue.enqueue(11)
    (message,) = queue._opened().storage.enqueued_items()
    assert json.loads(message)["args"] == [11]


def test_a_message_that_would_run_code_is_dropped(
    new_queue: NewQueue,
    at_work: Callable[[JobQueue], Stop],
    done: list[int],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Trap:
        def __reduce__(self) -> tuple[Callable[[str], int], tuple[str]]:
            return os.system, (f"touch {tmp_path}/sprung",)

    queue = new_queue()
    queue._opened().storage.enqueue(pickle.dumps(Trap()))
    queue.enqueue(4)
    with caplog.at_level(logging.ERROR):
        at_work(queue)
        until(lambda: done == [4], "the message behind the trap")
    assert not (tmp_path / "sprung").exists()
    assert "cannot be read and is dropped" in caplog.text


def test_nothing_is_opened_before_the_first_use(new_queue: NewQueue) -> None:
    queue = new_queue()
    queue.close()
    assert queue._huey is None


def test_closing_leaves_the_queue_usable(
    new_queue: NewQueue, at_work: Callable[[JobQueue], Stop], done: list[int]
) -> None:
    queue = new_queue()
    queue.enqueue(1)
    queue.close()
    queue.enqueue(2)
    at_work(queue)
    until(lambda: done == [1, 2], "both runs")


def test_many_processes_may_create_the_queue_at_once(new_queue: NewQueue, done: list[int]) -> None:
    queues = [new_queue() for _ in range(8)]
    line = threading.Barrier(len(queues))

    def enqueue(number: int) -> None:
        line.wait()
        queues[number].enqueue(number)

    threads = [threading.Thread(target=enqueue, args=(number,)) for number in range(len(queues))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert queues[0]._opened().storage.queue_size() == len(queues)


class TestOnSqlite:
    @pytest.fixture
    def broken(self, sqlite_url: str, done: list[int]) -> Iterator[JobQueue]:
        queue = JobQueue(sqlite_url, done.append)
        queue_file(queue._url).write_bytes(b"not a database, " * 512)
        yield queue
        queue.close()

    def test_a_broken_queue_only_delays(self, broken: JobQueue, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level("WARNING")
        broken.enqueue(1)
        assert "it is picked up later" in caplog.text
        assert broken.is_empty()

    def test_the_worker_sets_a_broken_queue_aside_and_begins_anew(
        self, broken: JobQueue, at_work: Callable[[JobQueue], Stop], done: list[int], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("app.jobs.queue.FIRST_PAUSE_S", 0.01)
        at_work(broken)
        until(lambda: queue_file(broken._url).with_name("mirror.db-queue.sqlite3.broken").exists(), "set aside")
        until(lambda: not (broken.enqueue(8) or not done), "a run carried out on the new queue")
        assert done[0] == 8

    def test_a_locked_queue_is_not_thrown_away(
        self, sqlite_url: str, at_work: Callable[[JobQueue], Stop], done: list[int], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("app.jobs.queue.FIRST_PAUSE_S", 0.01)
        queue = JobQueue(sqlite_url, done.append)
        queue.enqueue(5)
        queue._opened().storage._timeout = 0.1
        queue.close()
        blocker = sqlite3.connect(queue_file(queue._url), isolation_level=None)
        blocker.execute("BEGIN EXCLUSIVE")
        at_work(queue)
        blocker.execute("ROLLBACK")
        blocker.close()
        until(lambda: done == [5], "the run, once the queue is free")


@pytest.mark.postgresql
class TestOnPostgresql:
    """The server goes away and comes back: sessions end, and for a while nobody gets in."""

    @pytest.fixture
    def database_url(self, worker: str) -> Iterator[str]:
        name = f"waxmirror_queue_{worker}"
        with administration() as server:
            server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            server.execute(f'CREATE DATABASE "{name}"')
        yield POSTGRESQL.rsplit("/", 1)[0] + f"/{name}"
        with administration() as server:
            server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def test_the_worker_outlives_the_loss_of_its_sessions(
        self,
        new_queue: NewQueue,
        at_work: Callable[[JobQueue], Stop],
        done: list[int],
        database_url: str,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr("app.jobs.queue.FIRST_PAUSE_S", 0.05)
        queue = new_queue()
        at_work(queue)
        queue.enqueue(1)
        until(lambda: done == [1], "the first run")
        with server_away(database_url):
            until(lambda: not reaches(database_url), "nobody gets in")
            queue.enqueue(2)
        until(lambda: not (queue.enqueue(3) or 3 not in done), "a run after the server came back")

    def test_the_worker_outlives_a_server_that_goes_while_a_run_is_at_work(
        self,
        new_queue: NewQueue,
        at_work: Callable[[JobQueue], Stop],
        done: list[int],
        database_url: str,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr("app.jobs.queue.FIRST_PAUSE_S", 0.05)

        def carry_out(run_id: int) -> None:
            if run_id == 1:
                with server_away(database_url):
                    until(lambda: not reaches(database_url), "nobody gets in")
            done.append(run_id)

        queue = new_queue(carry_out)
        queue.enqueue(1)
        at_work(queue)
        until(lambda: done == [1], "the first run")
        until(lambda: not (queue.enqueue(2) or 2 not in done), "the run after it")


@contextmanager
def server_away(database_url: str) -> Iterator[None]:
    """The database refuses every session, as a server does that restarts."""
    name = make_url(database_url).database
    with administration() as server:
        server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
        yield
        server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')


def reaches(database_url: str) -> bool:
    """Whether the database lets anybody in."""
    try:
        psycopg.connect(database_url).close()
    except psycopg.OperationalError:
        return False
    return True
