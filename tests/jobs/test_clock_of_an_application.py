"""The clock of a real application that mirrors the fake Discogs, in this process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.extensions import db, wiring
from app.jobs.clock import ClockService
from app.models import Run
from app.services.release_cache import ReleaseCache
from app.services.sync_control import request_sync
from config import Secret, Settings
from scripts.fake_discogs import FakeDiscogs, Request, World
from tests.jobs.waiting import until


@pytest.fixture
def fake() -> Iterator[FakeDiscogs]:
    with FakeDiscogs(World.generate(seed=7, listings=230, copies=1)) as fake:
        yield fake


@pytest.fixture
def settings(base_settings: Settings, database_url: str, fake: FakeDiscogs) -> Settings:
    return base_settings.replace(
        database_url=database_url,
        discogs_api_url=fake.url,
        discogs_token=Secret(fake.token),
        discogs_seller_username=fake.world.seller.username,
    )


@pytest.fixture
def service(app: Flask) -> Iterator[ClockService]:
    with app.app_context():
        service = wiring().clock_service
    assert service is not None
    yield service
    service.stop()


@pytest.fixture
def runs(app: Flask) -> Callable[[], list[Any]]:
    def read() -> list[Any]:
        with app.app_context(), db.engine.connect() as connection:
            return list(connection.execute(select(Run.trigger, Run.state, Run.outcome, Run.reason).order_by(Run.id)))

    return read


def test_it_syncs_at_the_start_and_whenever_it_is_asked(
    app: Flask, service: ClockService, runs: Callable[[], list[Any]]
) -> None:
    service.start()
    until(lambda: runs() and runs()[-1].outcome == "applied", "the start-up sync")
    with app.app_context():
        request_sync(trigger="api")
    until(lambda: [run.outcome for run in runs()] == ["applied", "applied"], "the sync asked for")
    assert [run.trigger for run in runs()] == ["startup", "api"]


def test_a_run_that_hears_nothing_is_given_up_and_what_it_does_later_changes_nothing(
    app: Flask,
    service: ClockService,
    runs: Callable[[], list[Any]],
    fake: FakeDiscogs,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("app.jobs.shift.GIVE_UP_AFTER_S", 0.05)
    monkeypatch.setattr("app.jobs.stop.Stop.is_set", lambda _self: False)  # as if stuck where nothing can reach it
    monkeypatch.setattr("app.jobs.stop.Stop.wait", lambda _self, _seconds: False)
    reached, go_on = threading.Event(), threading.Event()

    def hold(_number: int, request: Request) -> None:
        if request.path.endswith("/inventory"):
            reached.set()
            go_on.wait(30)

    fake.before_request(hold)
    service.start()
    assert reached.wait(60)
    service.stop()
    assert [(run.outcome, run.reason) for run in runs()] == [("cancelled", "cancelled.shutdown")]
    monkeypatch.undo()
    go_on.set()
    until(lambda: not any(thread.name == "waxmirror-queue" for thread in threading.enumerate()), "the thread ends")
    assert [(run.outcome, run.reason) for run in runs()] == [("cancelled", "cancelled.shutdown")]


def releases(fake: FakeDiscogs) -> list[str]:
    return [path for path in fake.audit.paths() if path.startswith("/releases/")]


def test_the_releases_are_read_after_the_sync_and_once(service: ClockService, app: Flask, fake: FakeDiscogs) -> None:
    wanted = {f"/releases/{listing.release.id}" for listing in fake.world.listings.values()}
    service.start()
    until(lambda: len(releases(fake)) >= len(wanted), "all releases read")
    until(lambda: total(app) == len(wanted), "all releases kept")
    assert sorted(releases(fake)) == sorted(wanted)


def test_what_a_stop_cut_short_is_taken_up_again(app: Flask, service: ClockService, fake: FakeDiscogs) -> None:
    wanted = {f"/releases/{listing.release.id}" for listing in fake.world.listings.values()}
    reached = threading.Event()
    fake.before_request(lambda _n, _request: reached.set() if len(releases(fake)) >= 60 else None)
    service.start()
    assert reached.wait(60)
    service.stop()
    kept = total(app)
    assert 50 <= kept <= len(wanted)
    assert len(releases(fake)) == kept
    service.start()
    until(lambda: total(app) == len(wanted), "all releases kept")
    assert len(releases(fake)) == len(wanted)


def test_nobody_reads_releases_when_that_is_switched_off(
    app: Flask, service: ClockService, fake: FakeDiscogs, runs: Callable[[], list[Any]]
) -> None:
    with app.app_context():
        wiring().settings = wiring().settings.replace(enable_release_cache=False)
    service.start()
    until(lambda: runs() and runs()[-1].outcome == "applied", "the start-up sync")
    until(service.queue.is_empty, "nothing queued")
    service.stop()
    assert releases(fake) == []


def total(app: Flask) -> int:
    with app.app_context():
        return ReleaseCache().statistics().total
