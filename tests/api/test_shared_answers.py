"""Answers that one process of a server gives and another gives again."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.api.recent_answers import RecentAnswers
from app.ops.shared_answers import SharedAnswers
from app.services.state_watch import watch_of
from tests.builders import MirrorBuilder


@pytest.fixture
def shared() -> SharedAnswers:
    return SharedAnswers(1024 * 1024, slots=64)


class Worker:
    """One process of a server, as far as answers go; counts what it had to ask the application."""

    def __init__(self, app: Flask, shared: SharedAnswers, about: str = "") -> None:
        self.asked = 0
        inner: Callable[..., Any] = app.wsgi_app.application.application.application  # type: ignore[attr-defined]

        def count(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
            self.asked += 1
            return inner(environ, start_response)

        self._front = RecentAnswers(count, lambda: watch_of(app), shared, about)
        self._app = app

    def get(self, path: str, **headers: str) -> Any:
        front: Any = self._app.wsgi_app.application  # type: ignore[attr-defined]
        before, front.application = front.application, self._front
        try:
            client: FlaskClient = self._app.test_client()
            return client.get(path, headers={"X-Request-ID": "one", **headers})
        finally:
            front.application = before


@pytest.fixture
def workers(app: Flask, shared: SharedAnswers) -> tuple[Worker, Worker]:
    return Worker(app, shared), Worker(app, shared)


def test_what_one_worker_said_another_says_again(workers: tuple[Worker, Worker], mirror: MirrorBuilder) -> None:
    one, other = workers
    mirror.listings(3, artist="Björk")
    path = "/api/search?q=bjork&limit=2"
    said, again = one.get(path), other.get(path)
    assert (again.status_code, again.data, dict(again.headers)) == (said.status_code, said.data, dict(said.headers))
    assert len(again.get_json()) == 2
    assert other.get(path, **{"If-None-Match": said.headers["ETag"]}).status_code == 304
    assert (one.asked, other.asked) == (1, 0)


def test_a_short_answer_is_shared_as_it_is(workers: tuple[Worker, Worker], mirror: MirrorBuilder) -> None:
    one, other = workers
    mirror.listing()
    path = "/api/search?q=nothing+like+this&limit=2"
    assert one.get(path).data == other.get(path).data == b"[]"
    assert (one.asked, other.asked) == (1, 0)


def test_no_worker_says_what_held_before_a_change(workers: tuple[Worker, Worker], mirror: MirrorBuilder) -> None:
    one, other = workers
    for number in (1, 2):
        mirror.listing()
        for worker in (one, other):
            assert len(worker.get("/api/search?limit=5").get_json()) == number
    assert (one.asked, other.asked) == (2, 0)


def test_a_worker_of_another_making_asks_for_itself(app: Flask, shared: SharedAnswers, mirror: MirrorBuilder) -> None:
    old, new = Worker(app, shared, "release 1"), Worker(app, shared, "release 2")
    mirror.listing()
    for worker in (old, new):
        assert len(worker.get("/api/search?limit=5").get_json()) == 1
    assert (old.asked, new.asked) == (1, 1)


def test_that_it_is_unchanged_is_no_answer_for_others(workers: tuple[Worker, Worker], mirror: MirrorBuilder) -> None:
    one, other = workers
    mirror.listing()
    tag = one.get("/api/search?limit=5").headers["ETag"]
    mirror.listing()
    fresh = other.get("/api/search?limit=5", **{"If-None-Match": tag})
    assert len(fresh.get_json()) == 2
    known = {"If-None-Match": fresh.headers["ETag"]}
    assert one.get("/api/search?limit=5", **known).status_code == 304
    assert len(one.get("/api/search?limit=5").get_json()) == 2


def test_the_oldest_are_written_over_and_none_is_mistaken_for_another() -> None:
    shared = SharedAnswers(1000, slots=64)
    for number in range(200):
        shared.put(b"q%d" % number, b"%d " % number * 9)
    found = {number: told for number in range(200) if (told := shared.get(b"q%d" % number)) is not None}
    assert 199 in found
    assert 0 not in found
    assert all(told == b"%d " % number * 9 for number, told in found.items())


def test_what_is_half_written_is_no_answer() -> None:
    shared = SharedAnswers(1000, slots=64)
    shared.put(b"q", b"the whole answer")
    at = shared._memory.find(b"whole")
    shared._memory[at : at + 5] = b"halfx"
    assert shared.get(b"q") is None
    shared.put(b"q", b"the whole answer")
    assert shared.get(b"q") == b"the whole answer"


def test_one_answer_does_not_take_the_place_of_all_others() -> None:
    shared = SharedAnswers(1000, slots=64)
    shared.put(b"small", b"s")
    shared.put(b"large", b"l" * 900)
    assert shared.get(b"large") is None
    assert shared.get(b"small") == b"s"


def test_processes_share_them() -> None:
    shared = SharedAnswers(1000, slots=64)
    child = os.fork()
    if child == 0:
        shared.put(b"q", b"said by the child")
        os._exit(0)
    os.waitpid(child, 0)
    assert shared.get(b"q") == b"said by the child"
