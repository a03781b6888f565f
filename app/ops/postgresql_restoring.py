"""Putting a dump back into PostgreSQL: visitors go on reading what was there, until all of what comes is there."""

from __future__ import annotations

import logging
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

from sqlalchemy import Engine, inspect, text

from app.errors import BackupRefused
from app.models import Base
from app.ops.pg_programs import INSTALL, postgresql_address
from app.services.schema_version import known_schemas

logger = logging.getLogger(__name__)
TRIES = 10
PAUSE_S = 1.0
LOCKED_WITHIN_S = 2  # everybody else waits behind whoever waits for a table
TAKEN = re.compile(r": (55P03|40P01): ")  # lock not available, deadlock
# Who follows the changes must not be told of other ones under numbers that were given before.
LAST_CHANGE = "SELECT coalesce(max(seq), 0) FROM changes"
GO_ON_FROM = "SELECT setval(pg_get_serial_sequence('changes', 'seq'), greatest({last}, ({newest}), 1));\n"
SEQUENCES = """
SELECT number.oid::regclass::text, owner.oid::regclass::text, quote_ident(attname), owner.relname
FROM pg_depend JOIN pg_class AS number ON number.oid = objid AND number.relkind = 'S'
JOIN pg_class AS owner ON owner.oid = refobjid JOIN pg_attribute ON attrelid = refobjid AND attnum = refobjsubid
WHERE classid = 'pg_class'::regclass AND refclassid = 'pg_class'::regclass AND deptype IN ('a', 'i')
  AND owner.relnamespace = current_schema()::regnamespace ORDER BY 1
"""
# A rollback takes no number of a sequence back: it must never fall below what was given.
GO_ON = "SELECT setval('{sequence}', greatest(nextval('{sequence}'), (SELECT max({column}) FROM {table})));\n"
# Without an index on each reference, a check of every row that goes reads whole tables. Only some may leave it out.
CHECKS = "DO $$ BEGIN SET LOCAL session_replication_role = {role}; EXCEPTION WHEN insufficient_privilege THEN END $$;\n"
IDLE_READERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity AS session
WHERE datname = current_database() AND usename = current_user AND state LIKE 'idle in transaction%'
  AND pid <> pg_backend_pid() AND EXISTS (
    SELECT 1 FROM pg_locks WHERE pg_locks.pid = session.pid AND relation IN (
      SELECT oid FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace
        AND relname = ANY(:tables)))
"""


@dataclass(frozen=True, slots=True)
class _Present:
    """What the database has before: its tables, its schema, the last change, and its sequences by table."""

    tables: frozenset[str]
    schema: str | None
    last_change: int
    sequences: tuple[tuple[str, str, str, str], ...]


def into_postgresql(
    engine: Engine, backup: Path, schema: str, *, pause: Callable[[float], object] = time.sleep
) -> None:
    """Put a checked dump of `schema` into the place of what is there, in one transaction.

    Rows of the same schema are exchanged, which nobody who reads has to wait for or can see half of. For another schema
    the tables are made anew. Raises BackupRefused; then the database is as it was.
    """
    listed = run_program("pg_restore", "--list", str(backup), backup=backup)
    known, present = tables_in(listed), _present(engine)
    if present.schema == schema and known <= present.tables:
        try:
            _run_script(engine, backup, _exchange(backup, listed, known, present), pause)
            return
        except BackupRefused as error:
            if TAKEN.search(error.problem):
                raise
            logger.warning("Its rows do not go into the tables that are there (%s): these are made anew", error.problem)
    ours = {*Base.metadata.tables, *known}
    if present.schema not in {None, *known_schemas()} and (left := sorted(present.tables - ours)):
        names = ", ".join(left)
        logger.warning(
            "Tables that are not known here stay; drop those of the newer release before it comes: %s", names
        )
    _run_script(
        engine, backup, _make_anew(backup, ours, known, present), pause, if_taken=lambda: _end_idle(engine, ours)
    )


def tables_in(contents: str) -> set[str]:
    """The tables that a list of pg_restore names: number, two ids, TABLE DATA, schema, name, owner."""
    return {_table_of(line) for line in contents.splitlines() if _table_of(line)}


def run_program(program: str, *arguments: str, backup: Path, environment: dict[str, str] | None = None) -> str:
    """What one of PostgreSQL's programs prints. Raises BackupRefused when it fails."""
    found = shutil.which(program)
    if found is None:
        raise BackupRefused(backup.name, f"there is no {program} here: {INSTALL}")
    done = subprocess.run(  # noqa: S603  a fixed program, our own database address and a file the owner named
        [found, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BackupRefused(backup.name, f"{program}: {' '.join(done.stderr.split())[:300]}")
    return done.stdout


def _table_of(line: str) -> str:
    words = line.split() if " TABLE DATA " in line else []
    return words[6] if len(words) > 6 else ""


def _present(engine: Engine) -> _Present:
    with engine.connect() as connection:
        tables = frozenset(inspect(connection).get_table_names())
        schemas = [None]
        if "alembic_version" in tables:
            schemas = list(connection.scalars(text("SELECT version_num FROM alembic_version")))
        last = int(connection.exec_driver_sql(LAST_CHANGE).scalar_one()) if "changes" in tables else 0
        sequences = tuple((row[0], row[1], row[2], row[3]) for row in connection.execute(text(SEQUENCES)))
    return _Present(tables, schemas[0] if len(schemas) == 1 else None, last, sequences)


def _exchange(backup: Path, listed: str, known: set[str], present: _Present) -> Iterator[str]:
    """The rows go and others come: who reads sees the former until the end, and writers wait."""
    ours = [name for name in Base.metadata.tables if name in known]
    ordered = [table.name for table in Base.metadata.sorted_tables if table.name in ours]
    ordered += sorted(known - set(ordered))
    yield _lock(known, "EXCLUSIVE")
    yield CHECKS.format(role="replica")
    yield from (f'DELETE FROM "{name}";\n' for name in reversed(ordered))  # noqa: S608  of our own tables
    yield CHECKS.format(role="origin")
    rows = {_table_of(line): line for line in listed.splitlines()}
    with NamedTemporaryFile("w", prefix="waxmirror-", suffix=".list") as order:
        order.writelines(f"{rows[name]}\n" for name in ordered)  # a row comes after those that it refers to
        order.flush()
        yield _script_of(backup, "--data-only", f"--use-list={order.name}")
    yield from _afterwards(known)
    for sequence, table, column, owner in present.sequences:
        if owner in known:
            yield GO_ON.format(sequence=sequence.replace("'", "''"), table=table, column=column)


def _make_anew(backup: Path, ours: set[str], known: set[str], present: _Present) -> Iterator[str]:
    """All our tables go first: those that the backup does not know hold on to what it replaces."""
    yield "SET LOCAL client_min_messages = warning;\n"  # what else goes with a table would hide what fails
    yield _lock(ours & present.tables, "ACCESS EXCLUSIVE")
    yield from (f'DROP TABLE IF EXISTS "{name}" CASCADE;\n' for name in sorted(ours))
    yield _script_of(backup)
    yield from _afterwards(known)
    yield GO_ON_FROM.format(last=present.last_change, newest=LAST_CHANGE)


def _lock(tables: Iterable[str], mode: str) -> str:
    """All at once and always in the same order, or nothing."""
    names = ", ".join(f'"{name}"' for name in sorted(tables))
    return f"SET LOCAL lock_timeout = '{LOCKED_WITHIN_S}s';\nLOCK TABLE {names} IN {mode} MODE;\n" if names else ""


def _script_of(backup: Path, *options: str) -> str:
    arguments = ("--no-owner", "--no-privileges", *options, "--file=-", str(backup))
    return run_program("pg_restore", *arguments, backup=backup)


def _afterwards(known: set[str]) -> Iterator[str]:
    yield "SET search_path TO DEFAULT;\n"  # the dump leaves an empty one behind
    if "web_sessions" in known:  # the dump may be older than they are
        yield "DELETE FROM web_sessions;\n"


def _run_script(
    engine: Engine,
    backup: Path,
    statements: Iterable[str],
    pause: Callable[[float], object],
    *,
    if_taken: Callable[[], object] = lambda: None,
) -> None:
    """In one transaction, again while others hold what it needs."""
    address, environment = postgresql_address(engine.url)
    with NamedTemporaryFile("w", prefix="waxmirror-", suffix=".sql") as script:
        script.writelines(statements)
        script.flush()
        settings = ("--set=ON_ERROR_STOP=1", "--set=VERBOSITY=verbose")  # verbose: errors have their number
        options = ("--quiet", "--no-psqlrc", "--single-transaction", *settings, f"--file={script.name}")
        for left in reversed(range(TRIES)):
            try:
                run_program("psql", *options, address, backup=backup, environment=environment)
                return
            except BackupRefused as error:
                if not TAKEN.search(error.problem):
                    raise
                if not left:
                    raise BackupRefused(backup.name, f"others hold its tables, try again: {error.problem}") from error
            if_taken()
            pause(PAUSE_S)


def _end_idle(engine: Engine, tables: set[str]) -> None:
    """Let nobody who reads slowly hold tables that have to go."""
    with engine.connect() as connection:
        ended = connection.execute(text(IDLE_READERS), {"tables": sorted(tables)}).rowcount
    if ended:
        logger.warning("Sessions that held tables and did nothing were ended: %d", ended)
