"""The shop as a CSV file."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import pytest
from flask.testing import FlaskClient

from app.core.csv_cells import unguard
from app.formats.shop_listing import CSV_FIELDS, PUBLIC_CSV_FIELDS
from tests.builders import MirrorBuilder
from tests.conftest import FakeClock


def rows_of(text: str) -> list[dict[str, str]]:
    return [
        {name: unguard(cell) for name, cell in row.items()} for row in csv.DictReader(io.StringIO(text, newline=""))
    ]


def test_the_public_columns_in_the_order_of_the_shop_csv(client: FlaskClient, mirror: MirrorBuilder) -> None:
    number = mirror.listing(artist="=HYPERLINK(1)", title="-Minus", comments="two\nlines", location="canary")
    text = client.get("/export/listings.csv").get_data(as_text=True)
    assert text.partition("\r\n")[0] == ",".join(PUBLIC_CSV_FIELDS)
    (row,) = rows_of(text)
    assert (row["listing_id"], row["price_value"], row["price_currency"]) == (str(number), "18.50", "EUR")
    assert (row["artist_names"], row["release_title"], row["comments"]) == ("=HYPERLINK(1)", "-Minus", "two\nlines")
    assert ",'=HYPERLINK(1)," in text
    assert "canary" not in text


def test_all_columns_for_the_admin(client: FlaskClient, mirror: MirrorBuilder, admin: dict[str, str]) -> None:
    mirror.listing(location="@shelf", external_id="'x", weight=230, format_quantity=2)
    text = client.get("/export/listings.csv?private=1", headers=admin).get_data(as_text=True)
    (row,) = rows_of(text)
    assert tuple(row) == CSV_FIELDS
    assert (row["location"], row["external_id"], row["weight"], row["format_quantity"]) == ("@shelf", "'x", "230", "2")


def test_search_filters_apply(client: FlaskClient, mirror: MirrorBuilder) -> None:
    mirror.listing(artist="Nina Simone")
    mirror.listing(artist="Miles Davis")
    (row,) = rows_of(client.get("/export/listings.csv?artist=nina").get_data(as_text=True))
    assert row["artist_names"] == "Nina Simone"


def test_it_is_a_download(client: FlaskClient, mirror: MirrorBuilder, clock: FakeClock) -> None:
    clock.now = datetime(2026, 3, 2, tzinfo=UTC)
    answer = client.get("/export/listings.csv")
    assert answer.content_type == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == (
        "attachment; filename=\"listings-2026-03-02.csv\"; filename*=UTF-8''listings-2026-03-02.csv"
    )


def test_a_byte_order_mark_when_asked_for(client: FlaskClient, mirror: MirrorBuilder) -> None:
    assert client.get("/export/listings.csv?bom=1").data.startswith(b"\xef\xbb\xbfartist_names")
    assert client.get("/export/listings.csv").data.startswith(b"artist_names")


def header_of(data: bytes) -> list[str]:
    return data.decode("utf-8-sig").partition("\r\n")[0].split(",")


def test_the_listings_profile_is_whole_for_the_admin_alone(
    client: FlaskClient, mirror: MirrorBuilder, admin: dict[str, str]
) -> None:
    mirror.listing(location="canary")
    address = "/export/listings.csv?profile=listings"
    public, whole = client.get(address), client.get(address, headers=admin)
    assert header_of(public.data) == list(PUBLIC_CSV_FIELDS)
    assert header_of(whole.data) == list(CSV_FIELDS)
    assert (b"canary" in public.data, b"canary" in whole.data) == (False, True)
    assert client.get(address).data == public.data
    assert {"Authorization", "Cookie"} <= set(public.vary)
    assert "public" not in whole.headers.get("Cache-Control", "")
    assert "ETag" not in whole.headers


def test_a_wrong_token_gets_the_public_columns(client: FlaskClient, mirror: MirrorBuilder) -> None:
    mirror.listing(location="canary")
    wrong = {"Authorization": "Bearer guessed"}
    assert b"canary" not in client.get("/export/listings.csv?profile=listings", headers=wrong).data
    assert client.get("/export/listings.csv?profile=discogs-upload", headers=wrong).status_code == 401
    assert client.get("/export/listings.csv?profile=discogs-upload").status_code == 401


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("profile=full", {"profile": "must be one of listings, discogs-upload"}),
        ("profile=discogs-upload&kind=add", {"kind": "must be one of change, delete"}),
        ("encoding=latin-1", {"encoding": "must be one of utf-8, utf-8-sig"}),
    ],
)
def test_what_there_is_no_such_of(
    client: FlaskClient, mirror: MirrorBuilder, admin: dict[str, str], asked: str, told: dict[str, str]
) -> None:
    answer = client.get(f"/export/listings.csv?{asked}", headers=admin)
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
    assert answer.get_json()["errors"] == told


@pytest.mark.parametrize(
    ("asked", "has_mark"),
    [("encoding=utf-8-sig", True), ("encoding=UTF-8-SIG", True), ("encoding=utf-8&bom=1", False), ("encoding=", False)],
)
def test_the_encoding_is_the_readers_choice(
    client: FlaskClient, mirror: MirrorBuilder, asked: str, has_mark: bool
) -> None:
    mirror.listing(artist="Björk")
    data = client.get(f"/export/listings.csv?{asked}").data
    assert data.startswith(b"\xef\xbb\xbf") is has_mark
    assert "Björk" in data.decode("utf-8-sig")


def test_a_file_that_changes_listings_at_discogs(
    client: FlaskClient, mirror: MirrorBuilder, admin: dict[str, str], clock: FakeClock
) -> None:
    clock.now = datetime(2026, 3, 2, tzinfo=UTC)
    number = mirror.listing(
        artist="=HYPERLINK(1)",
        comments='-10% off, "as new"',
        location="@shelf",
        external_id="A-17",
        weight=230,
        format_quantity=2,
        allow_offers=True,
    )
    release = 500 + number % 1_000_000
    bare = mirror.listing(price_minor=None, price_currency=None, sleeve_condition=None, allow_offers=False)
    answer = client.get("/export/listings.csv?profile=discogs-upload&kind=change&sort=oldest", headers=admin)
    assert "discogs-change-2026-03-02.csv" in answer.headers["Content-Disposition"]
    assert answer.data.decode() == (
        "listing_id,release_id,price,media_condition,sleeve_condition,comments,accept_offer,location,external_id,"
        "weight,format_quantity\r\n"
        f'{number},{release},18.50,Very Good Plus (VG+),Very Good (VG),"-10% off, ""as new""",Y,@shelf,A-17,230,2\r\n'
        f"{bare},{release + 1},,Very Good Plus (VG+),,,N,,,,\r\n"
    )


def test_a_file_that_deletes_what_was_searched_for(
    client: FlaskClient, mirror: MirrorBuilder, admin: dict[str, str]
) -> None:
    gone = mirror.listing(artist="Nina Simone")
    mirror.listing(artist="Miles Davis")
    address = "/export/listings.csv?profile=discogs-upload&kind=delete"
    answer = client.get(f"{address}&artist=nina", headers=admin)
    assert answer.data.decode() == f"listing_id\r\n{gone}\r\n"
    assert "discogs-delete-" in answer.headers["Content-Disposition"]


def test_a_download_takes_a_question_literally(
    client: FlaskClient, mirror: MirrorBuilder, admin: dict[str, str]
) -> None:
    mirror.listings(3, artist="Nina Simone")
    assert client.get("/api/search?q=simome").headers["X-Total-Count"] == "3"
    assert rows_of(client.get("/export/listings.csv?q=simome").get_data(as_text=True)) == []
    answer = client.get("/export/listings.csv?profile=discogs-upload&kind=delete&q=simome", headers=admin)
    assert (answer.data, answer.headers["X-Total-Count"]) == (b"listing_id\r\n", "0")


def test_an_upload_is_of_one_seller(client: FlaskClient, mirror: MirrorBuilder, admin: dict[str, str]) -> None:
    mine = mirror.listing()
    mirror.listing(source_id=mirror.seller("another_seller"))
    address = "/export/listings.csv?profile=discogs-upload&kind=delete"
    refused = client.get(address, headers=admin)
    assert (refused.status_code, list(refused.get_json()["errors"])) == (400, ["seller"])
    assert client.get(f"{address}&seller=Example_Seller", headers=admin).data.decode() == f"listing_id\r\n{mine}\r\n"
