"""The headers that every answer has, of whatever kind it is and whoever gives it."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.api.access import PUBLIC
from config import Settings
from tests.builders import MirrorBuilder
from tests.doors.conftest import SAFE, Way
from tests.web.pages import BROWSER

SAID_ONCE = (
    "X-Content-Type-Options",
    "Content-Security-Policy",
    "Referrer-Policy",
    "Permissions-Policy",
    "Cross-Origin-Opener-Policy",
    "Cross-Origin-Resource-Policy",
    "Cache-Control",
)


def assert_guarded(answer: TestResponse, about: object) -> None:
    answer.close()
    for name in SAID_ONCE:
        assert len(answer.headers.getlist(name)) == 1, (about, name)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "frame-ancestors 'none'" in policy
    assert "base-uri 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "Strict-Transport-Security" not in answer.headers
    assert not {"Server", "X-Powered-By", "Via"} & {name.title() for name, _ in answer.headers}


@pytest.mark.parametrize("who", ["client", "insider"])
@pytest.mark.parametrize("accept", [{}, BROWSER], ids=["program", "browser"])
def test_every_answer_of_every_route_has_them(
    ways: list[Way], request: pytest.FixtureRequest, who: str, accept: dict[str, str]
) -> None:
    visitor: FlaskClient = request.getfixturevalue(who)
    for way in ways:
        if who == "client" or way.method in SAFE:
            answer = visitor.open(way.path, method=way.method, headers=accept)
            assert_guarded(answer, (way, answer.status_code))
            if way.endpoint not in PUBLIC:
                assert answer.headers["Cache-Control"] == "no-store", way
                assert answer.headers["X-Robots-Tag"] == "noindex", way
                assert "Access-Control-Allow-Origin" not in answer.headers, way


def test_answers_that_no_route_gives_have_them(client: FlaskClient, mirror: MirrorBuilder) -> None:
    answers = [
        (client.get("/nowhere"), 404),
        (client.put("/api/data"), 405),
        (client.get("/api/search?page=x"), 400),
        (client.get("/api/data", headers={"Host": "not a name"}), 400),
        (client.get("/healthz/"), 200),
    ]
    for answer, status in answers:
        assert answer.status_code == status
        assert_guarded(answer, status)


@pytest.mark.parametrize("path", ["/", "/api/data", "/api/search?limit=1", "/api/stats", "/feeds/new.atom", "/docs"])
def test_not_modified_has_them_too(client: FlaskClient, mirror: MirrorBuilder, path: str) -> None:
    mirror.listing()
    first = client.get(path)
    for _ in range(2):  # the second from memory
        answer = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
        assert answer.status_code == 304
        assert_guarded(answer, path)


@pytest.mark.parametrize("place", ["app.web.pages.shop_text", "app.web.frame.render_template"])
def test_failures_have_them(
    app: Flask, client: FlaskClient, mirror: MirrorBuilder, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError

    app.config["PROPAGATE_EXCEPTIONS"] = False
    monkeypatch.setattr(place, fail)
    answer = client.get("/", headers=BROWSER)
    assert answer.status_code == 500
    assert_guarded(answer, place)
    assert answer.headers["Cache-Control"] == "no-store"


def test_other_sites_may_load_what_is_for_all(client: FlaskClient, mirror: MirrorBuilder) -> None:
    assert client.get("/api/data").headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    for path in ("/", "/api/sync/status", "/health", "/account"):
        assert client.get(path).headers["Cross-Origin-Resource-Policy"] == "same-origin"


class TestHttps:
    def test_who_came_by_https_shall_come_so_again(self, client: FlaskClient, mirror: MirrorBuilder) -> None:
        for path in ("/", "/api/data", "/nowhere", "/api/sync/status"):
            answer = client.get(path, base_url="https://localhost")
            assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"

    class TestBehindAProxy:
        @pytest.fixture
        def settings(self, settings: Settings) -> Settings:
            return settings.replace(public_url="https://records.example.com")

        def test_the_public_address_says_so(self, client: FlaskClient, mirror: MirrorBuilder) -> None:
            assert "Strict-Transport-Security" in client.get("/").headers


def test_texts_say_their_encoding(client: FlaskClient, ways: list[Way]) -> None:
    for way in ways:
        if way.method == "GET":
            answer = client.get(way.path, headers=BROWSER)
            if answer.mimetype.startswith("text/"):
                assert answer.headers["Content-Type"].lower().endswith("charset=utf-8"), way
