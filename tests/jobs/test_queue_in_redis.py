"""The job queue in Redis, on a server that the test starts for itself."""

from __future__ import annotations

import logging
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url

import config
from app.errors import ConfigurationError
from app.jobs.queue import JobQueue, name_in_redis
from app.jobs.stop import Stop
from tests.jobs.waiting import until
from tests.system.servers import free_port

MIRROR = "postgresql://shop@db.example:5432/shop"
OTHER = "postgresql://shop@db.example:5432/other"


class RedisServer:
    """One that forgets everything when it ends."""

    def __init__(self, program: str, folder: Path) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._command = [program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
        self.start()

    def start(self) -> None:
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        assert any("Ready to accept connections" in line for line in self._process.stdout)

    def end(self) -> None:
        assert self._process.stdout is not None
        self._process.terminate()
        self._process.communicate(timeout=10)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    pytest.importorskip("redis")
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("no redis-server here")
    server = RedisServer(program, tmp_path)
    yield server
    server.end()


def test_what_is_put_in_is_carried_out_in_order(server: RedisServer) -> None:
    done: list[int] = []
    queue = JobQueue(MIRROR, done.append, redis_url=server.url)
    assert queue.is_empty()
    for number in (1, 2, 3):
        queue.enqueue(number)
    assert not queue.is_empty()
    stop = Stop()
    worker = threading.Thread(target=queue.work, args=(stop,))
    worker.start()
    until(lambda: done == [1, 2, 3], "all is carried out")
    stop.set()
    worker.join(5)
    assert not worker.is_alive()
    queue.close()


def test_mirrors_that_share_a_server_do_not_share_a_queue(server: RedisServer) -> None:
    queue, other = (JobQueue(url, print, redis_url=server.url) for url in (MIRROR, OTHER))
    queue.enqueue(1)
    assert (queue.is_empty(), other.is_empty()) == (False, True)
    queue.close()
    other.close()


def test_one_mirror_has_one_queue_whoever_connects() -> None:
    names = {name_in_redis(make_url(f"postgresql://{who}@db:5432/shop")) for who in ("web:secret", "worker:other")}
    assert len(names) == 1


def test_a_server_that_is_away_only_delays(server: RedisServer, caplog: pytest.LogCaptureFixture) -> None:
    done: list[int] = []
    queue = JobQueue(MIRROR, done.append, redis_url=server.url)
    queue.enqueue(1)
    server.end()
    assert queue.is_empty(), "a queue that cannot tell counts as empty"
    with caplog.at_level(logging.WARNING):
        queue.enqueue(2)
    assert "did not take run 2" in caplog.text
    stop = Stop()
    worker = threading.Thread(target=queue.work, args=(stop,))
    worker.start()
    server.start()
    queue.enqueue(3)
    until(lambda: done == [3], "it goes on")
    stop.set()
    worker.join(35)
    queue.close()


def test_without_the_package_it_is_said_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.jobs.queue.find_spec", lambda _name: None)
    with pytest.raises(ConfigurationError, match="QUEUE_URL needs the package redis"):
        JobQueue(MIRROR, print, redis_url="redis://127.0.0.1:6379/0")


@pytest.mark.parametrize("address", ["amqp://host/0", "redis://", "127.0.0.1:6379"])
def test_what_is_no_address_of_redis_is_refused(address: str) -> None:
    with pytest.raises(ConfigurationError, match="QUEUE_URL must be redis://"):
        config.load({"QUEUE_URL": address})
