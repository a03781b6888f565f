"""What a doctor finds about the database itself: whether it is sound, and whether there is room for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from shutil import disk_usage

from sqlalchemy import Connection, func, select, text

from app.errors import SchemaUnknown
from app.models import Base
from app.models.database_file import UPGRADE
from app.services.findings import Finding, Verdict
from app.services.health_service import LEAST_FREE_BYTES
from app.services.schema_version import newest_schema, refuse_unknown_schema, stated_schemas

RESTORE = "flask --app run restore BACKUP (they lie in backups/)"
INVALID_INDEXES = """
SELECT class.relname FROM pg_index AS entry JOIN pg_class AS class ON class.oid = entry.indexrelid
WHERE NOT (entry.indisvalid AND entry.indisready) AND class.relnamespace = current_schema()::regnamespace
ORDER BY class.relname
"""
# NULL where the server keeps no checksums.
FAILED_CHECKSUMS = "SELECT checksum_failures FROM pg_stat_database WHERE datname = current_database()"
COUNTS_FAILURES_SINCE = (12,)
MB = 1_000_000


def about_schema(connection: Connection) -> Finding:
    """Whether the database and this program go together."""
    if stated_schemas(connection) == [newest_schema()]:
        return Finding("schema", Verdict.OK, "the database has the schema of this release")
    try:
        refuse_unknown_schema(connection)
    except SchemaUnknown as newer:
        return Finding("schema", Verdict.PROBLEM, newer.problem, newer.advice)
    return Finding("schema", Verdict.PROBLEM, "the database has an older schema than this release", UPGRADE)


def about_soundness(connection: Connection) -> Iterator[Finding]:
    """Whether all of it can be read. Raises StorageError when the server says of a table that it cannot."""
    yield _of_file(connection) if connection.dialect.name == "sqlite" else _of_server(connection)


def _of_file(connection: Connection) -> Finding:
    found = [row[0] for row in connection.execute(text("PRAGMA quick_check(5)"))]
    if found != ["ok"]:
        return Finding("database", Verdict.PROBLEM, f"the file is damaged: {'; '.join(found)[:300]}", RESTORE)
    return Finding("database", Verdict.OK, "the file is sound")


def _of_server(connection: Connection) -> Finding:
    rows = sum(connection.scalar(select(func.count()).select_from(table)) or 0 for table in Base.metadata.sorted_tables)
    if invalid := list(connection.scalars(text(INVALID_INDEXES))):
        advice = "; ".join(f'REINDEX INDEX "{name}"' for name in invalid)
        return Finding("database", Verdict.PROBLEM, f"indexes are not valid: {', '.join(invalid)}", f"{advice} in psql")
    server = connection.dialect.server_version_info or (0,)
    failed = connection.scalar(text(FAILED_CHECKSUMS)) if server >= COUNTS_FAILURES_SINCE else None
    if failed:
        detail = f"the server met {failed} pages of this database whose checksum is wrong: its disk damages data"
        return Finding("database", Verdict.PROBLEM, detail, f"mend the disk, then {RESTORE}")
    checksums = "none of their checksums was wrong" if failed == 0 else "the server keeps no checksums of pages"
    version = ".".join(map(str, server[:2]))
    return Finding(
        "database", Verdict.OK, f"all {rows} rows of all tables are there; {checksums}; PostgreSQL {version}"
    )


def about_disk(instance: Path, database: Path | None, newest_backup: Path | None) -> Iterator[Finding]:
    """Whether there is room: beside the file, and where backups and the files of jobs lie."""
    folders = [folder for folder in (database.parent if database else None, instance) if folder and folder.is_dir()]
    model = database if database is not None and database.is_file() else newest_backup
    needed = model.stat().st_size if model is not None else 0
    for device, folder in {folder.stat().st_dev: folder for folder in reversed(folders)}.items():
        free = disk_usage(folder).free
        holds_backups = database is None or database.parent.stat().st_dev == device
        where = "beside the database" if database is not None and folder == database.parent else f"in {folder}"
        about = f"{free // MB:,} MB free {where}"
        if free < LEAST_FREE_BYTES:
            yield Finding("disk", Verdict.PROBLEM, about, "make room: a sync needs some for its journal")
        elif holds_backups and free < needed:
            detail = f"{about}, and a backup takes {needed // MB:,} MB"
            yield Finding("disk", Verdict.WARNING, detail, "make room, or lower BACKUP_KEEP")
        else:
            yield Finding("disk", Verdict.OK, about)
