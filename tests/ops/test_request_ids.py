"""Every request has a name: in its answer, in its problems, in each of its log lines."""

from __future__ import annotations

import json
import logging
from io import BytesIO
from typing import Any
from wsgiref.util import FileWrapper

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.extensions import db
from app.ops.logging import JsonFormatter, TextFormatter, job_id, redact, request_id, run_id
from app.ops.request_ids import RequestIds
from tests.builders import MirrorBuilder
from tests.conftest import ADMIN


def test_the_senders_name_comes_back(client: FlaskClient) -> None:
    assert client.get("/healthz", headers={"X-Request-ID": "proxy-17.a:b"}).headers["X-Request-ID"] == "proxy-17.a:b"


@pytest.mark.parametrize("told", ["", "two words", "x" * 65, "-begins-so", "é", "a,b", "<script>"])
def test_what_is_no_name_is_replaced(client: FlaskClient, told: str) -> None:
    answers = [client.get("/healthz", headers={"X-Request-ID": told.encode().decode("latin-1")}) for _ in range(2)]
    names = [answer.headers["X-Request-ID"] for answer in answers]
    assert told not in names
    assert len(set(names)) == 2
    assert all(len(answer.headers.getlist("X-Request-ID")) == 1 for answer in answers)


def test_a_problem_tells_it(client: FlaskClient) -> None:
    answer = client.get("/api/data/99", headers={"X-Request-ID": "asked-1"})
    assert answer.status_code == 404
    assert answer.get_json()["request_id"] == answer.headers["X-Request-ID"] == "asked-1"


@pytest.fixture
def mirror(app: Flask) -> MirrorBuilder:
    with app.app_context():
        return MirrorBuilder(db.engine)


def test_answers_that_are_kept_have_a_name_of_their_own(client: FlaskClient, mirror: MirrorBuilder) -> None:
    mirror.listings(2)
    names = [client.get("/api/search?limit=2").headers.getlist("X-Request-ID") for _ in range(3)]
    assert len({name for [name] in names}) == 3


def test_what_is_streamed_is_named_to_its_end(app: Flask) -> None:
    seen: list[str | None] = []

    def stream() -> object:
        yield "one"
        seen.append(request_id.get())

    app.add_url_rule("/stream", view_func=lambda: app.response_class(stream()))
    with app.test_client().get(
        "/stream", headers={"X-Request-ID": "long", "Authorization": f"Bearer {ADMIN}"}
    ) as answer:
        assert answer.text == "one"
    assert seen == ["long"]
    assert request_id.get() is None


@pytest.mark.parametrize("can_be_closed", [True, False])
def test_a_file_stays_one_that_the_kernel_can_send(can_be_closed: bool) -> None:
    closed: list[str | None] = []
    file: Any = FileWrapper(BytesIO(b"whole"), 2)
    if can_be_closed:
        file.close = lambda: closed.append(request_id.get())
    named = RequestIds(lambda _environ, _start: file, lambda: "new")
    answer: Any = named({"wsgi.file_wrapper": FileWrapper}, lambda *_told: lambda _data: None)
    assert answer is file
    assert request_id.get() == "new"
    answer.close()
    answer.close()
    assert request_id.get() is None
    assert closed == (["new"] if can_be_closed else [])


def test_a_line_names_what_it_belongs_to() -> None:
    record = logging.getLogger("x").makeRecord("x", logging.INFO, "x", 1, "message", (), None)
    redact("a-secret-canary")
    tokens = run_id.set(7), job_id.set("12"), request_id.set("a-secret-canary")
    try:
        assert TextFormatter().format(record).endswith("message run=7 job=12 request=[hidden]")
        told = json.loads(JsonFormatter().format(record))
        assert (told["run"], told["job"], told["request"]) == (7, "12", "[hidden]")
    finally:
        run_id.reset(tokens[0])
        job_id.reset(tokens[1])
        request_id.reset(tokens[2])
