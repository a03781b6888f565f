"""A run ends, whatever Discogs does."""

from __future__ import annotations

import pytest

from app.extensions import wiring
from app.services.run_control import deadline_s
from app.services.sync_control import request_cancel
from config import Settings
from tests.sync.conftest import Mirror
from tests.sync.memory_shop import MemoryShop

MINUTE = 60.0


class SlowShop(MemoryShop):
    """Takes its time over every answer."""

    def __init__(self, size: int, minutes_an_answer: float) -> None:
        super().__init__(size)
        self.elapsed_s = 0.0
        self.minutes_an_answer = minutes_an_answer
        self.between = self.dawdle

    def dawdle(self, _asked: str) -> None:
        self.elapsed_s += self.minutes_an_answer * MINUTE


@pytest.fixture
def shop() -> SlowShop:
    return SlowShop(250, 15)


@pytest.fixture(autouse=True)
def watch(mirror: Mirror, shop: SlowShop) -> None:
    wiring().monotonic = lambda: shop.elapsed_s


def test_a_run_that_takes_too_long_fails_and_changes_nothing(mirror: Mirror, shop: SlowShop) -> None:
    done = mirror.sync()
    assert (done["outcome"], done["reason"]) == ("failed", "net.deadline")
    assert "longer than a run may" in str(done["detail"])
    assert mirror.live() == set()
    shop.minutes_an_answer = 0
    assert mirror.sync()["outcome"] == "applied"


def test_questions_about_the_missing_count_too(mirror: Mirror, shop: SlowShop) -> None:
    shop.minutes_an_answer = 0
    mirror.sync()
    for number in list(shop.rows)[:20]:
        shop.remove(number)
    shop.minutes_an_answer = 4
    assert mirror.sync()["reason"] == "net.deadline"
    assert len(mirror.live()) == 250


def test_a_person_who_cancels_is_named_though_it_took_too_long(mirror: Mirror, shop: SlowShop) -> None:
    def cancel(asked: str) -> None:
        shop.dawdle(asked)
        if shop.elapsed_s > 45 * MINUTE:
            request_cancel()

    shop.between = cancel
    done = mirror.sync()
    assert (done["outcome"], done["reason"]) == ("cancelled", "cancelled.user")


class TestLargeShop:
    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.replace(discogs_rate_limit=1)

    @pytest.fixture
    def shop(self) -> SlowShop:
        return SlowShop(2000, 2.7)

    def test_it_has_the_time_it_needs(self, mirror: Mirror, shop: SlowShop) -> None:
        assert mirror.sync()["outcome"] == "applied"
        assert shop.elapsed_s > 45 * MINUTE


@pytest.mark.parametrize(("pages", "per_minute", "minutes"), [(0, 55, 45), (6, 55, 45), (2000, 50, 120), (100, 1, 300)])
def test_the_time_a_run_may_take(pages: int, per_minute: int, minutes: int) -> None:
    assert deadline_s(pages, per_minute) == minutes * MINUTE
