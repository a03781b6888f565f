"""A running fake, and people who ask it."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from scripts.fake_discogs import FakeDiscogs, World

AGENT = "FakeDiscogsTests/1.0 +https://example.org"


class Person:
    """Somebody who asks the fake over a connection that is kept open."""

    def __init__(self, fake: FakeDiscogs, token: str | None = None) -> None:
        self.fake = fake
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers["User-Agent"] = AGENT
        if token is not None:
            self.session.headers["Authorization"] = f"Discogs token={token}"

    def get(self, path: str, **query: Any) -> requests.Response:
        return self.session.get(self.fake.url + path, params=query, timeout=20, allow_redirects=False)

    def post(self, path: str) -> requests.Response:
        return self.session.post(self.fake.url + path, timeout=20)

    def send(self, method: str, path: str, json: Any = None, *, raw: bytes | None = None) -> requests.Response:
        """A changing request with a JSON body, or with these very bytes."""
        return self.session.request(method, self.fake.url + path, json=json, data=raw, timeout=20)

    def inventory(self, **query: Any) -> requests.Response:
        return self.get(f"/users/{self.fake.world.seller.username}/inventory", **query)

    def walk(self, **query: Any) -> list[dict[str, Any]]:
        """All rows of the inventory, page by page."""
        rows: list[dict[str, Any]] = []
        number = pages = 1
        while number <= pages:
            answer = self.inventory(page=number, per_page=100, **query).json()
            rows += answer["listings"]
            number, pages = number + 1, answer["pagination"]["pages"]
        return rows


@pytest.fixture
def world() -> World:
    return World.generate(seed=3, listings=230, copies=60)


@pytest.fixture
def fake(world: World) -> Iterator[FakeDiscogs]:
    with FakeDiscogs(world) as running:
        yield running


@pytest.fixture
def person(fake: FakeDiscogs) -> Iterator[Callable[..., Person]]:
    met: list[Person] = []

    def meet(token: str | None = None) -> Person:
        met.append(Person(fake, token))
        return met[-1]

    yield meet
    for one in met:
        one.session.close()


@pytest.fixture
def owner(fake: FakeDiscogs, person: Callable[..., Person]) -> Person:
    return person(fake.token)


@pytest.fixture
def stranger(person: Callable[..., Person]) -> Person:
    """Nobody in particular, without a token."""
    return person()


@pytest.fixture
def other_user(fake: FakeDiscogs, person: Callable[..., Person]) -> Person:
    return person(fake.world.stranger.token)


@pytest.fixture
def wire(fake: FakeDiscogs) -> Callable[[], bytes]:
    """Asks for the first page of the inventory and gives the bytes that came back until the connection ended."""

    def ask() -> bytes:
        with socket.create_connection(
            (fake.url.split("/")[2].split(":")[0], int(fake.url.rsplit(":", 1)[1]))
        ) as connection:
            connection.settimeout(5)
            path = f"/users/{fake.world.seller.username}/inventory"
            head = f"GET {path} HTTP/1.1\r\nHost: fake\r\nUser-Agent: {AGENT}\r\nConnection: close\r\n\r\n"
            connection.sendall(head.encode())
            received = b""
            while chunk := connection.recv(65536):
                received += chunk
            return received

    return ask
