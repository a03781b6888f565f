"""Bodies and questions that are too much of something: refused, and never the server's failure."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.builders import MirrorBuilder
from tests.conftest import ADMIN
from tests.doors.conftest import SAFE, ways_into

FORM, JSON, PARTS = "application/x-www-form-urlencoded", "application/json", "multipart/form-data; boundary=x"
PART = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n'
BODIES: dict[str, tuple[str, bytes]] = {
    "more than a megabyte of JSON": (JSON, b'"' + b"a" * 1_048_576 + b'"'),
    "more than a megabyte of a form": (FORM, b"a=" + b"a" * 1_048_576),
    "ten thousand fields": (FORM, b"&".join(b"f%d=1" % each for each in range(10_000))),
    "one field ten thousand times": (FORM, b"next=/&" * 10_000),
    "two thousand parts": (PARTS, PART * 2000 + b"--x--\r\n"),
    "a part without an end": (PARTS, PART),
    "another encoding": ("application/json; charset=utf-16", '{"force_full": true}'.encode("utf-16")),
    "an encoding that is none": ("application/json; charset=nonsense", b"{}"),
    "a form in another encoding": (f"{FORM}; charset=utf-7", b"admin_token=+ADw-"),
    "half a character": (FORM, b"admin_token=%ff%fe&next=%e2%28%a1"),
    "no type": ("", b"{}"),
    "a type that is none": ("/;=", b"{}"),
    "XML": ("application/xml", b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'),
}
QUESTIONS = {
    "ten thousand parameters": "&".join(f"p{each}=1" for each in range(10_000)),
    "one parameter ten thousand times": "q=x&" * 10_000,
    "a long word": f"q={'a' * 100_000}",
    "ten thousand words": f"q={'a+' * 10_000}",
    "a page beyond numbers": f"page={'9' * 5000}",
    "half a character": "q=%ff%fe%e2%28",
    "NUL": "q=%00&artist=%00",
}


@pytest.fixture
def as_in_production(app: Flask) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False


@pytest.mark.usefixtures("as_in_production")
@pytest.mark.parametrize("headers", [{}, {"Authorization": f"Bearer {ADMIN}"}], ids=["stranger", "admin"])
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_no_body_is_too_much(
    app: Flask,
    client: FlaskClient,
    mirror: MirrorBuilder,
    body: tuple[str, bytes],
    headers: dict[str, str],
) -> None:
    kind, content = body
    for way in ways_into(app):
        if way.method not in SAFE:
            told = {**headers, "Sec-Fetch-Site": "same-origin", "Content-Type": kind}
            answer = client.open(way.path, method=way.method, data=content, headers=told)
            assert answer.status_code < 500 or answer.status_code == 503, (way, answer.status_code, answer.text[:200])
            if not headers:
                assert answer.status_code >= 400, way


@pytest.mark.usefixtures("as_in_production")
@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
def test_no_question_is_too_much(
    app: Flask,
    client: FlaskClient,
    mirror: MirrorBuilder,
    question: str,
    stored: Callable[[], str],
) -> None:
    mirror.listing()
    before = stored()
    for way in ways_into(app):
        if way.method == "GET" and not way.endpoint.startswith("login."):
            answer = client.get(f"{way.path}?{question}")
            answer.close()
            assert answer.status_code < 500 or way.endpoint == "health.health", way  # the data is late
    assert stored() == before
