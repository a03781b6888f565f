"""Drivers' errors and what they mean for the storage."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import psycopg
import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DBAPIError, OperationalError

from app.core.outcomes import Reason
from app.errors import StorageError
from app.models.storage_reasons import storage_reason
from app.models.transactions import read_transaction
from config import Settings
from tests.conftest import POSTGRESQL, administration


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (sqlite3.OperationalError("database is locked"), Reason.DB_LOCKED),
        (sqlite3.OperationalError("database or disk is full"), Reason.DB_FULL),
        (sqlite3.OperationalError("disk I/O error"), Reason.DB_FULL),
        (sqlite3.OperationalError("attempt to write a readonly database"), Reason.DB_READONLY),
        (sqlite3.DatabaseError("file is not a database"), Reason.DB_CORRUPT),
        (sqlite3.OperationalError("no such table: runs"), Reason.DB_SCHEMA),
        (sqlite3.OperationalError("near SELEC: syntax error"), None),
        (psycopg.errors.DiskFull("kein Platz"), Reason.DB_FULL),
        (psycopg.errors.DeadlockDetected("Verklemmung"), Reason.DB_LOCKED),
        (psycopg.errors.AdminShutdown("Verbindung wird abgebrochen"), Reason.DB_UNREACHABLE),
        (psycopg.errors.CannotConnectNow("the database system is starting up"), Reason.DB_UNREACHABLE),
        (psycopg.errors.TooManyConnections("sorry, too many clients already"), Reason.DB_UNREACHABLE),
        (psycopg.errors.UndefinedTable("relation does not exist"), Reason.DB_SCHEMA),
        (psycopg.OperationalError("consuming input failed: server closed the connection"), Reason.DB_UNREACHABLE),
        (psycopg.OperationalError("connection failed: Connection refused"), Reason.DB_UNREACHABLE),
        (psycopg.OperationalError("the connection is closed"), Reason.DB_UNREACHABLE),
        (psycopg.errors.SyntaxError("Syntaxfehler"), None),
    ],
)
def test_each_error_has_its_reason(error: Exception, reason: Reason | None) -> None:
    assert storage_reason(OperationalError("SELECT 1", None, error)) is reason


def test_what_the_driver_calls_a_lost_connection_is_one() -> None:
    error = DBAPIError("SELECT 1", None, psycopg.OperationalError("?"), connection_invalidated=True)
    assert storage_reason(error) is Reason.DB_UNREACHABLE


@pytest.mark.postgresql
def test_a_session_the_server_ended_is_unreachable_and_not_full() -> None:
    engine = create_engine(POSTGRESQL)
    with pytest.raises(StorageError) as lost:
        lose_the_session_of(engine)
    engine.dispose()
    assert lost.value.reason is Reason.DB_UNREACHABLE


def lose_the_session_of(engine: Engine) -> None:
    with read_transaction(engine) as connection:
        process = connection.scalar(text("SELECT pg_backend_pid()"))
        with administration() as server:
            server.execute("SELECT pg_terminate_backend(%s)", (process,))
        connection.execute(text("SELECT 1"))


@pytest.mark.postgresql
def test_a_server_that_is_not_there_is_unreachable() -> None:
    engine = create_engine("postgresql+psycopg://127.0.0.1:9/nothing")
    with pytest.raises(StorageError) as absent, read_transaction(engine):
        pass
    engine.dispose()
    assert absent.value.reason is Reason.DB_UNREACHABLE


@pytest.mark.postgresql
def test_who_waits_too_long_for_a_table_that_somebody_holds_is_told_so(
    base_settings: Settings, migrated_postgresql: str, make_app: Callable[[Settings], Flask]
) -> None:
    patience = base_settings.replace(database_url=migrated_postgresql).flask_config()["SQLALCHEMY_ENGINE_OPTIONS"]
    assert patience["connect_args"]["options"] == "-c lock_timeout=30s"
    hurried = f"{migrated_postgresql}?options=-c%20lock_timeout%3D20ms"
    client = make_app(base_settings.replace(database_url=hurried)).test_client()
    with psycopg.connect(migrated_postgresql) as somebody:
        somebody.execute("LOCK TABLE mirror_state IN ACCESS EXCLUSIVE MODE")
        answer = client.get("/api/search?q=x")
    assert answer.status_code == 503
    assert answer.json["reason"] == Reason.DB_LOCKED
    assert client.get("/api/search?q=x").status_code == 200
