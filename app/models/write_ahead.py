"""The log in which SQLite keeps what was written, until the database itself has it."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress

from sqlalchemy import Engine

from app.models.database_file import file_of

WAIT_S = 2.0  # for readers of an older state; the next checkpoint does what this one cannot


def empty_write_ahead_log(engine: Engine) -> None:
    """Write what the log holds into the database, and cut the log: its pages show what was before.

    Call it outside of transactions. PostgreSQL needs nobody to do so.
    """
    path = file_of(engine.url) if engine.dialect.name == "sqlite" else None
    if path is None:
        return
    with suppress(sqlite3.OperationalError), closing(sqlite3.connect(path, timeout=WAIT_S)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
