"""How often a page asks the database, and why; the same on both."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.builders import MirrorBuilder
from tests.shelf_builder import ShelfBuilder
from tests.web.pages import get

# state and sellers; the newest sync; the newest sync that saw everything
FRAME = 3
FRAME_OF_SHELVES = ["the newest sync", "the newest sync that saw everything"]
NEIGHBOURS = [
    "which are of the artist",
    "where documents stand",
    "more of the artist",
    "which are of the label",
    "more of the label",
]


@pytest.fixture
def filled(mirror: MirrorBuilder) -> int:
    """A shop in which everything has neighbours; the id of a listing."""
    number = mirror.listing(release_id=9, artist="Can", label="Spoon", title="Tago Mago")
    mirror.listings(60, release_id=9, artist="Can", label="Spoon", title="Future Days")
    mirror.listings(60, artist="Can", label="Mute")
    return number


@pytest.mark.parametrize(
    ("address", "reasons"),
    [
        ("/", ["the page"]),
        ("/?page=3", ["the page"]),
        ("/?q=can&sort=newest", ["what answers, for facets and count", "the page"]),
        ("/?format=lp", ["what answers, for facets and count"]),
    ],
)
def test_the_shop(
    client: FlaskClient, filled: int, counted: Callable[[], Any], address: str, reasons: list[str]
) -> None:
    get(client, "/")  # the facets of the whole shop are made once for each of its states
    with counted() as statements:
        assert get(client, address).status_code == 200
    assert len(statements) == FRAME + len(reasons), "\n".join(statements)


def test_a_slip(client: FlaskClient, filled: int, counted: Callable[[], Any]) -> None:
    reasons = ["what answers: nothing", "whether the word is known", "or begun", "words near it"]
    reasons += ["what answers what was meant", "what is relevant of it", "the page"]
    get(client, "/")
    with counted() as statements:
        assert "Did you mean" in get(client, "/?q=futrue").text
    assert len(statements) == FRAME + len(reasons), "\n".join(statements)


def test_a_record(client: FlaskClient, filled: int, counted: Callable[[], Any]) -> None:
    reasons = ["the listing", "its changes", "the catalogue", "other copies", *NEIGHBOURS, "what others know"]
    with counted() as statements:
        assert get(client, f"/listing/{filled}").status_code == 200
    assert len(statements) == FRAME + len(reasons), "\n".join(statements)


def test_one_that_is_gone(client: FlaskClient, filled: int, mirror: MirrorBuilder, counted: Callable[[], Any]) -> None:
    number = mirror.listing(release_id=9, artist="Can", label="Spoon", removed="sold")
    reasons = ["the listing", "why", "other copies", *NEIGHBOURS, "the newest"]
    with counted() as statements:
        assert get(client, f"/listing/{number}").status_code == 410
    assert len(statements) == FRAME + len(reasons), "\n".join(statements)


def test_the_numbers(client: FlaskClient, filled: int, counted: Callable[[], Any]) -> None:
    reasons = ["genres", "decades", "formats", "conditions", "prices", "movements", "totals"]
    with counted() as statements:
        assert get(client, "/stats").status_code == 200
    assert len(statements) == FRAME + FRAME + len(reasons), "\n".join(statements)


COLLECTION = ["what the visitor may see", "whose shop it is", *FRAME_OF_SHELVES]


@pytest.mark.parametrize(
    ("address", "reasons"),
    [
        ("/collection", ["how many answer", "the page", "what others know", "their facets"]),
        ("/collection?q=blue&view=table", ["how many answer", "the page", "what others know", "their facets"]),
        ("/collection/{}", ["the copy", "the catalogue", "what others know, for JSON", "the same with the artist"]),
    ],
)
def test_the_collection_as_strangers_see_it(
    client: FlaskClient, mirror: MirrorBuilder, counted: Callable[[], Any], address: str, reasons: list[str]
) -> None:
    shelf = ShelfBuilder(mirror)
    shelf.copies([{"title": "Sketches"}] * 60)
    album = shelf.copy(title="Kind Of Blue")
    with counted() as statements:
        assert get(client, address.format(album)).status_code == 200
    assert len(statements) == len(COLLECTION) + len(reasons), "\n".join(statements)


@pytest.mark.parametrize("address", ["/", "/?q=can", "/stats", "/listing/{}"])
def test_a_known_page_costs_its_frame_alone(
    client: FlaskClient, filled: int, counted: Callable[[], Any], address: str
) -> None:
    address = address.format(filled)
    known = {"If-None-Match": get(client, address).headers["ETag"], "Accept": "text/html"}
    with counted() as statements:
        assert client.get(address, headers=known).status_code == 304
    assert len(statements) == FRAME, "\n".join(statements)


def test_a_page_that_is_not_there_asks_for_its_frame_alone(
    client: FlaskClient, filled: int, counted: Callable[[], Any]
) -> None:
    with counted() as statements:
        assert get(client, "/nowhere").status_code == 404
    assert len(statements) == FRAME, "\n".join(statements)
