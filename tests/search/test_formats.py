"""What is known of a release's formats serves its listings that say nothing of it themselves."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.extensions import db, wiring
from app.services.shop_index import ShopIndexWriter
from tests.builders import MirrorBuilder

SEED = "/api/search?q=love&artist=beatles&genre=rock&format=vinyl"
# Spellings, counts, media in one box, pieces of several words that others hold in another order.
TEXTS = (
    '2xLP, Album, Limited Edition, 12"',
    "Limited, Special Edition, LP",
    '7", Single, 45 RPM',
    "7 inch, Single",
    "Vinyl, LP, Album, Blue + CD, Album",
    "CD + DVD",
    "2 x LP, 33 ⅓ RPM, ALBUM",
    "4xCass, Box Set, S/Edition",
    "lp, / , +, Blue Vinyl",
    None,
)


@pytest.fixture(params=["terms", "plain"])
def mirror(app: Flask, request: pytest.FixtureRequest) -> Iterator[MirrorBuilder]:
    """With the index of terms, and as it is read until that index is made."""
    with app.app_context():
        index = ShopIndexWriter.of(wiring().settings) if request.param == "terms" else None
        yield MirrorBuilder(db.engine, index)


def ids(client: FlaskClient, address: str) -> list[int]:
    return [int(item["listing_id"]) for item in client.get(address).get_json()]


def test_a_listing_without_a_format_is_found_and_shown_with_that_of_its_release(
    mirror: MirrorBuilder, client: FlaskClient
) -> None:
    number = mirror.listing(release_id=1, artist="The Beatles", title="Love Songs", format=None)
    mirror.listing(release_id=2, artist="The Beatles", title="Love Songs", format=None)
    assert ids(client, SEED) == []
    mirror.release(1, genres="Rock", formats="2xVinyl, LP, Album")
    assert ids(client, SEED) == ids(client, "/api/search?format=lp") == [number]
    shown = client.get(f"/api/data/{number}").get_json()
    assert (shown["format_names"], shown["primary_format"]) == ("2xVinyl, LP, Album", "Vinyl")
    formats = client.get("/api/facets").get_json()["formats"]
    assert formats == [{"value": value, "count": 1} for value in ("Album", "LP", "Vinyl")]


def test_what_a_listing_says_itself_stands(mirror: MirrorBuilder, client: FlaskClient) -> None:
    number = mirror.listing(release_id=1, format="CD, Album")
    mirror.release(1, formats="Vinyl, LP, Album")
    assert client.get(f"/api/data/{number}").get_json()["format_names"] == "CD, Album"
    assert ids(client, "/api/search?format=vinyl") == []
    assert ids(client, "/api/search?format=cd") == [number]
    assert {each["value"] for each in client.get("/api/facets").get_json()["formats"]} == {"CD", "Album"}


def test_the_statistics_say_of_how_many_a_format_is_known(mirror: MirrorBuilder, client: FlaskClient) -> None:
    mirror.listing(release_id=1, format=None)
    mirror.listing(release_id=2, format="CD")
    mirror.listing(release_id=3, format=None)
    mirror.release(1, formats="Vinyl, LP")
    mirror.release(3, genres="Rock")
    coverage = client.get("/api/stats").get_json()["coverage"]
    assert coverage["formats"] == {"known": 2, "of": 3}
    assert coverage["genres"] == {"known": 1, "of": 3}


def test_every_format_told_finds_as_many_as_it_counts(mirror: MirrorBuilder, client: FlaskClient) -> None:
    texts = [(text, None) for text in TEXTS] + [(None, text) for text in TEXTS]
    mirror.write(
        [{"release_id": number, "format": own} for number, (own, _) in enumerate(texts, 1)],
        [{"release_id": number, "formats": known} for number, (_, known) in enumerate(texts, 1)],
    )
    told = client.get("/api/facets").get_json()["formats"]
    found = [
        {"value": each["value"], "count": int(answer.headers["X-Total-Count"])}
        for each in told
        if (answer := client.get("/api/search", query_string={"format": each["value"], "limit": 1}))
    ]
    assert told == found
    assert {"Vinyl", "CD", "Cassette", "LP", '7"', "Limited Edition"} <= {each["value"] for each in told}
    assert len({each["value"].casefold() for each in told}) == len(told)
