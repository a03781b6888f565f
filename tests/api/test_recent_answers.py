"""Answers that are given again without asking the application."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.api import recent_answers
from tests.builders import MirrorBuilder
from tests.conftest import ADMIN

Asked = list[str]


@pytest.fixture
def asked(app: Flask) -> Asked:
    """The paths that reached the application."""
    seen: Asked = []
    front: Any = app.wsgi_app.application.application  # type: ignore[attr-defined]
    inner: Callable[..., Any] = front.application

    def note(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        seen.append(environ["PATH_INFO"])
        return inner(environ, start_response)

    front.application = note
    return seen


def test_the_same_question_is_answered_alike_and_once(client: FlaskClient, mirror: MirrorBuilder, asked: Asked) -> None:
    mirror.listing(artist="Björk")
    first, again = (client.get("/api/search?q=bjork&limit=5", headers={"X-Request-ID": "one"}) for _ in range(2))
    assert asked == ["/api/search"]
    assert again.data == first.data
    assert dict(again.headers) == dict(first.headers)


def test_who_knows_the_answer_is_told_so(client: FlaskClient, mirror: MirrorBuilder, asked: Asked) -> None:
    mirror.listing()
    tag = client.get("/api/search?limit=5").headers["ETag"]
    for known in (tag, f'"other", {tag}', tag.removeprefix("W/")):
        answer = client.get("/api/search?limit=5", headers={"If-None-Match": known})
        assert (answer.status_code, answer.data) == (304, b"")
        assert answer.headers["ETag"] == tag
    assert client.get("/api/search?limit=5", headers={"If-None-Match": '"other"'}).status_code == 200


def test_who_knew_the_answer_before_this_process_is_told_so_without_asking_twice(
    app: Flask, client: FlaskClient, mirror: MirrorBuilder, asked: Asked
) -> None:
    mirror.listing()
    path = "/api/search?limit=5"
    tag = client.get(path, headers={"Authorization": f"Bearer {ADMIN}"}).headers["ETag"]
    del asked[:]
    for _ in range(3):
        assert client.get(path, headers={"If-None-Match": tag}).status_code == 304
    assert len(asked) == 1
    assert len(client.get(path).get_json()) == 1
    assert client.get(path, headers={"If-None-Match": tag}).status_code == 304
    assert len(asked) == 2


def test_a_change_of_the_shop_is_seen_at_once(client: FlaskClient, mirror: MirrorBuilder, asked: Asked) -> None:
    for number in (1, 2, 3):
        mirror.listing()
        for _ in range(2):
            assert len(client.get("/api/search?limit=5").get_json()) == number
    assert len(asked) == 3


@pytest.mark.parametrize(
    "headers",
    [
        {"Accept-Encoding": "gzip"},
        {"Host": "another.example"},
        {"Authorization": f"Bearer {ADMIN}"},
    ],
)
def test_what_an_answer_depends_on_is_part_of_the_question(
    client: FlaskClient, mirror: MirrorBuilder, asked: Asked, headers: dict[str, str]
) -> None:
    mirror.listings(3)
    client.get("/api/search?limit=1")
    client.get("/api/search?limit=1", headers=headers)
    assert len(asked) == 2


@pytest.mark.parametrize(
    "path", ["/api/stats", "/health", "/api/data/17", "/api/search?sort=no", "/export/listings.csv"]
)
def test_other_answers_are_not_kept(client: FlaskClient, mirror: MirrorBuilder, asked: Asked, path: str) -> None:
    mirror.listing()
    client.get(path)
    client.get(path)
    assert len(asked) == 2


def test_what_was_not_asked_for_lately_goes(
    client: FlaskClient, mirror: MirrorBuilder, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror.listing()
    monkeypatch.setattr(recent_answers, "HEADERS_SIZE", recent_answers.MOST_KEPT * 2 // 5)
    for limit in (1, 2, 3, 1):
        client.get(f"/api/search?limit={limit}")
    assert len(asked) == 4


def test_a_database_that_cannot_be_asked_is_the_applications_business(
    app: Flask, client: FlaskClient, mirror: MirrorBuilder, asked: Asked
) -> None:
    mirror.listing()
    client.get("/api/search?limit=1")

    class Broken:
        def token(self) -> None:
            raise TypeError("no row")

    app.wsgi_app.application.application._watch = Broken()  # type: ignore[attr-defined]
    assert client.get("/api/search?limit=1").status_code == 200
    assert len(asked) == 2


@pytest.mark.parametrize("path", ["/healthz", "/robots.txt", "/openapi.json", "/docs", "/assets/0/none.js", "/nowhere"])
def test_what_does_not_tell_of_the_shop_does_not_wait_for_it(app: Flask, client: FlaskClient, path: str) -> None:
    class Hanging:
        def token(self) -> None:
            raise AssertionError("asked the database")

    app.wsgi_app.application.application._watch = Hanging()  # type: ignore[attr-defined]
    assert client.get(path).status_code in {200, 404}
