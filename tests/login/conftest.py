"""A shop whose visitors log in at a fake Discogs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.extensions import KEY
from app.services.guesses import KEY as GUESSES
from config import Secret, Settings
from scripts.fake_discogs import FakeDiscogs, World
from tests.conftest import FakeClock

SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture(scope="session")
def fake() -> Iterator[FakeDiscogs]:
    with FakeDiscogs(World.generate(seed=3, listings=120, copies=5)) as running:
        yield running


@pytest.fixture
def settings(settings: Settings, fake: FakeDiscogs) -> Settings:
    return settings.replace(
        discogs_api_url=fake.url,
        discogs_web_url=fake.url,
        discogs_consumer_key=Secret(fake.world.consumer_key),
        discogs_consumer_secret=Secret(fake.world.consumer_secret),
    )


@pytest.fixture
def app(app: Flask, clock: FakeClock) -> Flask:
    app.extensions[KEY].clock = clock
    app.extensions[GUESSES].counts.monotonic = lambda: clock().timestamp()
    return app


@dataclass
class Visitor:
    """A browser, and the person in front of it."""

    client: FlaskClient
    fake: FakeDiscogs

    def go(self, next_path: str | None = None) -> str:
        """To Discogs; the address there."""
        answer = self.client.get("/login", query_string={"next": next_path} if next_path else None)
        assert answer.status_code == 302, answer.get_data(as_text=True)
        return answer.headers["Location"]

    def decide(self, address: str, decision: str = "allow", username: str | None = None) -> str:
        """What they choose at Discogs; the address they are sent back to."""
        form = {
            "oauth_token": parse_qs(urlsplit(address).query)["oauth_token"][0],
            "decision": decision,
            "username": username or self.fake.world.seller.username,
        }
        answer = requests.post(f"{self.fake.url}/oauth/authorize", data=form, timeout=5, allow_redirects=False)
        assert answer.status_code == 302
        parts = urlsplit(answer.headers["Location"])
        return f"{parts.path}?{parts.query}"

    def log_in(self, username: str | None = None) -> TestResponse:
        return self.client.get(self.decide(self.go(), username=username))

    def log_out(self, **headers: str) -> TestResponse:
        return self.client.post("/logout", headers=headers or SAME_ORIGIN)


@pytest.fixture
def visitor(app: Flask, fake: FakeDiscogs) -> Visitor:
    return Visitor(app.test_client(), fake)


@pytest.fixture
def other(app: Flask, fake: FakeDiscogs) -> Visitor:
    """Somebody at another browser."""
    return Visitor(app.test_client(), fake)
