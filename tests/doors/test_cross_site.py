"""No page of another site changes anything, whatever its browser says of where it comes from."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from tests.doors.conftest import SAFE, Way

EVIL = "https://evil.example"
FROM_ELSEWHERE = {
    "another site": {"Sec-Fetch-Site": "cross-site", "Origin": EVIL},
    "a sibling": {"Sec-Fetch-Site": "same-site", "Origin": "http://blog.localhost"},
    "nobody's page": {"Sec-Fetch-Site": "none"},
    "another site that claims our origin": {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
    "a shouting browser": {"Sec-Fetch-Site": "SAME-ORIGIN"},
    "a browser with two opinions": {"Sec-Fetch-Site": "same-origin, cross-site"},
    "a browser with an empty opinion": {"Sec-Fetch-Site": "", "Origin": "http://localhost"},
    "a sandbox": {"Origin": "null"},
    "an old browser that says nothing": {},
    "an old browser on another site": {"Origin": EVIL},
    "another port": {"Origin": "http://localhost:8080"},
    "another scheme": {"Origin": "https://localhost"},
    "a name that begins like ours": {"Origin": f"http://localhost.{EVIL.removeprefix('https://')}"},
    "our name as a user's": {"Origin": "http://localhost@evil.example"},
    "half an address": {"Origin": "http://[::1"},
    "two origins": {"Origin": f"http://localhost, {EVIL}"},
    "an address in place of an origin": {"Origin": "http://localhost/"},
    "a referrer alone": {"Referer": "http://localhost/admin"},
}
BODIES = {"application/x-www-form-urlencoded": b"admin_token=x&next=/", "text/plain": b'{"force_full": true}'}


def test_the_list_is_long_enough() -> None:
    assert len(FROM_ELSEWHERE) >= 12


@pytest.mark.parametrize("headers", FROM_ELSEWHERE.values(), ids=FROM_ELSEWHERE)
def test_no_unsafe_route_obeys(
    insider: FlaskClient, ways: list[Way], stored: Callable[[], str], headers: dict[str, str]
) -> None:
    unsafe = [way for way in ways if way.method not in SAFE]
    assert len(unsafe) > 15
    before = stored()
    for way in unsafe:
        for kind, body in BODIES.items():
            answer = insider.open(way.path, method=way.method, data=body, content_type=kind, headers=headers)
            assert answer.status_code == 403, f"{way} {kind} → {answer.status_code}"
            assert "Set-Cookie" not in answer.headers
            assert "Access-Control-Allow-Origin" not in answer.headers
    assert stored() == before


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://localhost"}])
def test_our_own_pages_are_obeyed(insider: FlaskClient, headers: dict[str, str]) -> None:
    assert insider.post("/admin/leave", headers=headers).status_code == 303
    assert insider.get("/api/sync/runs").status_code == 401
