"""Copies of the mirror that were opened and checked before anybody relies on them."""

from __future__ import annotations

import logging
import os
import re
import shutil
import sqlite3
import subprocess
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine

from app.core.outcomes import Reason
from app.errors import StorageError

logger = logging.getLogger(__name__)
KEPT = 5


def backup_before_upgrade(engine: Engine, current: str | None, head: str | None) -> Path | None:
    """Copy an existing SQLite file whose schema is about to change; None when there is nothing to keep."""
    if engine.dialect.name != "sqlite" or current is None or current == head:
        return None
    return back_up(engine)


def back_up(engine: Engine, instance_path: Path | None = None) -> Path:
    """A verified copy of the whole database; the newest five are kept.

    It lies in `backups/`: beside a SQLite file, in the instance folder for a PostgreSQL database.

    Raises StorageError when the copy cannot be made or does not pass its check.
    """
    is_file = engine.dialect.name == "sqlite"
    copy = (
        _copy_sqlite(Path(str(engine.url.database)))
        if is_file
        else _dump_postgresql(engine, instance_path or Path.cwd() / "instance")
    )
    logger.info("Backup written to %s", copy)
    return copy


def how_to_undo(copy: Path, engine: Engine) -> str:
    """The command that puts a backup back."""
    if engine.dialect.name == "sqlite":
        name = engine.url.database
        return f"stop the server, then: rm -f '{name}-wal' '{name}-shm' && cp '{copy}' '{name}'"
    return f"stop the server, then: pg_restore --clean --if-exists --dbname=\"$DATABASE_URL\" '{copy}'"


def _copy_sqlite(database: Path) -> Path:
    copy = _place(database.parent, database.stem, ".db")
    draft = copy.with_suffix(".part")
    try:
        draft.touch(mode=0o600)
        # A database that is not there must not come into being here, to be found sound and empty.
        address = f"{database.absolute().as_uri()}?mode=rw"
        with closing(sqlite3.connect(address, uri=True)) as source, closing(sqlite3.connect(draft)) as target:
            source.backup(target)
            found = target.execute("PRAGMA integrity_check").fetchone()[0]
            target.execute("PRAGMA journal_mode=DELETE")  # one file, complete in itself
    except sqlite3.Error as error:
        draft.unlink(missing_ok=True)
        raise StorageError(Reason.DB_FULL, f"the backup could not be written: {error}") from error
    if found != "ok":
        draft.unlink(missing_ok=True)
        raise StorageError(Reason.DB_CORRUPT, f"the copy of {database.name} is not sound: {found}")
    draft.chmod(0o600)
    draft.replace(copy)
    _forget_old(copy)
    return copy


def _dump_postgresql(engine: Engine, folder: Path) -> Path:
    program = shutil.which("pg_dump")
    if program is None:
        raise StorageError(Reason.DB_READONLY, "no backup without pg_dump: install the PostgreSQL client programs")
    url = engine.url
    copy = _place(folder, url.database or "postgresql", ".dump")
    environment = {**os.environ, **({"PGPASSWORD": str(url.password)} if url.password else {})}
    address = url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)
    done = subprocess.run(  # noqa: S603  a fixed program and our own database address
        [program, "--format=custom", f"--file={copy}", address],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        copy.unlink(missing_ok=True)
        raise StorageError(Reason.DB_READONLY, f"pg_dump failed: {done.stderr.strip()[:300]}")
    copy.chmod(0o600)
    _forget_old(copy)
    return copy


def _place(folder: Path, stem: str, suffix: str) -> Path:
    backups = folder / "backups"
    backups.mkdir(mode=0o700, parents=True, exist_ok=True)
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    return backups / f"{stem}-{moment}{suffix}"


def _forget_old(newest: Path) -> None:
    """Delete all but the newest copies of the same database. `newest` stays even when a wrong clock dates it back."""
    stem = newest.name.rsplit("-", 1)[0]
    # Not a glob: names of databases may hold its signs, and one name may begin with another.
    same = re.compile(rf"{re.escape(stem)}-\d{{8}}T\d{{6}}\.\d{{6}}Z{re.escape(newest.suffix)}")
    others = [each for each in newest.parent.iterdir() if each != newest and same.fullmatch(each.name)]
    for old in sorted(others)[: -(KEPT - 1)]:
        old.unlink(missing_ok=True)
