"""Releases and syncs share one budget: what Discogs allows in a minute, and no more."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from app.services.release_cache import FillEnding
from scripts.fake_discogs import FakeDiscogs, Limits, World
from tests.conftest import FakeClock
from tests.faults.conftest import FastForward
from tests.releases.conftest import Shelf


@pytest.fixture
def fake(time: FastForward) -> Iterator[FakeDiscogs]:
    """Counts by the clock that our waits move, and refuses what is too fast."""
    world = World.generate(seed=3, listings=230, copies=0, for_sale=230)
    with FakeDiscogs(world, Limits(clock=time), clock=time) as running:
        yield running


def test_the_pace_holds_for_releases_and_syncs_together(
    app: Flask, fake: FakeDiscogs, clock: FakeClock, time: FastForward
) -> None:
    with app.app_context():
        shelf = Shelf(fake, clock, time, per_minute=55)
        shelf.sync()
        while (report := shelf.cache.fill()).ending is FillEnding.MORE:
            shelf.sync()
        assert report.ending is FillEnding.DONE
        assert shelf.cache.statistics().total == len(shelf.wanted())
    fake.audit.assert_rate(60)
    assert {record.status for record in fake.audit} == {200}
    assert len(fake.audit) > 200
    assert time() < 1.3 * len(fake.audit) * 60 / 55  # and the budget is used
