"""A backup is put back while others use the mirror: they see what was there or what came, and keep nobody waiting."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from app.errors import BackupRefused
from app.extensions import db
from app.models.transactions import read_transaction
from app.ops.postgresql_restoring import into_postgresql
from app.services import backups
from app.services.schema_version import newest_schema
from tests.builders import MirrorBuilder

COUNT = "SELECT count(*) FROM listings"


@pytest.fixture
def mirror(app: Flask) -> MirrorBuilder:
    with app.app_context():
        return MirrorBuilder(db.engine)


def counted(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.exec_driver_sql(COUNT).scalar_one())


def test_who_reads_meanwhile_sees_what_was_there(app: Flask, mirror: MirrorBuilder) -> None:
    mirror.listings(3)
    with app.app_context():
        copy = backups.make()
        mirror.listings(2)
        with read_transaction(db.engine) as slow:
            slow.exec_driver_sql("SELECT version FROM mirror_state")
            slow.detach()  # the pool ends before this reader does
            backups.put_back(copy, backups.check(copy))
            assert slow.exec_driver_sql(COUNT).scalar_one() == 5
        assert counted(db.engine) == 3
        mirror.listings(1)
        assert counted(db.engine) == 4


def test_a_snapshot_of_a_mirror_that_is_made_anew_is_no_empty_shop(app: Flask, mirror: MirrorBuilder) -> None:
    mirror.listings(1)
    with mirror.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM mirror_state")
    client = app.test_client()
    paths = ("/api/data", "/api/data/1", "/export/listings.csv", "/", "/api/v1/collection/albums")
    told = {path: client.get(path).status_code for path in paths}
    with mirror.engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO mirror_state (id, version) VALUES (1, 0)")
    assert told == dict.fromkeys(paths, 503)


@pytest.fixture
def server(app: Flask, mirror: MirrorBuilder) -> Engine:
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            pytest.skip("a file is copied page by page")
        return db.engine


@pytest.fixture
def copy(app: Flask, server: Engine, mirror: MirrorBuilder) -> Path:
    """A dump of three listings; two came since."""
    mirror.listings(3)
    with app.app_context():
        made = backups.make()
    mirror.listings(2)
    return made


def test_a_writer_is_waited_for(server: Engine, copy: Path) -> None:
    with server.connect() as writer:
        writer.exec_driver_sql("LOCK TABLE listings IN ROW EXCLUSIVE MODE")
        pauses: list[float] = []

        def pause(seconds: float) -> None:
            pauses.append(seconds)
            writer.rollback()

        into_postgresql(server, copy, newest_schema(), pause=pause)
    assert (len(pauses), counted(server)) == (1, 3)


def test_a_reader_who_does_nothing_does_not_keep_tables_from_being_made_anew(server: Engine, copy: Path) -> None:
    pauses: list[float] = []
    with server.connect() as reader:
        reader.exec_driver_sql(COUNT)
        into_postgresql(server, copy, "of another release", pause=pauses.append)
        with pytest.raises(DBAPIError):
            reader.exec_driver_sql(COUNT)
    assert (len(pauses), counted(server)) == (1, 3)


def drop_a_column(connection: Connection) -> None:
    connection.exec_driver_sql("ALTER TABLE listings DROP COLUMN comments CASCADE")


def drop_a_table(connection: Connection) -> None:
    connection.exec_driver_sql("DROP TABLE changes CASCADE")


@pytest.mark.parametrize("spoil", [drop_a_column, drop_a_table])
def test_tables_that_the_rows_do_not_fit_are_made_anew(
    server: Engine, copy: Path, spoil: Callable[[Connection], None]
) -> None:
    with server.begin() as connection:
        spoil(connection)
    into_postgresql(server, copy, newest_schema())
    assert counted(server) == 3
    with server.connect() as connection:
        connection.exec_driver_sql("SELECT comments FROM listings")
        connection.exec_driver_sql("SELECT count(*) FROM changes")


def test_what_fails_leaves_rows_and_numbers_as_they_were(
    server: Engine, copy: Path, monkeypatch: pytest.MonkeyPatch, mirror: MirrorBuilder
) -> None:
    monkeypatch.setattr("app.ops.postgresql_restoring._afterwards", lambda _known: ["SELECT 1 / 0;\n"])
    with pytest.raises(BackupRefused, match="division by zero"):
        into_postgresql(server, copy, newest_schema())
    assert counted(server) == 5
    mirror.listings(1)
    assert counted(server) == 6
