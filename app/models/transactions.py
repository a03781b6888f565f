"""Connections set up once, write transactions that take their lock at the start, storage errors with a name."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError

from app.core.outcomes import Reason
from app.errors import StorageError
from app.models.damage import DAMAGE
from app.models.database_file import READS, UPGRADE, guard_database_file
from app.models.fixed_statements import fetch
from app.models.storage_reasons import storage_reason
from app.models.write_refusals import REFUSALS

BUSY_TIMEOUT_MS = 30_000
# By each connection: room for what searches come back to in the index of a hundred thousand listings.
PAGES_KEPT_KB = 8 * 1024


def configure_engine(engine: Engine, *, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> None:
    """Give every SQLite connection WAL, foreign keys, a busy timeout and explicit transactions."""
    if engine.dialect.name != "sqlite":
        return
    guard_database_file(engine)

    @event.listens_for(engine, "connect")
    def prepare(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None  # sqlite3 must not open transactions of its own
        for pragma in (
            f"busy_timeout={busy_timeout_ms:d}",
            f"cache_size=-{PAGES_KEPT_KB:d}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "trusted_schema=OFF",
            "cell_size_check=ON",
            "secure_delete=ON",  # what is erased is not to be read in the file
        ):
            try:
                connection.execute(f"PRAGMA {pragma}")
            except UnicodeDecodeError as error:  # SQLite quotes the damaged schema in what it says of it
                raise StorageError(Reason.DB_CORRUPT, "the schema in the file is damaged") from error

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get("immediate", False):
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            fetch(connection, "BEGIN")


@contextmanager
def write_transaction(engine: Engine) -> Iterator[Connection]:
    """One short transaction that may write; on SQLite it holds the write lock from its first moment.

    Raises StorageError when the database refuses.
    """
    try:
        with storage_errors(), engine.connect() as connection:
            writing = connection.execution_options(immediate=True)
            with writing.begin():
                yield writing
    except StorageError as error:
        REFUSALS.remember(engine, error.reason)
        raise
    REFUSALS.forget(engine)


@contextmanager
def read_transaction(engine: Engine) -> Iterator[Connection]:
    """One consistent snapshot: every statement inside sees the same state of the mirror."""
    isolation = {"isolation_level": "REPEATABLE READ"} if engine.dialect.name == "postgresql" else {}
    try:
        with storage_errors(), engine.connect() as connection:
            reading = connection.execution_options(**isolation, **{READS: True})
            with reading.begin():
                yield reading
    except StorageError as error:
        if error.reason is Reason.DB_CORRUPT:
            DAMAGE.note(engine)
        raise


@contextmanager
def storage_errors() -> Iterator[None]:
    """Translate what the driver says into StorageError where it is about the storage itself."""
    try:
        yield
    except DBAPIError as error:
        reason = storage_reason(error)
        if reason is None:
            raise
        told = str(error.orig).strip()
        # A server without our database lacks more than tables.
        is_upgrade_due = reason is Reason.DB_SCHEMA and "connection" not in told
        raise StorageError(reason, f"{told}: {UPGRADE}" if is_upgrade_due else told) from error


def not_there_yet() -> StorageError:
    """For a snapshot without the row of the mirror: PostgreSQL shows tables that were made anew since as empty ones."""
    return StorageError(Reason.DB_LOCKED, "the mirror is being put back")
