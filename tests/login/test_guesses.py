"""Wrong admin tokens: ten in a quarter of an hour are looked at, however many come and wherever from."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app import create_app
from app.api import access
from app.errors import TooManyGuesses
from app.extensions import db, wiring
from app.models import AdminGuess
from app.services.admin_guesses import MOST, AdminGuesses
from app.services.guesses import Guesser
from config import Settings
from tests.conftest import ADMIN, FakeClock, dispose
from tests.login.conftest import SAME_ORIGIN
from tests.web.pages import BROWSER

SOMEWHERE = "203.0.113.7"


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tokens that were compared with ours."""
    seen: list[str] = []
    compare = access.is_admin_token

    def look(told: str) -> bool:
        seen.append(told)
        return compare(told)

    monkeypatch.setattr(access, "is_admin_token", look)
    return seen


def guess(client: FlaskClient, token: str, address: str = SOMEWHERE) -> int:
    from_there = {"REMOTE_ADDR": address}
    return client.post("/admin", data={"admin_token": token}, headers=SAME_ORIGIN, environ_base=from_there).status_code


def test_of_two_thousand_guesses_ten_are_looked_at(client: FlaskClient, looked_at: list[str]) -> None:
    statuses = [guess(client, f"guess-{number}") for number in range(40)]
    assert statuses == [401] * MOST + [429] * (40 - MOST)
    with client.application.app_context():
        for _ in range(1960):
            try_one(AdminGuesses.here(), lambda: looked_at.append("guess"))
    assert len(looked_at) == MOST


def test_the_address_makes_no_difference(client: FlaskClient, looked_at: list[str]) -> None:
    statuses = [guess(client, "guess", f"198.51.100.{number}") for number in range(40)]
    assert (statuses.count(401), len(looked_at)) == (MOST, MOST)


def test_the_right_one_is_not_looked_at_either_until_it_is_time(client: FlaskClient, clock: FakeClock) -> None:
    for _ in range(MOST):
        guess(client, "guess")
    form = {"admin_token": ADMIN}
    clock.advance(minutes=5)
    shut = client.post("/admin", data=form, headers=SAME_ORIGIN | BROWSER)
    assert (shut.status_code, shut.headers["Retry-After"]) == (429, "600")
    assert "for the next 10 minutes" in shut.text
    assert "Set-Cookie" not in shut.headers
    clock.advance(minutes=10)
    assert client.post("/admin", data=form, headers=SAME_ORIGIN).status_code == 303


def test_who_is_inside_stays_inside(client: FlaskClient, app: Flask, admin: dict[str, str]) -> None:
    assert guess(client, ADMIN) == 303
    stranger = app.test_client()
    for _ in range(MOST + 1):
        guess(stranger, "guess")
    assert client.get("/api/sync/status").status_code == 200
    assert stranger.get("/api/sync/status", headers=admin).status_code == 200


def test_right_ones_and_empty_ones_do_not_count(app: Flask, client: FlaskClient) -> None:
    for _ in range(2 * MOST):
        assert guess(client, ADMIN) == 303
        assert guess(client, " ") == 401
    assert guess(client, "guess", "198.51.100.9") == 401
    with app.app_context(), db.engine.connect() as connection:
        kept = connection.execute(select(AdminGuess.whose, AdminGuess.tries).where(AdminGuess.tries > 0)).all()
    assert [tries for _, tries in kept] == [1, 1]
    assert "198.51" not in str(kept)


def test_the_other_form_counts_too(client: FlaskClient, looked_at: list[str]) -> None:
    for _ in range(MOST):
        client.post("/setup", data={"admin_token": "guess"}, headers=SAME_ORIGIN)
    assert client.post("/setup", data={"admin_token": ADMIN}, headers=SAME_ORIGIN).status_code == 429
    assert guess(client, ADMIN) == 429
    assert len(looked_at) == MOST


def test_of_many_at_once_in_two_processes_no_more_are_looked_at(app: Flask, settings: Settings) -> None:
    other = create_app(settings, start_clock=False)
    looked_at: list[int] = []
    gate = threading.Barrier(8)

    def guesses(application: Flask, number: int) -> None:
        with application.app_context():
            wiring().clock = FakeClock()
            gate.wait(10)
            for _ in range(4):
                try_one(AdminGuesses.here(), lambda: looked_at.append(number))

    threads = [threading.Thread(target=guesses, args=((app, other)[number % 2], number)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    dispose(other)
    assert len(looked_at) == MOST


def try_one(door: AdminGuesses, look: Callable[[], None]) -> None:
    def is_right() -> bool:
        look()
        return False

    try:
        door.judge(Guesser.of(SOMEWHERE), is_right)
    except TooManyGuesses:
        return
