"""A schema is changed by one process at a time, and never without a copy of what was before."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import create_engine

from app.extensions import db, wiring
from app.models.locks import locks_for
from app.models.transactions import read_transaction
from app.ops.backup import backups_of
from app.ops.migrating import backed_up, sole_migrator
from app.services import backups
from app.services.schema_version import db_is_at_head
from config import ROOT, Settings
from tests.builders import MirrorBuilder

MIGRATIONS = str(ROOT / "migrations")


def copies() -> list[Path]:
    return backups_of(db.engine.url, wiring().settings.instance_path)


def is_at_head() -> bool:
    with read_transaction(db.engine) as connection:
        return db_is_at_head(connection)


def test_whichever_way_it_goes_there_is_a_copy_of_what_was_before(app: Flask) -> None:
    with app.app_context():
        mirror = MirrorBuilder(db.engine)
        mirror.listings(2)
        downgrade(directory=MIGRATIONS)
        [before] = copies()
        upgrade(directory=MIGRATIONS)
        assert len(copies()) == 2
        upgrade(directory=MIGRATIONS)
        assert len(copies()) == 2, "nothing was to be done"
        mirror.listing()
        assert not backups.put_back(before, backups.check(before)).needs_upgrade
        with db.engine.connect() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM listings").scalar_one() == 2


def test_what_has_no_schema_yet_or_the_wanted_one_needs_no_copy(database_url: str, tmp_path: Path) -> None:
    engine = create_engine(database_url)
    for present in (None, "0012"):
        with backed_up(engine, tmp_path / "instance", present=present, wanted="0012") as copy:
            assert copy is None
    engine.dispose()


@pytest.fixture
def server_app(app: Flask) -> Flask:
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            pytest.skip("needs no program")
    return app


def failing(change: Callable[..., None], caplog: pytest.LogCaptureFixture) -> str:
    """What a change of the schema that is refused says."""
    with pytest.raises(SystemExit) as ended:
        change(directory=MIGRATIONS)
    assert ended.value.code == 1
    return caplog.messages[-1]


@pytest.mark.parametrize(
    ("version", "problem"),
    [
        ("", "there is no pg_dump: install"),
        ("pg_dump (PostgreSQL) 9.6.24", "pg_dump 9 cannot copy a server of version"),
    ],
)
def test_without_a_copy_nothing_is_changed_unless_the_owner_says_so(
    server_app: Flask, tmp_path: Path, caplog: pytest.LogCaptureFixture, version: str, problem: str
) -> None:
    old = tmp_path / "pg_dump"
    old.write_text(f"#!/bin/sh\necho '{version}'\n")
    old.chmod(0o755)
    with pytest.MonkeyPatch.context() as patched, server_app.app_context():
        patched.setattr(shutil, "which", lambda _program: str(old) if version else None)
        told = failing(downgrade, caplog)
        assert problem in told
        assert "BACKUP_BEFORE_MIGRATION=false" in told
        assert is_at_head()
        said = server_app.test_cli_runner().invoke(args=["backup"])
        assert said.exit_code == 1
        assert problem in said.output
        server_app.extensions["settings"] = wiring().settings.replace(backup_before_migration=False)
        downgrade(directory=MIGRATIONS)
        assert not is_at_head()
        upgrade(directory=MIGRATIONS)


def test_a_place_that_cannot_be_written_is_told(app: Flask, caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    (tmp_path / "backups").write_text("in the way")
    with app.app_context():
        assert f"{tmp_path / 'backups'} cannot be written" in failing(downgrade, caplog)
        assert is_at_head()


def test_who_comes_second_waits(database_url: str, caplog: pytest.LogCaptureFixture) -> None:
    engine, done, waits = create_engine(database_url), [], threading.Event()

    def second() -> None:
        with sole_migrator(locks_for(engine), lambda _seconds: waits.set() or ended.wait(0.02)):
            done.append("second")

    ended = threading.Event()
    thread = threading.Thread(target=second)
    with caplog.at_level(logging.INFO), sole_migrator(locks_for(engine), lambda _seconds: None):
        thread.start()
        assert waits.wait(10)
        done.append("first")
    thread.join(10)
    engine.dispose()
    assert done == ["first", "second"]
    assert caplog.messages.count("Another process changes the schema; waiting for it") == 1


def test_of_several_that_start_at_once_one_copies_and_migrates(server_app: Flask, settings: Settings) -> None:
    with server_app.app_context():
        downgrade(directory=MIGRATIONS)
        older = len(copies())
        environment = {
            "PATH": os.environ["PATH"],
            "DATABASE_URL": settings.database_url,
            "WAXMIRROR_INSTANCE": str(settings.instance_path),
        }
        command = [sys.executable, "-m", "flask", "--app", "run", "db", "upgrade"]
        started = [subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE) for _ in range(2)]
        told = [each.communicate(timeout=60)[1].decode() for each in started]
        assert [each.returncode for each in started] == [0, 0], told
        assert len(copies()) == older + 1, told
        assert is_at_head()
