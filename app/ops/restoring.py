"""Putting a backup back: only one that was opened and checked, and never without a copy of what it replaces."""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import URL, Engine

from app.errors import BackupRefused, StorageError
from app.models.database_file import file_of
from app.ops.backup import KEPT, backups_of, forget_old, make_copy
from app.ops.digests import compare
from app.ops.postgresql_restoring import LAST_CHANGE, into_postgresql, run_program, tables_in

logger = logging.getLogger(__name__)
NEEDED = frozenset({"accounts", "sources", "runs", "listings", "changes", "mirror_state", "alembic_version"})


@dataclass(frozen=True, slots=True)
class Restored:
    """What became of a restore: the schema that the database has now, where what it replaced lies, and whether servers
    have to be restarted, because the file is another one."""

    schema: str
    replaced: Path | None
    needs_restart: bool


def schema_of_backup(backup: Path, url: URL, known: frozenset[str]) -> str:
    """The schema of a sound backup for a database like that of `url`.

    Raises BackupRefused for a file that is no backup of a mirror, is damaged, is not what its digest is of, or was made
    by a newer release.
    """
    if not backup.is_file():
        raise BackupRefused(backup.name, "there is no such file")
    compare(backup)
    schema = _schema_of_file(backup) if url.get_backend_name() == "sqlite" else _schema_of_dump(backup)
    if schema not in known:
        raise BackupRefused(backup.name, f"its schema {schema} is not known here: it was made by a newer release")
    return schema


def restore(engine: Engine, backup: Path, schema: str, instance_path: Path, *, keep: int = KEPT) -> Restored:
    """Put a checked backup into the place of the database; what was there is kept beside the other backups.

    Call it while nobody else writes the mirror. Readers of a sound SQLite database go on and see one or the other.
    Raises StorageError, BackupImpossible; then the database is as it was.
    """
    if engine.dialect.name != "sqlite":
        kept = make_copy(engine, instance_path)
        into_postgresql(engine, backup, schema)
        forget_old(kept, backups_of(engine.url, instance_path), keep, spare=backup)
        return Restored(schema, kept, needs_restart=False)
    path = file_of(engine.url)
    if path is None:
        raise BackupRefused(backup.name, "only a mirror in a file or on a server can be restored")
    try:
        kept = make_copy(engine)
    except StorageError as trouble:
        logger.warning("What is there cannot be copied (%s); it is set aside as it is", trouble.detail)
        logger.warning("Whoever follows /api/changes has to read /api/data anew: numbers of changes are given again")
        return Restored(schema, _replace_file(path, backup), needs_restart=True)
    _into_sqlite(path, backup)
    forget_old(kept, backups_of(engine.url), keep, spare=backup)
    return Restored(schema, kept, needs_restart=False)


def _schema_of_file(backup: Path) -> str:
    try:
        with closing(sqlite3.connect(f"{backup.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
            found = connection.execute("PRAGMA integrity_check").fetchone()[0]
            if found != "ok":
                raise BackupRefused(backup.name, f"it is damaged ({found})")
            if connection.execute("PRAGMA foreign_key_check").fetchone() is not None:
                raise BackupRefused(backup.name, "its rows refer to others that are missing")
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            if not tables >= NEEDED:
                raise BackupRefused(backup.name, "it is no mirror of Waxmirror")
            revisions = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    except sqlite3.Error as error:
        raise BackupRefused(backup.name, f"it cannot be read ({error})") from error
    return _only([str(revision) for (revision,) in revisions], backup)


def _schema_of_dump(backup: Path) -> str:
    """pg_restore reads the whole archive into nothing, and what it holds of the schema into words."""
    contents = run_program("pg_restore", "--list", str(backup), backup=backup)
    if not tables_in(contents) >= NEEDED:
        raise BackupRefused(backup.name, "it is no mirror of Waxmirror")
    run_program("pg_restore", "--file=/dev/null", str(backup), backup=backup)
    told = run_program("pg_restore", "--data-only", "--table=alembic_version", "--file=-", str(backup), backup=backup)
    return _only(_copied_rows(told), backup)


def _only(revisions: list[str], backup: Path) -> str:
    if len(revisions) != 1:
        raise BackupRefused(backup.name, "it does not say which schema it has")
    return revisions[0]


def _copied_rows(told: str) -> list[str]:
    """The rows that a script of pg_restore fills its tables with: from COPY to a line of its own that ends it."""
    blocks = [block.partition(";\n")[2] for block in f"\n{told}".split("\nCOPY ")[1:]]
    return [row for block in blocks for row in f"\n{block}".partition("\n\\.\n")[0].splitlines() if row]


def _into_sqlite(path: Path, backup: Path) -> None:
    try:
        with (
            closing(sqlite3.connect(f"{backup.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as source,
            closing(sqlite3.connect(path, timeout=30)) as target,
        ):
            last = target.execute(LAST_CHANGE).fetchone()[0] if _has(target, "changes") else 0
            source.backup(target)
            target.execute("UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = 'changes'", (last,))
            if _has(target, "web_sessions"):  # a backup may be older than they are
                target.execute("DELETE FROM web_sessions")
            target.commit()
    except sqlite3.Error as error:
        raise BackupRefused(backup.name, f"it could not be written into {path} ({error})") from error


def _has(database: sqlite3.Connection, table: str) -> bool:
    query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
    return database.execute(query, (table,)).fetchone() is not None


def _replace_file(path: Path, backup: Path) -> Path | None:
    """Set an unsound file aside and put a copy of the backup in its place, whole or not at all."""
    draft = path.with_name(f"{path.name}.restoring")
    shutil.copyfile(backup, draft)
    draft.chmod(0o600)
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    aside = None
    if path.exists():
        aside = path.parent / "backups" / f"{path.stem}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.unsound"
        aside.parent.mkdir(mode=0o700, exist_ok=True)
        path.replace(aside)
    for ending in ("-wal", "-shm"):  # they belong to the file that went
        path.with_name(path.name + ending).unlink(missing_ok=True)
    draft.replace(path)
    return aside
