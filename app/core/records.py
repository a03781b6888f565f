"""A listing as a value: what Discogs owns of it, in one fixed order."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

FOR_SALE, SOLD = "For Sale", "Sold"


class Listing(NamedTuple):
    """One copy for sale. Field order is the column order of the mirror and of the stage."""

    listing_id: int
    release_id: int
    status: str
    condition: str | None = None
    sleeve_condition: str | None = None
    posted_at: datetime | None = None  # aware UTC
    price_minor: int | None = None  # minor units of price_currency
    price_currency: str | None = None
    title: str | None = None
    artist: str | None = None
    label: str | None = None
    format: str | None = None
    catalog_number: str | None = None
    year: int | None = None
    comments: str | None = None
    ships_from: str | None = None
    allow_offers: bool | None = None
    shipping_minor: int | None = None
    shipping_currency: str | None = None
    image_uri: str | None = None
    image_resource_url: str | None = None
    location: str | None = None
    external_id: str | None = None
    weight: int | None = None  # grams
    format_quantity: int | None = None
    quantity: int | None = None


PRIVATE_FIELDS = frozenset({"location", "external_id", "weight", "format_quantity", "quantity"})
IMAGE_FIELDS = frozenset({"image_uri", "image_resource_url"})
PUBLIC_FIELDS = tuple(name for name in Listing._fields if name not in PRIVATE_FIELDS)


class Counters(NamedTuple):
    """Volatile community counters of a release; they never count as a change."""

    have: int | None
    want: int | None


class Parsed(NamedTuple):
    """One readable item of a page."""

    listing: Listing
    counters: Counters
    is_owner_view: bool  # whether the row carried the keys that only the owner gets
    seller_id: int | None
    seller_name: str | None


class Rejected(NamedTuple):
    """One unreadable item of a page, for the quarantine. `item_id` is the key of its stream, where it has one."""

    item_id: int | None
    problem: str
