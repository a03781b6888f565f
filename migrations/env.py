"""Run migrations: all pending ones in one transaction, so that a killed upgrade leaves the old schema whole."""

import logging
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from alembic import context
from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError
from flask import current_app
from sqlalchemy import Connection, Engine, text

from app.errors import BackupImpossible, SchemaUnknown, StorageError
from app.models.base import Base
from app.models.database_file import make_database_file
from app.models.storage_advice import advice
from app.models.transactions import storage_errors
from app.ops.held_tables import as_tables_are_let_go, hurry
from app.ops.migrating import backed_up, sole_migrator
from app.services.schema_version import refuse_unknown_schema

logger = logging.getLogger("waxmirror.migrations")
ADVISORY_KEY = 7_236_518_254_391_001
UNKNOWN = "unknown"


def run_migrations() -> None:
    engine: Engine = current_app.extensions["sqlalchemy"].engine
    try:
        with storage_errors():
            make_database_file_unless_offline(engine)
            with alone():
                refuse_newer(engine)
                with kept_before(engine):
                    change_when_possible(engine)
    except SchemaUnknown as newer:
        raise CommandError(str(newer)) from newer
    except StorageError as trouble:
        raise CommandError(advice(engine.url, trouble)) from trouble
    except BackupImpossible as trouble:
        raise CommandError(str(trouble)) from trouble


def change_when_possible(engine: Engine) -> None:
    if engine.dialect.name == "postgresql":
        as_tables_are_let_go(engine, lambda: change(engine), time.sleep)
    else:
        change(engine)


def change(engine: Engine) -> None:
    with engine.connect() as connection, unhindered(connection):
        # The second line behind the lock, for releases that do not know it: on SQLite the write lock is taken before
        # the present revision is read, PostgreSQL has an advisory lock.
        writing = connection.execution_options(immediate=True)
        with writing.begin():
            if engine.dialect.name == "postgresql":
                writing.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_KEY})
                hurry(writing)
            is_new = MigrationContext.configure(writing).get_current_revision() is None
            migrate(writing)
    if is_new:
        logger.info("Database tables created")


@contextmanager
def unhindered(connection: Connection) -> Iterator[None]:
    """Let a migration put another table in the place of one that others refer to.

    SQLite would take the dropping of the old table for the deletion of its rows, and hears of the pragma only outside
    of a transaction. A migration that makes use of it checks the references itself.
    """
    raw = connection.connection.dbapi_connection
    if connection.dialect.name != "sqlite" or raw is None:
        yield
        return
    raw.cursor().execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        raw.cursor().execute("PRAGMA foreign_keys=ON")


def make_database_file_unless_offline(engine: Engine) -> None:
    if not context.is_offline_mode():
        make_database_file(engine)


def alone() -> AbstractContextManager[None]:
    """Of several containers that start at once, one migrates and the others wait until it has."""
    if not changes_schema():
        return nullcontext()
    return sole_migrator(current_app.extensions["waxmirror"].locks, time.sleep)


def changes_schema() -> bool:
    return not context.is_offline_mode() and wanted_revision() != UNKNOWN


def wanted_revision() -> str | None:
    """Where the command leads; None for an empty schema, UNKNOWN for commands that only look."""
    try:
        wanted = context.get_revision_argument()
    except KeyError:
        return UNKNOWN
    return wanted if wanted is None else str(wanted)


def refuse_newer(engine: Engine) -> None:
    """Raise SchemaUnknown before anything is copied or touched."""
    if changes_schema():
        with engine.connect() as connection:
            refuse_unknown_schema(connection)


def kept_before(engine: Engine) -> AbstractContextManager[object]:
    """Keep a copy of an existing database that is about to change, up or down."""
    settings = current_app.extensions["settings"]
    if not changes_schema() or not settings.backup_before_migration:
        return nullcontext()
    with engine.connect() as connection:
        present = MigrationContext.configure(connection).get_current_revision()
    wanted = wanted_revision()
    return backed_up(engine, settings.instance_path, present=present, wanted=wanted, keep=settings.backup_keep)


def migrate(connection: Connection) -> None:
    arguments = current_app.extensions["migrate"].configure_args
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        # Alembic holds SQLite incapable of transactional DDL; with explicit transactions it is not.
        transactional_ddl=True,
        transaction_per_migration=False,
        **{"render_as_batch": True, "compare_type": True, **arguments},
    )
    context.run_migrations()


run_migrations()
