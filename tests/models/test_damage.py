"""What a server knows of damage that one of its processes met."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from sqlite3 import connect

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, text

from app.errors import StorageError
from app.extensions import db
from app.models.damage import KNOWN_FOR_S, Damage
from app.models.database_file import file_of
from app.models.transactions import read_transaction


def test_what_one_process_met_all_of_them_know_for_a_while() -> None:
    now = [0.0]
    damage, engine = Damage(lambda: now[0]), create_engine("sqlite://")
    damage.share()
    assert not damage.is_known(engine)
    child = os.fork()
    if child == 0:
        damage.note(engine)
        os._exit(0)
    os.waitpid(child, 0)
    assert damage.is_known(engine)
    now[0] = KNOWN_FOR_S
    assert not damage.is_known(engine)


def test_alone_each_database_has_its_own() -> None:
    damage, engine = Damage(lambda: 5.0), create_engine("sqlite://")
    damage.note(engine)
    assert damage.is_known(engine)
    assert not damage.is_known(create_engine("sqlite://"))


@pytest.fixture
def damaged(app: Flask) -> Iterator[Path]:
    """An application whose table of changes cannot be read any more."""
    with app.app_context():
        file = file_of(db.engine.url)
        if file is None:
            pytest.skip("only a file is damaged like this")
        db.engine.dispose()
    with closing(connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        [root] = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'changes'").fetchone()
        [size] = connection.execute("PRAGMA page_size").fetchone()
    with file.open("r+b") as raw:
        raw.seek((root - 1) * size)
        whole = raw.read(size)
        raw.seek((root - 1) * size)
        raw.write(b"\x00" * size)
    yield file
    with app.app_context():
        db.engine.dispose()
    with file.open("r+b") as raw:
        raw.seek((root - 1) * size)
        raw.write(whole)


def test_health_tells_of_damage_that_somebody_met(app: Flask, client: FlaskClient, damaged: Path) -> None:
    assert "damaged" not in str(client.get("/health").get_json()["reasons"])
    with app.app_context(), pytest.raises(StorageError), read_transaction(db.engine) as connection:
        connection.execute(text("SELECT fields FROM changes")).all()
    answer = client.get("/health")
    assert (answer.status_code, answer.get_json()["ready"]) == (503, False)
    assert "the database is damaged" in answer.get_json()["reasons"][0]
