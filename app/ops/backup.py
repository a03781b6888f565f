"""Copies of the mirror that were opened and checked before anybody relies on them."""

from __future__ import annotations

import logging
import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import URL, Engine

from app.core.outcomes import Reason
from app.errors import BackupImpossible, StorageError
from app.ops.digests import ENDING, digest_file_of, discard, sha256_of, write_digest
from app.ops.pg_programs import dump_trouble, postgresql_address

logger = logging.getLogger(__name__)
KEPT = 7
# A draft that old is nobody's any more: its maker was killed.
ABANDONED_AFTER_S = 86_400.0
LOOK_EVERY_S = 0.2
MOMENT = "%Y%m%dT%H%M%S.%fZ"
STAMP = r"-\d{8}T\d{6}\.\d{6}Z"
OURS = re.compile(rf"{STAMP}\.(db|dump){re.escape(ENDING)}$")


class Place(NamedTuple):
    """Where the copies of one database lie, and how their names begin and end."""

    folder: Path
    stem: str
    suffix: str


def back_up(
    engine: Engine,
    instance_path: Path | None = None,
    *,
    keep: int = KEPT,
    spare: Path | None = None,
    is_stopping: Callable[[], bool] = lambda: False,
) -> Path:
    """A verified copy of the whole database; the newest `keep` are kept, and `spare` whatever its age.

    It lies in `backups/`: beside a SQLite file, in the instance folder for a PostgreSQL database.

    Raises StorageError when a file cannot be copied or its copy does not pass its check; BackupImpossible when there is
    no place for it, or pg_dump is not there, too old, fails, or is not wanted any more.
    """
    copy = make_copy(engine, instance_path, is_stopping=is_stopping)
    forget_old(copy, backups_of(engine.url, instance_path), keep, spare)
    return copy


def make_copy(
    engine: Engine, instance_path: Path | None = None, *, is_stopping: Callable[[], bool] = lambda: False
) -> Path:
    """As `back_up`, for who does not know yet whether an older copy may go for it."""
    place = place_of(engine.url, instance_path)
    _forget_abandoned(place.folder)  # before, for it may be what takes up the room
    copy = (
        _copy_sqlite(Path(str(engine.url.database)), place)
        if engine.dialect.name == "sqlite"
        else _dump_postgresql(engine, place, is_stopping)
    )
    logger.info("Backup written to %s", copy)
    return copy


def how_to_undo(copy: Path) -> str:
    """The command that puts a backup back."""
    return f"flask --app run restore '{copy}'"


def backups_of(url: URL, instance_path: Path | None = None) -> list[Path]:
    """The copies of a database that lie where they are put, the oldest first."""
    place = place_of(url, instance_path)
    # Not a glob: names of databases may hold its signs, and one name may begin with another.
    same = re.compile(rf"{re.escape(place.stem)}{STAMP}{re.escape(place.suffix)}")
    return sorted(each for each in place.folder.iterdir() if same.fullmatch(each.name)) if place.folder.is_dir() else []


def made_at(copy: Path) -> datetime:
    """When a copy was made, as its name tells."""
    moment = copy.name.removesuffix(copy.suffix).rsplit("-", 1)[1]
    return datetime.strptime(moment, MOMENT).replace(tzinfo=UTC)


def _copy_sqlite(database: Path, place: Place) -> Path:
    copy, draft = _new(place)
    try:
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
    try:
        _publish(draft, copy)
    finally:
        draft.unlink(missing_ok=True)
    return copy


def _dump_postgresql(engine: Engine, place: Place, is_stopping: Callable[[], bool]) -> Path:
    if problem := dump_trouble(engine):
        raise BackupImpossible(problem)
    copy, draft = _new(place)
    address, environment = postgresql_address(engine.url)
    done = subprocess.Popen(  # noqa: S603  a fixed program and our own database address
        [str(shutil.which("pg_dump")), "--format=custom", f"--file={draft}", address],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        problem = _last_words(done, is_stopping)
        if done.returncode or not draft.stat().st_size:
            raise BackupImpossible(f"pg_dump failed: {' '.join(problem.split())[:300]}")
        _check_dump(draft)
        _publish(draft, copy)
    finally:
        draft.unlink(missing_ok=True)
    return copy


def _publish(draft: Path, copy: Path) -> None:
    """A copy that can be seen has its digest."""
    try:
        write_digest(copy, sha256_of(draft))
        draft.replace(copy)
    except OSError as error:
        digest_file_of(copy).unlink(missing_ok=True)
        raise StorageError(Reason.DB_FULL, f"the backup could not be written: {error.strerror}") from error


def _check_dump(dump: Path) -> None:
    """Read the whole archive into nothing, as a restore would."""
    program = shutil.which("pg_restore")
    if program is None:
        return
    told = subprocess.run(  # noqa: S603  a fixed program and our own file
        [program, f"--file={os.devnull}", str(dump)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if told.returncode:
        raise BackupImpossible(f"the dump cannot be read again: {' '.join(told.stderr.split())[:300]}")


def _last_words(program: subprocess.Popen[str], is_stopping: Callable[[], bool]) -> str:
    """What a program said on standard error when it ended; nobody waits for it who has to end himself."""
    while True:
        try:
            return program.communicate(timeout=LOOK_EVERY_S)[1]
        except subprocess.TimeoutExpired:
            if is_stopping():
                program.kill()
                program.communicate()
                return "the service ends"


def place_of(url: URL, instance_path: Path | None = None) -> Place:
    """Where the copies of the database at `url` lie."""
    if url.get_backend_name() == "sqlite":
        database = Path(str(url.database))
        return Place(database.parent / "backups", database.stem, ".db")
    folder = instance_path or Path.cwd() / "instance"
    return Place(folder / "backups", url.database or "postgresql", ".dump")


def _new(place: Place) -> tuple[Path, Path]:
    """Where a new copy is to lie, and the draft it is made as, which nobody else can read."""
    copy = place.folder / f"{place.stem}-{datetime.now(UTC).strftime(MOMENT)}{place.suffix}"
    draft = copy.with_suffix(".part")
    try:
        place.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft.touch(mode=0o600)
    except OSError as error:
        problem = f"{place.folder} cannot be written ({error.strerror}): make room, or let this user write it"
        raise BackupImpossible(problem) from error
    return copy, draft


def forget_old(newest: Path, copies: list[Path], keep: int, spare: Path | None = None) -> None:
    """Delete all but the newest copies of the same database. `newest` stays even when a wrong clock dates it back."""
    others = [each for each in copies if each != newest]
    for old in others[: max(len(others) - keep + 1, 0)]:
        if spare is None or old.resolve() != spare.resolve():
            discard(old)


def _forget_abandoned(folder: Path) -> None:
    lone = (each for each in folder.glob(f"*{ENDING}") if OURS.search(each.name) and not each.with_suffix("").exists())
    for each in (*folder.glob("*.part"), *lone):
        with suppress(OSError):
            if datetime.now(UTC).timestamp() - each.stat().st_mtime > ABANDONED_AFTER_S:
                each.unlink()
