"""Run migrations: all pending ones in one transaction, so that a killed upgrade leaves the old schema whole."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from alembic import context
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from flask import current_app
from sqlalchemy import Connection, Engine, text

from app.errors import StorageError
from app.models.base import Base
from app.models.database_file import make_database_file
from app.models.storage_advice import advice
from app.models.transactions import storage_errors
from app.ops.backup import backup_before_upgrade

logger = logging.getLogger("waxmirror.migrations")
ADVISORY_KEY = 7_236_518_254_391_001


def run_migrations() -> None:
    engine: Engine = current_app.extensions["sqlalchemy"].engine
    try:
        with storage_errors():
            upgrade(engine)
    except StorageError as trouble:
        raise CommandError(advice(engine.url, trouble)) from trouble


def upgrade(engine: Engine) -> None:
    if not context.is_offline_mode():
        make_database_file(engine)
        back_up(engine)
    with engine.connect() as connection, unhindered(connection):
        # On SQLite the write lock is taken before the present revision is read: of several processes that upgrade at
        # once the first does it and the others find it done. PostgreSQL queues them on an advisory lock.
        writing = connection.execution_options(immediate=True)
        with writing.begin():
            if engine.dialect.name == "postgresql":
                writing.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_KEY})
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


def back_up(engine: Engine) -> None:
    """Keep a copy of an existing SQLite file that is about to change."""
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    head = ScriptDirectory.from_config(context.config).get_current_head()
    keep = current_app.extensions["settings"].backup_keep
    backup_before_upgrade(engine, current, head, keep=keep)


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
