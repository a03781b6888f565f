"""How often a page asks the database, and why; the same on both."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.builders import MirrorBuilder
from tests.web.pages import get

# state and sellers; the newest sync; the newest sync that saw everything
FRAME = 3


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


def test_a_slip(client: FlaskClient, filled: int, mirror: MirrorBuilder, counted: Callable[[], Any]) -> None:
    reasons = ["what answers: nothing", "whether the word is known", "words near it"]
    reasons += ["whether anything answers what was meant", "what answers that", "what is relevant of it", "the page"]
    if mirror.engine.dialect.name == "sqlite":  # it looks up by itself which words begin like the last one
        reasons += ["beginnings of what was asked", "beginnings of what was meant"]
    get(client, "/")
    with counted() as statements:
        assert "Did you mean" in get(client, "/?q=futrue").text
    assert len(statements) == FRAME + len(reasons), "\n".join(statements)


def test_a_record(client: FlaskClient, filled: int, counted: Callable[[], Any]) -> None:
    reasons = ["the listing", "its changes", "the catalogue", "other copies", "more of the artist", "more of the label"]
    with counted() as statements:
        assert get(client, f"/listing/{filled}").status_code == 200
    assert len(statements) == FRAME + len(reasons), "\n".join(statements)


def test_one_that_is_gone(client: FlaskClient, filled: int, mirror: MirrorBuilder, counted: Callable[[], Any]) -> None:
    number = mirror.listing(release_id=9, artist="Can", label="Spoon", removed="sold")
    reasons = ["the listing", "why", "other copies", "more of the artist", "more of the label", "the newest"]
    with counted() as statements:
        assert get(client, f"/listing/{number}").status_code == 410
    assert len(statements) == FRAME + len(reasons), "\n".join(statements)


def test_the_numbers(client: FlaskClient, filled: int, counted: Callable[[], Any]) -> None:
    reasons = ["genres", "decades", "formats", "conditions", "prices", "movements", "totals"]
    with counted() as statements:
        assert get(client, "/stats").status_code == 200
    assert len(statements) == FRAME + FRAME + len(reasons), "\n".join(statements)


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
