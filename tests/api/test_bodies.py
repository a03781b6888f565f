"""Bodies nobody sends by accident: each is refused in words, none is a fault of the server."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

HOSTILE = {
    "deep lists": b"[" * 100_000,
    "deep objects": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "a number of 5000 digits": b'{"force_full": ' + b"9" * 5000 + b"}",
    "a number beyond all floats": b'{"force_full": 1e999}',
    "half a pair as a value": b'{"force_full": "\\ud800"}',
    "half a pair as a name": b'{"\\ud800": 1}',
    "not a number": b'{"force_full": NaN}',
    "no UTF-8": b'{"force_full": "\xff"}',
    "UTF-16": '{"force_full": true}'.encode("utf-16"),
    "a list": b"[]",
    "a text": b'"x"',
    "null": b"null",
    "a name with NUL": b'{"\\u0000": 1}',
    "half a text": b'{"force_full',
}


@pytest.fixture
def as_in_production(app: Flask) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_a_start_refuses_it(client: FlaskClient, as_in_production: None, admin: dict[str, str], body: bytes) -> None:
    answer = client.post("/api/sync/start", data=body, content_type="application/json", headers=admin)
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
    assert answer.get_json()["status"] == 400


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_no_changing_route_fails_on_it(
    app: Flask, client: FlaskClient, as_in_production: None, admin: dict[str, str], body: bytes
) -> None:
    for rule in app.url_map.iter_rules():
        if "POST" not in (rule.methods or set()):
            continue
        path = re.sub(r"<[^>]*>", "1", rule.rule)
        answer = client.post(path, data=body, content_type="application/json", headers=admin)
        assert answer.status_code < 500, path


@pytest.mark.parametrize("body", [b"", b"  \n", b"{}", b'{"force_full": false}'])
def test_little_or_nothing_is_enough(
    client: FlaskClient, as_in_production: None, admin: dict[str, str], body: bytes
) -> None:
    answer = client.post("/api/sync/start", data=body, content_type="application/json", headers=admin)
    assert answer.status_code == 409  # nothing is configured to be mirrored
