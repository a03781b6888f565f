"""kill -9 at every SQL statement of an import: all of the file is in the mirror, or nothing of it."""

from __future__ import annotations

import shutil
from itertools import count
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import create_engine

from app import create_app
from app.extensions import db, wiring
from app.services import csv_import_service
from app.services.csv_import_service import CsvImport
from app.services.csv_intake import ImportReport, ImportRequest
from config import Settings
from tests.conftest import EMPTY, FakeClock
from tests.crash.harness import Recoveries, in_app, killed_at_statement, looked_at
from tests.csv_import.files import shop_csv, shop_row
from tests.invariants import Rows, assert_nothing_at_work, assert_sound, live_rows

STRIDE_ON_POSTGRESQL = 9


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.replace(log_level="ERROR")


@pytest.mark.parametrize("clears", [False, True], ids=["import", "emptying import"])
def test_every_kill_leaves_all_or_nothing(
    settings: Settings, tmp_path: Path, clears: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_import_service, "CHUNK", 20)  # several chunks of few rows
    old, new = tmp_path / "old.csv", tmp_path / "new.csv"
    old.write_text(shop_csv(shop_row(number) for number in range(1, 60)), newline="")
    rows = [shop_row(number, comments="edited", genres="Jazz") for number in range(40, 90)]
    new.write_text(shop_csv([*rows, shop_row(100, status="")]), newline="")
    is_sqlite = settings.database_url.startswith("sqlite")
    settings = settings.replace(discogs_seller_username="example_seller")
    kept = tmp_path / "kept.db"

    def load(path: Path, *, clears: bool = False) -> ImportReport:
        wiring().clock = FakeClock()
        with CsvImport(ImportRequest(path, clears_mirror=clears)) as work:
            return work.run()

    def state(_app: Flask) -> Rows:
        assert_sound(db.engine)
        return live_rows(db.engine)

    def recover(app: Flask) -> tuple[int, Rows]:
        lost = load(new, clears=clears).lost
        assert_nothing_at_work(db.engine)
        return lost, state(app)

    def rewind() -> None:
        if not is_sqlite:
            engine = create_engine(settings.database_url)
            with engine.begin() as connection:
                connection.exec_driver_sql(EMPTY)
            engine.dispose()
            in_app(settings, lambda _app: load(old))
            return
        for leftover in tmp_path.glob("mirror.db-*"):
            leftover.unlink()
        shutil.copy(kept, tmp_path / "mirror.db")

    in_app(settings, lambda _app: load(old))
    if is_sqlite:
        shutil.copy(tmp_path / "mirror.db", kept)
    onlooker = create_app(settings, start_clock=False)
    before = looked_at(onlooker, state)
    assert in_app(settings, lambda _app: load(new, clears=clears)).stored == 50
    after = looked_at(onlooker, state)
    assert before != after
    points, recoveries = 0, Recoveries()
    for at in count(1, 1 if is_sqlite else STRIDE_ON_POSTGRESQL):
        rewind()
        if not killed_at_statement(settings, lambda: load(new, clears=clears), at):
            break
        points += 1
        found = looked_at(onlooker, state)
        assert found in (before, after), f"a mixture after a kill at statement {at}"
        assert not recoveries.is_due(found) or in_app(settings, recover) == (0, after)
    assert points >= (20 if is_sqlite else 3)
