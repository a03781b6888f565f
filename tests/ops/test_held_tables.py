"""A reader who takes his time holds up a change of the schema on PostgreSQL, and nobody else."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

import psycopg
import pytest
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect

from app.core.outcomes import Reason
from app.errors import StorageError
from app.extensions import db
from app.ops import held_tables
from app.ops.held_tables import as_tables_are_let_go
from config import ROOT, Settings

MIGRATIONS = str(ROOT / "migrations")
OLD = "0018"  # the next one adds a column to runs, the two after it make tables, the last one adds another column
READ = "SELECT count(*) FROM runs"
pytestmark = pytest.mark.postgresql


@pytest.fixture
def settings(base_settings: Settings, migrated_postgresql: str) -> Settings:
    return base_settings.replace(database_url=migrated_postgresql, backup_before_migration=False)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(held_tables, "LOCKED_WITHIN", "50ms")


@pytest.fixture
def old(app: Flask) -> Iterator[Flask]:
    """An application whose database has an older schema; the newest one again at the end."""
    with app.app_context():
        downgrade(directory=MIGRATIONS, revision=OLD)
        yield app
        upgrade(directory=MIGRATIONS)


@pytest.fixture
def reader(old: Flask, migrated_postgresql: str) -> Iterator[psycopg.Connection]:
    """Somebody in the middle of a long look at the table that changes first."""
    with psycopg.connect(migrated_postgresql, application_name="a slow reader") as connection:
        connection.execute(READ)
        yield connection


def schema() -> tuple[str, bool, bool]:
    with db.engine.connect() as connection:
        version = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one()
    found = inspect(db.engine)
    columns = {column["name"] for column in found.get_columns("runs")}
    return version, "dismissed_at" in columns, found.has_table("release_answers")


BEFORE, AFTER = (OLD, False, False), ("0022", True, True)


def pausing(monkeypatch: pytest.MonkeyPatch, pause: Callable[[float], object], pauses: tuple[float, ...]) -> None:
    monkeypatch.setattr("time.sleep", pause)
    monkeypatch.setattr(held_tables, "PAUSES_S", pauses)


def test_it_is_tried_again_while_others_read_on(
    reader: psycopg.Connection,
    migrated_postgresql: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    seen: list[tuple[str, bool, bool]] = []

    def pause(_seconds: float) -> None:
        with psycopg.connect(migrated_postgresql, options="-c lock_timeout=1") as another:
            another.execute(READ)  # nobody stands in line before them
        seen.append(schema())
        if len(seen) == 2:
            reader.commit()

    pausing(monkeypatch, pause, (1.0, 2.0, 4.0))
    with caplog.at_level(logging.WARNING):
        upgrade(directory=MIGRATIONS)
    assert (seen, schema()) == ([BEFORE, BEFORE], AFTER)
    told = [message for message in caplog.messages if "trying again" in message]
    assert [message.rpartition("; ")[2] for message in told] == ["trying again in 1 s", "trying again in 2 s"]
    process = reader.info.backend_pid
    assert f"Readers hold tables that change (session {process}, a slow reader, idle in transaction" in told[0]


def test_a_reader_who_never_lets_go_is_named_and_nothing_is_changed(
    reader: psycopg.Connection, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    pauses: list[float] = []
    pausing(monkeypatch, pauses.append, (1.0, 2.0))
    with pytest.raises(SystemExit) as ended:
        upgrade(directory=MIGRATIONS)
    assert (ended.value.code, pauses, schema()) == (1, [1.0, 2.0], BEFORE)
    told = caplog.messages[-1]
    assert f"session {reader.info.backend_pid}, a slow reader" in told
    assert "nothing was changed" in told
    assert "try again" in told
    assert reader.execute(READ).fetchone() is not None, "who reads is not disturbed"
    reader.commit()
    upgrade(directory=MIGRATIONS)
    assert schema() == AFTER


def test_a_step_back_waits_in_the_same_way(
    app: Flask, migrated_postgresql: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    with app.app_context(), psycopg.connect(migrated_postgresql) as reader:
        reader.execute("SELECT count(*) FROM releases")

        def pause(seconds: float) -> None:
            pauses.append(seconds)
            reader.commit()

        pausing(monkeypatch, pause, (1.0,))
        downgrade(directory=MIGRATIONS)
        assert (pauses, schema()[0]) == ([1.0], "0021")
        upgrade(directory=MIGRATIONS)


def test_other_troubles_are_not_tried_again(app: Flask) -> None:
    tries: list[int] = []

    def change() -> None:
        tries.append(1)
        raise StorageError(Reason.DB_FULL, "no room")

    with app.app_context(), pytest.raises(StorageError, match="no room"):
        as_tables_are_let_go(db.engine, change, tries.append)
    assert tries == [1]


def test_those_who_hold_are_counted_when_they_are_many(app: Flask, migrated_postgresql: str) -> None:
    readers = [psycopg.connect(migrated_postgresql) for _ in range(5)]
    for each in readers:
        each.execute(READ)

    def change() -> None:
        raise StorageError(Reason.DB_LOCKED, "held")

    with app.app_context(), pytest.raises(StorageError) as held:
        as_tables_are_let_go(db.engine, change, lambda _seconds: None, pauses=())
    for each in readers:
        each.close()
    assert held.value.detail.count("session ") == 3
    assert "; 2 more; nothing was changed" in held.value.detail
