"""What copies and wants tell of their releases: listings of the same releases are shown and found with it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import insert, select

from app.extensions import db
from app.models import ReleaseRow
from app.services.sync_control import undo_run
from scripts.fake_discogs.records import Format
from tests.collection.conftest import ShelfMirror
from tests.invariants import assert_sound


@pytest.fixture(autouse=True)
def sound(mirror: ShelfMirror) -> Iterator[None]:
    """Documents and terms are those that the rows would give."""
    yield
    assert_sound(db.engine)


@pytest.fixture
def listing(mirror: ShelfMirror) -> Any:
    """A listing for sale, of a release that is owned, too; nothing is known of its genre."""
    mirror.sync("inventory")
    number = mirror.world.for_sale_ids()[0]
    return mirror.world.listing(number)


def fact(release_id: int) -> Any:
    with db.engine.connect() as connection:
        return connection.execute(select(ReleaseRow.__table__).where(ReleaseRow.release_id == release_id)).one()


@pytest.mark.parametrize("kind", ["collection", "wantlist"])
def test_a_listing_has_the_genres_of_the_copy(
    mirror: ShelfMirror, listing: Any, client: FlaskClient, kind: str
) -> None:
    genre = listing.release.genres[0]
    ask = {"genre": genre}
    assert client.get("/api/search", query_string=ask).get_json() == []
    mirror.world.add_copy(listing.release.id) if kind == "collection" else mirror.world.want(listing.release.id)
    mirror.sync(kind)
    found = {item["listing_id"]: item for item in client.get("/api/search", query_string=ask).get_json()}
    assert found[str(listing.id)]["genres"] == ", ".join(listing.release.genres)
    assert genre in {each["value"] for each in client.get("/api/facets").get_json()["genres"]}


def test_a_listing_that_says_nothing_of_its_format_has_that_of_the_copy(
    mirror: ShelfMirror, client: FlaskClient
) -> None:
    """The first example of every shop that is searched: by artist, genre and format at once."""
    release = mirror.world.listing(mirror.world.for_sale_ids()[0]).release
    media = (Format("Vinyl", 2, ("LP", "Album")),)
    mirror.world.edit_release(release.id, artist="The Beatles", format="", formats=media, genres=("Rock",))
    mirror.world.add_copy(release.id)
    mirror.sync("inventory")
    asked = "/api/search?artist=beatles&genre=rock&format=vinyl"
    assert client.get(asked).get_json() == []
    mirror.sync("collection")
    found = client.get(asked).get_json()
    assert {item["release_id"] for item in found} == {str(release.id)}
    assert {item["format_names"] for item in found} == {"2xVinyl, LP, Album"}
    stats = client.get("/api/stats").get_json()
    assert stats["coverage"]["formats"] == {"known": stats["total_listings"], "of": stats["total_listings"]}


def test_what_a_copy_does_not_tell_stays_as_it_was(mirror: ShelfMirror, listing: Any) -> None:
    number = mirror.world.add_copy()
    release = mirror.world.copies[number].release
    with db.engine.begin() as connection:
        connection.execute(insert(ReleaseRow).values(release_id=release.id, country="Peru", genres="Wrong"))
    mirror.sync()
    row = fact(release.id)
    assert (row.country, row.genres, row.master_id or 0) == ("Peru", ", ".join(release.genres), release.master_id)


def test_what_is_taken_back_is_no_news_of_a_release(mirrored: ShelfMirror) -> None:
    number = mirrored.world.copy_ids()[0]
    release_id = mirrored.world.copies[number].release.id
    mirrored.world.remove_copy(number)
    removing = mirrored.sync()["run_id"]
    with db.engine.begin() as connection:
        connection.execute(
            ReleaseRow.__table__.update().values(genres="Newer").where(ReleaseRow.release_id == release_id)
        )
    undo_run(removing)
    assert fact(release_id).genres == "Newer"
