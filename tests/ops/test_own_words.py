"""What people entered goes out and comes in again: all of it, or nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, select, update

from app.extensions import db, wiring
from app.models import Account, EnrichmentChoice, Source
from tests.builders import DAY, MirrorBuilder

CHOICE = {"subject_kind": "release", "subject_key": "77", "field": "description", "is_pinned": True, "is_hidden": False}


@pytest.fixture
def file(app: Flask, tmp_path: Path) -> Path:
    with app.app_context():
        MirrorBuilder(db.engine)
        with db.engine.begin() as connection:
            values = {**CHOICE, "value": '{"text": "Quite good"}', "changed_at": DAY}
            connection.execute(insert(EnrichmentChoice).values(values))
            connection.execute(update(Account).values(sealed_token=wiring().sealer.seal("canary")))
    return tmp_path / "own.jsonl"


def run(app: Flask, *arguments: str) -> tuple[int, str]:
    done = app.test_cli_runner().invoke(args=list(arguments))
    return done.exit_code, done.output


def emptied(app: Flask) -> None:
    with app.app_context(), db.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM runs")
        for table in (EnrichmentChoice, Source, Account):
            connection.execute(table.__table__.delete())


def stored(app: Flask) -> list[Any]:
    with app.app_context(), db.engine.connect() as connection:
        choices = connection.execute(select(*EnrichmentChoice.__table__.c)).all()
        accounts = connection.execute(
            select(Account.username, Account.sealed_token, Source.is_active).join(Source)
        ).all()
    return [*choices, *accounts]


def test_it_comes_back_as_it_was(app: Flask, file: Path) -> None:
    before = stored(app)
    assert run(app, "export-own", str(file), "--with-secrets") == (0, f"2 entries written to {file}\n")
    assert file.stat().st_mode & 0o777 == 0o600
    emptied(app)
    assert run(app, "import-own", str(file))[0] == 0
    after = stored(app)
    assert [json.loads(row.value) for row in after[:1]] == [{"text": "Quite good"}]
    assert [tuple(row) for row in after[1:]] == [tuple(row) for row in before[1:]]
    assert run(app, "import-own", str(file))[0] == 0
    assert stored(app) == after


def test_without_being_asked_no_credential_leaves(app: Flask, file: Path) -> None:
    run(app, "export-own", str(file))
    assert "sealed_token" not in file.read_text()


def test_what_is_newer_here_stays(app: Flask, file: Path) -> None:
    run(app, "export-own", str(file))
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(update(EnrichmentChoice).values(is_hidden=True, changed_at=wiring().clock()))
    run(app, "import-own", str(file))
    assert stored(app)[0].is_hidden is True


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('"version":1', '"version":2', "version 2"),
        ("waxmirror-own-words", "something-else", "export-own"),
        ('"lines":2', '"lines":3', "its end is missing"),
        ('{"kind":"end"', "{", "is no JSON"),
        ('"field":"description"', '"field":"price"', "line 3"),
        ('"kind":"choice"', '"kind":"listing"', "line 3"),
        ('"is_pinned":true', '"is_pinned":"yes"', "line 3"),
        ('"subject_key":"77"', '"subject_key":"-77"', "line 3"),
        ("+00:00", "", ""),
        ('"sealed_token":"', '"sealed_token":"x', "cannot be opened"),
    ],
)
def test_what_is_not_understood_stores_nothing(app: Flask, file: Path, old: str, new: str, problem: str) -> None:
    run(app, "export-own", str(file), "--with-secrets")
    text = file.read_text()
    assert old in text
    emptied(app)
    file.write_text(text.replace(old, new))
    code, told = run(app, "import-own", str(file))
    assert code == 1
    assert problem in told
    assert "canary" not in told
    assert stored(app) == []


def test_a_file_that_is_not_there_is_told(app: Flask, tmp_path: Path) -> None:
    assert run(app, "import-own", str(tmp_path / "absent"))[0] == 1
