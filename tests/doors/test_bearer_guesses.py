"""Tokens guessed in headers: ten are answered, the owner's programs go on, and nothing is written."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.errors import TooManyGuesses
from app.ops.shared_counts import SharedCounts
from app.services.bearer_guesses import BearerGuesses, is_strong
from app.services.guesses import MOST, WINDOW_S, Guesser, Guesses
from config import Secret, Settings
from tests.builders import MirrorBuilder
from tests.conftest import ADMIN

WEAK = "hunter2"
HOME, ELSEWHERE = "203.0.113.7", "198.51.100.9"
MakeApp = Callable[[Settings], Flask]


def ask(client: FlaskClient, token: str, address: str = HOME, **headers: str) -> int:
    told = {"Authorization": f"Bearer {token}", **headers}
    return client.get("/api/sync/runs", headers=told, environ_base={"REMOTE_ADDR": address}).status_code


def test_of_many_addresses_ten_are_answered_and_the_right_one_is_let_in(
    client: FlaskClient, mirror: MirrorBuilder, stored: Callable[[], str]
) -> None:
    before = stored()
    statuses = []
    for number in range(500):
        claims = {"X-Forwarded-For": f"10.0.0.{number % 250}", "Cookie": f"waxmirror_admin={number}"}
        statuses.append(ask(client, f"guess-{number}", f"198.51.{number // 250}.{number % 250}", **claims))
    assert statuses == [401] * MOST + [429] * (500 - MOST)
    assert ask(client, ADMIN) == ask(client, ADMIN, "198.51.0.1") == 200
    assert stored() == before


def test_none_of_an_address_is_looked_at_after_ten(
    client: FlaskClient, mirror: MirrorBuilder, looked_at: list[str]
) -> None:
    for number in range(MOST):
        ask(client, f"guess-{number}")
    assert ask(client, ADMIN) == ask(client, "another") == 429
    assert len(looked_at) == MOST
    assert ask(client, ADMIN, ELSEWHERE) == 200


def test_who_is_known_has_ten_of_his_own(client: FlaskClient, mirror: MirrorBuilder, looked_at: list[str]) -> None:
    """A proxy that nobody named makes everybody one address, and says of whom it speaks."""
    owner, stranger = {"X-Forwarded-For": "203.0.113.1"}, {"X-Forwarded-For": "203.0.113.1, 198.51.100.9"}
    assert ask(client, ADMIN, **owner) == 200
    for number in range(2 * MOST):
        ask(client, f"guess-{number}", **stranger)
    assert len(looked_at) == 1 + MOST
    assert ask(client, ADMIN, **stranger) == 429
    assert {ask(client, ADMIN, **owner) for _ in range(2 * MOST)} == {200}
    assert [ask(client, f"own-{number}", **owner) for number in range(MOST + 1)] == [429] * (MOST + 1)
    assert len(looked_at) == 1 + MOST + 2 * MOST + MOST, "looked at, and not told that they are wrong"
    assert ask(client, ADMIN, **owner) == 429


def test_the_refusal_says_when_to_come_again(client: FlaskClient, mirror: MirrorBuilder) -> None:
    for number in range(MOST):
        ask(client, f"guess-{number}")
    answer = client.post("/api/sync/start", headers={"Authorization": "Bearer another"})
    assert (answer.status_code, answer.mimetype) == (429, "application/problem+json")
    assert 0 < int(answer.headers["Retry-After"]) <= WINDOW_S


def test_an_old_token_is_one_guess_however_often_it_comes(client: FlaskClient, mirror: MirrorBuilder) -> None:
    assert [ask(client, "the old one") for _ in range(3 * MOST)] == [401] * MOST + [429] * 2 * MOST
    assert ask(client, "another") == 401
    assert ask(client, ADMIN) == 200


def test_what_is_open_stays_open(client: FlaskClient, mirror: MirrorBuilder) -> None:
    for number in range(2 * MOST):
        told = {"Authorization": f"Bearer guess-{number}"}
        assert client.get("/api/data", headers=told).status_code == 200
    assert client.get("/").status_code == 200


class TestWeak:
    """A token that could be guessed."""

    @pytest.fixture
    def settings(self, settings: Settings) -> Settings:
        return settings.replace(admin_token=Secret(WEAK))

    def test_ten_of_all_addresses_are_looked_at(
        self, client: FlaskClient, mirror: MirrorBuilder, looked_at: list[str]
    ) -> None:
        statuses = [ask(client, f"guess-{number}", f"198.51.100.{number}") for number in range(250)]
        assert (statuses.count(401), len(looked_at)) == (MOST, MOST)
        assert ask(client, WEAK, ELSEWHERE) == 429
        assert len(looked_at) == MOST

    def test_programs_that_showed_the_right_one_go_on(self, client: FlaskClient, mirror: MirrorBuilder) -> None:
        assert ask(client, WEAK) == 200
        for number in range(MOST + 1):
            ask(client, f"guess-{number}", ELSEWHERE)
        assert {ask(client, WEAK) for _ in range(2 * MOST)} == {200}
        assert ask(client, WEAK, "198.51.100.77") == 429

    def test_but_not_when_they_guess_themselves(self, client: FlaskClient, mirror: MirrorBuilder) -> None:
        assert ask(client, WEAK) == 200
        statuses = [ask(client, f"guess-{number}") for number in range(MOST + 1)]
        assert statuses == [401] * MOST + [429]
        assert ask(client, WEAK) == 429


def test_the_owner_is_warned_of_a_weak_one(
    settings: Settings, make_app: MakeApp, caplog: pytest.LogCaptureFixture
) -> None:
    make_app(settings)
    assert "can be guessed" not in caplog.text
    make_app(settings.replace(admin_token=Secret(WEAK)))
    assert "ADMIN_TOKEN can be guessed" in caplog.text
    assert WEAK not in caplog.text


def test_after_a_quarter_of_an_hour_it_is_looked_at_again() -> None:
    now = [1000.0]
    door = BearerGuesses(Guesses(SharedCounts(64, monotonic=lambda: now[0])))
    for number in range(MOST):
        assert not door.judge(Guesser.of(HOME), f"guess-{number}", Secret(WEAK))
    with pytest.raises(TooManyGuesses) as refused:
        door.judge(Guesser.of(HOME), WEAK, Secret(WEAK))
    assert refused.value.retry_after == WINDOW_S
    now[0] += WINDOW_S
    assert door.judge(Guesser.of(HOME), WEAK, Secret(WEAK))


def test_what_we_generate_is_strong(settings: Settings) -> None:
    from app.services.web_sessions import new_key

    assert all(is_strong(new_key()) for _ in range(100))
    assert not is_strong("0123456789abcde")
