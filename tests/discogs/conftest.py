"""A client with a clock that only waiting moves, for tests that must not wait themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from app.discogs.client import DiscogsClient
from app.discogs.throttle import OwnPace, Throttle
from app.wire.exchange import Timeouts
from config import Secret

CANARY = "cAnArYtOkEn0123456789"
API = "https://api.discogs.com"


class FakeTime:
    """Time that passes by being waited for. `waits` remembers each."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.waits: list[float] = []
        self.told: list[tuple[float, str]] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds

    def on_wait(self, seconds: float, why: str) -> None:
        self.told.append((seconds, why))


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


MakeClient = Callable[..., DiscogsClient]


@pytest.fixture
def make_client(time: FakeTime) -> MakeClient:
    """Clients with a token, whose random numbers are all one half."""

    def make(url: str = API, **changes: Any) -> DiscogsClient:
        arguments: dict[str, Any] = {
            "api_url": url,
            "token": Secret(CANARY),
            "user_agent": "Waxmirror-Test/1.0 +https://example.org",
            "throttle": Throttle(100_000, keeper=OwnPace(time)),
            "timeouts": Timeouts(connect=2.0, read=2.0, total=5.0),
            "clock": time,
            "sleep": time.sleep,
            "on_wait": time.on_wait,
            "random": lambda: 0.5,
        }
        return DiscogsClient(**{**arguments, **changes})

    return make
