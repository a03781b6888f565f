"""The job queue: Huey, on SQLite beside the mirror or in the same PostgreSQL database.

A message says no more than which run to carry out. Losing or doubling one is harmless: the run row is claimed by
whoever comes first, and queued rows nobody took are put in again.
"""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from typing import Any

import psycopg
from huey import SqliteHuey
from huey.api import Huey, PostgresHuey
from huey.registry import Message
from huey.serializer import Serializer
from sqlalchemy import make_url

from app.services.discogs_connection import StopSignal

logger = logging.getLogger(__name__)
NAME = "waxmirror"
POLL_S = 0.5


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
    """The queue of one mirror. Nothing is opened before its first use, so that forks are safe."""

    def __init__(self, database_url: str, carry_out: Callable[[int], None]) -> None:
        self._url = make_url(database_url)
        self._carry_out = carry_out
        self._lock = threading.Lock()
        self._huey: Huey | None = None
        self._task: Any = None

    def enqueue(self, run_id: int) -> None:
        """Put a run in the queue. The run row is the truth: a queue that is out of order only delays it."""
        try:
            self._open()
            self._task(run_id)
        except (OSError, psycopg.Error) as error:
            logger.warning("The job queue did not take run %s (%s); it is picked up later", run_id, error)

    def work(self, stop: StopSignal) -> None:
        """Carry out what comes until told to stop. Only where the scheduler lease is held."""
        huey = self._open()
        while not stop.is_set():
            task = huey.dequeue() if huey.storage.queue_size() else None
            if task is None:
                stop.wait(POLL_S)
                continue
            huey.execute(task)
        self.close()

    def close(self) -> None:
        """Close the queue's connections; the next use opens them again."""
        with self._lock:
            if self._huey is not None:
                self._huey.storage.close()
                self._huey = None

    def _open(self) -> Huey:
        with self._lock:
            if self._huey is None:
                self._huey = self._connect()
                self._task = self._huey.task(name="carry_out_run")(self._carry_out)
            return self._huey

    def _connect(self) -> Huey:
        options = {"results": False, "serializer": JsonSerializer()}
        if self._url.get_backend_name() == "sqlite":
            return SqliteHuey(NAME, filename=f"{self._url.database}-queue.sqlite3", strict_fifo=True, **options)
        address = self._url.set(drivername="postgresql").render_as_string(hide_password=False)
        return PostgresHuey(NAME, dsn=address, blocking=False, table_prefix="queue", **options)
