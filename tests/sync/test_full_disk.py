"""A disk that fills up while a sync runs, and a database that goes away: told by name, and over when there is room."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from app.errors import StorageError
from app.extensions import db
from app.services import sync_control
from app.services.discogs_connection import NeverStops
from app.services.health_service import HealthService
from tests.sync.conftest import Mirror
from tests.sync.memory_shop import MemoryShop


class FullDisk:
    """Refuses every write from the moment it is full, as SQLite does."""

    def __init__(self) -> None:
        self.is_full = False

    def before(self, _c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if self.is_full and statement.startswith(("INSERT", "UPDATE", "DELETE")):
            if db.engine.dialect.name == "sqlite":
                import sqlite3

                raise _as_dbapi(sqlite3.OperationalError("database or disk is full"), statement)
            import psycopg

            raise _as_dbapi(psycopg.errors.DiskFull("could not extend file"), statement)


def _as_dbapi(error: Exception, statement: str) -> Exception:
    from sqlalchemy.exc import OperationalError

    return OperationalError(statement, None, error)


@pytest.fixture
def disk(mirror: Mirror) -> Iterator[FullDisk]:
    disk = FullDisk()
    event.listen(db.engine, "before_cursor_execute", disk.before)
    yield disk
    event.remove(db.engine, "before_cursor_execute", disk.before)


def fill_during(shop: MemoryShop, disk: FullDisk, asked: str) -> None:
    def between(what: str) -> None:
        disk.is_full = disk.is_full or what == asked

    shop.between = between


def test_the_reason_is_told_even_when_the_run_cannot_be_ended(mirror: Mirror, shop: MemoryShop, disk: FullDisk) -> None:
    mirror.sync()
    fill_during(shop, disk, "page 1")
    with pytest.raises(StorageError) as refused:
        mirror.sync()
    assert refused.value.reason == "db.full"
    assert any("db.full" in reason for reason in HealthService().health()["reasons"])


def test_a_full_disk_is_no_fault_of_the_visitors_until_the_data_is_late(
    mirror: Mirror, shop: MemoryShop, disk: FullDisk, client: FlaskClient
) -> None:
    mirror.sync()
    fill_during(shop, disk, "page 1")
    with pytest.raises(StorageError):
        mirror.sync()
    told = client.get("/health")
    assert (told.status_code, told.json["status"], told.json["ready"]) == (200, "degraded", True)
    mirror.clock.advance(hours=7)
    told = client.get("/health")
    assert (told.status_code, told.json["status"], told.json["ready"]) == (503, "degraded", True)
    assert "the database could not be written (db.full)" in told.json["reasons"]
    assert any(reason.startswith("the data is ") for reason in told.json["reasons"])
    with client.get("/api/data") as served:
        assert (served.status_code, len(served.json)) == (200, 538)
    disk.is_full, shop.between = False, lambda _: None
    mirror.sync()
    assert client.get("/health").status_code == 200


def test_the_queue_goes_on_and_the_log_says_why(
    mirror: Mirror, shop: MemoryShop, disk: FullDisk, caplog: pytest.LogCaptureFixture
) -> None:
    mirror.sync()
    (run_id,) = sync_control.request_sync(trigger="hourly")
    fill_during(shop, disk, "page 1")
    with caplog.at_level(logging.ERROR):
        sync_control.execute_run(run_id, NeverStops())
    assert "db.full" in caplog.text


def test_when_there_is_room_again_the_next_sync_puts_everything_right(
    mirror: Mirror, shop: MemoryShop, disk: FullDisk
) -> None:
    mirror.sync()
    fill_during(shop, disk, "page 1")
    with pytest.raises(StorageError):
        mirror.sync()
    disk.is_full, shop.between = False, lambda _: None
    number = shop.add()
    assert mirror.sync()["outcome"] == "applied"
    assert number in mirror.live()
    assert [run.outcome for run in mirror.runs()] == ["applied", "interrupted", "applied"]
    assert not any("db.full" in reason for reason in HealthService().health()["reasons"])


def test_a_start_is_refused_with_a_sentence_about_the_disk(
    mirror: Mirror, disk: FullDisk, client: FlaskClient, admin: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    disk.is_full = True
    answer = client.post("/api/sync/start", headers=admin)
    assert (answer.status_code, answer.get_json()["reason"]) == (503, "db.full")
    assert "full" in answer.get_json()["detail"]
    assert "The database refused: db.full" in caplog.text
