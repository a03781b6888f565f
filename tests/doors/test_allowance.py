"""So many requests a minute for each address, and what they cost."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.ops.shared_counts import SharedCounts
from config import Settings
from tests.builders import MirrorBuilder
from tests.conftest import ADMIN
from tests.web.pages import BROWSER

MOST = 5
MakeApp = Callable[[Settings], Flask]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.replace(api_rate_limit=MOST)


def ask(client: FlaskClient, path: str, address: str = "127.0.0.1", **headers: str) -> int:
    answer = client.get(path, headers=headers, environ_base={"REMOTE_ADDR": address})
    return answer.status_code


def test_who_asks_too_often_is_told_to_wait(client: FlaskClient, mirror: MirrorBuilder) -> None:
    assert [ask(client, "/api/data") for _ in range(MOST + 2)] == [200] * MOST + [429] * 2
    answer = client.get("/api/search?q=x")
    assert (answer.status_code, answer.mimetype) == (429, "application/problem+json")
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    page = client.get("/", headers=BROWSER)
    assert (page.status_code, page.mimetype) == (429, "text/html")
    assert "Not so fast" in page.text
    assert client.post("/api/sync/start").status_code == 429


def test_others_are_not_disturbed(client: FlaskClient, mirror: MirrorBuilder) -> None:
    for _ in range(MOST + 1):
        ask(client, "/api/data", "2001:db8::1")
    assert ask(client, "/api/data", "2001:db8::2:1") == 429, "the same house"
    assert ask(client, "/api/data", "2001:db8:0:1::1") == 200
    assert ask(client, "/api/data", "203.0.113.7") == 200


def test_claims_of_another_address_do_not_help(client: FlaskClient, mirror: MirrorBuilder) -> None:
    statuses = [ask(client, "/api/data", **{"X-Forwarded-For": f"203.0.113.{each}"}) for each in range(MOST + 1)]
    assert statuses[-1] == 429


def test_files_and_what_is_known_are_free(client: FlaskClient, mirror: MirrorBuilder) -> None:
    tag = client.get("/api/data").headers["ETag"]
    assert {ask(client, "/api/data", **{"If-None-Match": tag}) for _ in range(3 * MOST)} == {304}
    assert {ask(client, path) for path in ("/assets/0/frame.css", "/healthz") for _ in range(MOST)} == {200}
    assert [ask(client, "/api/data") for _ in range(MOST)] == [200] * (MOST - 1) + [429]


def test_what_only_looks_like_a_file_is_not_free(client: FlaskClient, mirror: MirrorBuilder) -> None:
    paths = ["/assets/0/nothing.css", "/assets/", "/healthz-anything", "/healthz/more", "/assets/frame.css"]
    assert [ask(client, path) for path in paths] == [404] * MOST
    assert {ask(client, path) for path in paths} == {429}
    assert ask(client, "/assets/0/frame.css") == ask(client, "/healthz") == ask(client, "/healthz/") == 200


def test_the_admin_is_free(client: FlaskClient, mirror: MirrorBuilder) -> None:
    entered = client.post("/admin", data={"admin_token": ADMIN}, headers={"Sec-Fetch-Site": "same-origin"})
    assert entered.status_code == 303
    assert {ask(client, "/api/sync/runs") for _ in range(2 * MOST)} == {200}
    other = client.application.test_client()
    assert ask(other, "/api/data") == 429
    assert ask(other, "/api/data", Authorization=f"Bearer {ADMIN}") == 200
    assert ask(other, "/api/data", Authorization="Bearer guess") == 429


def test_a_refusal_asks_the_database_for_nothing(
    client: FlaskClient, mirror: MirrorBuilder, counted: Callable[[], list[str]]
) -> None:
    for _ in range(MOST + 1):
        ask(client, "/nowhere")
    with counted() as statements:  # type: ignore[attr-defined]
        assert client.get("/", headers=BROWSER).status_code == 429
        assert client.get("/api/data").status_code == 429
    assert statements == []


def test_zero_limits_nobody(settings: Settings, make_app: MakeApp) -> None:
    client = make_app(settings.replace(api_rate_limit=0)).test_client()
    assert {ask(client, "/openapi.json", "8.8.8.8") for _ in range(700)} == {200}


def test_unless_told_only_strangers_are_limited(settings: Settings, make_app: MakeApp) -> None:
    client = make_app(settings.replace(api_rate_limit=None)).test_client()
    assert {ask(client, "/openapi.json", "192.168.1.7") for _ in range(700)} == {200}
    statuses = [ask(client, "/openapi.json", "8.8.8.8") for _ in range(601)]
    assert (statuses.count(200), statuses[-1]) == (600, 429)


def test_counts_end_with_their_window() -> None:
    now = [100.0]
    counts = SharedCounts(8, monotonic=lambda: now[0])
    assert [counts.add("a", 1, 60).number for _ in range(3)] == [1, 2, 3]
    now[0] += 59
    found = counts.look("a")
    assert found is not None
    assert (found.number, found.ends_in_s) == (3, 1)
    now[0] += 1
    assert counts.look("a") is None
    assert counts.add("a", -1, 60).number == 0


def test_processes_count_together() -> None:
    import os

    counts = SharedCounts(8)
    counts.add("a", 1, 60)
    child = os.fork()
    if child == 0:
        counts.add("a", 1, 60)
        os._exit(0)
    os.waitpid(child, 0)
    found = counts.look("a")
    assert found is not None
    assert found.number == 2


def test_many_keys_take_no_more_memory() -> None:
    counts = SharedCounts(8)
    for number in range(1000):
        assert counts.add(f"key {number}", 1, 60).number == 1
