"""What a person can do about a database that cannot be used."""

from __future__ import annotations

from sqlalchemy import URL

from app.core.outcomes import Reason
from app.errors import StorageError
from app.models.database_file import LET_WRITE, file_of


def advice(url: URL, trouble: StorageError) -> str:
    """One sentence: what is the matter with the database at `url`, and what to do. Never shows a password."""
    told = " ".join(trouble.detail.split())[:300]
    path = file_of(url)
    if path is None:
        return f"the database {url.render_as_string()} cannot be used ({told}): {_for_server(trouble.reason)}"
    if str(path) in told:  # it says already which file and what to do
        return told
    return f"the database {path} cannot be used ({told}): {_for_file(trouble.reason)}"


def _for_file(reason: Reason) -> str:
    return {
        Reason.DB_LOCKED: "close the other program that uses it and try again",
        Reason.DB_FULL: "make room on its disk and try again",
        Reason.DB_READONLY: LET_WRITE,
        Reason.DB_CORRUPT: "put one of the backups in its place, or set DATABASE_URL to another file",
    }.get(reason, "look whether DATABASE_URL is right")


def _for_server(reason: Reason) -> str:
    return {
        Reason.DB_LOCKED: "try again",
        Reason.DB_FULL: "make room on the disk of the server and try again",
        Reason.DB_READONLY: "let the user of DATABASE_URL write it",
        Reason.DB_CORRUPT: "look at the disk of the server, and put a backup back (`flask --app run restore FILE`)",
    }.get(reason, "look whether the server runs and whether DATABASE_URL is right")
