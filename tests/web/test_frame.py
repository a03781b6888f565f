"""What every page says and sends along."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.notices import NOT_AFFILIATED, PROVIDED_BY
from app.errors import StorageError
from tests.builders import DAY, SELLER, MirrorBuilder
from tests.conftest import FakeClock
from tests.web.pages import get, outline

PAGES = ["/", "/?q=nothing", "/?page=x", "/stats", "/listing/1", "/nowhere"]


@pytest.fixture
def addresses(mirror: MirrorBuilder) -> list[str]:
    """Pages of every kind."""
    return [*PAGES, f"/listing/{mirror.listing(artist='Can')}", f"/listing/{mirror.listing(removed='sold')}"]


def test_both_notices_stand_on_every_page(client: FlaskClient, addresses: list[str]) -> None:
    for address in addresses:
        answer = get(client, address)
        assert NOT_AFFILIATED in answer.text, address
        assert f'href="https://www.discogs.com/seller/{SELLER}/profile">{PROVIDED_BY}</a>' in answer.text, address


def test_no_page_runs_or_styles_in_line(client: FlaskClient, addresses: list[str]) -> None:
    for address in addresses:
        answer = get(client, address)
        policy = answer.headers["Content-Security-Policy"]
        assert "'unsafe" not in policy
        assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
        assert "img-src 'self' data: http" in policy
        assert "https:;" not in policy, "pictures come from named hosts alone"
        assert not re.search(r"<[^>]+\s(on\w+|style)=", answer.text), address
        assert not re.search(r"<script(?![^>]*\s(src=|type=.application/ld\+json))", answer.text), address
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_every_page_can_be_found_about_in(client: FlaskClient, addresses: list[str]) -> None:
    for address in addresses:
        page = outline(get(client, address))
        assert page.having("html", lang="en")
        assert [one["href"] for one in page.having("a", **{"class": "skip"})] == ["#main"]
        for landmark in ("header", "nav", "main", "footer", "h1"):
            assert page.having(landmark), (address, landmark)
        ids = [found["id"] for _, found, _ in page.elements if "id" in found]
        assert len(ids) == len(set(ids)), address
        labelled = {one["for"] for one in page.having("label")}
        fields = [one for tag in ("input", "select") for one in page.having(tag) if one.get("type") != "hidden"]
        assert {one["id"] for one in fields} <= labelled, address


def test_what_is_old_is_never_shown_as_current(client: FlaskClient, mirror: MirrorBuilder, clock: FakeClock) -> None:
    number = mirror.listing()
    addresses = ["/", "/stats", f"/listing/{number}"]
    clock.now = DAY + timedelta(hours=1)
    fresh = {address: get(client, address) for address in addresses}
    clock.now = DAY + timedelta(hours=6, minutes=1)
    for address in addresses:
        assert "out of date" not in fresh[address].text
        assert "As of" in fresh[address].text
        old = client.get(address, headers={"Accept": "text/html", "If-None-Match": fresh[address].headers["ETag"]})
        assert old.status_code == 200, "who has the fresh page is told that it grew old"
        assert "These listings may be out of date." in old.text
        assert "1 March 2026, 08:00 UTC" in old.text


def test_programs_get_problems_and_people_get_pages(client: FlaskClient, mirror: MirrorBuilder) -> None:
    for accept in ("*/*", "application/json", "application/problem+json, text/html;q=0.5"):
        answer = client.get("/listing/1", headers={"Accept": accept})
        assert (answer.status_code, answer.mimetype) == (404, "application/problem+json"), accept
        assert "Accept" in answer.headers["Vary"]
    assert get(client, "/api/data/1").mimetype == "application/problem+json"
    assert get(client, "/api/search?page=x").mimetype == "application/problem+json"
    page = get(client, "/export/listings.csv?page=x")
    assert (page.status_code, page.mimetype) == (400, "text/html")
    assert "<strong>page</strong>" in page.text


def test_closed_doors_keep_their_challenge(client: FlaskClient, mirror: MirrorBuilder) -> None:
    answer = get(client, "/export/listings.csv?private=1")
    assert (answer.status_code, answer.mimetype) == (401, "text/html")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert client.post("/", headers={"Accept": "text/html"}).status_code in {401, 405}


def test_a_database_that_does_not_answer_is_said_on_a_page(
    app: Flask, client: FlaskClient, mirror: MirrorBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise StorageError("db.locked")

    monkeypatch.setattr("app.services.shop_window.shop_state", refuse)
    answer = get(client, "/")
    assert (answer.status_code, answer.mimetype) == (503, "text/html")
    assert "The shop is out for a moment" in answer.text
    assert answer.headers["Retry-After"] == "5"


def test_a_failure_says_nothing_of_itself(
    app: Flask, client: FlaskClient, mirror: MirrorBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("secret inner words")

    app.config["PROPAGATE_EXCEPTIONS"] = False
    monkeypatch.setattr("app.web.pages.shop_text", fail)
    answer = get(client, "/")
    assert (answer.status_code, answer.mimetype) == (500, "text/html")
    assert "The needle jumped" in answer.text
    assert "secret" not in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_failure_of_the_layout_itself_is_still_an_answer(
    app: Flask, client: FlaskClient, mirror: MirrorBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("secret inner words")

    app.config["PROPAGATE_EXCEPTIONS"] = False
    monkeypatch.setattr("app.web.frame.render_template", fail)
    answer = get(client, "/")
    assert (answer.status_code, answer.mimetype) == (500, "application/problem+json")
    assert "secret" not in answer.text


def test_files_are_kept_as_long_as_they_are_the_same(client: FlaskClient, mirror: MirrorBuilder) -> None:
    page = outline(get(client, "/"))
    named = [one["href"] for one in page.having("link", rel="stylesheet")]
    named += [one["src"] for one in page.having("script") if "src" in one]
    assert len(named) >= 3
    for address in named:
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert "immutable" in answer.headers["Cache-Control"]
    older = client.get("/assets/000000000000/frame.css")
    assert older.status_code == 200
    assert "immutable" not in older.headers["Cache-Control"]
    assert client.get("/assets/x/../../frame.py").status_code == 404
    assert client.get(address, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
