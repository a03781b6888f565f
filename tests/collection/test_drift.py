"""Copies and wants that somebody changed in the database by hand are told of, and written anew by a forced sync."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text

from app.extensions import db
from app.models.streams import STREAMS
from tests.collection.conftest import ShelfMirror
from tests.invariants import assert_sound
from tests.sync.test_doctor import findings


@pytest.mark.parametrize("kind", ["collection", "wantlist"])
@pytest.mark.parametrize("column", ["title", "notes"])
def test_what_was_changed_by_hand_is_written_anew(app: Flask, mirror: ShelfMirror, kind: str, column: str) -> None:
    mirror.sync(kind)
    stream = STREAMS[kind]
    before = mirror.rows(stream)
    number, told = min(before), len(mirror.changes())
    with db.engine.begin() as connection:
        statement = f"UPDATE {stream.rows.name} SET {column} = 'by hand' WHERE {stream.key_name} = :number"
        connection.execute(text(statement), {"number": number})
    named = findings(app, "--offline")[1]["drift"]
    assert named["detail"].startswith(f"1 of {len(before)} {stream.things} of ")
    assert named["detail"].endswith(f": {number}")
    assert named["advice"] == f"flask --app run sync {kind} --force writes them anew"
    assert mirror.sync(kind)["updated"] == 0
    assert mirror.sync(kind, force_full=True)["updated"] == 1
    right = getattr(before[number], column)
    assert getattr(mirror.rows(stream)[number], column) == right
    assert mirror.changes()[told:] == [("update", number, {column: ["by hand", right]})]
    assert findings(app, "--offline")[1]["drift"]["verdict"] == "ok"
    assert_sound(db.engine)
