"""What each call asks of the database, statement by statement, and why. It does not grow with the shop."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import extensions
from app.api.openapi import OpenApiDocument
from app.core.fingerprint import digest_of_ids
from app.services.remembered import Remembered
from tests.api.test_contract import ALBUM, fill_normally
from tests.builders import MirrorBuilder


class Asks(NamedTuple):
    """A statement: the table it is about, on SQLite and on PostgreSQL, and what for. None: not asked there."""

    why: str
    sqlite: str | None
    postgresql: str | None


def asks(table: str, why: str) -> Asks:
    return Asks(why, table, table)


STATE = asks("mirror_state", "which state of the shop is shown: the validator, and enough for 304")
SAME_STATE = asks("mirror_state", "the state within the transaction that reads, so that all of the answer is of one")
DOCUMENTS = asks("shop_documents", "the listings, as documents made ready")
LISTING = asks("listings", "the row of the listing")
WHEN_GONE = asks("changes", "when visitors saw it last, and how it went")
LOG = asks("changes", "the change log")
RANKS = Asks("which have the term, kept from then on", "fts_shop", "shop_documents")
STANDINGS = asks("shop_documents", "where each document stands in the shop, kept from then on")
HITS = Asks("the documents that answer, while they are sent", "fts_shop", "shop_documents")
IS_KNOWN = Asks("nothing answers: whether each word occurs at all", "fts_shop_words", "shop_documents")
IS_BEGUN = Asks("whether any word begins with the last one", "fts_shop_words", "shop_documents")
SPELLINGS = Asks("which of its spellings occur", "fts_shop_words", "shop_documents")
NEWEST_WHOLE = asks("runs", "when the whole shop was last seen: its age")
NEWEST = asks("runs", "how the newest sync ended")
SCHEMA = asks("alembic_version", "whether the database has the schema of this program")
HELD = asks("held_removals", "the held runs, with how much they hold")
RUNS = asks("runs", "runs, with how much they hold")
SOURCES = asks("sources", "what is mirrored, and what waits")
AT_WORK = asks("runs", "the run at work")
JOB = asks("jobs", "the jobs asked for")
TYPO = [IS_KNOWN, IS_BEGUN, SPELLINGS]
BODY = asks("release_bodies", "what the catalogue said of its release")

SHELVES = asks("mirror_state", "which collections the visitor may see")
FOLDERS = asks("collection_folders", "the names of folders, for their owner")
FIELDS = asks("collection_fields", "the names of fields, for their owner")
COUNTED = asks("copies", "how many albums answer, ever and now")
ALBUMS = asks("copies", "the albums")
ENRICHED = asks("enrichments", "what others know of their releases, or of the artists")
SOLD_HERE = asks("listings", "what the shop sells of their releases, for their owner")
CHARTED = [asks("copies", f"albums by {what}") for what in ("genre", "style", "decade", "format", "rating", "month")]

# A first answer, when no process remembers a count of this state. The same answer once more asks no more than that.
COSTS: dict[str, list[Asks]] = {
    "/api/data": [STATE, SAME_STATE, DOCUMENTS],
    "/api/data?limit=2": [STATE, STANDINGS, DOCUMENTS],
    "/api/data/1000001": [STATE, SAME_STATE, LISTING],
    "/api/data/1000002": [STATE, SAME_STATE, LISTING, WHEN_GONE],
    "/api/data/9": [STATE, SAME_STATE, LISTING],
    "/api/data/no-number": [STATE],
    "/api/data/1000001/history": [STATE, LISTING, SAME_STATE, LOG],
    "/api/data/1000002/history": [STATE, LISTING, SAME_STATE, WHEN_GONE, LOG],
    "/api/data/1000001/release": [SAME_STATE, LISTING, BODY],
    "/api/data/1000002/release": [SAME_STATE, LISTING, WHEN_GONE],
    "/api/search": [STATE, SAME_STATE, DOCUMENTS],
    "/api/search?q=miles": [STATE, SAME_STATE, RANKS, STANDINGS, HITS],
    "/api/search?q=miles&limit=2": [STATE, RANKS, STANDINGS, DOCUMENTS],
    "/api/search?artist=miles&sort=price": [STATE, SAME_STATE, RANKS, STANDINGS, HITS],
    "/api/search?q=zzzz&limit=2": [STATE, RANKS, *TYPO],
    "/api/search?q=mlies&limit=2": [STATE, RANKS, *TYPO, RANKS, STANDINGS, DOCUMENTS],
    "/api/search?q=mlies+kidn&limit=2": [STATE, RANKS, RANKS, *TYPO, RANKS, STANDINGS, RANKS, DOCUMENTS],
    "/api/search?q=mlies+mil&limit=2": [STATE, RANKS, RANKS, STANDINGS, *TYPO, RANKS, DOCUMENTS],
    "/api/facets": [STATE, SAME_STATE, asks("shop_documents", "the described columns of the shop, kept from then on")],
    "/api/facets?q=miles": [STATE, SAME_STATE, RANKS, STANDINGS],
    "/api/facets?q=mlies": [STATE, SAME_STATE, RANKS, *TYPO, RANKS, STANDINGS],
    "/api/stats": [STATE, NEWEST, NEWEST_WHOLE, asks("listings", "counts and value per currency, kept from then on")],
    "/api/changes": [STATE, LOG],
    "/api/detail/1000001": [],
    "/api/filter?q=miles": [],
    "/export/listings.csv": [STATE, SAME_STATE, DOCUMENTS],
    "/export/listings.csv?private=1": [STATE, asks("shop_documents", "the listings, with what the seller alone sees")],
    "/api/v1/collection/albums": [SHELVES, FOLDERS, FIELDS, ALBUMS, SOLD_HERE, ENRICHED, COUNTED],
    "/api/v1/collection/albums?artist=miles": [SHELVES, FOLDERS, FIELDS, COUNTED, ALBUMS, SOLD_HERE, ENRICHED],
    f"/api/v1/collection/albums/{ALBUM}": [SHELVES, ALBUMS, BODY, FOLDERS, FIELDS, SOLD_HERE, ENRICHED],
    "/api/v1/collection/artists": [SHELVES, ALBUMS, ENRICHED],
    "/api/v1/collection/folders": [SHELVES, FOLDERS, COUNTED, asks("collection_folders", "which are there now")],
    "/api/v1/collection/facets": [SHELVES, ALBUMS],
    "/api/v1/collection/stats": [
        SHELVES,
        NEWEST,
        NEWEST_WHOLE,
        COUNTED,
        asks("mirror_state", "whether the visitor may see the wantlist"),
        asks("wants", "how many releases are wanted"),
        *CHARTED,
    ],
    "/export/collection.csv": [SHELVES, FOLDERS, FIELDS, SHELVES, COUNTED, ALBUMS, FOLDERS, FIELDS],
    "/health": [SCHEMA, STATE, NEWEST, NEWEST_WHOLE, HELD, SOURCES],
    "/healthz": [],
    "/openapi.json": [],
    "/api/sync/status": [
        asks("runs", "the run at work"),
        asks("runs", "the last one"),
        asks("runs", "the last one of a shop"),
        HELD,
        asks("sources", "how long Discogs asked us to pause"),
        asks("sources", "whose collection it is"),
        asks("runs", "what is at work, by source"),
        asks("listings", "how many are there"),
        asks("copies", "how many are there"),
        asks("wants", "how many are there"),
        asks("sources", "all of them, with their last sync"),
    ],
    "/api/v1/services/discogs/sync/progress": [asks("runs", "the newest sync")],
    "/api/v1/services/ai/enrich-all/progress": [JOB],
    "/api/v1/services/ai/enrich-all/events": [JOB, JOB],
    "/api/v1/enrichments/failures": [
        asks("enrichments", "the questions that failed"),
        asks("enrichments", "how many there are"),
    ],
    "/api/v1/enrichments": [
        asks("enrichments", "how many questions stand how"),
        asks("enrichment_providers", "how the providers do"),
    ],
    "/api/v1/enrichments/release/501": [
        asks("copies", "whether it is known"),
        ENRICHED,
        asks("enrichments", "all answers"),
        asks("enrichment_choices", "all decisions"),
    ],
    "/api/discogs/search": [],  # nothing is asked for, so it is refused; what is found lies at Discogs
    "/api/jobs": [JOB],
    "/api/jobs/00000000000040008000000000000000": [JOB],
    "/api/jobs/00000000000040008000000000000000/result": [JOB],
    "/api/jobs/00000000000040008000000000000000/events": [JOB],
    # First as the request comes, while it can still be refused; then as the stream, which ends: nothing is at work.
    "/api/sync/events": [AT_WORK, RUNS] * 2,
    "/api/sync/runs": [RUNS],
    "/api/sync/runs/2": [
        RUNS,
        asks("held_removals", "what it holds back"),
        asks("quarantined_items", "what it could not read"),
    ],
}
CHARGED = ("/api/", "/health", "/openapi.json")


@pytest.mark.parametrize("more", [0, 60])
def test_every_call_asks_what_it_must(
    app: Flask,
    client: FlaskClient,
    mirror: MirrorBuilder,
    counted: Callable[[], Any],
    admin: dict[str, str],
    *,
    more: int,
) -> None:
    fill_normally(mirror)
    if more:
        mirror.listings(more, artist="Miles Davis", title="Milestones")
    for address, costs in COSTS.items():
        wanted = [table for cost in costs if (table := getattr(cost, mirror.engine.dialect.name))]
        forget(app)
        first = statements_of(client, counted, admin, address)
        assert len(first) == len(wanted), f"{address}: {first}"
        for table, statement in zip(wanted, first, strict=True):
            assert table in statement, address
        assert len(statements_of(client, counted, admin, address)) <= len(first), address


def test_numbers_that_a_visitor_has_are_not_counted_again(
    app: Flask, client: FlaskClient, mirror: MirrorBuilder, counted: Callable[[], Any]
) -> None:
    mirror.listing()
    tag = client.get("/api/stats").headers["ETag"]
    forget(app)
    with counted() as statements:
        assert client.get("/api/stats", headers={"If-None-Match": tag}).status_code == 304
    assert [table in each for table, each in zip(("mirror_state", "runs", "runs"), statements, strict=True)] == [
        True
    ] * 3
    mirror.listing()
    assert client.get("/api/stats", headers={"If-None-Match": tag}).status_code == 200


def test_a_release_that_a_visitor_has_is_not_read_again(
    client: FlaskClient, mirror: MirrorBuilder, counted: Callable[[], Any]
) -> None:
    fill_normally(mirror)
    address = "/api/data/1000001/release"
    tag = client.get(address).headers["ETag"]
    with counted() as statements:
        assert client.get(address, headers={"If-None-Match": tag}).status_code == 304
    assert len(statements) == 2
    assert not any("body" in each.partition("FROM")[0] for each in statements)


def forget(app: Flask) -> None:
    """As in a process that has just begun."""
    wired = app.extensions[extensions.KEY]
    wired.remembered, wired.latest_columns = Remembered(), Remembered()


def statements_of(client: FlaskClient, counted: Callable[[], Any], admin: dict[str, str], address: str) -> list[str]:
    with counted() as statements, client.get(address, headers=admin) as answer:
        answer.get_data()
    return list(statements)


def test_no_call_is_forgotten(app: Flask) -> None:
    """A new route of the interface has its statements counted here, too."""
    urls = app.url_map.bind("localhost")
    charged = {urls.match(address.partition("?")[0])[0] for address in COSTS}
    documented = {
        operation["operationId"].replace("_", ".", 1)
        for path, item in OpenApiDocument.of(app).as_dict()["paths"].items()
        for method, operation in item.items()
        if method == "get" and path.startswith(CHARGED)
    }
    assert documented <= charged


def test_what_a_person_decides_costs_the_same_in_every_shop(
    client: FlaskClient, mirror: MirrorBuilder, counted: Callable[[], Any], admin: dict[str, str]
) -> None:
    costs = []
    mirror.listing()
    for number in (2, 80, 400):
        held = mirror.listings(number)
        run = mirror.run(outcome="held", removal_digest=digest_of_ids(held), view="owner")
        mirror.hold(run, *held)
        with counted() as confirming:
            confirmation = client.post(f"/api/sync/runs/{run}/confirm", headers=admin).get_json()["run"]["id"]
        with counted() as undoing:
            assert client.post(f"/api/sync/runs/{confirmation}/undo", headers=admin).status_code == 200
        costs.append((len(confirming), len(undoing)))
    assert costs[0] == costs[1] == costs[2]
