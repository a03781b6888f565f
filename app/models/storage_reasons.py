"""What an error of the database driver means for the storage: one of the db.* reasons."""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError

from app.core.outcomes import Reason

# PostgreSQL: by SQLSTATE, because its sentences come in the language of the server. The longest match counts.
_BY_STATE = {
    "08": Reason.DB_UNREACHABLE,  # connection exception
    "57P": Reason.DB_UNREACHABLE,  # shutting down, crashed, starting up
    "53300": Reason.DB_UNREACHABLE,  # too many connections
    "53": Reason.DB_FULL,  # disk full, out of memory
    "58": Reason.DB_FULL,  # the operating system refused
    "40": Reason.DB_LOCKED,  # serialization failure, deadlock
    "55P03": Reason.DB_LOCKED,
    "25006": Reason.DB_READONLY,
    "XX001": Reason.DB_CORRUPT,
    "XX002": Reason.DB_CORRUPT,
    "42P01": Reason.DB_SCHEMA,
    "42703": Reason.DB_SCHEMA,
    "3D": Reason.DB_SCHEMA,  # no such database
}
# SQLite, and a connection to PostgreSQL that failed before the server could give a state.
_BY_WORDS = (
    (("locked", "busy"), Reason.DB_LOCKED),
    (("is full", "disk i/o error", "no space left"), Reason.DB_FULL),
    (("readonly", "read-only", "unable to open"), Reason.DB_READONLY),
    (("malformed", "not a database", "corrupt"), Reason.DB_CORRUPT),
    (("no such table", "no such column", "does not exist"), Reason.DB_SCHEMA),
    (("connection", "connect", "server closed", "consuming input", "timeout expired"), Reason.DB_UNREACHABLE),
)


def storage_reason(error: DBAPIError) -> Reason | None:
    """Which db.* reason an error of the driver stands for; None when it is a fault of ours."""
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        matching = [known for known in _BY_STATE if state.startswith(known)]
        return _BY_STATE[max(matching, key=len)] if matching else None
    if error.connection_invalidated:
        return Reason.DB_UNREACHABLE
    text = str(error.orig).lower()
    for needles, reason in _BY_WORDS:
        if any(needle in text for needle in needles):
            return reason
    return None
