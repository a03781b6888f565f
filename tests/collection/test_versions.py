"""Collections have a version of their own: what changes in them leaves the shop's answers as they are."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from app.core.outcomes import Outcome
from app.core.release_ages import ReleaseStatus
from app.core.release_records import Release
from app.core.releases import parse_release
from app.extensions import db, wiring
from app.models import MirrorState
from app.models.transactions import write_transaction
from app.services.release_store import Attempt, store
from app.services.shop_index import ShopIndexWriter
from app.services.state_watch import StateWatch
from config import Settings
from tests.collection.conftest import ShelfMirror

SHOP = ("/api/data", "/api/search?limit=5", "/api/facets", "/sitemap.xml", "/feeds/new.atom", "/")
SHELVES = ("/api/v1/collection/albums", "/collection")


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.replace(collection_visibility="public", sync_interval_hours=24)


@pytest.fixture
def both(mirror: ShelfMirror) -> ShelfMirror:
    """The mirror of a shop and of a collection with a wantlist."""
    for kind in ("inventory", "collection", "wantlist"):
        assert mirror.sync(kind)["outcome"] == Outcome.APPLIED
    return mirror


def state() -> Any:
    with db.engine.connect() as connection:
        return connection.execute(select(MirrorState.__table__)).one()


def versions() -> tuple[int, int]:
    return state().version, state().shelf_version


def tags(client: FlaskClient, paths: tuple[str, ...], **headers: str) -> list[str | None]:
    return [client.get(path, headers=headers).headers.get("ETag") for path in paths]


def change_a_copy(mirror: ShelfMirror) -> None:
    """In a way that strangers see, too."""
    copy = mirror.world.copies[mirror.world.copy_ids()[0]]
    mirror.world.rate(copy.release.id, (copy.rating or 0) % 5 + 1)


def files(mirror: ShelfMirror) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in wiring().settings.instance_path.rglob("*shop*")}


@pytest.mark.parametrize("kind", ["collection", "wantlist"])
def test_what_changes_in_a_collection_leaves_the_shop_alone(both: ShelfMirror, client: FlaskClient, kind: str) -> None:
    before, shop, shelves, made = versions(), tags(client, SHOP), tags(client, SHELVES), files(both)
    if kind == "collection":
        change_a_copy(both)
    else:
        both.world.unwant(next(iter(both.world.shelf().wants)))
        both.sync(kind)
    updated = client.get("/api/stats").get_json()["last_updated"]
    done = both.sync(kind)
    assert done["updated"] + done["removed"] >= 1
    assert versions() == (before[0], before[1] + 1)
    assert tags(client, SHOP) == shop
    assert files(both) == made
    assert client.get("/api/stats").get_json()["last_updated"] == updated
    assert all(old != new for old, new in zip(shelves, tags(client, SHELVES), strict=True))


def test_what_changes_in_the_shop_leaves_what_strangers_see_of_collections_alone(
    both: ShelfMirror, client: FlaskClient, admin: dict[str, str]
) -> None:
    before, shelves, owners = versions(), tags(client, SHELVES), tags(client, SHELVES, **admin)
    both.world.reprice(both.world.for_sale_ids()[0], 77.0)
    assert both.sync("inventory")["updated"] == 1
    assert versions() == (before[0] + 1, before[1])
    assert tags(client, SHELVES) == shelves
    assert all(old != new for old, new in zip(owners, tags(client, SHELVES, **admin), strict=True))


def test_a_copy_that_tells_of_a_listed_release_moves_both(both: ShelfMirror, client: FlaskClient) -> None:
    number = both.world.listing(both.world.add()).release.id
    both.sync("inventory")
    before, shop = versions(), tags(client, SHOP)
    both.world.add_copy(number)
    assert both.sync()["added"] == 1
    assert versions() == (before[0] + 1, before[1] + 1)
    assert all(old != new for old, new in zip(shop[:3], tags(client, SHOP)[:3], strict=True))
    both.world.add_copy(number)
    both.sync()
    assert versions() == (before[0] + 1, before[1] + 2), "the second copy tells nothing new"


def test_the_numbers_of_a_collection_say_when_it_changed(both: ShelfMirror, client: FlaskClient) -> None:
    both.world.reprice(both.world.for_sale_ids()[0], 77.0)
    both.sync("inventory")
    stats = "/api/v1/collection/stats"
    told = client.get(stats).get_json()["last_updated"]
    assert told == state().shelf_changed_at.isoformat(timespec="seconds")
    assert told != client.get("/api/stats").get_json()["last_updated"]
    change_a_copy(both)
    both.sync()
    assert client.get(stats).get_json()["last_updated"] > told


@pytest.mark.parametrize(("whose", "moves"), [("copy", (0, 1)), ("listing", (1, 0)), ("nobody", (0, 0))])
def test_a_release_that_was_read_moves_what_shows_it(both: ShelfMirror, whose: str, moves: tuple[int, int]) -> None:
    listed = both.world.listing(both.world.add()).release.id
    both.sync("inventory")
    owned = both.world.copies[both.world.add_copy()].release.id
    both.sync()
    number = {"copy": owned, "listing": listed, "nobody": 1}[whose]
    before, at = versions(), both.clock()
    told = parse_release({"id": number, "title": "T", "artists": [], "country": "Peru"}, number, ())
    assert isinstance(told, Release)
    with write_transaction(db.engine) as connection:
        attempt = Attempt(number, ReleaseStatus.KNOWN, at, b"", told)
        assert store(connection, [attempt], ShopIndexWriter.of(wiring().settings), at)
    assert versions() == (before[0] + moves[0], before[1] + moves[1])


def test_recent_answers_follow_either(both: ShelfMirror) -> None:
    watch = StateWatch(db.engine)
    seen = [watch.token()]
    change_a_copy(both)
    both.sync()
    seen.append(watch.token())
    both.world.reprice(both.world.for_sale_ids()[0], 77.0)
    both.sync("inventory")
    seen.append(watch.token())
    both.sync()
    assert len(set(seen)) == 3
    assert watch.token() == seen[-1]
