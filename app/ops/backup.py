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

from sqlalchemy import URL, Engine

from app.core.outcomes import Reason
from app.errors import StorageError

logger = logging.getLogger(__name__)
KEPT = 5


def backup_before_upgrade(engine: Engine, current: str | None, head: str | None) -> Path | None:
    """Copy an existing SQLite file whose schema is about to change; None when there is nothing to keep."""
    if engine.dialect.name != "sqlite" or current is None or current == head:
        return None
    return back_up(engine)


def back_up(engine: Engine, instance_path: Path | None = None, *, spare: Path | None = None) -> Path:
    """A verified copy of the whole database; the newest five are kept, and `spare` whatever its age.

    It lies in `backups/`: beside a SQLite file, in the instance folder for a PostgreSQL database.

    Raises StorageError when the copy cannot be made or does not pass its check.
    """
    is_file = engine.dialect.name == "sqlite"
    copy = (
        _copy_sqlite(Path(str(engine.url.database)))
        if is_file
        else _dump_postgresql(engine, instance_path or Path.cwd() / "instance")
    )
    _forget_old(copy, spare)
    logger.info("Backup written to %s", copy)
    return copy


def how_to_undo(copy: Path) -> str:
    """The command that puts a backup back."""
    return f"flask --app run restore '{copy}'"


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
    return copy


def _dump_postgresql(engine: Engine, folder: Path) -> Path:
    program = shutil.which("pg_dump")
    if program is None:
        raise StorageError(Reason.DB_READONLY, "no backup without pg_dump: install the PostgreSQL client programs")
    copy = _place(folder, engine.url.database or "postgresql", ".dump")
    address, environment = postgresql_address(engine.url)
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
    return copy


def postgresql_address(url: URL) -> tuple[str, dict[str, str]]:
    """For PostgreSQL's own programs: the address without its password, and the environment that has it."""
    environment = {**os.environ, **({"PGPASSWORD": str(url.password)} if url.password else {})}
    return url.set(drivername="postgresql", password=None).render_as_string(hide_password=False), environment


def _place(folder: Path, stem: str, suffix: str) -> Path:
    backups = folder / "backups"
    backups.mkdir(mode=0o700, parents=True, exist_ok=True)
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    return backups / f"{stem}-{moment}{suffix}"


def _forget_old(newest: Path, spare: Path | None) -> None:
    """Delete all but the newest copies of the same database. `newest` stays even when a wrong clock dates it back."""
    stem = newest.name.rsplit("-", 1)[0]
    # Not a glob: names of databases may hold its signs, and one name may begin with another.
    same = re.compile(rf"{re.escape(stem)}-\d{{8}}T\d{{6}}\.\d{{6}}Z{re.escape(newest.suffix)}")
    others = [each for each in newest.parent.iterdir() if each != newest and same.fullmatch(each.name)]
    for old in sorted(others)[: -(KEPT - 1)]:
        if spare is None or old.resolve() != spare.resolve():
            old.unlink(missing_ok=True)
