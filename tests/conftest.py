"""What every test may use: a migrated database of each kind, an application on it, a network that is closed."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain, groupby
from pathlib import Path
from typing import Any

import hypothesis
import psycopg
import pytest
from cryptography.fernet import Fernet
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from app import create_app
from app.models import Base
from config import Secret, Settings
from tests.skipped import pytest_terminal_summary  # noqa: F401  pytest finds it here

ROOT = Path(__file__).parent.parent
SHARED = Path(os.environ.get("WAXMIRROR_SHARED_DATA", ROOT.parent / "shared" / "data"))
POSTGRESQL = os.environ.get("TEST_DATABASE_URL", "postgresql://127.0.0.1:5432/test")
ADMIN = "test-admin-token-4f2c"
IN_CI = os.environ.get("CI") == "true"

# How fast a busy machine makes up examples says nothing about the code.
hypothesis.settings.register_profile("busy", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("busy")


def compile_each_address_once() -> None:
    """Thousands of applications share one map of addresses; compiling it takes most of the time of making one."""
    compiled: dict[Any, Any] = {}
    compile_builder = Rule._compile_builder

    def remembered(rule: Rule, append_unknown: bool = True) -> Any:
        key = tuple(rule._trace), repr(rule.defaults), append_unknown
        if key not in compiled:
            compiled[key] = compile_builder(rule, append_unknown)
        return compiled[key]

    Rule._compile_builder = remembered  # type: ignore[method-assign]


def compile_each_statement_once() -> None:
    """Thousands of engines of two kinds share what SQLAlchemy compiled for the first of each kind."""
    shared: dict[str, LRUCache[Any, Any]] = {}

    @event.listens_for(Engine, "engine_connect")
    def share(connection: Connection) -> None:
        name = connection.dialect.name
        connection.engine._compiled_cache = shared.setdefault(name, LRUCache(2000))

    # A compiled statement is kept under its dialect, of which each engine has an equal one of its own.
    DefaultDialect.__eq__ = lambda self, other: type(self) is type(other)  # type: ignore[assignment,method-assign]
    DefaultDialect.__hash__ = lambda self: hash(type(self))  # type: ignore[method-assign]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Spread modules that mostly wait for servers among those that work: all processes would end with waiting."""
    modules = [list(tests) for _, tests in groupby(items, key=lambda item: item.path)]
    waiting = [tests for tests in modules if tests[0].get_closest_marker("system")]
    spread = [tests for tests in modules if tests not in waiting]
    between = len(spread) // (len(waiting) + 1)
    for number, tests in enumerate(waiting):
        spread.insert(number * (between + 1), tests)
    items[:] = chain.from_iterable(spread)


def pytest_collection_finish() -> None:
    """Search what the tests make for garbage, and not what was there before them: a quarter of their time else."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)


compile_each_address_once()
compile_each_statement_once()


class FakeClock:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **span: float) -> None:
        self.now += timedelta(**span)


@pytest.fixture(autouse=True)
def closed_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only this machine answers in tests."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        host = address[0] if isinstance(address, tuple) else None
        if host is not None and not (str(host).startswith("127.") or host in {"localhost", "::1"}):
            raise OSError(f"tests must not reach {host}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(autouse=True, scope="session")
def heard_interrupts() -> Iterator[None]:
    """Ctrl-C ends what tests start, also where they run in the background of a script, whose processes ignore it."""
    before = signal.getsignal(signal.SIGINT)
    if before is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session")
def base_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings that need nothing from outside; each test puts in its database."""
    return Settings(
        testing=True,
        instance_path=tmp_path_factory.mktemp("instance"),
        database_url="sqlite://",
        admin_token=Secret(ADMIN),
        secret_key=Secret("a-secret-key-of-the-tests"),
        token_keys=Secret(Fernet.generate_key().decode()),
        discogs_rate_limit=100_000,
        discogs_timeout=5.0,
        discogs_max_retries=2,
        log_level="DEBUG",
        release_cache_pause_minutes=0.0,
    )


@pytest.fixture(scope="session")
def migrated_sqlite(base_settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file at the newest schema, to copy."""
    path = tmp_path_factory.mktemp("template") / "mirror.db"
    bring_to_head(base_settings.replace(database_url=f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def migrated_postgresql(base_settings: Settings, worker: str) -> Iterator[str]:
    """The address of a PostgreSQL database at the newest schema, of this test process alone."""
    name = f"waxmirror_test_{worker}"
    with administration() as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{name}"')
        # It goes when the tests end, and outlives no crash of its server.
        connection.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
    address = POSTGRESQL.rsplit("/", 1)[0] + f"/{name}"
    bring_to_head(base_settings.replace(database_url=address))
    yield address
    with administration() as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def worker() -> str:
    """The name of this test process among several."""
    return f"{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{os.getpid()}"


def administration() -> psycopg.Connection[Any]:
    """A connection that may create databases; without a server the test is skipped, in CI it fails."""
    try:
        return psycopg.connect(POSTGRESQL, autocommit=True, connect_timeout=5)
    except psycopg.OperationalError as error:
        if IN_CI:
            raise
        pytest.skip(f"no PostgreSQL at {POSTGRESQL}: {str(error).splitlines()[0]}")


def bring_to_head(settings: Settings) -> None:
    """Migrate a database to the newest schema."""
    app = create_app(settings, start_clock=False)
    with app.app_context():
        upgrade(directory=str(ROOT / "migrations"))
    dispose(app)


def dispose(app: Flask) -> None:
    """Close the connections of an application."""
    from app.extensions import db, wiring

    with app.app_context():
        service = wiring().clock_service
        if service is not None:
            service.queue.close()
        wiring().close()
        db.session.remove()
        db.engine.dispose()


# Of this database alone: other tests of the same server hold theirs.
TAKE_LEASES_AWAY = """
SELECT pg_terminate_backend(locks.pid)
FROM pg_locks AS locks JOIN pg_database AS here ON here.oid = locks.database
WHERE locks.locktype = 'advisory' AND here.datname = current_database()
"""
# Rows, not tables: TRUNCATE makes new files for each of them, which takes fifty times as long.
EMPTY = ";\n".join(
    [
        *(f"DELETE FROM {table}" for table in reversed(Base.metadata.sorted_tables) if table.name != "mirror_state"),
        "SELECT setval(quote_ident(schemaname) || '.' || quote_ident(sequencename), 1, false) FROM pg_sequences"
        " WHERE schemaname = current_schema()",
        "UPDATE mirror_state SET version = 0, changed_at = NULL, shop_digest = NULL, shop_total = NULL,"
        " shelf_version = 0, shelf_changed_at = NULL, enrichment_version = 0",
        # The job queue's table is made by its first user.
        "DO $$ BEGIN IF to_regclass('queue_task') IS NOT NULL THEN DELETE FROM queue_task; END IF; END $$",
    ]
)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty, migrated database; every test that asks runs once on each kind."""
    if request.param == "sqlite":
        path = tmp_path / "mirror.db"
        shutil.copy(request.getfixturevalue("migrated_sqlite"), path)
        return f"sqlite:///{path}"
    address: str = request.getfixturevalue("migrated_postgresql")
    engine = create_engine(address)
    with engine.begin() as connection:
        connection.exec_driver_sql(EMPTY)
    engine.dispose()
    return address


@pytest.fixture
def sqlite_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    """The address of an empty, migrated SQLite file, for what SQLite alone has."""
    path = tmp_path / "mirror.db"
    shutil.copy(migrated_sqlite, path)
    return f"sqlite:///{path}"


@pytest.fixture
def settings(base_settings: Settings, database_url: str, tmp_path: Path) -> Settings:
    """The settings of one test. Override this fixture to change them."""
    return base_settings.replace(database_url=database_url, instance_path=tmp_path)


@pytest.fixture(scope="session")
def compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> FileSystemBytecodeCache:
    """Templates, compiled by whichever application shows them first: a tenth of the time of the suite."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture
def make_app(compiled_templates: FileSystemBytecodeCache) -> Iterator[Callable[[Settings], Flask]]:
    """Applications that are taken down at the end."""
    made: list[Flask] = []

    def make(settings: Settings) -> Flask:
        app = create_app(settings, start_clock=False)
        app.jinja_env.bytecode_cache = compiled_templates
        made.append(app)
        return app

    yield make
    for app in made:
        dispose(app)


@pytest.fixture
def app(settings: Settings, make_app: Callable[[Settings], Flask]) -> Flask:
    """The application under test, without a clock."""
    return make_app(settings)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A visitor of the application."""
    return app.test_client()


@pytest.fixture
def admin() -> dict[str, str]:
    """The headers that open the control routes."""
    return {"Authorization": f"Bearer {ADMIN}"}


@pytest.fixture
def clock() -> FakeClock:
    """A clock to put into an application's wiring."""
    return FakeClock()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real exports and recorded answers."""
    if not SHARED.is_dir():
        if IN_CI:
            pytest.fail(f"the recorded data is not at {SHARED}")
        pytest.skip(f"the recorded data is not at {SHARED}; set WAXMIRROR_SHARED_DATA")
    return SHARED
