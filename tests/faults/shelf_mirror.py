"""A mirror of a small collection and wantlist, over a real wire: eight rows are three pages."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from sqlalchemy import delete

from app import create_app
from app.discogs.answers import ItemPage
from app.discogs.client import DiscogsClient
from app.discogs.throttle import OwnPace, Throttle
from app.discogs.transport import Timeouts
from app.extensions import db, wiring
from app.models import Base
from app.models.streams import STREAMS
from app.services.discogs_sync_service import DiscogsSyncService
from app.services.statistics import SyncStatistics
from config import Secret, Settings
from scripts.fake_discogs import FakeDiscogs, Fault
from tests.conftest import FakeClock
from tests.faults.conftest import SHORT, FastForward, impatient
from tests.invariants import Rows, assert_sound, live_rows

ROWS_A_PAGE = 3
PATHS = {"collection": "/users/*/collection/folders/0/releases", "wantlist": "/users/*/wants"}


class SmallPages(DiscogsClient):
    """Asks for three rows a page where the product asks for a hundred."""

    def collection_page(self, username: str, page: int, *, per_page: int = ROWS_A_PAGE) -> ItemPage:
        return super().collection_page(username, page, per_page=per_page)

    def wants_page(self, username: str, page: int, *, per_page: int = ROWS_A_PAGE) -> ItemPage:
        return super().wants_page(username, page, per_page=per_page)


@dataclass
class SmallShelf:
    """One stream of the fake's account at a time, and its mirror."""

    app: Flask
    fake: FakeDiscogs
    clock: FakeClock
    kind: str = "collection"

    def __post_init__(self) -> None:
        self.time = FastForward()
        with self.app.app_context():
            wiring().clock = self.clock
            wiring().throttle = Throttle(100_000, keeper=OwnPace(self.time))

    def become(self, kind: str) -> None:
        """Be about the other stream."""
        self.kind = kind

    def truth(self) -> set[int]:
        """The keys of what the account has."""
        shelf = self.fake.world.shelf()
        return set(shelf.copies if self.kind == "collection" else shelf.wants)

    def rows(self) -> Rows:
        """(key, fingerprint) of what the mirror shows."""
        with self.app.app_context():
            return live_rows(db.engine, STREAMS[self.kind])

    def live(self) -> set[int]:
        return {number for number, _ in self.rows()}

    def sync(self, fault: Fault | None = None, timeouts: Timeouts = SHORT) -> SyncStatistics:
        """An hour later, and past any pause Discogs asked for; with `fault` on the wire."""
        self.clock.advance(hours=3)
        self.fake.faults.clear()
        if fault is not None:
            self.fake.faults.add(fault)
        with self.app.app_context():
            wiring().connect = impatient(self.fake.url, self.time, SmallPages, timeouts)
            return DiscogsSyncService().sync(self.kind)

    def forget(self) -> None:
        """Let nothing ever have been mirrored."""
        with self.app.app_context(), db.engine.begin() as connection:
            for table in reversed(Base.metadata.sorted_tables):
                if table.name != "mirror_state":
                    connection.execute(delete(table))

    def change(self) -> None:
        """One row less from the middle, and another one."""
        world, count = self.fake.world, len(self.truth())
        number = sorted(self.truth())[count // 2]
        if self.kind == "collection":
            world.remove_copy(number)
            world.add_copy()
            return
        world.unwant(number)
        while len(self.truth()) < count:  # the world may think of a release that is wanted already
            world.want()

    def assert_sound(self) -> None:
        """The books are in order."""
        with self.app.app_context():
            assert_sound(db.engine)


def small_shelf(fake: FakeDiscogs, base: Settings, migrated: Path, folder: Path) -> SmallShelf:
    """A new mirror in this folder."""
    shutil.copy(migrated, folder / "mirror.db")
    settings = base.replace(
        database_url=f"sqlite:///{folder / 'mirror.db'}",
        instance_path=folder,
        discogs_api_url=fake.url,
        discogs_token=Secret(fake.token),
        discogs_collection_username=fake.world.seller.username,
        collection_visibility="private",
        log_level="CRITICAL",
    )
    return SmallShelf(create_app(settings, start_clock=False), fake, FakeClock())
