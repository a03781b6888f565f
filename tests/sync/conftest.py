"""A mirror and the shop it mirrors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Row, select

from app.core.records import Listing
from app.extensions import db, wiring
from app.models import Change, ListingRow, Run
from app.services.discogs_sync_service import DiscogsSyncService
from app.services.statistics import SyncStatistics
from config import Settings
from tests.conftest import FakeClock
from tests.sync.memory_shop import MemoryShop


class Mirror:
    """The mirror under test, as its tests like to ask about it."""

    def __init__(self, shop: MemoryShop, clock: FakeClock) -> None:
        self.shop = shop
        self.clock = clock
        wiring().connect = shop.connect
        wiring().clock = clock

    def sync(self, **options: Any) -> SyncStatistics:
        self.clock.advance(hours=1)
        return DiscogsSyncService().sync_all_listings(**options)

    def live(self) -> set[int]:
        return {row.listing_id for row in self.rows() if row.removed_at is None}

    def tombstones(self) -> dict[int, str]:
        return {row.listing_id: row.removed_reason for row in self.rows() if row.removed_at is not None}

    def rows(self) -> list[Row[Any]]:
        with db.engine.connect() as connection:
            return list(connection.execute(select(ListingRow.__table__)))

    def row(self, number: int) -> Row[Any]:
        return next(row for row in self.rows() if row.listing_id == number)

    def changes(self) -> list[Row[Any]]:
        with db.engine.connect() as connection:
            return list(connection.execute(select(Change.__table__).order_by(Change.seq)))

    def runs(self) -> list[Row[Any]]:
        with db.engine.connect() as connection:
            return list(connection.execute(select(Run.__table__).order_by(Run.id)))

    def listing(self, number: int) -> Listing:
        row = self.row(number)._mapping
        return Listing(**{name: row[name] for name in Listing._fields})


@pytest.fixture
def settings(settings: Settings) -> Settings:
    from config import Secret

    return settings.replace(discogs_seller_username="example_seller", discogs_token=Secret("token-of-the-seller"))


@pytest.fixture
def shop() -> MemoryShop:
    """538 copies for sale, six pages."""
    return MemoryShop(538)


@pytest.fixture
def mirror(app: Flask, shop: MemoryShop, clock: FakeClock) -> Iterator[Mirror]:
    with app.app_context():
        yield Mirror(shop, clock)
