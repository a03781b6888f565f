"""What is missing from a collection: counted, and found again, by its owner alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.enrichment import Field
from config import Secret, Settings
from tests.builders import SELLER, MirrorBuilder
from tests.conftest import ADMIN
from tests.enrichment_builder import EnrichmentBuilder
from tests.login.conftest import SAME_ORIGIN
from tests.shelf_builder import ShelfBuilder
from tests.web.pages import get, outline

PICTURE = {"uri": "https://i.scdn.co/a", "uri150": "https://i.scdn.co/a"}


@pytest.fixture
def settings(settings: Settings) -> Settings:
    names = {"discogs_seller_username": SELLER, "discogs_collection_username": SELLER}
    return settings.replace(**names, spotify_client_id="client", spotify_client_secret=Secret("secret"))


@pytest.fixture
def owner(app: Flask, mirror: MirrorBuilder) -> FlaskClient:
    client = app.test_client()
    assert client.post("/admin", data={"admin_token": ADMIN}, headers=SAME_ORIGIN).status_code == 303
    return client


@pytest.fixture
def shelf(mirror: MirrorBuilder) -> ShelfBuilder:
    """Five albums there, one gone. Of the first everything is known, of the second what somebody hid."""
    shelf, known = ShelfBuilder(mirror), EnrichmentBuilder(mirror)
    own = "https://i.discogs.com/a/600.jpg"
    shelf.copy(release_id=1, artist="Can", title="One", cover_image=own)
    shelf.copy(release_id=2, artist="CAN (2)", title="Two")
    shelf.copy(release_id=3, artist="Nina Simone", title="Three", thumb=own)
    shelf.copy(release_id=3, artist="Nina Simone", title="Three again")
    shelf.copy(release_id=4, artist="Various", title="Four", genres="Jazz")
    shelf.copy(release_id=5, artist="Gone", title="Five", removed=True)
    known.release(1, Field.SPOTIFY_URL, "spotify", {"url": "https://open.spotify.com/1"})
    known.release(1, Field.DESCRIPTION, "ai", {"text": "Good."}, model="m")
    known.release(2, Field.COVER, "musicbrainz", PICTURE)
    known.release(2, Field.DESCRIPTION, "ai", {"text": "Bad."}, model="m")
    known.release(3, Field.SPOTIFY_URL, "spotify", None)
    known.decided("release", Field.DESCRIPTION, key="2", is_hidden=True)
    known.decided("release", Field.DESCRIPTION, key="3", value={"text": "Mine."})
    known.artist("can", Field.ARTIST_IMAGE, "spotify", PICTURE)
    return shelf


def titles(client: FlaskClient, address: str) -> list[str]:
    return sorted(item["title"] for item in client.get(address).get_json()["items"])


def missing(client: FlaskClient, question: str = "") -> dict[str, int]:
    told = client.get(f"/api/v1/collection/facets{question}").get_json()["missing"]
    return {one["value"]: one["count"] for one in told}


def test_it_is_counted_and_found(owner: FlaskClient, shelf: ShelfBuilder) -> None:
    lacking = {
        "cover": ["Four", "Three again"],
        "spotify_url": ["Four", "Three", "Three again", "Two"],
        "description": ["Four", "Two"],
        "artist_image": ["Three", "Three again"],
    }
    assert missing(owner) == {name: len(found) for name, found in lacking.items()}
    for name, found in lacking.items():
        assert titles(owner, f"/api/v1/collection/albums?missing={name}") == found, name
    assert missing(owner, "?genre=jazz") == {"cover": 1, "spotify_url": 1, "description": 1, "artist_image": 0}
    assert titles(owner, "/api/v1/collection/albums?missing=spotify_url&artist=nina") == ["Three", "Three again"]
    first = owner.get("/api/v1/collection/albums?missing=spotify_url&page_size=3&page=2").get_json()
    assert (len(first["items"]), first["pages"]) == (1, 2)


def test_the_page_leads_to_it(owner: FlaskClient, shelf: ShelfBuilder) -> None:
    page = outline(answer := get(owner, "/collection"))
    assert page.having("a", href="/collection?missing=description")
    assert "What is missing" in answer.text
    found = get(owner, "/collection?missing=description")
    assert ("2 records" in found.text, "Four" in found.text, "Nina" in found.text.split("<main")[1]) == (
        True,
        True,
        False,
    )
    assert "Without</span> Description" in found.text


def test_strangers_are_told_nothing_of_it(client: FlaskClient, shelf: ShelfBuilder) -> None:
    assert missing(client) == {}
    assert "What is missing" not in get(client, "/collection").text
    for address in ("/collection", "/api/v1/collection/albums", "/api/v1/collection/facets"):
        assert client.get(f"{address}?missing=cover").status_code == 401, address
    assert client.get("/api/v1/collection/albums?missing=everything").status_code == 400


def test_its_cost(owner: FlaskClient, shelf: ShelfBuilder, counted: Callable[[], Any]) -> None:
    shelf.copies([{"title": "Sketches"}] * 60)
    with counted() as statements:
        missing(owner)
    more = ["whose session", "what the visitor may see", "the facets", "what is known", "of which copies"]
    assert len(statements) == len(more), "\n".join(statements)
