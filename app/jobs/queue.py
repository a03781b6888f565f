"""The job queue: Huey, on SQLite beside the mirror, in the same PostgreSQL database, or in Redis.

A message says no more than which run to carry out, or that releases are to be read. Losing or doubling one is
harmless: the run row is claimed by whoever comes first, queued rows nobody took are put in again, and a release that
was read is not due.
"""

from __future__ import annotations

import json
import logging
import sqlite3
import threading
from collections.abc import Callable
from hashlib import blake2b
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

import psycopg
from huey import RedisHuey, SqliteHuey
from huey.api import Huey, PostgresHuey, Task
from huey.registry import Message
from huey.serializer import Serializer
from sqlalchemy import URL, make_url

from app.errors import ConfigurationError
from config import INSTALL_EXTRAS

logger = logging.getLogger(__name__)
NAME = "waxmirror"
POLL_S = 0.5
LISTEN_S = 1.0
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0


def _redis_errors() -> tuple[type[Exception], ...]:
    """Redis is an extra: who does not use it need not have it."""
    if find_spec("redis") is None:
        return ()
    return (import_module("redis.exceptions").RedisError,)


UNAVAILABLE: tuple[type[Exception], ...] = (sqlite3.Error, psycopg.Error, OSError, *_redis_errors())


class Waits(Protocol):
    """A stop signal as the queue's worker needs it."""

    def is_set(self) -> bool:
        """Whether to stop."""

    def wait(self, seconds: float) -> bool:
        """Wait, unless told to stop meanwhile; True when stopping."""


class JsonSerializer(Serializer):
    """Messages as JSON: what lies in a database must not be able to run code when it is read."""

    def _serialize(self, data: Any) -> bytes:
        fields = data._asdict() if isinstance(data, Message) else {"value": data}
        return json.dumps(fields, default=str).encode()

    def _deserialize(self, data: bytes) -> Any:
        fields = json.loads(bytes(data))
        if "value" in fields:
            return fields["value"]
        return Message(**{**fields, "args": tuple(fields["args"])})


class JobQueue:
    """The queue of one mirror. Nothing is opened before its first use, so that forks are safe.

    Raises ConfigurationError when it is to lie in Redis and the package for that is missing.
    """

    def __init__(
        self,
        database_url: str,
        carry_out: Callable[[int], None],
        fill: Callable[[], None] = lambda: None,
        redis_url: str | None = None,
    ) -> None:
        if redis_url is not None and find_spec("redis") is None:
            raise ConfigurationError([f"QUEUE_URL needs the package redis, which is not installed: {INSTALL_EXTRAS}"])
        self._url = make_url(database_url)
        self._redis_url = redis_url
        self._carry_out = carry_out
        self._fill = fill
        self._lock = threading.Lock()
        self._huey: Huey | None = None
        self._task: Any = None
        self._fill_task: Any = None

    def enqueue(self, run_id: int) -> None:
        """Put a run in the queue. The run row is the truth: a queue that is out of order only delays it."""
        try:
            self._opened()
            self._task(run_id)
        except UNAVAILABLE as error:
            logger.warning("The job queue did not take run %s (%s); it is picked up later", run_id, error)

    def enqueue_fill(self) -> None:
        """Put in, behind everything else, that releases are to be read."""
        try:
            self._opened()
            self._fill_task()
        except UNAVAILABLE as error:
            logger.debug("The job queue did not take the reading of releases (%s); it is asked for again", error)

    def is_empty(self) -> bool:
        """Whether no message waits; a queue that cannot tell may be out of order and counts as empty."""
        try:
            return int(self._opened().storage.queue_size()) == 0
        except UNAVAILABLE:
            return True

    def work(self, stop: Waits) -> None:
        """Carry out what comes until told to stop. Only where the scheduler lease is held."""
        failures = 0
        try:
            while not stop.is_set():
                trouble = self._work_once(stop)
                if trouble is None:
                    failures = 0
                    continue
                self._recover(trouble, failures)
                stop.wait(pause_after(failures))
                failures += 1
        finally:
            self.close()

    def close(self) -> None:
        """Close the connections of the queue and of this thread; the next use opens them again."""
        with self._lock:
            if self._huey is None:
                return
            try:
                self._huey.storage.close()
            except UNAVAILABLE:
                self._huey = None  # it cannot even be closed: begin anew

    def _work_once(self, stop: Waits) -> Exception | None:
        """One message, or a while without one; what kept the queue from being read."""
        try:
            huey = self._opened()
            task: Task | None = huey.dequeue()
        except UNAVAILABLE as error:
            return error
        except Exception:
            # A message of another version, or of nobody: it has left the queue, and the run's row is still there.
            logger.exception("A message of the job queue cannot be read and is dropped")
            stop.wait(FIRST_PAUSE_S)
            return None
        if task is not None:
            return _executed(huey, task)
        if not huey.storage.blocking:
            stop.wait(POLL_S)
        return None

    def _recover(self, error: Exception, failures: int) -> None:
        level = logging.DEBUG if failures else logging.WARNING  # once is enough while a server is away
        logger.log(level, "The job queue cannot be read (%s); trying until it can", error)
        if type(error) is sqlite3.DatabaseError:  # broken, not busy or unreachable: those have classes of their own
            with self._lock:
                self._huey = None
            _set_aside(queue_file(self._url))
        else:
            self.close()

    def _opened(self) -> Huey:
        with self._lock:
            if self._huey is None:
                huey = _connected(self._url, self._redis_url)
                self._task = huey.task(name="carry_out_run")(self._carry_out)
                self._fill_task = huey.task(name="fill_releases")(self._fill)
                self._huey = huey
            return self._huey


def _executed(huey: Huey, task: Task) -> Exception | None:
    """Do the task; what kept the queue from noting it. Its message is gone then, the run's row is not."""
    try:
        huey.execute(task)
    except UNAVAILABLE as error:
        return error
    return None


def pause_after(failures: int) -> float:
    """Seconds before the queue is tried again after so many failures before this one.

    >>> [pause_after(failures) for failures in (0, 1, 2, 20)]
    [0.5, 1.0, 2.0, 30.0]
    """
    return min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(failures, 20))


def name_in_redis(url: URL) -> str:
    """A server may hold the queues of several mirrors: each has the name of its database."""
    return NAME + blake2b(f"{url.host} {url.port} {url.database}".encode(), digest_size=6).hexdigest()


def queue_file(url: URL) -> Path:
    """Where the queue of a mirror on SQLite lies."""
    return Path(f"{url.database}-queue.sqlite3")


def _connected(url: URL, redis_url: str | None) -> Huey:
    options: dict[str, Any] = {"results": False, "serializer": JsonSerializer()}
    if redis_url is not None:
        return RedisHuey(name_in_redis(url), url=redis_url, read_timeout=LISTEN_S, **options)
    if url.get_backend_name() == "sqlite":
        file = queue_file(url)
        file.touch(mode=0o600)  # what SQLite puts beside it has the same mode
        return SqliteHuey(NAME, filename=str(file), strict_fifo=True, **options)
    address = url.set(drivername="postgresql").render_as_string(hide_password=False)
    options |= {"dsn": address, "read_timeout": LISTEN_S, "table_prefix": "queue"}
    try:
        return PostgresHuey(NAME, **options)
    except psycopg.errors.UniqueViolation:
        # Two processes created the tables at once: IF NOT EXISTS does not keep them apart, and they exist now.
        return PostgresHuey(NAME, **options)


def _set_aside(file: Path) -> None:
    """Nothing is lost with a queue that broke: every run waits in the mirror's own table."""
    logger.warning("The job queue is broken; it is set aside as %s.broken and begun anew", file)
    for ending in ("", "-wal", "-shm"):
        part = Path(f"{file}{ending}")
        if part.exists():
            part.replace(f"{file}.broken{ending}")
