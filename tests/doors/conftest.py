"""Every way in that the URL map knows, a browser in which everybody is logged in, a digest of all that is stored."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, inspect

from app.models.base import Base
from app.services.web_sessions import WebSessions
from app.web.cookies import SESSION
from config import Settings
from tests.api.conftest import counted, mirror
from tests.builders import MirrorBuilder
from tests.conftest import ADMIN
from tests.outbound.conftest import receiver

__all__ = ["counted", "mirror", "receiver"]
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# Who asks there is on the way to Discogs and back, or has come to wait: not a question, and tested where it stands.
WRITING_GETS = frozenset({"login.log_in", "login.come_back"})


@dataclass(frozen=True, slots=True)
class Way:
    """One route with one method, and a path that leads there."""

    endpoint: str
    method: str
    path: str


def ways_into(app: Flask) -> list[Way]:
    """Every route with every method, and a 1 for every variable part."""
    adapter = app.url_map.bind("localhost")
    return [
        Way(rule.endpoint, method, adapter.build(rule.endpoint, dict.fromkeys(rule.arguments, 1), method=method))
        for rule in app.url_map.iter_rules()
        for method in sorted(rule.methods or ())
    ]


@pytest.fixture
def ways(app: Flask, mirror: MirrorBuilder) -> list[Way]:
    """Every way into a filled application."""
    for _ in range(3):
        mirror.listing()
    return ways_into(app)


@pytest.fixture
def insider(app: Flask, mirror: MirrorBuilder) -> FlaskClient:
    """A browser in which the admin is logged in, and the owner of the first account."""
    client = app.test_client()
    answer = client.post("/admin", data={"admin_token": ADMIN}, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 303
    with app.app_context():
        client.set_cookie(SESSION, WebSessions.here().open(1))
    assert client.get("/account").status_code == client.get("/api/sync/runs").status_code == 200
    return client


@pytest.fixture
def stored(settings: Settings) -> Callable[[], str]:
    """A digest of every row of every table."""

    def digest() -> str:
        engine = create_engine(settings.database_url)
        found = hashlib.sha256()
        with engine.connect() as connection:
            for name in sorted({*inspect(engine).get_table_names(), *Base.metadata.tables}):
                rows = connection.exec_driver_sql(f'SELECT * FROM "{name}"').all()
                found.update(repr((name, sorted(map(repr, rows)))).encode())
        engine.dispose()
        return found.hexdigest()

    return digest


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The digests of what was compared with the admin token, in whatever way it came."""
    seen: list[str] = []
    compare = hmac.compare_digest

    def look(told: str, expected: str) -> bool:
        seen.append(told)
        return compare(told, expected)

    monkeypatch.setattr(hmac, "compare_digest", look)
    return seen
