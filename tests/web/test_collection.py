"""The pages of the collection, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert

from app import extensions
from app.core.notices import NOT_AFFILIATED, PROVIDED_BY
from app.models import CollectionValueRow
from config import Settings
from tests.builders import DAY, SELLER, MirrorBuilder
from tests.conftest import ADMIN, FakeClock
from tests.core.test_releases import body
from tests.login.conftest import SAME_ORIGIN
from tests.shelf_builder import ShelfBuilder
from tests.web.pages import get, outline

SECRET = "bought from my uncle"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.replace(discogs_seller_username=SELLER, discogs_collection_username=SELLER)


@pytest.fixture
def shelf(mirror: MirrorBuilder) -> ShelfBuilder:
    """A collection that strangers may see."""
    return ShelfBuilder(mirror)


@pytest.fixture
def owner(app: Flask, mirror: MirrorBuilder) -> FlaskClient:
    """A browser in which the admin logged in."""
    client = app.test_client()
    assert client.post("/admin", data={"admin_token": ADMIN}, headers=SAME_ORIGIN).status_code == 303
    return client


def titles(client: FlaskClient, address: str) -> list[str]:
    page = outline(get(client, address))
    return [text[0] for tag, found, text in page.elements if found.get("class") == "card-release"]


def test_visitors_look_through_it(client: FlaskClient, shelf: ShelfBuilder) -> None:
    shelf.copy(artist="Can", title="Tago Mago", format="LP", year=1971, genres="Rock", rating=4)
    shelf.copy(artist="Nina Simone", title="Pastel Blues", format="CD", year=1965, genres="Jazz")
    shelf.copy(title="Gone", removed=True)
    assert titles(client, "/collection") == ["Pastel Blues", "Tago Mago"], "what came last stands first"
    assert titles(client, "/collection?sort=title") == ["Pastel Blues", "Tago Mago"]
    assert titles(client, "/collection?q=tago") == ["Tago Mago"]
    assert titles(client, "/collection?genre=jazz") == ["Pastel Blues"]
    assert titles(client, "/collection?rating=4") == ["Tago Mago"]
    page = get(client, "/collection")
    assert "2 records" in page.text
    assert "4 of 5 stars" in page.text
    assert page.headers["Cache-Control"] == "no-cache"
    assert NOT_AFFILIATED in page.text
    assert f'href="https://www.discogs.com/user/{SELLER}/collection">{PROVIDED_BY}</a>' in page.text


def test_the_table_has_what_the_covers_have(client: FlaskClient, shelf: ShelfBuilder) -> None:
    shelf.copy(artist="Can", title="Tago Mago", label="United Artists", catalog_number="UAS 29 211")
    page = get(client, "/collection?view=table&q=can")
    assert outline(page).having("table", **{"class": "runs albums"})
    for told in ("Can", "Tago Mago", "UAS 29 211"):
        assert told in page.text
    assert 'href="/collection?q=can"' in page.text, "and back to the covers, with the same question"


def test_pages_and_their_ends(client: FlaskClient, shelf: ShelfBuilder) -> None:
    shelf.copies([{"title": f"Record {number}"} for number in range(60)])
    assert len(titles(client, "/collection")) == 48
    assert len(titles(client, "/collection?page=2")) == 12
    assert "There are only 2 pages." in get(client, "/collection?page=3").text
    assert "Fewer words" in get(client, "/collection?q=zzzz").text
    answer = get(client, "/collection?page=x&rating=9")
    assert answer.status_code == 400
    assert "<strong>Rating</strong>" in answer.text


def test_folders_and_notes_are_the_owners_alone(client: FlaskClient, owner: FlaskClient, shelf: ShelfBuilder) -> None:
    album = shelf.copy(folder_id=7, notes={3: SECRET}, title="Kind Of Blue")
    other = shelf.copy(folder_id=1, title="Sketches")
    for address in ("/collection", "/collection?view=table", f"/collection/{album}", "/collection/stats"):
        text = get(client, address).text
        assert SECRET not in text, address
        assert ">Jazz" not in text, address
    assert get(client, "/collection?folder=7").status_code == 401
    assert titles(owner, "/collection?folder=7") == ["Kind Of Blue"]
    assert outline(get(owner, "/collection")).having("a", href="/collection?folder=7")
    page = get(owner, f"/collection/{album}")
    assert SECRET in page.text
    assert 'href="/collection?folder=7">Jazz</a>' in page.text
    assert page.headers["Cache-Control"].startswith("private")
    assert '<meta name="robots" content="noindex, follow">' in page.text
    assert other


def test_a_private_collection_is_shown_to_its_owner_alone(
    client: FlaskClient, owner: FlaskClient, shelf: ShelfBuilder
) -> None:
    album = shelf.copy(title="Kind Of Blue")
    shelf.shown(is_public=False)
    for address in ("/collection", "/collection/stats", f"/collection/{album}"):
        answer = get(client, address)
        assert (answer.status_code, "Kind Of Blue" in answer.text) == (401, False), address
        assert "/admin?next=/collection" in answer.text
        assert get(owner, address).status_code == 200


def test_one_copy_with_all_that_is_known_of_it(
    client: FlaskClient, owner: FlaskClient, shelf: ShelfBuilder, mirror: MirrorBuilder
) -> None:
    mirror.body(9, body())
    album = shelf.copy(release_id=9, title="Kind Of Blue", cover_image="https://i.discogs.com/a/600.jpg", rating=5)
    number = mirror.listing(release_id=9, price_minor=2450)
    text = get(client, f"/collection/{album}").text
    for told in ("Tracks", "5 of 5 stars", "https://i.discogs.com/a/600.jpg", "https://www.discogs.com/release/9"):
        assert told in text, told
    assert f'href="/listing/{number}"' not in text
    text = get(owner, f"/collection/{album}").text
    assert f'href="/listing/{number}"' in text
    assert "€24.50" in text


def test_one_that_left_or_never_was(client: FlaskClient, owner: FlaskClient, shelf: ShelfBuilder) -> None:
    album = shelf.copy(removed=True)
    assert get(client, f"/collection/{album}").status_code == 410
    assert "left the collection on 2 March 2026" in get(owner, f"/collection/{album}").text
    for unknown in ("1", "x", "9" * 40):
        assert get(client, f"/collection/{unknown}").status_code == 404


def test_the_numbers(client: FlaskClient, owner: FlaskClient, shelf: ShelfBuilder, mirror: MirrorBuilder) -> None:
    shelf.copies([{"genres": "Jazz", "year": 1959, "format": "LP", "rating": 5}, {"genres": "Rock", "year": 1971}])
    common = {"source_id": shelf.source_id, "currency": "EUR"}
    rows = [{**common, "at": DAY + timedelta(days=day), "median_minor": 100_000 + day} for day in range(3)]
    with mirror.engine.begin() as connection:
        connection.execute(insert(CollectionValueRow), rows)
    page = get(client, "/collection/stats")
    for label in ("Jazz", "Rock", "1950s", "1970s", "LP"):
        assert f'<th scope="row">{label}</th>' in page.text, label
    assert "€1,000" not in page.text, "what it is worth is its owner's business"
    text = get(owner, "/collection/stats").text
    assert "€1,000.02" in text
    assert "Values as a table" in text


def test_its_age_is_told(app: Flask, client: FlaskClient, shelf: ShelfBuilder, clock: FakeClock) -> None:
    shelf.copy()
    shelf.mirror.run(source_id=shelf.source_id)
    clock.now = DAY + timedelta(hours=1)
    fresh = get(client, "/collection")
    assert "As of" in fresh.text
    assert "out of date" not in fresh.text
    clock.now = DAY + timedelta(hours=7)
    assert "This collection may be out of date." in get(client, "/collection").text


def test_who_knows_a_page_is_told_so(client: FlaskClient, shelf: ShelfBuilder) -> None:
    album = shelf.copy()
    for address in ("/collection", "/collection/stats", f"/collection/{album}"):
        tag = get(client, address).headers["ETag"]
        assert client.get(address, headers={"Accept": "text/html", "If-None-Match": tag}).status_code == 304


def test_the_shop_leads_to_it_where_everybody_may_go(client: FlaskClient, shelf: ShelfBuilder) -> None:
    assert outline(get(client, "/")).having("a", href="/collection")
    shelf.shown(is_public=False)
    assert not outline(get(client, "/")).having("a", href="/collection")


def test_an_empty_mirror(client: FlaskClient, mirror: MirrorBuilder) -> None:
    assert "The shelves are empty" in get(client, "/collection").text
    assert get(client, "/collection/stats").status_code == 200
    assert extensions.wiring()
