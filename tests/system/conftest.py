"""A fake Discogs in the test's own process, and servers that mirror it."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import create_engine

from scripts.fake_discogs import FakeDiscogs, World
from scripts.fake_discogs.messages import Request
from tests.conftest import ADMIN, EMPTY
from tests.system.servers import Launcher, Mirror, skip_without_proc

POSTGRESQL = pytest.param("postgresql", marks=pytest.mark.postgresql)
on_both = pytest.mark.parametrize("database_url", ["sqlite", POSTGRESQL], indirect=True)
on_postgresql = pytest.mark.parametrize("database_url", [POSTGRESQL], indirect=True)
KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "VIRTUAL_ENV")


@pytest.fixture
def discogs() -> Iterator[FakeDiscogs]:
    """A shop of six pages."""
    with FakeDiscogs(World.generate(seed=7, listings=538, copies=10)) as fake:
        yield fake


def syncs(discogs: FakeDiscogs) -> int:
    """How many syncs of the shop Discogs saw: each asks once who it is, just before its first page."""
    asked = [request.path for request in discogs.audit]
    return sum(one == "/oauth/identity" and following.endswith("/inventory") for one, following in pairwise(asked))


class Gate:
    """Holds back answers to inventory pages until it is opened."""

    def __init__(self, fake: FakeDiscogs, from_page: int = 2) -> None:
        self._from_page = from_page
        self._open = threading.Event()
        self.reached = threading.Event()
        fake.before_request(self._wait)

    def _wait(self, _number: int, request: Request) -> None:
        if request.path.endswith("/inventory") and int(request.query.get("page", "1")) >= self._from_page:
            self.reached.set()
            self._open.wait(60)

    def open(self) -> None:
        self._open.set()


@pytest.fixture
def gate(discogs: FakeDiscogs) -> Iterator[Gate]:
    """Every sync stands still at its second page until the test opens it."""
    gate = Gate(discogs)
    yield gate
    gate.open()


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> str:
    """SQLite, unless a test asks for `on_both`: starting real servers takes its time."""
    if getattr(request, "param", "sqlite") == "sqlite":
        return str(request.getfixturevalue("sqlite_url"))
    address: str = request.getfixturevalue("migrated_postgresql")
    engine = create_engine(address)
    with engine.begin() as connection:
        connection.exec_driver_sql(EMPTY)
    engine.dispose()
    return address


@pytest.fixture
def mirror(database_url: str) -> Mirror:
    return Mirror(database_url)


@pytest.fixture
def environment(mirror: Mirror, discogs: FakeDiscogs, tmp_path: Path) -> dict[str, str]:
    """All a server is told; nothing of the test's own settings."""
    return {
        **{name: os.environ[name] for name in KEPT if name in os.environ},
        "DATABASE_URL": mirror.url,
        "WAXMIRROR_INSTANCE": str(tmp_path),
        "DISCOGS_API_URL": discogs.url,
        "DISCOGS_TOKEN": discogs.token,
        "DISCOGS_SELLER_USERNAME": discogs.world.seller.username,
        "DISCOGS_RATE_LIMIT": "6000",
        "ADMIN_TOKEN": ADMIN,
        "SECRET_KEY": "a-secret-key-of-the-tests",
        "TOKEN_KEYS": Fernet.generate_key().decode(),
        "PYTHONUNBUFFERED": "1",
    }


@pytest.fixture
def launcher(environment: dict[str, str], tmp_path: Path) -> Iterator[Launcher]:
    skip_without_proc()
    launcher = Launcher(environment, tmp_path)
    yield launcher
    launcher.destroy()
