"""From a newer release back to this one, as README tells: stop, put this code there, restore, start."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import Engine

from app.extensions import db
from app.models.transactions import read_transaction
from app.services import backups
from app.services.schema_version import db_is_at_head
from config import ROOT
from tests.builders import MirrorBuilder

MIGRATIONS = str(ROOT / "migrations")
# What a newer release may have made of the schema: a table that holds on to ours, a column more, one less.
NEWER = (
    "CREATE TABLE newer_things (id INTEGER PRIMARY KEY, account_id BIGINT REFERENCES accounts (id))",
    "ALTER TABLE listings ADD COLUMN newer_column TEXT",
    "ALTER TABLE runs DROP COLUMN detail",
    "UPDATE alembic_version SET version_num = '9999'",
)


@pytest.fixture
def engine(app: Flask) -> Iterator[Engine]:
    with app.app_context():
        yield db.engine
        with db.engine.begin() as connection:
            connection.exec_driver_sql("DROP TABLE IF EXISTS newer_things")  # other tests use this database


def test_a_backup_of_before_is_put_back_with_the_old_code(
    app: Flask, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    before = MirrorBuilder(engine).listings(3)
    backup = backups.make()
    with engine.begin() as connection:
        for statement in NEWER:
            connection.exec_driver_sql(statement)
        connection.exec_driver_sql("DELETE FROM changes")
    with pytest.raises(SystemExit):
        upgrade(directory=MIGRATIONS)
    assert "flask --app run restore FILE" in caplog.messages[-1]
    with caplog.at_level(logging.WARNING):
        done = app.test_cli_runner().invoke(args=["restore", str(backup), "--yes"])
    assert (done.exit_code, done.stdout.splitlines()[0]) == (0, f"restored {backup}")
    assert ("newer_things" in caplog.text) == (engine.dialect.name == "postgresql")
    upgrade(directory=MIGRATIONS)
    with read_transaction(engine) as connection:
        assert db_is_at_head(connection)
        shown = connection.exec_driver_sql("SELECT listing_id FROM listings ORDER BY listing_id").scalars()
        assert list(shown) == before
    assert app.test_client().get("/health").json["ready"]  # type: ignore[index]
