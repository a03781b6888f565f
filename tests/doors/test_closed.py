"""What is not named public stays closed, however it is spelt, and no question changes anything."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from app.api.access import PUBLIC
from tests.doors.conftest import SAFE, WRITING_GETS, Way

VERBS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "PROPFIND", "X")
SPELLINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "closing slash": lambda path: f"{path}/",
    "two slashes": lambda path: f"{path[:2]}{path[2:].replace('/', '//')}//",
    "capitals": str.upper,
    "this folder": lambda path: f"/%2e{path}",
    "up from an open one": lambda path: f"/api/data/%2e%2e/%2e%2e{path}",
    "up in capitals": lambda path: f"/assets/1/%2E%2E%2F%2E%2E{path}",
    "parameter of a path": lambda path: f"{path};a=b",
    "end of a text": lambda path: f"{path}%00",
    "kind of file": lambda path: f"{path}.json",
    "another method in the question": lambda path: f"{path}?_method=GET",
    "backslash": lambda path: path.replace("/", "\\"),
}
CLAIMS = [
    {},
    {"X-HTTP-Method-Override": "GET", "X-Original-URL": "/", "X-Rewrite-URL": "/"},
    {"X-Forwarded-For": "127.0.0.1", "X-Real-IP": "127.0.0.1", "Forwarded": "for=127.0.0.1"},
]


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
def test_no_closed_route_opens(
    client: FlaskClient, ways: list[Way], stored: Callable[[], str], spelling: Callable[[str], str]
) -> None:
    # What is open for questions is no less closed for anything else.
    changed = {way.path for way in ways if way.method not in SAFE}
    asked = {way.path for way in ways} - {way.path for way in ways if way.endpoint in PUBLIC}
    assert len(asked) > 30
    before = stored()
    for path in asked | changed:
        for verb in VERBS if path in asked else [verb for verb in VERBS if verb not in SAFE]:
            answer = client.open(spelling(path), method=verb, headers={"Sec-Fetch-Site": "same-origin"})
            answer.close()
            if verb == "OPTIONS" and spelling(path).startswith("/assets/"):
                continue  # any name there has these methods
            assert answer.status_code in range(300, 500), f"{verb} {spelling(path)} → {answer.status_code}"
            assert answer.status_code >= 400 or "Location" in answer.headers
    assert stored() == before


@pytest.mark.parametrize("claims", CLAIMS)
def test_claims_open_nothing(client: FlaskClient, ways: list[Way], claims: dict[str, str]) -> None:
    for way in ways:
        if way.endpoint not in PUBLIC:
            headers = {"Sec-Fetch-Site": "same-origin", **claims}
            assert client.open(way.path, method=way.method, headers=headers).status_code == 401, way


@pytest.mark.parametrize("who", ["client", "insider"])
def test_questions_change_nothing(
    ways: list[Way], stored: Callable[[], str], request: pytest.FixtureRequest, who: str
) -> None:
    visitor: FlaskClient = request.getfixturevalue(who)
    before = stored()
    for way in ways:
        if way.method in SAFE and way.endpoint not in WRITING_GETS:
            answer = visitor.open(way.path, method=way.method)
            answer.close()
            assert answer.status_code < 500 or way.endpoint == "health.health", way  # the data may be late
    assert stored() == before
