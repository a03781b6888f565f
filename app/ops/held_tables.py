"""A change of the schema on PostgreSQL waits for readers a little at a time, so that nobody has to wait behind it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from app.core.outcomes import Reason
from app.core.quoting import quoted
from app.errors import StorageError
from app.models.transactions import storage_errors

logger = logging.getLogger(__name__)
LOCKED_WITHIN = "2s"  # everybody else waits behind whoever waits for a table
PAUSES_S = (1.0, 2.0, 4.0, 8.0, *(15.0,) * 6)
MOST_TOLD = 3
# Of sessions of others a server tells only who may know of them that they are there.
HOLDERS = """
SELECT pid, coalesce(nullif(application_name, ''), 'a program without a name') AS program,
       coalesce(state, 'at work') AS state, extract(epoch FROM clock_timestamp() - xact_start)::bigint AS seconds
FROM pg_stat_activity AS session
WHERE datname = current_database() AND pid <> pg_backend_pid() AND EXISTS (
    SELECT 1 FROM pg_locks JOIN pg_class ON pg_class.oid = relation
    WHERE pg_locks.pid = session.pid AND granted AND relkind = 'r'
      AND relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema()))
ORDER BY xact_start, pid
"""


def hurry(connection: Connection) -> None:
    """Let this transaction wait for each table but a moment; others are served meanwhile that would wait behind it."""
    connection.execute(text("SELECT set_config('lock_timeout', :within, true)"), {"within": LOCKED_WITHIN})


def as_tables_are_let_go(
    engine: Engine, change: Callable[[], None], pause: Callable[[float], object], pauses: Sequence[float] | None = None
) -> None:
    """Make a change, all of it in one transaction, again while others hold tables that it needs.

    Raises StorageError (db.locked) when they never let go; then nothing is changed.
    """
    for seconds in PAUSES_S if pauses is None else pauses:
        try:
            return _told_by_name(change)
        except StorageError as trouble:
            if trouble.reason is not Reason.DB_LOCKED:
                raise
        logger.warning("Readers hold tables that change (%s); trying again in %g s", _holders(engine), seconds)
        pause(seconds)
    try:
        _told_by_name(change)
    except StorageError as trouble:
        if trouble.reason is not Reason.DB_LOCKED:
            raise
        told = f"readers hold tables that change: {_holders(engine)}; nothing was changed"
        raise StorageError(Reason.DB_LOCKED, told) from trouble


def _told_by_name(change: Callable[[], None]) -> None:
    with storage_errors():
        change()


def _holders(engine: Engine) -> str:
    """Who holds tables now, the oldest first."""
    try:
        with storage_errors(), engine.connect() as connection:
            found = connection.execute(text(HOLDERS)).all()
    except (StorageError, DBAPIError) as trouble:  # that nobody can say who it is must not hide that somebody is
        return f"nobody can say who: {type(trouble).__name__}"
    told = [
        f"session {each.pid}, {quoted(each.program)}, {each.state}" + (f" for {each.seconds} s" if each.seconds else "")
        for each in found[:MOST_TOLD]
    ]
    if len(found) > MOST_TOLD:
        told.append(f"{len(found) - MOST_TOLD} more")
    return "; ".join(told) or "they are gone by now"
