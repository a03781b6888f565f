"""A mirror of the fake's collection and wantlist, over a real wire and without waiting for anybody."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from flask import Flask
from sqlalchemy import Row, select, update

from app.discogs.throttle import OwnPace, Throttle
from app.extensions import db, wiring
from app.models import Account, Change, Run, Source
from app.models.streams import COLLECTION, Stream
from app.services.discogs_sync_service import DiscogsSyncService
from app.services.statistics import SyncStatistics
from config import Secret, Settings
from scripts.fake_discogs import FakeDiscogs, World
from tests.conftest import FakeClock
from tests.faults.conftest import FastForward, impatient


class ShelfMirror:
    """The mirror under test, as its tests like to ask about it."""

    def __init__(self, fake: FakeDiscogs, clock: FakeClock) -> None:
        self.fake = fake
        self.world = fake.world
        self.clock = clock
        time = FastForward()
        wiring().clock = clock
        wiring().throttle = Throttle(100_000, keeper=OwnPace(time))
        wiring().connect = impatient(fake.url, time)

    def sync(self, kind: str = "collection", **options: Any) -> SyncStatistics:
        self.clock.advance(hours=1)
        self.fake.reset_audit()
        return DiscogsSyncService().sync(kind, **options)

    def rows(self, stream: Stream = COLLECTION) -> dict[int, Row[Any]]:
        with db.engine.connect() as connection:
            return {row._mapping[stream.key_name]: row for row in connection.execute(select(stream.rows))}

    def live(self, stream: Stream = COLLECTION) -> set[int]:
        return {key for key, row in self.rows(stream).items() if row.removed_at is None}

    def changes(self) -> list[tuple[str, int, dict[str, Any]]]:
        """(kind, key, fields) of every change, the oldest first."""
        query = select(Change.kind, Change.item_id, Change.fields).order_by(Change.seq)
        with db.engine.connect() as connection:
            return [(kind, number, orjson.loads(fields)) for kind, number, fields in connection.execute(query)]

    def runs(self) -> list[Row[Any]]:
        with db.engine.connect() as connection:
            return list(connection.execute(select(Run.__table__).order_by(Run.id)))

    def source(self, kind: str = "collection") -> Row[Any]:
        with db.engine.connect() as connection:
            return connection.execute(select(Source.__table__).where(Source.kind == kind)).one()

    def asked(self) -> list[str]:
        """What the last sync asked for, without the user's part of the address."""
        name = self.world.seller.username
        return [
            record.path.replace(f"/users/{name}", "") + (f"?page={page}" if (page := record.query.get("page")) else "")
            for record in self.fake.audit
        ]

    def become_known(self, user_id: int) -> None:
        """Let the account have been another Discogs user before."""
        with db.engine.begin() as connection:
            connection.execute(update(Account).values(discogs_user_id=user_id))


@pytest.fixture
def world() -> World:
    """230 copies, three pages; 28 wants, which fit onto one."""
    return World.generate(seed=5, listings=12, copies=230)


@pytest.fixture
def fake(world: World) -> Iterator[FakeDiscogs]:
    with FakeDiscogs(world) as running:
        yield running


@pytest.fixture
def settings(settings: Settings, fake: FakeDiscogs) -> Settings:
    return settings.replace(
        discogs_api_url=fake.url,
        discogs_token=Secret(fake.token),
        discogs_seller_username=fake.world.seller.username,
        discogs_collection_username=fake.world.seller.username,
    )


@pytest.fixture
def mirror(app: Flask, fake: FakeDiscogs, clock: FakeClock) -> Iterator[ShelfMirror]:
    with app.app_context():
        yield ShelfMirror(fake, clock)


@pytest.fixture
def mirrored(mirror: ShelfMirror) -> ShelfMirror:
    """The mirror after its first sync."""
    assert mirror.sync()["outcome"] == "applied"
    return mirror


def change_settings(**changes: Any) -> None:
    """Other settings from now on."""
    wiring().settings = wiring().settings.replace(**changes)
