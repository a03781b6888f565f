"""Two thousand guesses over the wire, at the form and in headers by turns: ten are looked at, others not shut out."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.serving import WSGIRequestHandler, make_server

from app.services.guesses import MOST
from tests.builders import MirrorBuilder
from tests.conftest import ADMIN

GUESSES = 2000
FORM = {"Sec-Fetch-Site": "same-origin", "Content-Type": "application/x-www-form-urlencoded"}


class QuietHandler(WSGIRequestHandler):
    """Keeps the line open, and writes no line for each request."""

    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing."""


@pytest.fixture
def port(app: Flask, mirror: MirrorBuilder) -> Iterator[int]:
    """Where the application listens, on every address of this machine's own."""
    server = make_server("0.0.0.0", 0, app, threaded=True, request_handler=QuietHandler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


class Somebody:
    """Who asks from an address of this machine."""

    def __init__(self, port: int, address: str) -> None:
        self.line = HTTPConnection("127.0.0.1", port, timeout=10, source_address=(address, 0))

    def shows(self, token: str, **claims: str) -> int:
        return self._ask("GET", "/api/sync/runs", None, {"Authorization": f"Bearer {token}", **claims})

    def enters(self, token: str, **claims: str) -> int:
        return self._ask("POST", "/admin", urlencode({"admin_token": token}), FORM | claims)

    def _ask(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> int:
        self.line.request(method, path, body, headers)
        answer = self.line.getresponse()
        answer.read()
        return answer.status


def test_of_two_thousand_in_two_ways_ten_are_looked_at(port: int, insider: FlaskClient, looked_at: list[str]) -> None:
    guesser, program = Somebody(port, "127.0.0.2"), Somebody(port, "127.0.0.3")
    del looked_at[:]
    statuses = []
    for number in range(GUESSES):
        claims = {"X-Forwarded-For": f"127.0.0.{number % 250}", "Cookie": f"waxmirror_admin={number}"}
        way = guesser.enters if number % 2 else guesser.shows
        statuses.append(way(f"guess-{number}", **claims))
    assert statuses == [401] * MOST + [429] * (GUESSES - MOST)
    assert guesser.shows(ADMIN) == guesser.enters(ADMIN) == 429
    assert len(looked_at) == MOST
    assert program.shows(ADMIN) == 200
    assert insider.get("/api/sync/runs").status_code == 200


@pytest.mark.parametrize("is_form_first", [True, False])
def test_what_is_spent_at_one_door_is_spent_at_the_other(port: int, looked_at: list[str], is_form_first: bool) -> None:
    guesser = Somebody(port, "127.0.0.2")
    ways = (guesser.enters, guesser.shows) if is_form_first else (guesser.shows, guesser.enters)
    assert [ways[0](f"guess-{number}") for number in range(MOST)] == [401] * MOST
    assert ways[1](ADMIN) == ways[0](ADMIN) == 429
    assert len(looked_at) == MOST


def test_strangers_do_not_keep_out_who_is_known(port: int, looked_at: list[str]) -> None:
    owner = Somebody(port, "127.0.0.3")
    assert owner.enters(ADMIN) == 303
    for number in range(2 * MOST):
        Somebody(port, f"127.0.0.{10 + number}").enters(f"guess-{number}")
    assert len(looked_at) == 1 + MOST
    assert Somebody(port, "127.0.0.4").enters(ADMIN) == 429
    assert owner.enters(ADMIN) == 303
    assert owner.shows(ADMIN) == 200
