"""The shop as JSON."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text, update

from app.api.schemas import ListingSchema
from app.core.notices import NOT_AFFILIATED, PROVIDED_BY
from app.formats.shop_listing import PUBLIC_FIELDS
from app.models import MirrorState
from tests.builders import DAY, MirrorBuilder
from tests.conftest import FakeClock

PROBLEM = "application/problem+json"
CANARIES = {
    "location": "canary-shelf-7",
    "external_id": "canary-external",
    "weight": 987_654_321,
    "format_quantity": 876_543_210,
    "quantity": 765_432_109,
}


def test_all_listings_newest_first(client: FlaskClient, mirror: MirrorBuilder) -> None:
    ids = [mirror.listing(posted_at=DAY.replace(day=day)) for day in (3, 1, 2)]
    answer = client.get("/api/data")
    assert answer.status_code == 200
    assert answer.content_type == "application/json"
    assert [item["listing_id"] for item in answer.get_json()] == [str(ids[0]), str(ids[2]), str(ids[1])]


def test_a_listing_has_exactly_the_promised_fields(client: FlaskClient, mirror: MirrorBuilder) -> None:
    number = mirror.listing(
        release_id=77,
        artist="Miles Davis",
        title="Kind Of Blue",
        label="Columbia, Columbia",
        format="2xLP, Album",
        catalog_number="CL 1355",
        year=1959,
        comments="plays <fine>",
        ships_from="Germany",
        allow_offers=True,
        shipping_minor=450,
        shipping_currency="EUR",
        image_uri="https://i.discogs.com/a.jpg",
        image_resource_url="https://i.discogs.com/b.jpg",
        **CANARIES,
    )
    mirror.release(
        77, country="US", genres="Jazz", styles="Modal", master_id=5460, community_have=10, community_want=20
    )
    assert client.get(f"/api/data/{number}").get_json() == {
        "artist_names": "Miles Davis",
        "barcode": None,
        "catalog_number": "CL 1355",
        "comments": "plays <fine>",
        "condition": "Very Good Plus (VG+)",
        "country": "US",
        "export_timestamp": "2026-03-01T08:00:00+00:00",
        "format_names": "2xLP, Album",
        "genres": "Jazz",
        "image_resource_url": "https://i.discogs.com/b.jpg",
        "image_uri": "https://i.discogs.com/a.jpg",
        "label_names": "Columbia, Columbia",
        "listing_id": str(number),
        "master_id": "5460",
        "master_url": "https://api.discogs.com/masters/5460",
        "posted": "2026-03-01T00:01:00-08:00",
        "price_currency": "EUR",
        "price_value": 18.5,
        "primary_artist": "Miles Davis",
        "primary_format": "LP",
        "primary_label": "Columbia",
        "release_community_have": 10,
        "release_community_want": 20,
        "release_id": "77",
        "release_resource_url": "https://api.discogs.com/releases/77",
        "release_title": "Kind Of Blue",
        "release_uri": "https://www.discogs.com/release/77",
        "release_year": 1959,
        "resource_url": f"https://api.discogs.com/marketplace/listings/{number}",
        "shipping_currency": "EUR",
        "shipping_price": 4.5,
        "sleeve_condition": "Very Good (VG)",
        "status": "For Sale",
        "styles": "Modal",
        "uri": f"https://www.discogs.com/sell/item/{number}",
        "created_at": "2026-03-01T08:00:00+00:00",
        "updated_at": "2026-03-01T08:00:00+00:00",
        "seller": "example_seller",
        "ships_from": "Germany",
        "allow_offers": True,
    }


def test_the_documented_fields_are_those_that_go_out(client: FlaskClient, mirror: MirrorBuilder) -> None:
    mirror.listing()
    (item,) = client.get("/api/data").get_json()
    assert set(item) == set(PUBLIC_FIELDS) == set(ListingSchema().fields)
    assert ListingSchema().validate({name: value for name, value in item.items() if value is not None}) == {}


def test_unknown_is_null(client: FlaskClient, mirror: MirrorBuilder) -> None:
    mirror.listing(price_minor=None, price_currency=None, posted_at=None, condition=None, sleeve_condition=None)
    (item,) = client.get("/api/data").get_json()
    known = {name for name, value in item.items() if value is not None}
    assert known == {
        "export_timestamp",
        "listing_id",
        "release_id",
        "release_resource_url",
        "release_uri",
        "resource_url",
        "status",
        "uri",
        "created_at",
        "updated_at",
        "seller",
    }


@pytest.mark.parametrize(
    ("minor", "currency", "price"),
    [
        (1850, "EUR", "18.50"),
        (1, "USD", "0.01"),
        (1850, "JPY", "1850"),
        (1999, "GBP", "19.99"),
        (10**13, "EUR", "1e11"),
    ],
)
def test_a_price_is_exactly_the_sellers(
    client: FlaskClient, mirror: MirrorBuilder, minor: int, currency: str, price: str
) -> None:
    mirror.listing(price_minor=minor, price_currency=currency)
    (item,) = json.loads(client.get("/api/data").data, parse_float=Decimal, parse_int=Decimal)
    assert item["price_value"] == Decimal(price)
    assert item["price_currency"] == currency


def test_private_fields_are_in_no_public_answer(client: FlaskClient, mirror: MirrorBuilder) -> None:
    number = mirror.listing(artist="Someone", **CANARIES)
    gone = mirror.listing(removed="sold", comments="canary-comment", **CANARIES)
    draft = mirror.listing(status="Draft", artist="canary-draft", **CANARIES)
    changed = {name: [value, value] for name, value in CANARIES.items()}
    mirror.change(number, "update", public_kind="update", fields=changed | {"comments": ["a", "b"]})
    mirror.change(draft, "update", public_kind="add", fields={"comments": ["canary-before", "b"]})
    mirror.change(gone, "update", public_kind="remove", fields={"comments": ["a", "canary-after"]})
    mirror.change(draft, "update", public_kind=None, fields={"comments": ["canary-silent", "b"]})
    run = mirror.run(outcome="held", detail="canary-detail")
    mirror.quarantine(run, place="canary-place", problem="p", raw="canary-raw")
    paths = [
        "/api/data",
        *(f"/api/data/{each}" for each in (number, gone, draft)),
        "/api/search?q=someone",
        "/api/search?artist=someone",
        "/api/stats",
        "/api/changes",
        "/health",
        "/healthz",
        "/export/listings.csv",
        "/export/listings.csv?private=1",
    ]
    for path in paths:
        body = client.get(path).get_data(as_text=True)
        assert "canary" not in body, path
        for name, secret in CANARIES.items():
            assert str(secret) not in body, path
            assert name == "quantity" or f'"{name}"' not in body, path


def test_a_draft_does_not_exist(client: FlaskClient, mirror: MirrorBuilder) -> None:
    draft = mirror.listing(status="Draft", artist="Secret")
    erased = mirror.listing(status="Draft", artist="Secret", removed="deleted")
    assert client.get("/api/data").get_json() == client.get("/api/search?q=secret").get_json() == []
    assert client.get("/api/stats").get_json()["total_listings"] == 0
    for number in (draft, erased):
        assert client.get(f"/api/data/{number}").status_code == 404
    assert str(draft) not in client.get("/export/listings.csv").get_data(as_text=True)


def test_a_shop_that_waits_is_not_shown(client: FlaskClient, mirror: MirrorBuilder) -> None:
    waiting = mirror.listing(source_id=mirror.seller("waiting", is_active=False))
    assert client.get("/api/data").get_json() == []
    assert client.get(f"/api/data/{waiting}").status_code == 404
    assert client.get("/api/stats").get_json()["total_listings"] == 0


@pytest.mark.parametrize("number", ["1", "0", "-1", "abc", "1.0", "٣", "9" * 30, "9223372036854775807", "01", "%00"])
def test_an_unknown_listing_is_not_found(client: FlaskClient, mirror: MirrorBuilder, number: str) -> None:
    answer = client.get(f"/api/data/{number}")
    assert (answer.status_code, answer.content_type) == (404, PROBLEM)


def test_a_removed_listing_is_gone(client: FlaskClient, mirror: MirrorBuilder) -> None:
    number = mirror.listing(removed="sold")
    answer = client.get(f"/api/data/{number}")
    assert (answer.status_code, answer.content_type) == (410, PROBLEM)
    assert answer.get_json() | {"removed_at": "2026-03-02T08:00:00+00:00", "reason": "sold"} == answer.get_json()


def test_a_listing_that_was_withdrawn_is_gone_with_the_time_it_left(client: FlaskClient, mirror: MirrorBuilder) -> None:
    number = mirror.listing(status="Sold")
    mirror.change(number, "add", public_kind="add")
    mirror.change(number, "update", public_kind="remove", fields={"status": ["For Sale", "Sold"]})
    answer = client.get(f"/api/data/{number}")
    assert answer.status_code == 410
    assert answer.get_json()["reason"] == "sold"
    assert answer.get_json()["removed_at"] == "2026-03-01T10:00:00+00:00"


def test_pages_are_linked_and_counted(client: FlaskClient, mirror: MirrorBuilder) -> None:
    mirror.listings(25, artist="Same")
    answer = client.get("/api/search?q=same&limit=10&page=2")
    assert len(answer.get_json()) == 10
    assert answer.headers["X-Total-Count"] == "25"
    links = dict(reversed(link.split("; rel=")) for link in answer.headers["Link"].split(", "))
    assert links == {
        f'"{name}"': f"<http://localhost/api/search?q=same&limit=10&page={page}>"
        for name, page in {"first": 1, "prev": 1, "next": 3, "last": 3}.items()
    }


def test_without_a_limit_everything_comes_and_no_links(client: FlaskClient, mirror: MirrorBuilder) -> None:
    mirror.listings(1203, artist="Same")
    for path in ("/api/data", "/api/search?q=same", "/api/search?artist=same"):
        answer = client.get(path)
        assert len(answer.get_json()) == int(answer.headers["X-Total-Count"]) == 1203
        assert "Link" not in answer.headers


@pytest.mark.parametrize("path", ["/api/data", "/api/search?limit=20", "/api/facets", "/"])
@pytest.mark.parametrize("coding", ["gzip", "identity"])
def test_a_head_tells_what_a_get_would(client: FlaskClient, mirror: MirrorBuilder, path: str, coding: str) -> None:
    mirror.listings(30)
    whole, head = (
        ask(path, headers={"Accept-Encoding": coding, "X-Request-ID": "one"}) for ask in (client.get, client.head)
    )
    assert head.data == b""
    assert {**head.headers} == {**whole.headers}


@pytest.mark.parametrize("sort", ["newest", "price"])
def test_a_limit_beyond_a_thousand_is_sent_while_it_is_read(
    client: FlaskClient, mirror: MirrorBuilder, sort: str
) -> None:
    mirror.listings(2203, artist="Same")
    for path in ("/api/data?", "/api/search?q=same&", f"/api/search?q=same&sort={sort}&"):
        whole = client.get(f"{path}limit={10**20}")
        assert len(whole.get_json()) == int(whole.headers["X-Total-Count"]) == 2203
        assert "Content-Length" not in whole.headers
        assert 'rel="next"' not in whole.headers["Link"]
        first, second = (client.get(f"{path}limit=1102&page={page}") for page in (1, 2))
        assert first.get_json() + second.get_json() == whole.get_json()
        assert 'page=2>; rel="next"' in first.headers["Link"]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("limit=0", "limit"),
        ("limit=-1", "limit"),
        ("limit=1e9", "limit"),
        ("page=0", "page"),
        ("year=x", "year"),
        ("price_min=NaN", "price_min"),
        ("sort=random()", "sort"),
        (f"q={'x' * 100_000}", "q"),
        (f"q={'%20a' * 65}", "q"),
    ],
)
def test_a_parameter_that_cannot_be_used_is_named(
    client: FlaskClient, mirror: MirrorBuilder, query: str, name: str
) -> None:
    for path in ("/api/search", "/export/listings.csv"):
        answer = client.get(f"{path}?{query}")
        assert (answer.status_code, answer.content_type) == (400, PROBLEM)
        assert list(answer.get_json()["errors"]) == [name]


@pytest.mark.parametrize(
    "text_", ["' OR 1=1", "%", "_", "AC/DC", '12"', "!!!", "NEAR(", "%00", "%ff%fe", "%ed%a0%80", "[]"]
)
def test_hostile_texts_are_answered(client: FlaskClient, mirror: MirrorBuilder, text_: str) -> None:
    mirror.listing(artist="Nina Simone")
    for name in ("q", "artist", "format", "genre", "condition", "seller", "currency"):
        assert client.get(f"/api/search?{name}={text_}").status_code == 200


def test_nothing_is_read_for_those_who_have_it_already(
    client: FlaskClient, mirror: MirrorBuilder, counted: Callable[[], Any]
) -> None:
    number = mirror.listing(artist="Same")
    for path in (
        "/api/data",
        f"/api/data/{number}",
        "/api/search?q=same",
        "/api/search?artist=same&limit=5",
        "/api/changes",
        "/export/listings.csv",
    ):
        tag = client.get(path).headers["ETag"]
        with counted() as statements:
            answer = client.get(path, headers={"If-None-Match": tag})
        assert (answer.status_code, answer.data) == (304, b"")
        assert answer.headers["ETag"] == tag
        # One statement: which version of the mirror is shown. No listing is read.
        assert len(statements) == 1, path
        assert "listings" not in statements[0]


def test_an_answer_costs_a_fixed_number_of_statements(
    client: FlaskClient, mirror: MirrorBuilder, counted: Callable[[], Any]
) -> None:
    mirror.listings(3, artist="Same")
    with counted() as few:
        client.get("/api/data")
    mirror.listings(50, artist="Same")
    with counted() as many:
        client.get("/api/data")
    # The version for the validator; the same, with the count, within the transaction that reads; the documents.
    assert len(few) == len(many) == 3


def test_another_state_has_another_validator(client: FlaskClient, mirror: MirrorBuilder) -> None:
    mirror.listing()
    before = client.get("/api/data").headers["ETag"]
    mirror.listing()
    after = client.get("/api/data", headers={"If-None-Match": before})
    assert after.status_code == 200
    assert after.headers["ETag"] != before
    assert client.get("/api/search?q=a").headers["ETag"] != client.get("/api/search?q=b").headers["ETag"]


def test_who_knows_anything_at_all_is_told_of_what_is_there(client: FlaskClient, mirror: MirrorBuilder) -> None:
    anything = {"If-None-Match": "*"}
    number = mirror.listing()
    for path in (f"/api/data/{number}", "/api/data", "/api/search?limit=5"):
        answer = client.get(path, headers=anything)
        assert (answer.status_code, answer.data) == (304, b"")
        assert answer.headers["ETag"]
    for path in (f"/api/data/{number + 1}", f"/api/data/{number + 1}/history", f"/listing/{number + 1}"):
        assert client.get(path, headers=anything).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/api/data",
        "/api/data/{}",
        "/api/data/{}/history",
        "/api/search?q=same",
        "/api/search?artist=same&limit=5",
        "/api/facets",
        "/api/changes",
        "/export/listings.csv",
        "/feeds/new.atom",
        "/sitemap.xml",
        "/sitemap-pages.xml",
        "/sitemap-listings-1.xml",
    ],
)
def test_a_version_that_came_again_after_a_restore_is_not_the_same(
    client: FlaskClient, mirror: MirrorBuilder, path: str
) -> None:
    path = path.format(mirror.listing(artist="Same"))
    before = client.get(path).headers["ETag"]
    with mirror.engine.begin() as connection:
        connection.execute(update(MirrorState).values(changed_at=datetime(2031, 1, 1, tzinfo=UTC)))
    after = client.get(path, headers={"If-None-Match": before})
    assert after.status_code == 200
    assert after.headers["ETag"] != before


def test_gzip_for_those_who_accept_it(client: FlaskClient, mirror: MirrorBuilder) -> None:
    mirror.listings(5)
    plain = client.get("/api/data")
    packed = client.get("/api/data", headers={"Accept-Encoding": "gzip, br"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert "Content-Encoding" not in plain.headers
    assert plain.headers["ETag"] == packed.headers["ETag"]
    assert "Accept-Encoding" in plain.headers["Vary"]
    assert "Content-Encoding" not in client.get("/api/data", headers={"Accept-Encoding": "gzip;q=0"}).headers
    assert "Content-Encoding" not in client.get("/healthz", headers={"Accept-Encoding": "gzip"}).headers


def test_head_has_the_headers_of_get_and_no_body(client: FlaskClient, mirror: MirrorBuilder, clock: FakeClock) -> None:
    clock.now = DAY + timedelta(minutes=1)
    number = mirror.listing()
    for path in ("/api/data", f"/api/data/{number}", "/api/search", "/api/stats", "/export/listings.csv", "/health"):
        head, get = client.head(path), client.get(path)
        assert (head.status_code, head.data) == (200, b"")
        assert {name: head.headers.get(name) for name in ("ETag", "Content-Type", "X-Total-Count")} == {
            name: get.headers.get(name) for name in ("ETag", "Content-Type", "X-Total-Count")
        }


def test_statistics_are_exact_per_currency(client: FlaskClient, mirror: MirrorBuilder, clock: FakeClock) -> None:
    for minor, currency in ((1, "EUR"), (1998, "EUR"), (500, "JPY"), (None, None)):
        mirror.listing(price_minor=minor, price_currency=currency, release_id=1 if minor else 2)
    mirror.release(1, genres="Jazz")
    stats = client.get("/api/stats").get_json()
    assert stats["total_listings"] == 4
    assert stats["last_updated"] == "2026-03-01T08:00:00+00:00"
    assert stats["currencies"] == [
        {"currency": "EUR", "count": 2, "value": 19.99},
        {"currency": "JPY", "count": 1, "value": 500},
    ]
    assert stats["without_price"] == 1
    assert stats["sellers"] == [{"seller": "example_seller", "count": 4}]
    assert stats["coverage"]["genres"] == {"known": 3, "of": 4}
    assert stats["attribution"] == [PROVIDED_BY, NOT_AFFILIATED]
    assert stats["last_sync"] == {"time": "2026-03-01T08:00:30+00:00", "outcome": "applied", "reason": None}


def test_age_counts_from_the_last_whole_picture(client: FlaskClient, mirror: MirrorBuilder, clock: FakeClock) -> None:
    clock.now = DAY
    assert client.get("/api/stats").get_json()["stale"] is False
    clock.advance(hours=3)
    mirror.run(outcome="failed", reason="net.timeout", started_at=clock.now, finished_at=clock.now)
    mirror.run(outcome="applied_no_removals", reason="page.drift", is_complete=False, started_at=clock.now)
    mirror.run(outcome="held", reason="guard.shrink", started_at=clock.now)
    stats = client.get("/api/stats").get_json()
    assert (stats["age_seconds"], stats["stale"]) == (3 * 3600, True)
    mirror.run(started_at=clock.now)
    assert client.get("/api/stats").get_json()["age_seconds"] == 0


def test_a_shop_that_shows_only_its_first_ten_thousand_is_partial(client: FlaskClient, mirror: MirrorBuilder) -> None:
    assert client.get("/api/stats").get_json()["partial"] is False
    mirror.run(outcome="applied_no_removals", reason="page.cap", is_complete=False)
    stats = client.get("/api/stats").get_json()
    assert stats["partial"] is True
    assert "10,000" in stats["partial_reason"]


def test_a_mirror_that_never_synced_is_stale(client: FlaskClient, mirror: MirrorBuilder) -> None:
    mirror.seller("second")
    stats = client.get("/api/stats").get_json()
    assert (stats["age_seconds"], stats["stale"]) == (None, True)


def test_statistics_are_validated_to_the_minute(client: FlaskClient, mirror: MirrorBuilder, clock: FakeClock) -> None:
    clock.now = DAY
    tag = client.get("/api/stats").headers["ETag"]
    clock.advance(seconds=30)
    answer = client.get("/api/stats", headers={"If-None-Match": tag})
    assert answer.status_code == 304
    assert answer.headers["Cache-Control"] == "no-cache"
    clock.advance(seconds=31)
    assert client.get("/api/stats", headers={"If-None-Match": tag}).status_code == 200


def test_changes_can_be_followed(client: FlaskClient, mirror: MirrorBuilder) -> None:
    first = mirror.change(7, "add", public_kind="add")
    mirror.change(8, "update", public_kind=None, fields={"location": ["a", "b"]})
    fields = {"price_value": ["18.50", "19.00"], "release_id": [1, 2], "comments": [None, "x"], "quantity": [1, 2]}
    second = mirror.change(7, "update", public_kind="update", fields=fields)
    third = mirror.change(7, "remove", public_kind="remove", fields={"removed_reason": [None, "sold"]})
    page = client.get("/api/changes?limit=2").get_json()
    assert page["next"] == second
    assert page["changes"] == [
        {"seq": first, "at": "2026-03-01T10:00:00+00:00", "kind": "add", "listing_id": "7", "fields": {}},
        {
            "seq": second,
            "at": "2026-03-01T10:00:00+00:00",
            "kind": "update",
            "listing_id": "7",
            "fields": {"price_value": [18.5, 19.0], "release_id": ["1", "2"], "comments": [None, "x"]},
        },
    ]
    page = client.get(f"/api/changes?since={second}").get_json()
    assert [(each["seq"], each["kind"]) for each in page["changes"]] == [(third, "remove")]
    assert page["changes"][0]["fields"] == {"removed_reason": [None, "sold"]}
    assert client.get(f"/api/changes?since={third}").get_json() == {"changes": [], "next": third}


@pytest.mark.parametrize("query", ["since=-1", "since=x", f"since={2**63}", "limit=0", "limit=1001", "limit=1.5"])
def test_changes_refuse_what_they_cannot_answer(client: FlaskClient, mirror: MirrorBuilder, query: str) -> None:
    answer = client.get(f"/api/changes?{query}")
    assert (answer.status_code, answer.content_type) == (400, PROBLEM)
    assert list(answer.get_json()["errors"]) == [query.partition("=")[0]]


def test_reading_writes_nothing(
    client: FlaskClient, mirror: MirrorBuilder, admin: dict[str, str], clock: FakeClock
) -> None:
    number = mirror.listing()
    run = mirror.run(outcome="held")
    mirror.hold(run, number)
    clock.now = DAY + timedelta(minutes=1)
    before = digest(mirror)
    for path in (
        "/api/data",
        f"/api/data/{number}",
        "/api/search?artist=x",
        "/api/stats",
        "/api/changes",
        "/health",
        "/healthz",
        "/export/listings.csv",
        "/export/listings.csv?private=1",
        "/api/sync/status",
        "/api/sync/runs",
        f"/api/sync/runs/{run}",
    ):
        assert client.get(path, headers=admin).status_code == 200, path
    assert digest(mirror) == before


def digest(mirror: MirrorBuilder) -> dict[str, list[str]]:
    tables = ("accounts", "sources", "runs", "listings", "releases", "changes", "held_removals", "mirror_state")
    with mirror.engine.connect() as connection:
        return {
            table: sorted(repr(tuple(row)) for row in connection.execute(text(f"SELECT * FROM {table}")))
            for table in tables
        }
