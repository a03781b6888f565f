"""A listing as the outside knows it: which fields there are, what they are called, and which may go out.

The allow-lists stand here alone. A column that is not named here is never shown.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Row

from app.core.money import exponent, from_minor
from app.core.text import COUNTED
from app.core.times import discogs_iso

# The shop CSV, whose columns are in alphabetical order.
CSV_FIELDS = (
    "artist_names",
    "barcode",
    "catalog_number",
    "comments",
    "condition",
    "country",
    "export_timestamp",
    "external_id",
    "format_names",
    "format_quantity",
    "genres",
    "image_resource_url",
    "image_uri",
    "label_names",
    "listing_id",
    "location",
    "master_id",
    "master_url",
    "posted",
    "price_currency",
    "price_value",
    "primary_artist",
    "primary_format",
    "primary_label",
    "release_community_have",
    "release_community_want",
    "release_id",
    "release_resource_url",
    "release_title",
    "release_uri",
    "release_year",
    "resource_url",
    "shipping_currency",
    "shipping_price",
    "sleeve_condition",
    "status",
    "styles",
    "uri",
    "weight",
)
PRIVATE_CSV_FIELDS = ("external_id", "format_quantity", "location", "weight")
PUBLIC_CSV_FIELDS = tuple(name for name in CSV_FIELDS if name not in PRIVATE_CSV_FIELDS)
PUBLIC_FIELDS = (*PUBLIC_CSV_FIELDS, "created_at", "updated_at", "seller", "ships_from", "allow_offers")

Item = dict[str, Any]

AMOUNTS = (("price_value", "price_currency"), ("shipping_price", "shipping_currency"))
# Below that a float tells amounts of money apart to the last digit, and far beyond.
SAFE_AMOUNT = 1e11

# Documents are kept as they were made: whoever changes what `public_item` says counts this up.
FORM = 2


@dataclass(frozen=True, slots=True)
class Shop:
    """What every listing of the shop shares: where Discogs lives, and who sells (by source id)."""

    web_url: str
    api_url: str
    sellers: Mapping[int, str]


class Listed(NamedTuple):
    """What a listing is shown from: the columns that are read, in the order in which they are read."""

    listing_id: int
    source_id: int
    release_id: int
    status: str
    condition: str | None
    sleeve_condition: str | None
    posted_at: datetime | None
    price_minor: int | None
    price_currency: str | None
    title: str | None
    artist: str | None
    label: str | None
    format: str | None  # its own words, or those of its release where it has none
    catalog_number: str | None
    year: int | None
    comments: str | None
    ships_from: str | None
    allow_offers: bool | None
    shipping_minor: int | None
    shipping_currency: str | None
    image_uri: str | None
    image_resource_url: str | None
    created_at: datetime
    updated_at: datetime
    country: str | None
    genres: str | None
    styles: str | None
    barcode: str | None
    master_id: int | None
    community_have: int | None
    community_want: int | None


WIDTH = len(Listed._fields)


def public_item(listed: Sequence[Any], shop: Shop) -> Item:
    """The public fields of a row that begins as Listed does. Amounts are Decimal, times text, unknown is None."""
    return shown(Listed(*listed[:WIDTH]), shop)


def shown(row: Listed, shop: Shop) -> Item:
    """The public fields of a listing. Amounts are Decimal, times text, unknown is None."""
    updated_at = _iso(row.updated_at)
    return {
        "artist_names": row.artist,
        "barcode": row.barcode,
        "catalog_number": row.catalog_number,
        "comments": row.comments,
        "condition": row.condition,
        "country": row.country,
        "export_timestamp": updated_at,
        "format_names": row.format,
        "genres": row.genres,
        "image_resource_url": row.image_resource_url,
        "image_uri": row.image_uri,
        "label_names": row.label,
        "listing_id": str(row.listing_id),
        "master_id": None if row.master_id is None else str(row.master_id),
        "master_url": None if row.master_id is None else f"{shop.api_url}/masters/{row.master_id}",
        "posted": discogs_iso(row.posted_at),
        "price_currency": row.price_currency,
        "price_value": from_minor(row.price_minor, row.price_currency),
        "primary_artist": primary_name(row.artist),
        "primary_format": primary_format(row.format),
        "primary_label": primary_name(row.label),
        "release_community_have": row.community_have,
        "release_community_want": row.community_want,
        "release_id": str(row.release_id),
        "release_resource_url": f"{shop.api_url}/releases/{row.release_id}",
        "release_title": row.title,
        "release_uri": f"{shop.web_url}/release/{row.release_id}",
        "release_year": row.year,
        "resource_url": f"{shop.api_url}/marketplace/listings/{row.listing_id}",
        "shipping_currency": row.shipping_currency,
        "shipping_price": from_minor(row.shipping_minor, row.shipping_currency),
        "sleeve_condition": row.sleeve_condition,
        "status": row.status,
        "styles": row.styles,
        "uri": f"{shop.web_url}/sell/item/{row.listing_id}",
        "created_at": _iso(row.created_at),
        "updated_at": updated_at,
        "seller": shop.sellers.get(row.source_id),
        "ships_from": row.ships_from,
        "allow_offers": row.allow_offers,
    }


def item_of(document: bytes) -> Item:
    """What `public_item` said, of the JSON that was made of it; amounts are Decimal with all their digits again.

    >>> item_of(b'{"price_value": 18.50, "price_currency": "EUR", "shipping_price": null, "shipping_currency": null}')
    {'price_value': Decimal('18.50'), 'price_currency': 'EUR', 'shipping_price': None, 'shipping_currency': None}
    """
    item: Item = orjson.loads(document)
    for amount, currency in AMOUNTS:
        told = item[amount]
        if told is None:
            continue
        if not -SAFE_AMOUNT < told < SAFE_AMOUNT:
            item[amount] = json.loads(document, parse_float=Decimal, parse_int=Decimal)[amount]
        else:
            code = item[currency]
            item[amount] = from_minor(round(told * 10 ** exponent(code)), code)
    return item


def private_item(row: Row[*tuple[Any, ...]], shop: Shop) -> Item:
    """All fields of a row that begins as Listed does and has the private columns; for the seller alone."""
    return public_item(row, shop) | {name: getattr(row, name) for name in PRIVATE_CSV_FIELDS}


@lru_cache(maxsize=4096)  # a run gives all its rows the same moment
def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


# Artists, labels and formats repeat: most of a shop is found here.
@lru_cache(maxsize=8192)
def primary_name(text: str | None) -> str | None:
    """The first name of a list. Commas occur within names too, so only a repeated name is taken apart.

    >>> primary_name("Columbia, Columbia"), primary_name("Earth, Wind & Fire")
    ('Columbia', 'Earth, Wind & Fire')
    """
    first, comma, _ = (text or "").partition(", ")
    if comma and all(name == first for name in (text or "").split(", ")):
        return first
    return text


@lru_cache(maxsize=8192)
def primary_format(text: str | None) -> str | None:
    """The first format, without its count.

    >>> primary_format("2xLP, Album, RE"), primary_format('12", EP')
    ('LP', '12"')
    """
    first = (text or "").partition(",")[0].strip()
    counted = COUNTED.match(first)
    return (counted.group(1) if counted else first) or None
