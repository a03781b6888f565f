"""The command that makes the index anew."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import text

from app.extensions import KEY, db
from app.services.inventory_service import InventoryService
from tests.builders import MirrorBuilder
from tests.invariants import assert_index_sound


def test_a_lost_index_is_made_anew(app: Flask) -> None:
    with app.app_context():
        mirror = MirrorBuilder(db.engine)
        mirror.listings(3)
        assert not InventoryService().state().total
        done = app.test_cli_runner().invoke(args=["rebuild-index"])
        assert (done.exit_code, done.output.splitlines()[-1]) == (0, "3 listings indexed")
        assert_index_sound(db.engine)
        assert InventoryService().state().total == 3


def test_documents_of_another_making_are_not_shown(app: Flask) -> None:
    with app.app_context():
        mirror = MirrorBuilder(db.engine)
        mirror.listing()
        app.test_cli_runner().invoke(args=["rebuild-index"])
        with db.engine.begin() as connection:
            connection.execute(text("UPDATE accounts SET username = 'renamed'"))
        assert [item["seller"] for item in InventoryService().get_all_items()] == ["renamed"]


def test_nobody_rebuilds_while_somebody_writes(app: Flask) -> None:
    with app.app_context():
        lock = app.extensions[KEY].locks.try_hold("mirror")
        assert lock is not None
        try:
            done = app.test_cli_runner().invoke(args=["rebuild-index"])
        finally:
            lock.release()
        assert done.exit_code == 1
        assert "another process is at work" in done.output
