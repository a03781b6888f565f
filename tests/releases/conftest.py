"""A mirror of a small shop whose releases nobody has read yet, and the fake Discogs that knows them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Row, select

from app.discogs.client import DiscogsClient
from app.discogs.throttle import OwnPace, Throttle
from app.discogs.transport import Timeouts
from app.extensions import Wiring, db, wiring
from app.models import ReleaseBody, ReleaseRow
from app.services.discogs_sync_service import DiscogsSyncService
from app.services.release_cache import ReleaseCache
from app.services.statistics import SyncStatistics
from config import Secret, Settings
from scripts.fake_discogs import FakeDiscogs, World
from tests.conftest import FakeClock
from tests.faults.conftest import FastForward


class Shelf:
    """The mirror under test, as these tests like to ask about it."""

    def __init__(self, fake: FakeDiscogs, clock: FakeClock, time: FastForward, per_minute: int = 100_000) -> None:
        self.fake = fake
        self.clock = clock
        self.time = time
        wired = wiring()
        wired.clock = clock
        wired.throttle = Throttle(per_minute, keeper=OwnPace(time))
        wired.connect = self._connect

    def _connect(self, wired: Wiring, token: Secret | None, *, stop: Any, **_more: Any) -> DiscogsClient:
        return DiscogsClient(
            api_url=self.fake.url,
            token=token,
            user_agent=wired.settings.discogs_user_agent,
            throttle=wired.throttle,
            timeouts=Timeouts(connect=1, read=0.8, total=1.6),
            max_retries=1,
            sleep=self.time.sleep,
            stop=stop,
        )

    @property
    def cache(self) -> ReleaseCache:
        return ReleaseCache()

    def sync(self) -> SyncStatistics:
        return DiscogsSyncService().sync_all_listings()

    def asked(self) -> list[int]:
        """Ids of the releases that Discogs was asked for since the last time, in order."""
        paths = self.fake.audit.paths()
        self.fake.reset_audit()
        return [int(path.rsplit("/", 1)[1]) for path in paths if path.startswith("/releases/")]

    def wanted(self) -> set[int]:
        """The releases of what is live in the mirror."""
        return {listing.release.id for listing in self.fake.world.listings.values() if listing.status != "Sold"}

    def bodies(self) -> dict[int, Row[Any]]:
        with db.engine.connect() as connection:
            return {row.release_id: row for row in connection.execute(select(ReleaseBody.__table__))}

    def facts(self) -> dict[int, Row[Any]]:
        with db.engine.connect() as connection:
            rows = connection.execute(select(ReleaseRow.__table__).where(ReleaseRow.genres.is_not(None)))
            return {row.release_id: row for row in rows}


@pytest.fixture
def time() -> FastForward:
    """The clock of waits."""
    return FastForward()


@pytest.fixture
def fake() -> Iterator[FakeDiscogs]:
    with FakeDiscogs(World.generate(seed=5, listings=24, copies=0, for_sale=24)) as running:
        yield running


@pytest.fixture
def settings(settings: Settings, fake: FakeDiscogs) -> Settings:
    return settings.replace(
        discogs_api_url=fake.url,
        discogs_token=Secret(fake.token),
        discogs_seller_username=fake.world.seller.username,
    )


@pytest.fixture
def shelf(app: Flask, fake: FakeDiscogs, clock: FakeClock, time: FastForward) -> Iterator[Shelf]:
    with app.app_context():
        found = Shelf(fake, clock, time)
        found.sync()
        found.asked()
        yield found
