"""Named locks that die with their holder: exactly one process holds a name, on one host or on many.

SQLite: `flock` on a file beside the database; the kernel frees it when the process ends, however it ends.
PostgreSQL: a session advisory lock on a connection of its own; the server frees it when the session ends.
Neither leaves anything stale behind and neither writes to the database.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from app.errors import ConfigurationError

SCHEDULER = "scheduler"  # who holds it schedules and works off the queue
CONNECT_WITHIN_S = 5
# The server ends the session of a host that lost its power or its network within ten seconds, not after two hours.
NOTICE_A_LOST_HOST = """
SELECT set_config('tcp_keepalives_idle', '4', false), set_config('tcp_keepalives_interval', '2', false),
       set_config('tcp_keepalives_count', '2', false)
"""
# PostgreSQL shows the two halves of a key in columns of their own.
WHO_HOLDS = """
SELECT count(*) FROM pg_locks
WHERE locktype = 'advisory' AND granted AND objsubid = 1
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND classid::bigint = :high AND objid::bigint = :low
"""


class HeldLock(Protocol):
    """A lock somebody holds."""

    def is_alive(self) -> bool:
        """Whether the lock is still ours (a database session can be taken away)."""

    def release(self) -> None:
        """Give the name back. May be called twice."""


class Locks(Protocol):
    """The locks of one mirror."""

    def try_hold(self, name: str) -> HeldLock | None:
        """Take `name` without waiting; None when somebody else has it."""

    def is_held(self, name: str, connection: Connection) -> bool:
        """Whether anybody has `name`, this process included; `connection` is one to the mirror's database."""


def locks_for(engine: Engine) -> Locks:
    """The kind of locks that fits the database behind `engine`."""
    if engine.dialect.name == "sqlite":
        database = engine.url.database
        if not database or database == ":memory:":
            raise ConfigurationError(["DATABASE_URL must name a database file; memory cannot be shared or locked"])
        return FileLocks(Path(f"{database}.locks"))
    return AdvisoryLocks(engine)


class FileLock:
    """An flock held through one open file description."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor

    def is_alive(self) -> bool:
        return self._descriptor is not None

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


class FileLocks:
    """Locks of a mirror on one host."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def try_hold(self, name: str) -> HeldLock | None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._folder / f"{name}.lock"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return None
        return FileLock(descriptor)

    def is_held(self, name: str, connection: Connection) -> bool:
        try:
            descriptor = os.open(self._folder / f"{name}.lock", os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
        return False


class AdvisoryLock:
    """A session advisory lock; it lives exactly as long as its connection."""

    def __init__(self, connection: Connection, engine: Engine) -> None:
        self._connection: Connection | None = connection
        self._engine = engine

    def take(self, name: str) -> bool:
        """Take `name` for this session; False when another session has it."""
        if self._connection is None:
            return False
        query = text("SELECT pg_try_advisory_lock(:key)")
        is_taken = bool(self._connection.execute(query, {"key": advisory_key(name)}).scalar_one())
        if is_taken:
            self._connection.execute(text(NOTICE_A_LOST_HOST))
        return is_taken

    def is_alive(self) -> bool:
        if self._connection is None:
            return False
        try:
            self._connection.execute(text("SELECT 1"))
        except DBAPIError:
            self.release()
            return False
        return True

    def release(self) -> None:
        if self._connection is not None:
            connection, self._connection = self._connection, None
            with suppress(SQLAlchemyError):  # a busy server takes its time to notice that a session ended
                if not connection.invalidated:
                    connection.execute(text("SELECT pg_advisory_unlock_all()"))
            connection.invalidate()  # no session of ours outlives its lock
            connection.close()
            self._engine.dispose()


class AdvisoryLocks:
    """Locks of a mirror on many hosts that share one PostgreSQL database."""

    def __init__(self, engine: Engine) -> None:
        self._url = engine.url

    def try_hold(self, name: str) -> HeldLock | None:
        # A pool would hand the session, and the lock with it, to somebody else.
        engine = create_engine(
            self._url,
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            connect_args={"connect_timeout": CONNECT_WITHIN_S},
        )
        lock = AdvisoryLock(engine.connect(), engine)
        try:
            is_taken = lock.take(name)
        except DBAPIError:
            lock.release()
            raise
        if is_taken:
            return lock
        lock.release()
        return None

    def is_held(self, name: str, connection: Connection) -> bool:
        key = advisory_key(name) % 2**64
        halves = {"high": key >> 32, "low": key % 2**32}
        return bool(connection.execute(text(WHO_HOLDS), halves).scalar_one())


def advisory_key(name: str) -> int:
    """The signed 64-bit key of a lock's name."""
    digest = hashlib.blake2b(f"waxmirror:{name}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
