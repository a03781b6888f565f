"""Backups on a schedule: made when the newest is old enough, kept to a number, and never a reason to stumble."""

from __future__ import annotations

import hashlib
import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine, select

from app.core.outcomes import Reason
from app.errors import StorageError
from app.extensions import db, wiring
from app.jobs.errands import RETRY_S, errands_of
from app.jobs.stop import Stop
from app.models import Base
from app.models.transactions import read_transaction
from app.ops.backup import backups_of, made_at
from app.services import backups
from app.services.scheduled_backups import DAY_S, ScheduledBackups
from config import Settings
from tests.builders import MirrorBuilder
from tests.conftest import FakeClock

HOUR = 3600.0
ROUNDS = int(os.environ.get("BACKUP_ROUNDS", "6"))


@pytest.fixture
def copies(app: Flask, clock: FakeClock) -> Callable[[], list[Path]]:
    with app.app_context():
        wiring().clock = clock
        engine, folder = db.engine, wiring().settings.instance_path
    return lambda: backups_of(engine.url, folder)


def test_one_is_made_when_the_newest_is_old_enough(
    app: Flask, clock: FakeClock, copies: Callable[[], list[Path]]
) -> None:
    scheduled = ScheduledBackups()
    with app.app_context():
        assert scheduled.make_when_due(Stop()) == 24 * HOUR
        [first] = copies()
        clock.now = made_at(first)
        clock.advance(hours=10)
        assert scheduled.make_when_due(Stop()) == pytest.approx(14 * HOUR)
        assert copies() == [first]
        clock.advance(hours=14)
        scheduled.make_when_due(Stop())
    assert len(copies()) == 2


def test_a_copy_from_the_future_does_not_keep_others_from_being_made(
    app: Flask, clock: FakeClock, copies: Callable[[], list[Path]]
) -> None:
    with app.app_context():
        backups.make()
        clock.now = made_at(copies()[0])
        clock.advance(days=-365)
        ScheduledBackups().make_when_due(Stop())
    assert len(copies()) == 2


@pytest.mark.parametrize("hours", [0.0])
def test_zero_hours_make_none(
    settings: Settings, make_app: Callable[[Settings], Flask], hours: float, tmp_path: Path
) -> None:
    app = make_app(settings.replace(backup_interval_hours=hours))
    with app.app_context():
        assert ScheduledBackups().make_when_due(Stop()) == DAY_S
    assert not (tmp_path / "backups").exists()


def test_those_of_every_origin_are_kept_to_a_number(
    settings: Settings, make_app: Callable[[Settings], Flask], clock: FakeClock
) -> None:
    app = make_app(settings.replace(backup_keep=2))
    with app.app_context():
        made = [backups.make() for _ in range(2)]
        clock.now = made_at(made[-1])
        clock.advance(days=2)
        wiring().clock = clock
        ScheduledBackups().make_when_due(Stop())
        left = backups_of(db.engine.url, settings.instance_path)
    assert len(left) == 2
    assert left[0] == made[1]


def test_a_server_without_pg_dump_says_so_once(
    app: Flask, database_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    if database_url.startswith("sqlite"):
        pytest.skip("needs no program")
    monkeypatch.setattr(shutil, "which", lambda _program: None)
    scheduled = ScheduledBackups()
    with app.app_context():
        assert [scheduled.make_when_due(Stop()) for _ in range(3)] == [DAY_S] * 3
    assert len([message for message in caplog.messages if "pg_dump" in message]) == 1


def test_a_backup_that_is_not_wanted_any_more_leaves_nothing(
    app: Flask, database_url: str, copies: Callable[[], list[Path]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if database_url.startswith("sqlite"):
        pytest.skip("is made in one go")
    slow = tmp_path / "pg_dump"
    slow.write_text("#!/bin/sh\n[ $1 = --version ] || exec sleep 60\n")
    slow.chmod(0o755)
    monkeypatch.setattr(shutil, "which", lambda _program: str(slow))
    stop = Stop()
    stop.set()
    with app.app_context():
        ScheduledBackups().make_when_due(stop)
    assert copies() == []
    assert list((tmp_path / "backups").iterdir()) == []


class Trouble:
    """Work that fails, and then does not."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.asked = 0

    def back_up_when_due(self, _stop: Stop) -> float:
        self.asked += 1
        if self.errors:
            raise self.errors.pop(0)
        return HOUR

    def deliver_changes(self, _stop: Stop) -> float:
        return HOUR

    def ping(self, _stop: Stop) -> float:
        return HOUR


@pytest.mark.parametrize("error", [StorageError(Reason.DB_FULL, "no room"), OSError("gone"), KeyError("a mistake")])
def test_an_errand_that_fails_is_tried_again(error: Exception) -> None:
    now = [0.0]
    work = Trouble(error)
    errands = errands_of(work, lambda: now[0])
    for now[0] in (0.0, 61.0, 62.0, 61.0 + RETRY_S, 62.0 + RETRY_S, RETRY_S + HOUR):
        for errand in errands:
            errand.look(Stop())
    assert work.asked == 2


class InOneGo(MirrorBuilder):
    """Each call writes in one transaction: there is no state between."""

    def moved(self) -> None:
        """Versions stay."""


def digest(engine: Engine) -> str:
    """Of every row of every table, as one reader sees them."""
    told = hashlib.sha256()
    with read_transaction(engine) as connection:
        for table in Base.metadata.sorted_tables:
            for row in connection.execute(select(table).order_by(*table.primary_key.columns)):
                told.update(repr(tuple(row)).encode())
    return told.hexdigest()


def test_whatever_is_taken_while_others_write_comes_back_as_a_state_that_was(app: Flask) -> None:
    """BACKUP_ROUNDS=100 takes and restores a hundred; the digest of each is that of a moment between two writes."""
    with app.app_context():
        mirror = InOneGo(db.engine)
        mirror.listings(7)
        states, stopped, taken = {digest(db.engine)}, threading.Event(), []

        def write() -> None:
            while not stopped.is_set():
                mirror.listings(7)
                states.add(digest(mirror.engine))

        wiring().settings = wiring().settings.replace(backup_keep=1000)
        writer = threading.Thread(target=write)
        writer.start()
        try:
            for _ in range(ROUNDS):
                before = len(states)
                taken.append(backups.make())
                while len(states) == before and writer.is_alive():
                    stopped.wait(0.001)
        finally:
            stopped.set()
            writer.join()
        restored = set()
        for copy in taken:
            backups.put_back(copy, backups.check(copy))
            restored.add(digest(db.engine))
    assert restored <= states
    assert len(restored) > ROUNDS / 2
