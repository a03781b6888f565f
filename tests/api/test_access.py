"""Doors: what is open, what is closed, and what is said at them."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import MethodNotAllowed, NotFound

from app.api.access import PUBLIC, SAFE_METHODS
from tests.builders import MirrorBuilder
from tests.conftest import ADMIN

PROBLEM = "application/problem+json"
SHOP_PATHS = [
    "/api/data",
    "/api/data/1",
    "/api/data/1/history",
    "/api/data/1/release",
    "/api/search",
    "/api/stats",
    "/api/changes",
    "/export/listings.csv",
    "/export/collection.csv",
    "/api/v1/collection/albums",
    "/api/v1/collection/albums/1",
    "/api/v1/collection/artists",
    "/api/v1/collection/folders",
    "/api/v1/collection/facets",
    "/api/v1/collection/stats",
]
CONTROL = [
    ("GET", "/api/sync/status"),
    ("POST", "/api/sync/start"),
    ("POST", "/api/sync/cancel"),
    ("GET", "/api/sync/runs"),
    ("GET", "/api/sync/runs/1"),
    ("POST", "/api/sync/runs/1/confirm"),
    ("POST", "/api/sync/runs/1/dismiss"),
    ("POST", "/api/sync/runs/1/undo"),
]


def routes_of(app: Flask) -> list[tuple[str, str, str]]:
    """(endpoint, method, path) of every route, with a 1 for every variable part."""
    adapter = app.url_map.bind("localhost")
    found = []
    for rule in app.url_map.iter_rules():
        path = adapter.build(rule.endpoint, dict.fromkeys(rule.arguments, 1), method=next(iter(rule.methods or ())))
        found += [(rule.endpoint, method, path) for method in sorted(rule.methods or ())]
    return found


def test_every_route_that_is_not_named_public_is_closed(app: Flask, client: FlaskClient, mirror: MirrorBuilder) -> None:
    routes = routes_of(app)
    assert {endpoint for endpoint, _, _ in routes} >= PUBLIC
    for endpoint, method, path in routes:
        status = client.open(path, method=method, headers={"Sec-Fetch-Site": "same-origin"}).status_code
        is_open = endpoint in PUBLIC and method in SAFE_METHODS
        assert (status != 401) is is_open, f"{method} {path} → {status}"


def test_every_changing_method_needs_the_token(app: Flask, client: FlaskClient, mirror: MirrorBuilder) -> None:
    adapter = app.url_map.bind("localhost")
    for _, _, path in routes_of(app):
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            try:
                adapter.match(path, method=method)
            except (MethodNotAllowed, NotFound):
                assert client.open(path, method=method).status_code in {404, 405}
            else:
                from_here = {"Sec-Fetch-Site": "same-origin"}  # forms of other sites are refused before anybody asks
                assert client.open(path, method=method, headers=from_here).status_code == 401


@pytest.mark.parametrize(("method", "path"), CONTROL)
def test_strangers_are_told_what_is_missing(client: FlaskClient, mirror: MirrorBuilder, method: str, path: str) -> None:
    answer = client.open(path, method=method)
    assert (answer.status_code, answer.content_type) == (401, PROBLEM)
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "credential",
    [
        ADMIN,
        f"Basic {ADMIN}",
        "Bearer",
        "Bearer ",
        f"Bearer {ADMIN}x",
        f"Bearer {ADMIN[:-1]}",
        f"Bearer {ADMIN} {ADMIN}",
        "Bearer \xe9",
        f"Bearer {ADMIN.upper()}",
    ],
)
def test_only_the_very_token_opens(client: FlaskClient, mirror: MirrorBuilder, credential: str) -> None:
    assert client.get("/api/sync/runs", headers={"Authorization": credential}).status_code == 401


def test_the_token_in_an_address_opens_nothing(client: FlaskClient, mirror: MirrorBuilder) -> None:
    assert client.get(f"/api/sync/runs?token={ADMIN}&access_token={ADMIN}").status_code == 401


def test_all_columns_are_for_the_admin(client: FlaskClient, mirror: MirrorBuilder, admin: dict[str, str]) -> None:
    mirror.listing(location="shelf 7")
    assert client.get("/export/listings.csv?private=1").status_code == 401
    answer = client.get("/export/listings.csv?private=1", headers=admin)
    assert "shelf 7" in answer.get_data(as_text=True)
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize("path", SHOP_PATHS)
def test_other_sites_may_read_the_shop(client: FlaskClient, mirror: MirrorBuilder, path: str) -> None:
    answer = client.get(path, headers={"Origin": "https://example.org"})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    asked = client.options(path, headers={"Origin": "https://example.org", "Access-Control-Request-Method": "GET"})
    assert asked.headers["Access-Control-Allow-Origin"] == "*"
    assert "POST" not in asked.headers["Access-Control-Allow-Methods"]


@pytest.mark.parametrize("path", [path for _, path in CONTROL] + ["/api/data"])
@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_other_sites_may_change_nothing(
    client: FlaskClient, mirror: MirrorBuilder, admin: dict[str, str], path: str, method: str
) -> None:
    answer = client.open(path, method=method, headers={"Origin": "https://example.org"} | admin)
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_control_is_not_readable_for_other_sites(
    client: FlaskClient, mirror: MirrorBuilder, admin: dict[str, str]
) -> None:
    answer = client.get("/api/sync/status", headers=admin)
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_no_answer_is_sniffed(client: FlaskClient, mirror: MirrorBuilder, admin: dict[str, str]) -> None:
    for path in [*SHOP_PATHS, "/health", "/healthz", "/nowhere", "/api/sync/status"]:
        assert client.get(path, headers=admin).headers["X-Content-Type-Options"] == "nosniff"
