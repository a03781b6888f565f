"""Each trouble of the guides that people come from, made, and what the doctor says of it."""

from __future__ import annotations

import os
import shutil
from collections import namedtuple
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from app.core.outcomes import Reason
from app.errors import DiscogsAuthenticationError, DiscogsRateLimitError, DiscogsResponseError
from app.extensions import db, wiring
from app.models import Account
from app.services import backups
from app.services.schema_version import newest_schema
from tests.jobs.waiting import until
from tests.sync.conftest import Mirror
from tests.sync.memory_shop import MemoryShop
from tests.sync.test_doctor import findings

Usage = namedtuple("Usage", "total used free")
INVALID = "UPDATE pg_index SET indisvalid = {} WHERE indexrelid = 'ix_changes_item_id'::regclass"


@pytest.fixture
def shop() -> MemoryShop:
    """Small: these tests are about what is around it."""
    return MemoryShop(3)


def settings(**changes: Any) -> Callable[[MemoryShop], None]:
    """Other settings than those the mirror was made with."""

    def make(_shop: MemoryShop) -> None:
        wiring().settings = wiring().settings.replace(**changes)

    return make


def answers(asked: str, error: Exception) -> Callable[[MemoryShop], None]:
    """Discogs answers one question with an error."""
    return lambda shop: shop.failures.update({asked: error})  # type: ignore[dict-item]


def token_of(user_id: int, username: str) -> Callable[[MemoryShop], None]:
    """The token is that of somebody."""
    return lambda shop: setattr(shop, "token_of", (user_id, username))


NOBODY = {"discogs_seller_username": None, "discogs_collection_username": None}
LEFT_OUT = {**NOBODY, "discogs_token": None, "notices": ("DISCOGS_TOKEN still holds a placeholder.",)}
FAULTS = [
    # no listings: token set, token valid, username
    (settings(discogs_token=None), "token: warning", "make a token"),
    (settings(**LEFT_OUT), "token: problem", "make a new token"),
    (settings(**NOBODY), "seller: warning", "set DISCOGS_SELLER_USERNAME"),
    (settings(discogs_seller_username="example_seler"), "identity: problem", "spelled as at Discogs"),
    (token_of(99, "somebody"), "identity: warning", "logged in at Discogs as example_seller"),
    (token_of(4711001, "new_name"), "identity: warning", "set DISCOGS_SELLER_USERNAME to new_name"),
    # no sync: ENABLE_AUTO_SYNC, the scheduler
    (settings(enable_auto_sync=False), "schedule: warning", "set it to true"),
    (settings(), "server: warning", "./start_server.sh"),
    # the rate; a page of an error instead of data; 401
    (answers("identity", DiscogsRateLimitError(retry_after=60)), "Discogs: warning", "slow down"),
    (answers("identity", DiscogsResponseError(Reason.BODY_HTML)), "Discogs: warning", "no data"),
    (answers("identity", DiscogsAuthenticationError(Reason.AUTH_REVOKED)), "Discogs: problem", "log in again"),
]


@pytest.mark.parametrize(("make", "told", "advice"), FAULTS)
def test_a_fault_is_named_with_what_to_do(
    app: Flask, mirror: Mirror, make: Callable[[MemoryShop], None], told: str, advice: str
) -> None:
    mirror.sync()
    make(mirror.shop)
    line, verdict = told.split(": ")
    code, found = findings(app)
    assert found[line]["verdict"] == verdict, found[line]
    assert advice in found[line]["advice"]
    assert code == (verdict == "problem")


def test_a_sync_that_failed_is_told_with_its_reason(app: Flask, mirror: Mirror) -> None:
    mirror.shop.failures["page 1"] = DiscogsResponseError(Reason.HTTP_5XX, status=503)
    mirror.sync()
    found = findings(app)[1]
    assert found["last sync"]["verdict"] == found["data"]["verdict"] == "warning"
    assert "http.5xx" in found["last sync"]["detail"]


def test_a_credential_of_its_own_is_what_is_tried(app: Flask, mirror: Mirror) -> None:
    mirror.sync()
    sealed = wiring().sealer.seal("a-sealed-canary")
    with db.engine.begin() as connection:
        connection.execute(update(Account).values(sealed_token=sealed))
    asked: list[Any] = []
    connect = wiring().connect
    wiring().connect = lambda *arguments, **options: asked.append(arguments[1]) or connect()
    settings(discogs_token=None, **NOBODY)(mirror.shop)
    code, found = findings(app)
    assert code == 0
    assert [found[line]["verdict"] for line in ("seller", "token", "identity", "Discogs")] == ["ok"] * 4
    assert [token.reveal() for token in asked] == ["a-sealed-canary"]
    assert "canary" not in repr(found)


def test_a_newer_schema_is_not_to_be_upgraded(app: Flask, mirror: Mirror) -> None:
    mirror.sync()
    call_schema("9999")
    try:
        code, found = findings(app, "--offline")
    finally:
        call_schema(newest_schema())
    assert code == 1
    assert found["schema"]["advice"].startswith("start the newer release")


def call_schema(revision: str | None) -> None:
    with db.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{revision}'")


def test_a_lost_file_is_named(app: Flask, mirror: Mirror, tmp_path: Path) -> None:
    if db.engine.dialect.name != "sqlite":
        pytest.skip("is about a file")
    mirror.sync()
    db.engine.dispose()
    for file in tmp_path.glob("mirror.db*"):
        file.unlink() if file.is_file() else shutil.rmtree(file)
    code, found = findings(app, "--offline")
    assert code == 1
    assert "there is no database at" in found["database"]["detail"]
    assert not (tmp_path / "mirror.db").exists()


TOUCH = "UPDATE mirror_state SET version = version"


def test_who_keeps_others_from_writing_a_file_is_told(app: Flask, mirror: Mirror) -> None:
    """A forgotten transaction of another program; a run of ours that is at work is no trouble."""
    if db.engine.dialect.name != "sqlite":
        pytest.skip("is about a file")
    mirror.sync()
    with db.engine.connect() as other:
        other.exec_driver_sql(TOUCH)
        assert findings(app, "--offline")[1]["locking"]["advice"].startswith("close the other program")
        lock = wiring().locks.try_hold("mirror")
        assert lock is not None
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(wiring().locks, "try_hold", None)  # who asks how things are keeps nobody from their work
            assert findings(app, "--offline")[1]["locking"]["verdict"] == "ok"
        lock.release()


def test_whoever_others_wait_for_on_a_server_is_told(app: Flask, mirror: Mirror) -> None:
    if db.engine.dialect.name == "sqlite":
        pytest.skip("is about a server")
    mirror.sync()
    engine = db.engine

    def touch() -> None:
        with engine.begin() as connection:
            connection.exec_driver_sql(TOUCH)

    with ThreadPoolExecutor(1) as pool, engine.connect() as other:
        other.exec_driver_sql(TOUCH)
        number = other.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        waiting = pool.submit(touch)
        until(lambda: str(number) in findings(app, "--offline")[1]["locking"]["detail"], "the session is named")
        other.rollback()
        waiting.result(30)
    assert findings(app, "--offline")[1]["locking"]["verdict"] == "ok"


def test_what_a_server_tells_of_the_database(app: Flask, mirror: Mirror) -> None:
    if db.engine.dialect.name == "sqlite":
        pytest.skip("is about a server")
    mirror.sync()
    told = findings(app, "--offline")[1]["database"]
    assert told["verdict"] == "ok"
    assert "rows of all tables are there" in told["detail"]
    with db.engine.begin() as connection:
        connection.exec_driver_sql(INVALID.format("false"))
    try:
        code, found = findings(app, "--offline")
    finally:
        with db.engine.begin() as connection:
            connection.exec_driver_sql(INVALID.format("true"))
    assert code == 1
    assert found["database"]["advice"] == 'REINDEX INDEX "ix_changes_item_id" in psql'


def test_a_server_that_cannot_be_copied_is_told(app: Flask, mirror: Mirror, monkeypatch: pytest.MonkeyPatch) -> None:
    if db.engine.dialect.name == "sqlite":
        pytest.skip("needs no program")
    monkeypatch.setattr(shutil, "which", lambda _program: None)
    told = findings(app, "--offline")[1]["backups"]
    assert (told["verdict"], told["detail"]) == ("warning", "no backups can be made: there is no pg_dump")
    assert "BACKUP_BEFORE_MIGRATION" in told["advice"]


@pytest.mark.parametrize(("free", "verdict"), [(10_000_000, "problem"), (40_000_000, "warning"), (10**10, "ok")])
def test_a_disk_that_is_full_or_too_small_for_a_backup(
    app: Flask, mirror: Mirror, monkeypatch: pytest.MonkeyPatch, free: int, verdict: str
) -> None:
    copy = backups.make()
    model = copy if db.engine.dialect.name != "sqlite" else Path(str(db.engine.url.database))
    os.truncate(model, 100_000_000)  # sparse: SQLite does not read what lies behind its last page
    monkeypatch.setattr("app.services.database_findings.disk_usage", lambda _folder: Usage(0, 0, free))
    assert findings(app, "--offline")[1]["disk"]["verdict"] == verdict


def test_a_folder_that_may_not_be_written_is_named(
    app: Flask, mirror: Mirror, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(os, "access", lambda path, _mode: Path(path) != tmp_path)
    code, found = findings(app, "--offline")
    assert code == 1
    assert found["permissions"]["advice"] == f"chown it: {tmp_path}"
