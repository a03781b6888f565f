"""What people entered goes out and comes in again: all of it, or nothing."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click import ClickException
from flask import Flask
from sqlalchemy import create_engine, insert, select, update

from app.cli_files import write_file
from app.extensions import db, wiring
from app.models import Account, Base, EnrichmentChoice, Source
from app.services.sources import Sources
from tests.builders import DAY, MirrorBuilder
from tests.conftest import EMPTY

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
    with app.app_context():
        done = app.test_cli_runner().invoke(args=list(arguments))
    return done.exit_code, done.output


def emptied(app: Flask) -> None:
    with app.app_context(), db.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM runs")
        for table in (EnrichmentChoice, Source, Account):
            connection.execute(table.__table__.delete())


def test_a_file_with_a_name_that_is_no_text_is_one_too(app: Flask, tmp_path: Path) -> None:
    file = str(tmp_path / "o\udcffwn.jsonl")
    for command in ("export-own", "import-own"):
        code, told = run(app, command, file)
        assert (code, "o\\udcffwn.jsonl" in told) == (0, True), told


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


def test_what_was_entered_moves_to_the_other_kind_of_database(
    app: Flask, file: Path, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    run(app, "export-own", str(file), "--with-secrets")
    before, other = stored(app), app.extensions["settings"].replace(database_url=other_kind(app, request, tmp_path))
    target = request.getfixturevalue("make_app")(other)
    assert run(target, "import-own", str(file))[0] == 0
    after = stored(target)
    assert json.loads(after[0].value) == json.loads(before[0].value)
    assert [tuple(row) for row in after[1:]] == [tuple(row) for row in before[1:]]
    again = tmp_path / "again.jsonl"
    run(target, "export-own", str(again), "--with-secrets")
    assert again.read_bytes().splitlines()[1:] == file.read_bytes().splitlines()[1:]


def other_kind(app: Flask, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of the kind that the application does not use."""
    if not app.extensions["settings"].database_url.startswith("sqlite"):
        shutil.copy(request.getfixturevalue("migrated_sqlite"), tmp_path / "other.db")
        return f"sqlite:///{tmp_path / 'other.db'}"
    address = str(request.getfixturevalue("migrated_postgresql"))
    engine = create_engine(address)
    with engine.begin() as connection:
        connection.exec_driver_sql(EMPTY)
    engine.dispose()
    return address


def test_a_shop_that_nobody_would_read_is_not_shown(app: Flask, file: Path) -> None:
    """It is told what it needs. The one that the settings name needs nothing, a mere collector has no shop."""
    with app.app_context():
        wiring().settings = wiring().settings.replace(discogs_seller_username="Example_Seller")
        mirror = MirrorBuilder.__new__(MirrorBuilder)
        mirror.engine = db.engine
        mirror.seller("partner")
        with db.engine.begin() as connection:
            connection.execute(insert(Account).values(username="collector", username_key="collector", created_at=DAY))
    run(app, "export-own", str(file))
    emptied(app)
    code, told = run(app, "import-own", str(file))
    assert code == 0
    assert told.splitlines()[1:] == [
        "partner has no credential here and is not mirrored: `flask --app run account add partner`, or log in"
    ]
    with app.app_context(), db.engine.connect() as connection:
        query = select(Account.username, Source.is_active).outerjoin(Source).order_by(Account.id)
        found = [tuple(row) for row in connection.execute(query)]
    assert found == [("example_seller", True), ("partner", False), ("collector", None)]


@pytest.mark.parametrize("option", [["--with-secrets"], []])
def test_a_collector_who_is_known_here_gets_the_shop_of_the_file(app: Flask, file: Path, option: list[str]) -> None:
    """With its credential it is mirrored; without one it is named."""
    run(app, "export-own", str(file), *option)
    emptied(app)
    with app.app_context(), db.engine.begin() as connection:
        values = {"username": "Example_Seller", "username_key": "example_seller", "created_at": DAY}
        connection.execute(insert(Account).values(values))
    told = run(app, "import-own", str(file))[1]
    assert ("has no credential here" in told) is not bool(option)
    with app.app_context():
        mirrored = [(each.username, each.is_active) for each in Sources(db.engine, wiring().clock).with_credentials()]
    assert mirrored == ([("Example_Seller", True)] if option else [])


# What people write, and so goes out; then what does not, and why. Whoever adds a column says here which it is.
OUT = {
    "accounts": {"username", "discogs_user_id", "currency", "sealed_token"},
    "sources": {"is_active"},
    "enrichment_choices": {"subject_kind", "subject_key", "field", "value", "is_pinned", "is_hidden", "changed_at"},
}
LEFT = {
    "accounts": {"id", "username_key", "created_at"},  # made here
    "sources": {"id", "account_id", "kind", "hidden_rows", "last_pages", "is_public", "not_before"}  # Discogs tells it
    | {"config_digest", "paused_reason", "paused_credential"},  # of what syncs here did last
    "enrichment_choices": set(),
}
BY_DISCOGS, BY_PROVIDERS, BY_US = "Discogs tells it again", "providers tell it again", "the work of this mirror"
DECISIONS = "what was held, confirmed, dismissed or undone is about rows and runs of this mirror"
LOGINS = "of browsers, which log in again"
ELSEWHERE = {
    "admin_guesses": (LOGINS, 3),
    "changes": (BY_US, 8),
    "collection_fields": (BY_DISCOGS, 9),
    "collection_folders": (BY_DISCOGS, 5),
    "collection_values": (BY_DISCOGS, 6),
    "copies": (f"{BY_DISCOGS}; of files: `export collection --profile website`", 28),
    "enrichment_providers": (BY_US, 6),
    "enrichments": (BY_PROVIDERS, 18),
    "held_removals": (DECISIONS, 2),
    "jobs": (BY_US, 28),
    "listings": (f"{BY_DISCOGS}; of files: `export listings`", 37),
    "login_attempts": (LOGINS, 5),
    "mirror_state": (BY_US, 8),
    "quarantined_items": (BY_US, 6),
    "release_answers": (BY_DISCOGS, 3),
    "release_bodies": (BY_DISCOGS, 6),
    "releases": (BY_DISCOGS, 10),
    "runs": (DECISIONS, 42),
    "shared_paces": (BY_US, 2),
    "shop_documents": (BY_US, 4),
    "staged_copies": (BY_US, 24),
    "staged_listings": (BY_US, 35),
    "staged_wants": (BY_US, 22),
    "wants": (BY_DISCOGS, 26),
    "web_sessions": (LOGINS, 4),
    "webhook_positions": (BY_US, 9),
}


def test_whatever_people_write_goes_out() -> None:
    columns = {name: {column.name for column in table.columns} for name, table in Base.metadata.tables.items()}
    assert set(columns) == {*OUT, *ELSEWHERE}
    assert {name: columns[name] for name in OUT} == {name: OUT[name] | LEFT[name] for name in OUT}
    assert {name: len(columns[name]) for name in ELSEWHERE} == {name: many for name, (_, many) in ELSEWHERE.items()}


def test_each_of_these_columns_is_in_the_file(app: Flask, file: Path) -> None:
    run(app, "export-own", str(file), "--with-secrets")
    account, choice = (json.loads(line) for line in file.read_text().splitlines()[1:-1])
    names = {"is_active": "is_shown"}
    assert {*account} == {"kind", *OUT["accounts"], *(names[column] for column in OUT["sources"])}
    assert {*choice} == {"kind", *OUT["enrichment_choices"]}


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
        ('"currency":', '"currency":"\\u0000","was":', "line 2"),
        ('"username":"', '"username":"\x7f', "line 2"),
        ('"username":"', '"username":"\u202e', "line 2"),
        ('"changed_at":', '"changed_at":"9999-12-31T23:59:59-14:00","was":', "line 3"),
        ('"changed_at":', '"changed_at":"0001-01-01T00:00:00+14:00","was":', "line 3"),
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


class TestWhereItIsWritten:
    def test_a_link_is_followed(self, app: Flask, file: Path, tmp_path: Path) -> None:
        link = tmp_path / "link"
        link.symlink_to(file.name)
        assert run(app, "export-own", str(link))[0] == 0
        assert link.is_symlink()
        assert file.read_text().endswith('"lines":2}\n')

    def test_a_device_stays_one(self, app: Flask, file: Path) -> None:
        """And what cannot be written there is told."""
        assert run(app, "export-own", "/dev/null")[0] == 0
        assert Path("/dev/null").is_char_device()
        told = "Error: /dev/full cannot be written: No space left on device\n"
        assert run(app, "export-own", "/dev/full") == (1, told)

    def test_credentials_go_into_no_file_that_others_may_read(self, app: Flask, file: Path) -> None:
        draft = file.with_name(f"{file.name}.part")
        for path in (file, draft):
            path.write_text("of somebody")
            path.chmod(0o666)
        assert run(app, "export-own", str(file), "--with-secrets")[0] == 0
        assert file.stat().st_mode & 0o777 == 0o600
        assert draft.read_text() == "of somebody"

    def test_what_cannot_be_finished_leaves_no_draft(self, tmp_path: Path) -> None:
        """And what was there stays as it was."""
        file = tmp_path / "file"
        file.write_text("before")

        def torn() -> Iterator[bytes]:
            yield b"begun"
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        with pytest.raises(ClickException, match="No space left"):
            write_file(file, torn())
        assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [("file", "before")]

    def test_a_closed_file_stays_closed(self, tmp_path: Path) -> None:
        file = tmp_path / "file"
        file.touch(0o600)
        write_file(file, [b"after"])
        assert (file.read_text(), file.stat().st_mode & 0o777) == ("after", 0o600)
