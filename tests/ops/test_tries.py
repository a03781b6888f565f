"""A start that cannot succeed is tried again and again: no copy goes for it, and none piles up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from alembic.runtime.migration import MigrationContext
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import Connection, create_engine

from app.extensions import db, wiring
from app.models.transactions import read_transaction
from app.ops.backup import backups_of
from app.services import backups
from app.services.schema_version import db_is_at_head, newest_schema
from config import ROOT, Settings
from tests.builders import MirrorBuilder
from tests.crash.harness import in_app, killed_at_statement

MIGRATIONS = str(ROOT / "migrations")
KEPT = 3


@pytest.fixture
def app(app: Flask) -> Iterator[Flask]:
    """One that keeps few copies, in its context."""
    with app.app_context():
        app.extensions["settings"] = wiring().settings = wiring().settings.replace(backup_keep=KEPT)
        yield app


@pytest.fixture
def mirror(app: Flask) -> MirrorBuilder:
    return MirrorBuilder(db.engine)


def copies() -> list[Path]:
    return backups_of(db.engine.url, wiring().settings.instance_path)


def folder() -> dict[str, bytes]:
    """Every file that lies where the copies do."""
    return {file.name: file.read_bytes() for file in copies()[0].parent.iterdir()}


def is_at_head() -> bool:
    with read_transaction(db.engine) as connection:
        return db_is_at_head(connection)


def refusal(change: Callable[..., None], caplog: pytest.LogCaptureFixture) -> str:
    """What a change of the schema says that cannot be made."""
    caplog.clear()
    with pytest.raises(SystemExit) as ended:
        change(directory=MIGRATIONS)
    assert ended.value.code == 1
    return caplog.messages[-1]


@contextmanager
def stated(schema: str) -> Iterator[None]:
    """While the database says that it has another schema."""
    query = "UPDATE alembic_version SET version_num = '{}'"
    with db.engine.begin() as connection:
        connection.exec_driver_sql(query.format(schema))
    try:
        yield
    finally:
        with db.engine.begin() as connection:
            connection.exec_driver_sql(query.format(newest_schema()))


@pytest.fixture
def older(app: Flask) -> Iterator[None]:
    """The database has the schema before the newest; its copies are those of a service that has run for a while."""
    downgrade(directory=MIGRATIONS, revision="-1")
    while len(copies()) < KEPT:
        backups.make()
    yield
    upgrade(directory=MIGRATIONS)  # other tests use this database


@contextmanager
def failing() -> Iterator[None]:
    """While each change of the schema fails after it was made, before it is committed."""
    run = MigrationContext.run_migrations

    def fail(self: MigrationContext) -> None:
        run(self)
        assert isinstance(self.connection, Connection)
        use_up_numbers(self.connection)
        self.connection.exec_driver_sql("SELECT * FROM what_is_not_there")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(MigrationContext, "run_migrations", fail)
        yield


def use_up_numbers(connection: Connection) -> None:
    """As a change does that adds rows: a server does not take their numbers back."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SELECT nextval(pg_get_serial_sequence('changes', 'seq'))")


@pytest.mark.parametrize("change", [upgrade, downgrade])
def test_an_unknown_schema_is_refused_and_costs_no_copy(
    mirror: MirrorBuilder, caplog: pytest.LogCaptureFixture, change: Callable[..., None]
) -> None:
    mirror.listings(2)
    for _ in range(KEPT):
        backups.make()
    before = folder()
    with stated("9999"):
        for _ in range(2):
            told = refusal(change, caplog)
            assert told.startswith(
                "Error: db.schema: the database has the schema 9999 of a newer release than this one"
            )
            assert "start the newer release, or put a backup of this one back: flask --app run restore FILE" in told
    assert folder() == before


def test_what_fails_again_and_again_leaves_one_copy(
    older: None, mirror: MirrorBuilder, caplog: pytest.LogCaptureFixture
) -> None:
    before = copies()
    with failing():
        assert "what_is_not_there" in refusal(upgrade, caplog)
        [*same, own] = copies()
        assert same == before
        afterwards = folder()
        for _ in range(KEPT):
            refusal(upgrade, caplog)
    assert folder() == afterwards
    assert not is_at_head()
    backups.check(own)


def test_tries_that_are_killed_at_any_statement_leave_one_copy(base_settings: Settings, sqlite_url: str) -> None:
    settings = base_settings.replace(database_url=sqlite_url, log_level="ERROR", backup_keep=KEPT)
    engine = create_engine(sqlite_url)
    in_app(settings, lambda _app: downgrade(directory=MIGRATIONS, revision="-1"))
    before, points = backups_of(engine.url), 0
    while killed_at_statement(settings, lambda: upgrade(directory=MIGRATIONS), points + 1):
        points += 1
        assert backups_of(engine.url)[: len(before)] == before
        assert len(backups_of(engine.url)) <= len(before) + 1
    assert points > KEPT
    assert len(backups_of(engine.url)) == len(before) + 1
    engine.dispose()


def test_whatever_is_tried_one_state_is_copied_once(older: None, caplog: pytest.LogCaptureFixture) -> None:
    with failing():
        for change in (upgrade, downgrade):
            refusal(change, caplog)
    assert len(copies()) == KEPT + 1


def test_of_many_states_the_first_and_the_last_are_kept(
    older: None, mirror: MirrorBuilder, caplog: pytest.LogCaptureFixture
) -> None:
    """As where another server goes on writing."""
    before = copies()
    with failing():
        for _ in range(4):
            mirror.listing()
            refusal(upgrade, caplog)
    assert copies()[: len(before)] == before
    counted = []
    for copy in copies()[len(before) :]:
        backups.put_back(copy, backups.check(copy))
        counted.append(listings())
    assert counted == [1, 4]


def test_older_copies_go_once_a_change_has_succeeded(older: None, caplog: pytest.LogCaptureFixture) -> None:
    before = copies()
    with failing():
        refusal(upgrade, caplog)
    [*_, own] = copies()
    assert len(copies()) == KEPT + 1
    upgrade(directory=MIGRATIONS)
    assert copies() == [*before[1:], own]
    assert [name for name in folder() if name.endswith(".tries")] == []


def test_a_later_failure_leaves_the_copies_of_another_schema(
    older: None, mirror: MirrorBuilder, caplog: pytest.LogCaptureFixture
) -> None:
    with failing():
        refusal(upgrade, caplog)
    [*_, own] = copies()
    upgrade(directory=MIGRATIONS)
    with failing():
        for _ in range(3):
            mirror.listing()
            refusal(downgrade, caplog)
    assert own in copies()


def listings() -> int:
    with db.engine.connect() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM listings").scalar_one())
