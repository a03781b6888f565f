"""kill -9 at every SQL statement of a sync: the mirror is as before or as after, and goes on."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from flask import Flask
from sqlalchemy import create_engine, select

from app import create_app
from app.extensions import db, wiring
from app.models import Account
from app.ops.sealing import Sealer
from app.services import accounts
from app.services.discogs_sync_service import DiscogsSyncService
from app.services.sync_control import confirm_run, undo_run
from config import Settings
from tests.conftest import EMPTY, FakeClock
from tests.crash.harness import Recoveries, in_app, killed_at_statement, looked_at
from tests.invariants import Rows, assert_nothing_at_work, assert_sound, live_rows
from tests.sync.memory_shop import MemoryShop

STRIDE_ON_POSTGRESQL = 9
PER_PAGE = 50  # few rows are quick to sync, and on three pages need the same statements as many
CANARY = "CANARY-token-7f3a91"


@dataclass
class Scenario:
    """A mirror in some state, the shop it is about to meet, and what is done."""

    shop: MemoryShop
    clock: FakeClock
    prepare: Callable[[], None]
    act: Callable[[], object]


def sync_with(shop: MemoryShop, clock: FakeClock) -> Callable[[], object]:
    def work() -> object:
        wiring().connect, wiring().clock = shop.connect, clock
        return DiscogsSyncService().sync_all_listings()

    return work


def first_sync() -> Scenario:
    shop, clock = MemoryShop(110, per_page=PER_PAGE), FakeClock()
    return Scenario(shop, clock, lambda: None, sync_with(shop, clock))


def steady_sync() -> Scenario:
    """Additions, updates, removals confirmed by a probe and by absence, and one that returns."""
    shop, clock = MemoryShop(110, per_page=PER_PAGE), FakeClock()
    sync = sync_with(shop, clock)

    def prepare() -> None:
        returning = {number: shop.rows[number] for number in list(shop.rows)[:1]}
        del shop.rows[next(iter(returning))]
        sync()
        shop.rows.update(returning)
        sync()
        number = next(iter(returning))
        shop.remove(number)
        sync()
        shop.rows.update(returning)
        for gone in list(shop.rows)[10:35]:
            shop.remove(gone)
        for edited in list(shop.rows)[40:50]:
            shop.reprice(edited, 77.25)
        for _ in range(7):
            shop.add()

    return Scenario(shop, clock, prepare, sync)


def confirmation() -> Scenario:
    """A held run that a person lets go."""
    shop, clock = MemoryShop(60, per_page=PER_PAGE), FakeClock()
    sync = sync_with(shop, clock)
    held: list[int] = []

    def prepare() -> None:
        sync()
        for gone in list(shop.rows)[:30]:
            shop.remove(gone)
        held.append(sync()["run_id"])  # type: ignore[index]

    def act() -> object:
        wiring().clock = clock
        return confirm_run(held[0])

    return Scenario(shop, clock, prepare, act)


def undoing() -> Scenario:
    """A run whose removals a person takes back."""
    shop, clock = MemoryShop(60, per_page=PER_PAGE), FakeClock()
    sync = sync_with(shop, clock)
    removing: list[int] = []

    def prepare() -> None:
        sync()
        for gone in list(shop.rows)[:12]:
            shop.remove(gone)
        removing.append(sync()["run_id"])  # type: ignore[index]

    def act() -> object:
        wiring().clock = clock
        return undo_run(removing[0])

    return Scenario(shop, clock, prepare, act)


class Episode:
    """One scenario on one database, which can be put back to the moment before the act."""

    def __init__(self, scenario: Callable[[], Scenario], settings: Settings, folder: Path) -> None:
        self.settings = settings
        self._scenario = scenario
        self._database = Path(settings.database_url.removeprefix("sqlite:///"))
        self._kept = folder / "kept.db"
        self.is_sqlite = settings.database_url.startswith("sqlite")
        self._onlooker = create_app(settings, start_clock=False)
        self.world = scenario()
        self._prepare()
        self._rows = dict(self.world.shop.rows)  # whoever edits a row puts another in its place
        if self.is_sqlite:
            shutil.copy(self._database, self._kept)
        self.before = self.state()
        in_app(settings, lambda _app: self.world.act())
        self.after = self.state()

    def _prepare(self) -> None:
        def work(_app: Flask) -> None:
            wiring().connect = self.world.shop.connect
            accounts.add("example_seller", CANARY)
            self.world.prepare()

        in_app(self.settings, work)

    def sealed_canary(self) -> str:
        """The canary as the database is meant to keep it."""

        def look(_app: Flask) -> str:
            with db.engine.connect() as connection:
                return str(connection.scalar(select(Account.sealed_token)))

        sealed: str = in_app(self.settings, look)
        return sealed

    def state(self) -> Rows:
        """The live rows; everything that must always hold is checked on the way."""

        def look(_app: Flask) -> Rows:
            assert_sound(db.engine)
            return live_rows(db.engine)

        found: Rows = looked_at(self._onlooker, look)
        return found

    def rewind(self) -> None:
        """Back to the moment before the act."""
        if self.is_sqlite:
            for leftover in self._database.parent.glob(f"{self._database.name}-*"):
                leftover.unlink()
            shutil.copy(self._kept, self._database)
            self.world.shop.rows = dict(self._rows)
            return
        engine = create_engine(self.settings.database_url)
        with engine.begin() as connection:
            connection.exec_driver_sql(EMPTY)
        engine.dispose()
        self.world = self._scenario()
        self._prepare()

    def recover(self) -> None:
        """A restart and two clean syncs, which converge to what the shop shows."""

        def work(_app: Flask) -> None:
            for _ in range(2):
                self.world.clock.advance(hours=1)
                sync_with(self.world.shop, self.world.clock)()
            assert_sound(db.engine)
            assert_nothing_at_work(db.engine)
            assert {number for number, _ in live_rows(db.engine)} == self.world.shop.rows.keys()

        in_app(self.settings, work)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.replace(discogs_seller_username="example_seller", discogs_token=None, log_level="INFO")


@pytest.mark.timeout(900)
@pytest.mark.parametrize("scenario", [first_sync, steady_sync, confirmation, undoing])
def test_every_kill_leaves_the_state_before_or_after(
    scenario: Callable[[], Scenario], settings: Settings, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    episode = Episode(scenario, settings, tmp_path)
    assert episode.before != episode.after
    stride = 1 if episode.is_sqlite else STRIDE_ON_POSTGRESQL
    points, recoveries = 0, Recoveries()
    for at in count(1, stride):
        episode.rewind()
        if not killed_at_statement(settings, episode.world.act, at):
            break
        points += 1
        left = episode.state()
        assert left in (episode.before, episode.after), f"a mixture after a kill at statement {at}"
        if recoveries.is_due(left):
            episode.recover()
    assert points >= (20 if episode.is_sqlite else 3)
    assert episode.state() == episode.after
    said = capfd.readouterr()
    assert "Starting sync" in said.err
    assert CANARY not in said.out + said.err
    assert files_with(CANARY, tmp_path) == []
    if episode.is_sqlite:  # where the sealed one is found, the bare one would be
        assert tmp_path / "mirror.db" in files_with(episode.sealed_canary(), tmp_path)


def files_with(text: str, folder: Path) -> list[Path]:
    """Every file, database, journal, key or log, that holds these bytes."""
    return [path for path in folder.rglob("*") if path.is_file() and text.encode() in path.read_bytes()]


def test_a_secret_that_is_kept_bare_is_found(settings: Settings, tmp_path: Path) -> None:
    """The canary above can die."""

    def keep_bare(app: Flask) -> None:
        wired = wiring()
        wired.connect = MemoryShop(1).connect
        wired.sealer = BareSealer()
        accounts.add("example_seller", CANARY)
        with db.engine.connect() as connection:
            assert connection.scalar(select(Account.sealed_token)) == CANARY

    in_app(settings, keep_bare)
    if settings.database_url.startswith("sqlite"):
        assert files_with(CANARY, tmp_path) != []


class BareSealer(Sealer):
    """Forgets to seal."""

    def __init__(self) -> None:
        super().__init__([Fernet.generate_key().decode()])

    def seal(self, secret: str) -> str:
        return secret
