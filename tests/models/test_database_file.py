"""The file of a SQLite mirror is made once, is private, and never changes under us unnoticed."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, create_engine, select, text, update

from app.core.outcomes import Reason
from app.errors import StorageError
from app.models import MirrorState
from app.models.database_file import make_database_file
from app.models.transactions import configure_engine, read_transaction, write_transaction
from app.ops.backup import back_up
from config import Settings
from tests.crash.harness import in_app
from tests.models.test_migrations import to_head


@pytest.fixture
def path(sqlite_url: str) -> Path:
    return Path(sqlite_url.removeprefix("sqlite:///"))


def engine_of(path: Path) -> Engine:
    engine = create_engine(f"sqlite:///{path}")
    configure_engine(engine)
    return engine


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def write(engine: Engine) -> None:
    with write_transaction(engine) as connection:
        connection.execute(update(MirrorState).values(version=MirrorState.version + 1))


def read(engine: Engine) -> int:
    with read_transaction(engine) as connection:
        return connection.execute(select(MirrorState.version)).scalar_one()


def test_a_new_mirror_and_all_that_lies_beside_it_are_private(base_settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "50% of #1.db"
    settings = base_settings.replace(database_url=f"sqlite:///{str(path).replace('%', '%25')}")
    in_app(settings, lambda _app: to_head())
    assert path.exists()
    engine = create_engine(settings.database_url)
    configure_engine(engine)
    write(engine)
    assert {each.name: mode(each) for each in path.parent.iterdir() if each.name.startswith(path.name)} == {
        path.name: 0o600,
        f"{path.name}-shm": 0o600,
        f"{path.name}-wal": 0o600,
        f"{path.name}.locks": 0o700,
    }
    copy = back_up(engine)
    engine.dispose()
    assert (mode(path.parent), mode(copy.parent), mode(copy)) == (0o700, 0o700, 0o600)


def test_without_an_upgrade_no_file_comes_into_being(tmp_path: Path) -> None:
    engine = engine_of(tmp_path / "absent.db")
    with pytest.raises(StorageError, match="flask --app run db upgrade") as refused:
        read(engine)
    assert refused.value.reason is Reason.DB_SCHEMA
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("work", [write, read])
def test_a_deleted_file_is_missed_and_not_made_again(path: Path, work: Callable[[Engine], object]) -> None:
    engine = engine_of(path)
    read(engine)
    path.unlink()
    for _ in range(2):
        with pytest.raises(StorageError, match="is gone") as refused:
            work(engine)
        assert refused.value.reason is Reason.DB_READONLY
    assert not path.exists()
    engine.dispose()


@pytest.mark.parametrize("work", [write, read])
def test_a_replaced_file_is_refused_until_a_restart(path: Path, work: Callable[[Engine], object]) -> None:
    engine = engine_of(path)
    write(engine)
    engine.dispose()
    read(engine)
    other = path.with_name("other.db")
    shutil.copy(path, other)
    other.replace(path)
    for _ in range(2):
        with pytest.raises(StorageError, match="was replaced"):
            work(engine)
    engine.dispose()
    restarted = engine_of(path)
    assert read(restarted) == 1
    restarted.dispose()


def test_a_file_deleted_in_the_middle_of_a_transaction_fails_the_transaction(path: Path) -> None:
    engine = engine_of(path)

    def write_to_a_lost_file() -> None:
        with write_transaction(engine) as connection:
            connection.execute(update(MirrorState).values(version=7))
            path.unlink()

    with pytest.raises(StorageError, match="is gone"):
        write_to_a_lost_file()
    engine.dispose()


def test_an_upgrade_leaves_a_file_that_is_there_alone(path: Path) -> None:
    path.chmod(0o640)
    before = path.read_bytes()
    engine = engine_of(path)
    make_database_file(engine)
    assert (mode(path), path.read_bytes()) == (0o640, before)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    engine = engine_of(tmp_path / "file" / "mirror.db")
    with pytest.raises(StorageError, match="cannot be written"):
        make_database_file(engine)


def test_a_mirror_in_memory_has_no_file_to_guard() -> None:
    engine = create_engine("sqlite://")
    configure_engine(engine)
    make_database_file(engine)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT 1")).scalar_one() == 1
    engine.dispose()


def test_a_server_without_its_file_says_so_and_makes_no_other(
    client: FlaskClient, database_url: str, tmp_path: Path
) -> None:
    if not database_url.startswith("sqlite"):
        pytest.skip("a file")
    file = Path(database_url.removeprefix("sqlite:///"))
    question = "/api/search?limit=5"
    assert client.get(question).status_code == client.get(question).status_code == 200
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    file.unlink()
    assert client.get("/api/stats").status_code == 503
    answer = client.get(question)
    assert answer.status_code == 503
    assert str(tmp_path) not in answer.get_data(as_text=True)
    assert client.get("/health").status_code == 503
    assert not file.exists()


def test_a_database_without_tables_says_how_to_make_them(tmp_path: Path) -> None:
    engine = engine_of(tmp_path / "empty.db")
    make_database_file(engine)
    for work in (read, write):
        with pytest.raises(StorageError, match="run `flask --app run db upgrade`") as refused:
            work(engine)
        assert refused.value.reason is Reason.DB_SCHEMA
    engine.dispose()
