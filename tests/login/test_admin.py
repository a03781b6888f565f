"""The admin logs in with the token of the shop, in a browser."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.extensions import KEY, db
from app.models import WebSession
from config import Secret
from tests.conftest import ADMIN, FakeClock
from tests.login.conftest import SAME_ORIGIN
from tests.web.pages import BROWSER


def log_in(client: FlaskClient, **form: str) -> int:
    return client.post("/admin", data={"admin_token": ADMIN, **form}, headers=SAME_ORIGIN).status_code


def may_look(client: FlaskClient) -> bool:
    return client.get("/api/sync/status").status_code == 200


def test_the_token_opens_what_is_closed(client: FlaskClient) -> None:
    assert 'name="admin_token"' in client.get("/admin").text
    assert not may_look(client)
    answer = client.post("/admin", data={"admin_token": ADMIN, "next": "/stats?x=1"}, headers=SAME_ORIGIN)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/stats?x=1")
    assert may_look(client)
    assert "Back room" in client.get("/admin").text


@pytest.mark.parametrize("token", ["", "guessed", ADMIN[:-1], f"{ADMIN}x"])
def test_another_text_opens_nothing(client: FlaskClient, token: str) -> None:
    answer = client.post("/admin", data={"admin_token": token}, headers=SAME_ORIGIN | BROWSER)
    assert (answer.status_code, "This is not the admin token" in answer.text) == (401, True)
    assert "Set-Cookie" not in answer.headers
    assert not may_look(client)


@pytest.mark.parametrize("headers", [{}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}])
def test_another_site_can_neither_log_in_nor_use_the_login(client: FlaskClient, headers: dict[str, str]) -> None:
    assert client.post("/admin", data={"admin_token": ADMIN}, headers=headers).status_code == 403
    log_in(client)
    for path in ("/api/sync/start", "/api/sync/cancel", "/admin/leave"):
        assert client.post(path, headers=headers).status_code == 403, path
    assert client.post("/api/sync/cancel", headers=SAME_ORIGIN).status_code == 409, "a page of ours may"
    assert may_look(client)


@pytest.mark.parametrize("asked", ["https://evil.example/", "//evil.example", "javascript:alert(1)", ""])
def test_nobody_is_sent_elsewhere(client: FlaskClient, asked: str) -> None:
    answer = client.post("/admin", data={"admin_token": ADMIN, "next": asked}, headers=SAME_ORIGIN)
    assert answer.headers["Location"] == "/admin"


def test_every_login_makes_a_new_session_and_ends_the_old_of_this_browser(app: Flask, client: FlaskClient) -> None:
    fixed = "x" * 43  # by somebody who hopes that it will be let in
    client.set_cookie("waxmirror_admin", fixed)
    log_in(client)
    first = client.get_cookie("waxmirror_admin")
    assert first is not None
    assert first.value != fixed
    other = app.test_client()
    log_in(other)
    log_in(client)
    assert may_look(client)
    assert may_look(other)
    for old in (fixed, first.value):
        client.set_cookie("waxmirror_admin", old)
        assert not may_look(client)


def test_logging_out_ends_it_at_the_server(client: FlaskClient) -> None:
    log_in(client)
    held = client.get_cookie("waxmirror_admin")
    assert held is not None
    assert client.post("/admin/leave", headers=SAME_ORIGIN).headers["Location"] == "/"
    client.set_cookie("waxmirror_admin", held.value)
    assert not may_look(client)


def test_it_ends_after_twelve_idle_hours_and_with_the_token(app: Flask, client: FlaskClient, clock: FakeClock) -> None:
    log_in(client)
    clock.advance(hours=11)
    assert may_look(client)
    clock.advance(hours=12)
    assert not may_look(client)
    log_in(client)
    wired = app.extensions[KEY]
    wired.settings = wired.settings.replace(admin_token=Secret("another-token"))
    assert not may_look(client)


def test_the_cookie_is_worth_nothing_in_the_database_or_as_another_session(app: Flask, client: FlaskClient) -> None:
    log_in(client)
    held = client.get_cookie("waxmirror_admin")
    assert held is not None
    assert held.http_only
    with app.app_context(), db.engine.connect() as connection:
        assert held.value not in connection.scalars(select(WebSession.digest)).one()
    client.set_cookie("waxmirror_session", held.value)
    assert client.get("/account").status_code == 401


def test_a_closed_page_leads_to_the_door(client: FlaskClient) -> None:
    answer = client.get("/export/listings.csv?private=1", headers=BROWSER)
    assert answer.status_code == 401
    assert 'href="/admin?next=/export/listings.csv?private%3D1"' in answer.text
