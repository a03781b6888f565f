"""CSV files as other programs write them, made up for the tests."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

_SHOP = """
artist_names barcode catalog_number comments condition country export_timestamp external_id format_names
format_quantity genres image_resource_url image_uri label_names listing_id location master_id master_url posted
price_currency price_value primary_artist primary_format primary_label release_community_have release_community_want
release_id release_resource_url release_title release_uri release_year resource_url shipping_currency shipping_price
sleeve_condition status styles uri weight
"""
_DISCOGS = """
listing_id artist title label catno format release_id status price listed comments media_condition sleeve_condition
accept_offer external_id weight format_quantity flat_shipping location
"""
SHOP_COLUMNS = _SHOP.split()
OLD_DISCOGS_COLUMNS = _DISCOGS.split()
NEW_DISCOGS_COLUMNS = [*OLD_DISCOGS_COLUMNS[:-2], "location", "quantity"]

Row = Mapping[str, object]


def shop_row(number: int, **changes: object) -> dict[str, object]:
    """One line of a shop CSV; the columns that its exporter could not fill are empty."""
    row: dict[str, object] = dict.fromkeys(SHOP_COLUMNS, "")
    row |= {
        "artist_names": f"Artist {number % 40}",
        "catalog_number": f"CAT {number:05d}",
        "comments": "Light wear",
        "condition": "Very Good Plus (VG+)",
        "export_timestamp": "2026-03-01T10:00:00+00:00",
        "external_id": f"shelf {number % 7}",
        "format_quantity": 1,
        "image_uri": f"https://i.discogs.com/{number}.jpg",
        "label_names": "Blue Note",
        "listing_id": 3_000_000_000 + number,
        "location": "back room",
        "posted": "2026-02-01T11:22:33-08:00",
        "price_currency": "USD",
        "price_value": f"{10 + number % 30}.50",
        "release_id": 1000 + number,
        "release_title": f"Title {number}",
        "release_year": 1950 + number % 60,
        "sleeve_condition": "Very Good (VG)",
        "status": "For Sale",
        "weight": 230,
    }
    return row | changes


def discogs_row(number: int, **changes: object) -> dict[str, object]:
    """One line of a Discogs inventory export, with the columns of both its layouts."""
    row: dict[str, object] = {
        "listing_id": 500_000_000 + number,
        "artist": f"Artist {number}",
        "title": f"Title {number}",
        "label": "Blue Note",
        "catno": f"BLP {number}",
        "format": "LP, Album",
        "release_id": 1000 + number,
        "status": "For Sale",
        "price": "18.5",
        "listed": "2026-02-01 11:22:33",
        "comments": "",
        "media_condition": "Mint (M)",
        "sleeve_condition": "Mint (M)",
        "accept_offer": "N",
        "external_id": "",
        "weight": 230,
        "format_quantity": 1,
        "flat_shipping": "0.0",
        "location": "",
        "quantity": 1,
    }
    return row | changes


def csv_text(columns: Sequence[str], rows: Iterable[Row], *, delimiter: str = ",", ends: str = "\r\n") -> str:
    """The rows as CSV text under their header."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator=ends)
    writer.writerow(columns)
    writer.writerows([row[name] for name in columns] for row in rows)
    return text.getvalue()


def shop_csv(rows: Iterable[Row], **options: str) -> str:
    """A shop CSV."""
    return csv_text(SHOP_COLUMNS, rows, **options)


def old_shop_file() -> str:
    """520 records on 538 lines below the header: 18 comments have a line break."""
    broken = {number: "Seam split\nSide B has a mark" for number in range(5, 520, 29)}
    return shop_csv(shop_row(number, comments=broken.get(number, "")) for number in range(1, 521))
