"""Which state of the shop and the collections is shown, asked so cheaply that every request can begin with it."""

from __future__ import annotations

import sqlite3
import threading
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask
from sqlalchemy import Engine

from app.extensions import db
from app.models.database_file import Identity, file_of, identity_of, replaced
from app.models.transactions import not_there_yet, read_transaction

Token = tuple[object, ...]
_PRESENT = (
    "SELECT version, changed_at, shop_digest, shelf_version, shelf_changed_at, enrichment_version FROM mirror_state"
)


@dataclass
class _Seen(threading.local):
    """What one thread saw last: its connection, SQLite's data version then, and the token."""

    connection: sqlite3.Connection | None = None
    file: Identity | None = None
    data_version: int = -1
    token: Token = field(default_factory=tuple)


class StateWatch:
    """Tells tokens that differ whenever what is shown may differ.

    On SQLite a connection of its own notices that nobody wrote (`PRAGMA data_version`), which costs microseconds; on
    PostgreSQL it is one row.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._file = file_of(engine.url)
        self._seen = _Seen()

    @property
    def is_of_a_file(self) -> bool:
        """Whether reading the mirror is this process's own work, and not a server's."""
        return self._file is not None

    def token(self) -> Token:
        """The present one. Raises what the driver or StorageError says when the database cannot be read."""
        if self._file is None:
            with read_transaction(self._engine) as connection:
                row = connection.exec_driver_sql(_PRESENT).one_or_none()
            if row is None:
                raise not_there_yet()
            return tuple(row)
        seen = self._seen
        if seen.connection is None:
            seen.connection = self._connect(self._file)
            seen.file = identity_of(self._file)
        if identity_of(self._file) != seen.file:
            raise replaced(self._file)  # the connection would tell of a file that nobody writes any more
        data_version: int = seen.connection.execute("PRAGMA data_version").fetchone()[0]
        if data_version != seen.data_version:
            seen.token = tuple(seen.connection.execute(_PRESENT).fetchone())
            seen.data_version = data_version
        return seen.token

    @staticmethod
    def _connect(file: Path) -> sqlite3.Connection:
        return sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, isolation_level=None, timeout=1)


def watch_of(app: Flask) -> StateWatch:
    """The watch over an application's database."""
    with app.app_context():
        return StateWatch(db.engine)
