"""Backups count once they are put back: what was mirrored then is mirrored again, or nothing has changed."""

from __future__ import annotations

import os
import shutil
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import Engine, func, select, update

from app.errors import BackupRefused, SyncBusy
from app.extensions import db, wiring
from app.models import Account, Base, Change
from app.ops.backup import backups_of
from app.ops.digests import digest_file_of
from app.services import backups
from app.services.schema_version import newest_schema
from config import ROOT
from tests.builders import MirrorBuilder

EXTRA_TABLES = ("alembic_version",)
MIGRATIONS = str(ROOT / "migrations")


@pytest.fixture
def mirror(app: Flask) -> MirrorBuilder:
    with app.app_context():
        return MirrorBuilder(db.engine)


def ids(engine: Engine) -> list[int]:
    with engine.connect() as connection:
        return [row[0] for row in connection.exec_driver_sql("SELECT listing_id FROM listings ORDER BY listing_id")]


def run(app: Flask, *arguments: str) -> tuple[int, str]:
    with app.app_context():
        done = app.test_cli_runner().invoke(args=list(arguments))
    return done.exit_code, done.stdout if done.exit_code == 0 else done.output


def test_a_backup_is_put_back(app: Flask, mirror: MirrorBuilder) -> None:
    before = mirror.listings(3)
    code, told = run(app, "backup")
    assert code == 0
    copy = Path(told.strip())
    assert copy.stat().st_mode & 0o777 == 0o600
    mirror.listings(2)
    after = ids(mirror.engine)
    code, told = run(app, "restore", str(copy), "--yes")
    assert (code, told.splitlines()[0]) == (0, f"restored {copy}")
    assert ids(mirror.engine) == before
    kept = told.splitlines()[1].removeprefix("what was there before is kept as ")
    assert run(app, "restore", kept, "--yes")[0] == 0
    assert ids(mirror.engine) == after


def test_no_number_of_a_change_is_given_again(app: Flask, mirror: MirrorBuilder) -> None:
    """Who follows the changes from 5 on is not told of others under the numbers 3 to 5."""
    (number,) = mirror.listings(1)
    for _ in range(2):
        mirror.change(number, "update", public_kind="update")
    with app.app_context():
        backup = backups.make()
        for _ in range(3):
            mirror.change(number, "update", public_kind="update")
        last = newest_change(mirror.engine)
        backups.put_back(backup, backups.check(backup))
    assert newest_change(mirror.engine) < last
    mirror.change(number, "update", public_kind="update")
    assert newest_change(mirror.engine) > last


def test_a_backup_is_put_into_a_database_that_holds_nothing_yet(app: Flask, mirror: MirrorBuilder) -> None:
    """As on a new machine, where nobody has brought the schema yet."""
    before = mirror.listings(3)
    with app.app_context():
        backup = backups.make()
        with db.engine.begin() as connection:
            for table in (*reversed(Base.metadata.sorted_tables), *EXTRA_TABLES):
                name = table if isinstance(table, str) else table.name
                cascade = " CASCADE" if connection.dialect.name == "postgresql" else ""
                connection.exec_driver_sql(f'DROP TABLE IF EXISTS "{name}"{cascade}')
        backups.put_back(backup, backups.check(backup))
    assert ids(mirror.engine) == before


def test_credentials_that_come_back_are_named(app: Flask, mirror: MirrorBuilder) -> None:
    """Somebody was forgotten since the backup was made; somebody else was not."""
    with app.app_context():
        for name in ("forgotten", "staying"):
            mirror.seller(name)
            with db.engine.begin() as connection:
                sealed = wiring().sealer.seal("canary")
                connection.execute(update(Account).where(Account.username == name).values(sealed_token=sealed))
        copy = backups.make()
    assert run(app, "account", "remove", "forgotten")[0] == 0
    told = run(app, "restore", str(copy), "--yes")[1].splitlines()
    assert told[2] == "credentials that were not stored here before are again, of forgotten:"
    assert len(told) == 4


def test_accounts_that_come_back_are_named(app: Flask, mirror: MirrorBuilder) -> None:
    """Somebody was erased since the backup was made, and had no credential."""
    mirror.seller("erased", is_active=False)
    told = run(app, "account", "erase", "erased", "--yes")[1]
    code, told = run(app, "restore", told.splitlines()[-1].rpartition(": ")[2], "--yes")
    assert code == 0
    assert told.splitlines()[2] == "accounts that were not here before are again, erased:"
    assert len(told.splitlines()) == 4


def newest_change(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(select(func.max(Change.seq))).scalar_one())


def test_the_oldest_backup_can_be_put_back_too(app: Flask, mirror: MirrorBuilder) -> None:
    before = mirror.listings(2)
    with app.app_context():
        oldest = backups.make()
        for _ in range(4):
            mirror.listing()
            backups.make()
        backups.put_back(oldest, backups.check(oldest))
    assert ids(mirror.engine) == before
    assert oldest.exists()


def test_a_backup_of_an_older_schema_is_put_back_and_upgraded(app: Flask, mirror: MirrorBuilder) -> None:
    """The newer schema has tables that refer to those the backup brings."""
    before = mirror.listings(2)
    with app.app_context():
        downgrade(directory=MIGRATIONS, revision="0008")
        old = backups.make()
        upgrade(directory=MIGRATIONS)
        mirror.listing()
        done = backups.put_back(old, backups.check(old))
        assert done.needs_upgrade
        upgrade(directory=MIGRATIONS)
        assert backups.check(backups.make()) == newest_schema()
    assert ids(mirror.engine) == before


def test_nothing_happens_without_a_yes(app: Flask, mirror: MirrorBuilder) -> None:
    copy = run(app, "backup")[1].strip()
    listed = mirror.listings(2)
    with app.app_context():
        done = app.test_cli_runner().invoke(args=["restore", copy], input="n\n")
    assert done.exit_code == 1
    assert ids(mirror.engine) == listed


def test_a_copy_goes_where_it_is_wanted(app: Flask, mirror: MirrorBuilder, tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    code, told = run(app, "backup", "--to", str(folder))
    assert code == 0
    assert Path(told.strip()).parent == folder
    code, told = run(app, "backup", "--to", str(tmp_path / "no" / "such" / "place"))
    assert code == 1
    assert "not copied to" in told


def test_a_place_with_a_name_that_is_no_text_is_one_too(app: Flask, mirror: MirrorBuilder, tmp_path: Path) -> None:
    folder = tmp_path / "else\udcffwhere"
    folder.mkdir()
    runner = app.test_cli_runner()
    with app.app_context():
        made = runner.invoke(args=["backup", "--to", str(folder)])
        copy = Path(os.fsdecode(made.stdout_bytes.rstrip(b"\n")))
        assert (made.exit_code, copy.parent) == (0, folder)
        restored = runner.invoke(args=["restore", "--yes", str(copy)])
    assert restored.exit_code == 0, restored.output
    assert "else\\udcffwhere" in restored.output


def test_a_server_goes_on_while_it_is_restored(app: Flask, mirror: MirrorBuilder) -> None:
    [number] = mirror.listings(1)
    copy = run(app, "backup")[1].strip()
    later = mirror.listing()
    client = app.test_client()
    assert client.get(f"/api/data/{later}").status_code == 200
    run(app, "restore", copy, "--yes")
    assert client.get(f"/api/data/{later}").status_code == 404
    assert client.get(f"/api/data/{number}").status_code == 200


def test_a_restore_that_fails_costs_no_older_copy(
    app: Flask, mirror: MirrorBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object) -> None:
        raise BackupRefused("it", "its tables are held by others")

    with app.app_context():
        settings = wiring().settings = wiring().settings.replace(backup_keep=2)
        made = [backups.make() for _ in range(2)]
        for name in ("_into_sqlite", "into_postgresql"):
            monkeypatch.setattr(f"app.ops.restoring.{name}", refuse)
        for _ in range(2):
            with pytest.raises(BackupRefused):
                backups.put_back(made[1], backups.check(made[1]))
        assert backups_of(db.engine.url, settings.instance_path)[:2] == made
        monkeypatch.undo()
        done = backups.put_back(made[1], backups.check(made[1]))
        assert backups_of(db.engine.url, settings.instance_path)[-1] == done.replaced
    assert [copy.exists() for copy in made] == [False, True]


def test_nobody_is_restored_under_a_sync(app: Flask, mirror: MirrorBuilder) -> None:
    with app.app_context():
        copy = backups.make()
        held = wiring().locks.try_hold("mirror")
        assert held is not None
        try:
            with pytest.raises(SyncBusy):
                backups.put_back(copy, backups.check(copy))
        finally:
            held.release()


def cut(copy: Path) -> None:
    whole = copy.read_bytes()
    copy.write_bytes(whole[: len(whole) * 2 // 3])


def scribble(copy: Path) -> None:
    copy.write_bytes(b"this was never a backup" * 300)


@pytest.mark.parametrize("is_old", [False, True], ids=["with digest", "of an older version"])
@pytest.mark.parametrize("spoil", [cut, scribble, Path.unlink])
def test_what_is_not_sound_changes_nothing(
    app: Flask, mirror: MirrorBuilder, spoil: Callable[[Path], None], is_old: bool
) -> None:
    copy = Path(run(app, "backup")[1].strip())
    if is_old:
        digest_file_of(copy).unlink()
    listed = mirror.listings(2)
    spoil(copy)
    code, told = run(app, "restore", str(copy), "--yes")
    assert code == 1
    assert f"{copy.name} is not restored" in told
    assert ids(mirror.engine) == listed


@pytest.fixture
def sqlite_app(sqlite_url: str, base_settings: object, make_app: Callable[..., Flask], tmp_path: Path) -> Flask:
    settings = base_settings.replace(database_url=sqlite_url, instance_path=tmp_path)  # type: ignore[attr-defined]
    return make_app(settings)


@pytest.mark.parametrize(
    ("revisions", "problem"),
    [
        (["9999"], "its schema 9999 is not known here"),
        ([], "which schema"),
        (["0001", newest_schema()], "which schema"),
    ],
)
def test_a_backup_of_a_schema_that_is_not_known_is_refused(
    app: Flask, mirror: MirrorBuilder, revisions: list[str], problem: str
) -> None:
    listed = mirror.listings(2)
    with app.app_context():
        state_schemas(revisions)
        try:
            copy = backups.make()
        finally:
            state_schemas([newest_schema()])  # other tests use this database
    code, told = run(app, "restore", str(copy), "--yes")
    assert code == 1
    assert problem in told
    assert ids(mirror.engine) == listed


def state_schemas(revisions: list[str]) -> None:
    with db.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM alembic_version")
        for revision in revisions:
            connection.exec_driver_sql(f"INSERT INTO alembic_version VALUES ('{revision}')")


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        ("DROP TABLE changes", "no mirror of Waxmirror"),
        ("INSERT INTO sources (account_id, kind, is_active, hidden_rows) VALUES (77, 'inventory', 1, 0)", "missing"),
    ],
)
def test_a_file_that_is_no_such_mirror_is_refused(sqlite_app: Flask, spoil: str, problem: str) -> None:
    with sqlite_app.app_context():
        copy = backups.make()
        with closing(sqlite3.connect(copy)) as connection, connection:
            connection.execute(spoil)
        digest_file_of(copy).unlink()
        with pytest.raises(BackupRefused, match=problem):
            backups.check(copy)


def test_a_damaged_mirror_is_set_aside_and_replaced(sqlite_app: Flask, tmp_path: Path) -> None:
    with sqlite_app.app_context():
        listed = MirrorBuilder(db.engine).listings(2)
        copy = backups.make()
        db.engine.dispose()
        path = tmp_path / "mirror.db"
        path.write_bytes(b"overwritten by something else " * 999)
        told = run(sqlite_app, "restore", str(copy), "--yes")[1]
        assert "restart every server" in told
        assert ids(db.engine) == listed
        [aside] = (tmp_path / "backups").glob("*.unsound")
        assert aside.read_bytes().startswith(b"overwritten")


def test_a_lost_mirror_comes_back(sqlite_app: Flask, tmp_path: Path) -> None:
    with sqlite_app.app_context():
        listed = MirrorBuilder(db.engine).listings(2)
        copy = backups.make()
        db.engine.dispose()
        for file in tmp_path.glob("mirror.db*"):
            file.unlink() if file.is_file() else shutil.rmtree(file)
        assert run(sqlite_app, "restore", str(copy), "--yes")[0] == 0
        assert ids(db.engine) == listed


def test_every_backup_taken_while_others_write_is_one_state(sqlite_app: Flask) -> None:
    """Rows come in transactions of seven: no backup holds part of one."""
    with sqlite_app.app_context():
        mirror = MirrorBuilder(db.engine)
        stopped = threading.Event()

        def write() -> None:
            while not stopped.is_set():
                mirror.listings(7)

        writer = threading.Thread(target=write)
        writer.start()
        try:
            for _ in range(12):
                copy = backups.make()
                assert backups.check(copy)
                with closing(sqlite3.connect(copy)) as connection:
                    assert connection.execute("SELECT count(*) % 7 FROM listings").fetchone() == (0,)
        finally:
            stopped.set()
            writer.join()
