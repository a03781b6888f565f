"""What a doctor finds about who keeps whom waiting for the database."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection, text

from app.models.locks import Locks
from app.services.findings import Finding, Verdict

LOOKS, WAIT_S = 2, 0.5
# Who waits, and the sessions that keep them waiting.
BLOCKING = """
SELECT DISTINCT unnest(pg_blocking_pids(pid)) AS blocking FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock' ORDER BY blocking
"""


def about_locking(connection: Connection, locks: Locks, database: Path | None) -> Finding:
    """Whether readers wait for a sync, and whether somebody else holds what a sync needs."""
    if connection.dialect.name != "sqlite":
        return _on_a_server(connection)
    mode = connection.execute(text("PRAGMA journal_mode")).scalar_one()
    if mode != "wal":
        advice = "keep the database on a local disk: network folders cannot do WAL"
        return Finding("locking", Verdict.WARNING, f"SQLite writes in the mode {mode}: others wait", advice)
    if database is not None and _is_held_by_another(database, locks, connection):
        advice = "close the other program (a shell, a browser of databases, a tool that copies files)"
        return Finding("locking", Verdict.WARNING, "another program keeps everybody from writing the database", advice)
    return Finding("locking", Verdict.OK, "readers do not wait for a sync that writes (WAL)")


def _is_held_by_another(database: Path, locks: Locks, connection: Connection) -> bool:
    """Whether the write lock stays taken while none of ours is at work. Asked again: a job of ours writes a moment."""
    return all(not locks.is_held("mirror", connection) and _is_locked(database) for _ in range(LOOKS))


def _is_locked(database: Path) -> bool:
    try:
        address = f"{database.as_uri()}?mode=rw"
        with closing(sqlite3.connect(address, uri=True, timeout=WAIT_S, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            other.execute("ROLLBACK")
    except sqlite3.OperationalError as error:
        return "locked" in str(error)
    return False


def _on_a_server(connection: Connection) -> Finding:
    blocking = [str(pid) for pid in connection.scalars(text(BLOCKING))]
    if not blocking:
        return Finding("locking", Verdict.OK, "nobody waits for somebody else's transaction")
    advice = "look at them in pg_stat_activity; SELECT pg_terminate_backend(…) ends one that was forgotten"
    return Finding("locking", Verdict.WARNING, f"others wait for the sessions {', '.join(blocking)}", advice)
