"""The file of a SQLite mirror: made by an upgrade alone, private to its owner, the same one for as long as we run."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, event, inspect

from app.core.outcomes import Reason
from app.errors import StorageError
from app.models.listing import ListingRow

UPGRADE = "run `flask --app run db upgrade`"
LET_WRITE = "let the user who runs Waxmirror write the file and its folder, or set DATABASE_URL"
READS = "waxmirror_reads"  # the execution option of transactions that only look
Identity = tuple[int, int]


def file_of(url: URL) -> Path | None:
    """Where the mirror lies; None for another server's database, one in memory, and SQLite's own `file:` addresses."""
    name = url.database
    if url.get_backend_name() != "sqlite" or not name or name == ":memory:" or name.startswith("file:"):
        return None
    return Path(name).absolute()


def make_database_file(engine: Engine) -> None:
    """Create an empty file for the mirror, and its folder, when there is none. Raises StorageError when that fails."""
    path = file_of(engine.url)
    if path is None:
        return
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # SQLite gives the files it puts beside this one the same mode.
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
    except OSError as error:
        problem = f"{path} cannot be written ({error.strerror}): {LET_WRITE}"
        raise StorageError(Reason.DB_READONLY, problem) from error


def has_schema(engine: Engine) -> bool:
    """Whether there are tables of the mirror; looking makes no file."""
    path = file_of(engine.url)
    if path is not None and not path.exists():
        return False
    return inspect(engine).has_table(ListingRow.__tablename__)


def identity_of(path: Path) -> Identity:
    """What tells the file from one that takes its place. Raises StorageError when it is gone."""
    try:
        found = path.stat()
    except OSError as error:
        problem = f"{path} is gone ({error.strerror}): put it back, or a backup of it, and restart"
        raise StorageError(Reason.DB_READONLY, problem) from error
    return found.st_dev, found.st_ino


def replaced(path: Path) -> StorageError:
    """The error of who finds another file in its place."""
    return StorageError(Reason.DB_READONLY, f"{path} was replaced by another file while it was in use: restart")


def guard_database_file(engine: Engine) -> None:
    """Open the file only when it exists, and refuse to go on when it was deleted or another took its place.

    Without this a server would report success while it writes to a file that no longer has a name.
    """
    path = file_of(engine.url)
    if path is None:
        return
    guard = _Guard(path)
    event.listen(engine, "do_connect", guard.open_existing)
    event.listen(engine, "connect", guard.remember)
    event.listen(engine, "checkout", guard.check_connection)
    event.listen(engine, "commit", guard.check_commit)
    event.listen(engine, "engine_disposed", guard.forget)


class _Guard:
    """The listeners of one engine, and which file it met first."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._first: Identity | None = None

    def open_existing(self, _dialect: Any, _record: Any, arguments: list[Any], options: dict[str, Any]) -> None:
        if self._first is not None:
            self._identity()
        elif not self._path.exists():
            raise StorageError(Reason.DB_SCHEMA, f"there is no database at {self._path}: {UPGRADE}")
        arguments[0] = f"{self._path.as_uri()}?mode=rw"
        options["uri"] = True

    def remember(self, _connection: sqlite3.Connection, record: Any) -> None:
        record.info["file"] = self._identity()
        self._first = self._first or record.info["file"]

    def check_connection(self, _connection: sqlite3.Connection, record: Any, _proxy: Any) -> None:
        if not (self._identity() == record.info["file"] == self._first):
            raise self._replaced()

    def check_commit(self, connection: Connection) -> None:
        is_reading = connection.get_execution_options().get(READS, False)
        if not is_reading and self._identity() != self._first:
            raise self._replaced()

    def forget(self, _engine: Engine) -> None:
        self._first = None

    def _identity(self) -> Identity:
        return identity_of(self._path)

    def _replaced(self) -> StorageError:
        return replaced(self._path)
