"""Addresses of another shop window lead on."""

from __future__ import annotations

from flask.testing import FlaskClient

from tests.builders import MirrorBuilder


def test_one_listing(client: FlaskClient, mirror: MirrorBuilder) -> None:
    number = mirror.listing(title="Tago Mago")
    answer = client.get(f"/api/detail/{number}")
    assert (answer.status_code, answer.headers["Location"]) == (308, f"/api/data/{number}")
    assert answer.headers["Access-Control-Allow-Origin"] == "*", "browsers of other sites may follow"
    assert client.get(f"/api/detail/{number}", follow_redirects=True).get_json()["release_title"] == "Tago Mago"


def test_a_search_keeps_its_words(client: FlaskClient, mirror: MirrorBuilder) -> None:
    mirror.listing(artist="Björk", title="Debut", year=1993)
    mirror.listing(artist="Can")
    for asked in ("q=bj%C3%B6rk&year=1993", "artist=bjork&label="):
        assert client.get(f"/api/filter?{asked}").headers["Location"].startswith("/api/search?")
        found = client.get(f"/api/filter?{asked}", follow_redirects=True).get_json()
        assert [each["release_title"] for each in found] == ["Debut"], asked
    assert len(client.get("/api/filter", follow_redirects=True).get_json()) == 2


def test_nobody_is_led_elsewhere(client: FlaskClient, mirror: MirrorBuilder) -> None:
    for address in (
        "/api/filter?_external=1&_scheme=javascript&next=//evil.example",
        "/api/filter?%0d%0aSet-Cookie:x=1",
        "/api/detail/evil.example%0d%0aX: 1",
        "/api/detail/%5C%5Cevil.example",
    ):
        answer = client.get(address)
        assert answer.headers["Location"].startswith(("/api/search?", "/api/data/")), address
        assert "\n" not in answer.headers["Location"]
        assert "Set-Cookie" not in answer.headers
