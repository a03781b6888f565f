"""kill -9 at every third SQL statement of a sync of the collection: it is as before or as after, and goes on."""

from __future__ import annotations

import shutil
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import create_app
from app.extensions import db
from app.models import FolderRow
from app.models.streams import COLLECTION
from config import Settings
from scripts.fake_discogs import FakeDiscogs
from tests.collection.conftest import ShelfMirror
from tests.conftest import FakeClock
from tests.crash.harness import Recoveries, in_app, killed_at_statement, looked_at
from tests.invariants import assert_nothing_at_work, assert_sound, live_rows

STRIDE = 3


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """The transactions are the inventory's, which are killed on both databases; what is new here is what they hold."""
    return sqlite_url


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.replace(log_level="CRITICAL")


def state(_app: Flask) -> Any:
    """Copies and folders."""
    assert_sound(db.engine)
    with db.engine.connect() as connection:
        folders = frozenset(tuple(row) for row in connection.execute(select(FolderRow.__table__)))
    return live_rows(db.engine, COLLECTION), folders


@pytest.mark.timeout(300)
def test_every_kill_leaves_the_state_before_or_after(settings: Settings, fake: FakeDiscogs, tmp_path: Path) -> None:
    """Additions, updates, a removal that is confirmed, a copy that returns, a folder that is gone."""
    clock, world = FakeClock(), fake.world
    database, kept = Path(settings.database_url.removeprefix("sqlite:///")), tmp_path / "kept.db"

    def sync() -> Any:
        return ShelfMirror(fake, clock).sync()

    returning = world.copies.pop(world.copy_ids()[0])
    in_app(settings, lambda _app: sync())
    world.copies[returning.instance_id] = returning
    in_app(settings, lambda _app: sync())
    world.remove_copy(returning.instance_id)
    in_app(settings, lambda _app: sync())
    world.copies[returning.instance_id] = returning
    world.remove_copy(world.copy_ids()[20])
    world.edit_copy(world.copy_ids()[30], notes=[(3, "edited")])
    world.add_copy()
    world.delete_folder(33)
    shutil.copy(database, kept)
    onlooker = create_app(settings, start_clock=False)
    before = looked_at(onlooker, state)
    in_app(settings, lambda _app: sync())
    after = looked_at(onlooker, state)
    assert before != after

    def recover(_app: Flask) -> None:
        sync()
        assert_nothing_at_work(db.engine)

    points, recoveries = 0, Recoveries()
    for at in count(1, STRIDE):
        for leftover in database.parent.glob(f"{database.name}-*"):
            leftover.unlink()
        shutil.copy(kept, database)
        if not killed_at_statement(settings, sync, at):
            break
        points += 1
        left = looked_at(onlooker, state)[0]
        assert left in (before[0], after[0]), f"a mixture after a kill at statement {at}"
        if recoveries.is_due(left):
            in_app(settings, recover)
            assert {key for key, _ in looked_at(onlooker, state)[0]} == set(world.copies)
    assert points >= 15
