"""Backups of the mirror, and putting one back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select, text

from app.core.outcomes import Reason
from app.errors import StorageError, SyncBusy
from app.extensions import db, wiring
from app.models import Account
from app.models.transactions import read_transaction
from app.ops import digests
from app.ops.backup import back_up
from app.ops.copies_elsewhere import copy_to
from app.ops.restoring import restore, schema_of_backup
from app.services.erased_accounts import IS_SOMEBODY
from app.services.schema_version import db_is_at_head, known_schemas
from app.services.storage_told import storage_told


@dataclass(frozen=True, slots=True)
class PutBack:
    """What became of a restore, and what is left to do.

    `came_back` are the accounts whose stored credential the mirror did not have before: whoever was forgotten since the
    backup was made is among them. `appeared` are those that it did not know before: whoever was erased since is.
    """

    replaced: Path | None
    needs_restart: bool
    needs_upgrade: bool
    came_back: list[str]
    appeared: list[str]


def make(to: Path | None = None, *, is_stopping: Callable[[], bool] = lambda: False) -> Path:
    """A checked copy of the present state; where it is. With `to` a copy of it lies there, too.

    Raises StorageError and BackupImpossible when it cannot be made, or not copied to `to`.
    """
    with storage_told():
        with read_transaction(db.engine) as connection:  # what cannot be read says so in its own words
            connection.execute(text("SELECT version_num FROM alembic_version"))
        settings = wiring().settings
        copy = back_up(db.engine, settings.instance_path, keep=settings.backup_keep, is_stopping=is_stopping)
    if to is None:
        return copy
    try:
        return copy_to(copy, to)
    except OSError as error:
        raise StorageError(Reason.DB_FULL, f"{copy} is made, but not copied to {to}: {error.strerror}") from error


def has_digest(backup: Path) -> bool:
    """Whether a check compares a backup with what it was when it was made; older releases kept no digest."""
    return digests.has_digest(backup)


def check(backup: Path) -> str:
    """The schema of a sound backup that this release knows. Raises BackupRefused, also where its digest is another."""
    return schema_of_backup(backup, db.engine.url, known_schemas())


def put_back(backup: Path, schema: str) -> PutBack:
    """Put a checked backup into the place of the mirror.

    Raises SyncBusy while somebody writes the mirror, BackupRefused and StorageError; then it is as it was.
    """
    wired = wiring()
    lock = wired.locks.try_hold("mirror")
    if lock is None:
        raise SyncBusy(None)
    try:
        settings, before = wired.settings, _accounts()
        done = restore(db.engine, backup, schema, settings.instance_path, keep=settings.backup_keep)
    finally:
        lock.release()
    db.engine.dispose()
    after = _accounts()
    came_back = [name for name, has_credential in after.items() if has_credential and not before.get(name)]
    appeared = [name for name in after if name not in before]
    with read_transaction(db.engine) as connection:
        return PutBack(done.replaced, done.needs_restart, not db_is_at_head(connection), came_back, appeared)


def _accounts() -> dict[str, bool]:
    """Whether the credential of each account is stored; none where nothing can be read."""
    try:
        with read_transaction(db.engine) as connection:
            query = select(Account.username, Account.sealed_token.is_not(None)).where(IS_SOMEBODY)
            return {str(name): bool(has) for name, has in connection.execute(query.order_by(Account.id))}
    except StorageError:
        return {}
