"""The shop as a CSV file."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

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
