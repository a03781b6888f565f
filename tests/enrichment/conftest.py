"""A mirror of a small collection, the fake Discogs it is of, and fakes of all providers. Waiting takes no time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Row, select

from app.discogs.throttle import OwnPace, Throttle
from app.enrichment.provider import Circumstances, Provider, ProviderKind
from app.extensions import db, wiring
from app.models import EnrichmentProviderRow, EnrichmentRow
from app.services.discogs_sync_service import DiscogsSyncService
from app.services.enrichment_providers import connect_provider
from app.services.enrichment_service import EnrichmentService
from app.services.jobs_service import JobsService
from app.wire.waiting import Waiter
from config import Secret, Settings
from scripts.fake_discogs import FakeDiscogs, World
from scripts.fake_providers import FakeProviders
from tests.conftest import FakeClock
from tests.faults.conftest import FastForward, impatient

COPIES = 12


class Waits(FastForward):
    """Remembers each wait."""

    def __init__(self) -> None:
        super().__init__()
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        self.slept.append(seconds)


class EnrichedMirror:
    """The mirror under test, as these tests like to ask about it."""

    def __init__(self, fake: FakeDiscogs, providers: FakeProviders, clock: FakeClock) -> None:
        self.fake = fake
        self.providers = providers
        self.clock = clock
        self.time = Waits()
        self.stop = threading.Event()
        wired = wiring()
        wired.clock = clock
        wired.throttle = Throttle(100_000, keeper=OwnPace(self.time))
        wired.connect = impatient(fake.url, self.time)
        wired.connect_provider = self._connect
        wired.provider_waiter = lambda stop: Waiter(stop=stop, sleep=self.time.sleep)
        self._ticks = 0.0
        wired.monotonic = self._monotonic

    def _monotonic(self) -> float:
        self._ticks += 1.0
        return self._ticks

    def _connect(self, kind: ProviderKind, settings: Settings, at: Circumstances) -> Provider:
        quick = Circumstances(
            at.waiter, at.user_agent, is_patient=at.is_patient, clock=self.time, random=lambda: 0.5, now=self.clock
        )
        return connect_provider(kind, settings, quick)

    def sync(self, kind: str = "collection") -> None:
        assert DiscogsSyncService().sync(kind)["outcome"] == "applied"

    def enrich(self, limit: int | None = None, only: str = "all") -> dict[str, Any]:
        """A whole batch; the progress at its end."""
        EnrichmentService().start(limit=limit, only=only)
        self.work()
        return EnrichmentService().progress()

    def work(self) -> None:
        while JobsService().do_next(self.stop):  # type: ignore[arg-type]
            self.clock.advance(seconds=10)

    def rows(self, **wanted: str) -> list[Row[Any]]:
        """The queue, by its key."""
        query = select(EnrichmentRow.__table__).order_by(*EnrichmentRow.__table__.primary_key)
        for name, value in wanted.items():
            query = query.where(EnrichmentRow.__table__.c[name] == value)
        with db.engine.connect() as connection:
            return list(connection.execute(query))

    def row(self, **wanted: str) -> Row[Any]:
        (found,) = self.rows(**wanted)
        return found

    def provider(self, name: str) -> Row[Any]:
        with db.engine.connect() as connection:
            table = EnrichmentProviderRow.__table__
            return connection.execute(select(table).where(table.c.provider == name)).one()

    def asked(self, prefix: str = "") -> list[str]:
        """What the providers were asked, tokens left out, since the last time."""
        paths = [
            f"{record.path} {record.query.get('q', record.query.get('query', ''))}"
            for record in self.providers.asked(prefix)
            if not record.path.endswith("/api/token")
        ]
        with self.providers._lock:
            self.providers.audit.clear()
        return paths


def balances(told: dict[str, Any]) -> bool:
    """Whether the numbers of a report add up, field by field and altogether."""
    counts = [told, *told["by_field"].values()]
    return all(one["found"] == one["enriched"] + one["nothing_found"] + one["errors"] for one in counts) and told[
        "found"
    ] == sum(one["found"] for one in told["by_field"].values())


@pytest.fixture
def copies() -> int:
    """How many copies there are. Override this fixture to change it."""
    return COPIES


@pytest.fixture
def fake(copies: int) -> Iterator[FakeDiscogs]:
    with FakeDiscogs(World.generate(seed=5, listings=4, copies=copies)) as running:
        yield running


@pytest.fixture
def providers() -> Iterator[FakeProviders]:
    with FakeProviders() as running:
        running.spotify.lacks = lambda _text: False
        yield running


@pytest.fixture
def settings(settings: Settings, fake: FakeDiscogs, providers: FakeProviders) -> Settings:
    import config

    given = config.load(providers.settings, instance_path=settings.instance_path)
    names = [name.lower() for name in providers.settings]
    return settings.replace(
        discogs_api_url=fake.url,
        discogs_token=Secret(fake.token),
        discogs_seller_username=fake.world.seller.username,
        discogs_collection_username=fake.world.seller.username,
        **{name: getattr(given, name) for name in names},
    )


@pytest.fixture
def mirror(app: Flask, fake: FakeDiscogs, providers: FakeProviders, clock: FakeClock) -> Iterator[EnrichedMirror]:
    with app.app_context():
        yield EnrichedMirror(fake, providers, clock)


@pytest.fixture
def mirrored(mirror: EnrichedMirror) -> EnrichedMirror:
    """The mirror after the first sync of its collection."""
    mirror.sync()
    return mirror


def change_settings(**changes: Any) -> None:
    """Other settings from now on."""
    wiring().settings = wiring().settings.replace(**changes)
