"""Pages of the shop out of its file: the same answers as from the database, without asking it for documents."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from app.extensions import KEY
from app.services.publishing import publish
from app.services.shop_files import FOLDER
from tests.builders import DAY, MirrorBuilder

QUESTIONS = (
    "/api/data?limit=2",
    "/api/data?limit=2&page=3",
    "/api/data?limit=2&page=9",
    "/api/search?q=bjork&limit=50",
    "/api/search?q=bjork&limit=2&page=2",
    "/api/search?q=nothing&limit=50",
    "/api/search?artist=bjork&year=1993&limit=50",
    "/api/search?price_min=5&limit=50",
    "/api/search?sort=relevance&limit=3",
    "/api/search?q=bjork&sort=relevance&limit=3",
    "/api/search?sort=price&limit=3",
)


@pytest.fixture
def shop(app: Flask, mirror: MirrorBuilder) -> Path:
    """Five listings with documents; returns the folder of the shop's files, which nobody has made."""
    for number in range(5):
        artist = "Björk" if number % 2 else "\u2028Ärzte\n"
        mirror.listing(artist=artist, title=f"Title {number}", year=1990 + number, posted_at=DAY.replace(hour=number))
    folder: Path = app.extensions[KEY].settings.instance_path / FOLDER
    return folder


@pytest.fixture
def make_files(app: Flask) -> Callable[[], None]:
    def make() -> None:
        with app.app_context():
            assert publish(app.extensions[KEY].settings)

    return make


def of_documents(statements: list[str]) -> list[str]:
    return [each for each in statements if "SELECT document" in each]


def test_the_same_pages_come_from_the_file(
    client: FlaskClient, counted: Callable[[], Any], shop: Path, make_files: Callable[[], None]
) -> None:
    asked = [client.get(question) for question in QUESTIONS]
    make_files()
    with counted() as statements:
        again = [client.get(question) for question in QUESTIONS]
    assert [answer.data for answer in again] == [answer.data for answer in asked]
    assert [dict(answer.headers) for answer in again] == [
        {**dict(answer.headers), "X-Request-ID": other.headers["X-Request-ID"]}
        for answer, other in zip(asked, again, strict=True)
    ]
    assert len(asked[0].get_json()) == 2
    assert not of_documents(statements)


def test_documents_come_from_the_database_until_there_is_a_file(
    client: FlaskClient, counted: Callable[[], Any], shop: Path, make_files: Callable[[], None]
) -> None:
    with counted() as statements:
        before = client.get("/api/data?limit=2").data
    assert len(of_documents(statements)) == 1
    make_files()
    with counted() as statements:
        assert client.get("/api/data?limit=2").data == before
    assert not of_documents(statements)


def test_a_newer_state_is_not_answered_from_an_older_file(
    client: FlaskClient, mirror: MirrorBuilder, shop: Path, make_files: Callable[[], None]
) -> None:
    make_files()
    assert len(client.get("/api/data?limit=9").get_json()) == 5
    newest = mirror.listing(posted_at=DAY.replace(hour=23))
    assert client.get("/api/data?limit=1").get_json()[0]["listing_id"] == str(newest)
    make_files()
    assert [item["listing_id"] for item in client.get("/api/data?limit=1").get_json()] == [str(newest)]
    assert len(client.get("/api/data?limit=9").get_json()) == 6


@pytest.mark.parametrize("ending", ["json", "json.lines"])
@pytest.mark.parametrize("damage", [b"", b"[]", b"x" * 48])
def test_a_file_of_another_size_is_not_used(
    client: FlaskClient,
    shop: Path,
    make_files: Callable[[], None],
    caplog: pytest.LogCaptureFixture,
    *,
    ending: str,
    damage: bytes,
) -> None:
    before = client.get("/api/data?limit=3").data
    make_files()
    [path] = [path for path in shop.iterdir() if path.name.endswith(f".{ending}")]
    path.write_bytes(damage)
    assert client.get("/api/data?limit=2&page=1").get_json() == client.get("/api/data?limit=3").get_json()[:2]
    assert client.get("/api/data?limit=3").data == before
    assert "cannot be used; the database is asked instead" in caplog.text


def test_a_file_that_is_gone_is_not_missed(client: FlaskClient, shop: Path, make_files: Callable[[], None]) -> None:
    make_files()
    before = client.get("/api/data?limit=2").data
    for path in shop.iterdir():
        path.unlink()
    assert client.get("/api/data?limit=2&page=1").get_json() == json.loads(before)


def test_a_file_that_became_another_is_not_believed_and_made_anew(
    client: FlaskClient,
    counted: Callable[[], Any],
    shop: Path,
    make_files: Callable[[], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    make_files()
    whole = client.get("/api/data?limit=3").get_json()
    [path] = shop.glob("*.json")
    before = path.stat()
    path.write_bytes(b" " * before.st_size)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert client.get("/api/data?limit=2").get_json() == whole[:2]
    assert "cannot be read; the database is asked instead" in caplog.text
    assert not path.exists()
    make_files()
    with counted() as statements:
        assert client.get("/api/data?limit=1").get_json() == whole[:1]
    assert not of_documents(statements)


def test_half_a_file_is_put_in_order_by_the_next_sync(
    client: FlaskClient, counted: Callable[[], Any], shop: Path, make_files: Callable[[], None]
) -> None:
    make_files()
    whole = client.get("/api/data?limit=3").get_json()
    [path] = shop.glob("*.json")
    os.truncate(path, 10)
    assert client.get("/api/data?limit=2").get_json() == whole[:2]
    make_files()
    with counted() as statements:
        assert client.get("/api/data?limit=1").get_json() == whole[:1]
    assert not of_documents(statements)


def test_what_cannot_be_used_is_said_once(
    client: FlaskClient, shop: Path, make_files: Callable[[], None], caplog: pytest.LogCaptureFixture
) -> None:
    make_files()
    [path] = shop.glob("*.lines")
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    for limit in range(1, 5):
        assert len(client.get(f"/api/data?limit={limit}").get_json()) == limit
    assert caplog.text.count("cannot be used; the database is asked instead") == 1


def test_after_the_index_is_made_anew_every_face_tells_of_it(
    app: Flask, client: FlaskClient, mirror: MirrorBuilder, shop: Path, make_files: Callable[[], None]
) -> None:
    right = client.get("/api/data?limit=4").get_json()
    with mirror.engine.begin() as connection:
        spoilt = connection.execute(text("SELECT rank, document FROM shop_documents")).all()
        for rank, document in spoilt:
            connection.execute(
                text("UPDATE shop_documents SET document = :document WHERE rank = :rank"),
                {"rank": rank, "document": bytes(document).replace(b"Title", b"Wrong")},
            )
    make_files()
    assert client.get("/api/search?limit=4").get_json() != right
    assert app.test_cli_runner().invoke(args=["rebuild-index"]).exit_code == 0
    with client.get("/api/data") as everything:
        assert everything.get_json()[:4] == right
    assert client.get("/api/search?limit=4").get_json() == right
    assert client.get("/api/data?limit=4").get_json() == right


def test_a_page_of_one_piece_is_as_long_as_one_may_be(
    client: FlaskClient, shop: Path, make_files: Callable[[], None]
) -> None:
    make_files()
    assert len(client.get("/api/data?limit=1000").get_json()) == 5
