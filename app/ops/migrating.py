"""What goes with a change of the schema: nobody else makes one meanwhile, and there is a copy of what was before."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine

from app.errors import BackupImpossible
from app.models.locks import HeldLock, Locks
from app.ops.backup import KEPT, backups_of, forget_old
from app.ops.tries import Tries

logger = logging.getLogger(__name__)
LOCK = "migration"
LOOK_EVERY_S = 0.5
OR_ELSE = "or copy the database in your own way and set BACKUP_BEFORE_MIGRATION=false. Nothing was changed"


@contextmanager
def sole_migrator(locks: Locks, wait: Callable[[float], object]) -> Iterator[None]:
    """Let one process at a time change the schema; the others wait. A lock dies with its holder."""
    lock = _next_turn(locks, wait)
    try:
        yield
    finally:
        lock.release()


@contextmanager
def backed_up(
    engine: Engine, instance_path: Path, *, present: str | None, wanted: str | None, keep: int = KEPT
) -> Iterator[Path | None]:
    """Copy a database whose schema is about to change; None when it has none yet, or has the one that is wanted.

    Older copies go for it once the change has succeeded: what fails is started again and again. Raises what `make_copy`
    raises; then the schema must not be touched.
    """
    if present is None or present == wanted:
        yield None
        return
    tries = Tries(engine.url, instance_path)
    try:
        copy = tries.copy(engine, present)
    except BackupImpossible as error:
        raise BackupImpossible(f"{error.problem}; {OR_ELSE}") from error
    yield copy
    tries.forget()
    try:
        forget_old(copy, backups_of(engine.url, instance_path), keep)
    except OSError as error:  # the schema is changed all the same
        logger.warning("Older backups cannot be taken away (%s)", error)


def _next_turn(locks: Locks, wait: Callable[[float], object]) -> HeldLock:
    lock = locks.try_hold(LOCK)
    if lock is None:
        logger.info("Another process changes the schema; waiting for it")
    while lock is None:
        wait(LOOK_EVERY_S)
        lock = locks.try_hold(LOCK)
    return lock
