"""What we export can be read back without loss, whatever its cells hold."""

from __future__ import annotations

import io
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.core.csv_reading import Cells, CsvReader
from app.core.csv_rows import CsvListing, RowParser
from app.core.money import from_minor
from app.core.parsing import clean
from app.core.records import Listing
from app.core.times import discogs_iso
from app.extensions import db
from app.formats.csv_text import csv_text as exported
from app.formats.shop_listing import CSV_FIELDS, Shop, private_item
from app.models import ListingRow, ReleaseRow
from app.services.shop_columns import PRIVATE_COLUMNS, PUBLIC_COLUMNS
from tests.csv_import.conftest import Mirror
from tests.csv_import.files import shop_csv, shop_row

TRICKY = ("=1+1", "'", "''", '"', "\r\n", "\n", ",", ";", "\t", "@x", "-5", "＝", " x ", "\u2028", "\ufeffx", "\x1c")
texts = st.one_of(st.text(), st.lists(st.sampled_from(TRICKY)).map("".join)).map(clean).filter(bool)
maybe_text = st.none() | texts
money = st.tuples(st.integers(1, 10**9), st.sampled_from(["EUR", "USD", "JPY"]))
times = st.datetimes(datetime(2001, 1, 1), datetime(2100, 1, 1)).map(
    lambda moment: moment.replace(microsecond=0, tzinfo=UTC)
)


@st.composite
def listings(draw: st.DrawFn) -> Listing:
    price, currency = draw(st.one_of(st.just((None, None)), money))
    return Listing(
        listing_id=draw(st.integers(1, 2**53)),
        release_id=draw(st.integers(1, 2**53)),
        status=draw(texts),
        condition=draw(maybe_text),
        sleeve_condition=draw(maybe_text),
        posted_at=draw(st.none() | times),
        price_minor=price,
        price_currency=currency,
        title=draw(maybe_text),
        artist=draw(maybe_text),
        label=draw(maybe_text),
        format=draw(maybe_text),
        catalog_number=draw(maybe_text),
        year=draw(st.none() | st.integers(1900, 2026)),
        comments=draw(maybe_text),
        location=draw(maybe_text),
        external_id=draw(maybe_text),
        weight=draw(st.none() | st.integers(0, 2**53)),
        format_quantity=draw(st.none() | st.integers(0, 2**53)),
    )


def item(listing: Listing) -> dict[str, object]:
    """The listing as the export writes it."""
    return dict.fromkeys(CSV_FIELDS) | {
        "listing_id": str(listing.listing_id),
        "release_id": str(listing.release_id),
        "status": listing.status,
        "condition": listing.condition,
        "sleeve_condition": listing.sleeve_condition,
        "posted": discogs_iso(listing.posted_at),
        "price_value": from_minor(listing.price_minor, listing.price_currency),
        "price_currency": listing.price_currency,
        "release_title": listing.title,
        "artist_names": listing.artist,
        "label_names": listing.label,
        "format_names": listing.format,
        "catalog_number": listing.catalog_number,
        "release_year": listing.year,
        "comments": listing.comments,
        "location": listing.location,
        "external_id": listing.external_id,
        "weight": listing.weight,
        "format_quantity": listing.format_quantity,
    }


@settings(deadline=None, max_examples=300)
@given(st.lists(listings(), max_size=5))
def test_what_is_exported_is_what_is_read(sold: list[Listing]) -> None:
    text = b"".join(exported(CSV_FIELDS, [[item(listing) for listing in sold]], bom=True)).decode("utf-8-sig")
    reader = CsvReader(io.StringIO(text, newline=""))
    parser = RowParser(reader.header, reader.delimiter, None, ())
    read = [parser.parse(record) for record in reader if isinstance(record, Cells)]
    assert [record.listing for record in read if isinstance(record, CsvListing)] == sold


def test_a_mirror_exported_and_emptied_is_itself_again(mirror: Mirror) -> None:
    rows = [shop_row(1, release_title="=SUM(A1)", comments="two\r\nlines", genres="Jazz", master_id=7), shop_row(2)]
    mirror.put(shop_csv(rows))
    before = content(mirror)
    mirror.put(export(), clears_mirror=True)
    assert content(mirror) == before


def export() -> bytes:
    """The seller's own export of everything."""
    shop = Shop("https://www.discogs.com", "https://api.discogs.com", {})
    query = select(*PUBLIC_COLUMNS, *PRIVATE_COLUMNS).outerjoin_from(
        ListingRow, ReleaseRow, ReleaseRow.release_id == ListingRow.release_id
    )
    with db.engine.connect() as connection:
        items = [private_item(row, shop) for row in connection.execute(query)]
    return b"".join(exported(CSV_FIELDS, [items]))


def content(mirror: Mirror) -> tuple[object, object]:
    """The listings and what is known of their releases, without when it was learnt."""
    with db.engine.connect() as connection:
        columns = [ListingRow.__table__.c[name] for name in Listing._fields]
        release = ReleaseRow.__table__.c
        facts = [
            release.release_id,
            release.genres,
            release.styles,
            release.country,
            release.barcode,
            release.master_id,
        ]
        return (
            connection.execute(select(*columns).order_by(ListingRow.listing_id)).all(),
            connection.execute(select(*facts).order_by(release.release_id)).all(),
        )
