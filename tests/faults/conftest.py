"""A mirror that talks to the fake Discogs over a real wire, without waiting for anybody."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app import create_app
from app.discogs.client import DiscogsClient
from app.discogs.throttle import OwnPace, Throttle
from app.discogs.transport import Timeouts
from app.extensions import Wiring, wiring
from app.services.discogs_sync_service import DiscogsSyncService
from app.services.statistics import SyncStatistics
from config import Secret, Settings
from scripts.fake_discogs import FakeDiscogs, World
from tests.conftest import FakeClock, dispose


class FastForward:
    """Time for waits: sleeping moves it on at once."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


SHORT = Timeouts(connect=1, read=0.8, total=1.6)


def impatient(
    api_url: str, time: FastForward, client: type[DiscogsClient] = DiscogsClient, timeouts: Timeouts = SHORT
) -> Callable[..., DiscogsClient]:
    """Stands for `services.discogs_connection.connect`: short time-outs, one retry, no real waits."""

    def connect(
        wired: Wiring, token: Secret | None, *, stop: Any, user_agent: Any = None, on_wait: Any = None, pace: Any = None
    ) -> DiscogsClient:
        return client(
            api_url=api_url,
            token=token,
            user_agent=wired.settings.discogs_user_agent,
            throttle=pace or wired.throttle,
            timeouts=timeouts,
            max_retries=1,
            sleep=time.sleep,
            stop=stop,
            on_wait=on_wait,
        )

    return connect


class WiredMirror:
    """A mirror of the fake's shop."""

    def __init__(self, app: Flask, fake: FakeDiscogs, clock: FakeClock) -> None:
        self.app = app
        self.fake = fake
        self.clock = clock
        self.time = FastForward()
        with app.app_context():
            wired = wiring()
            wired.clock = clock
            wired.throttle = Throttle(100_000, keeper=OwnPace(self.time))
            wired.connect = impatient(fake.url, self.time)

    def sync(self) -> SyncStatistics:
        self.clock.advance(hours=1)
        with self.app.app_context():
            return DiscogsSyncService().sync_all_listings()


@pytest.fixture
def small_world() -> World:
    """230 listings, three pages for their owner."""
    return World.generate(seed=11, listings=230, copies=0, for_sale=215)


@pytest.fixture
def fake(small_world: World) -> Iterator[FakeDiscogs]:
    with FakeDiscogs(small_world) as running:
        yield running


@pytest.fixture
def fresh_mirror(
    base_settings: Settings, migrated_sqlite: Path, tmp_path: Path
) -> Iterator[Callable[[FakeDiscogs], WiredMirror]]:
    """Makes empty mirrors of a fake's shop."""
    apps: list[Flask] = []

    def make(fake: FakeDiscogs) -> WiredMirror:
        database = tmp_path / f"mirror-{len(apps)}.db"
        shutil.copy(migrated_sqlite, database)
        app = create_app(
            base_settings.replace(
                database_url=f"sqlite:///{database}",
                discogs_api_url=fake.url,
                discogs_token=Secret(fake.token),
                discogs_seller_username=fake.world.seller.username,
                log_level="CRITICAL",
            ),
            start_clock=False,
        )
        apps.append(app)
        return WiredMirror(app, fake, FakeClock())

    yield make
    for app in apps:
        dispose(app)
