"""A listing under the names of the shop CSV. What may go out is listed; everything else stays in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.core.money import from_minor
from app.core.times import discogs_iso

PRIVATE = ("external_id", "format_quantity", "location", "weight")
CSV_COLUMNS = (
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
PUBLIC_CSV_COLUMNS = tuple(name for name in CSV_COLUMNS if name not in PRIVATE)
PUBLIC_FIELDS = (*PUBLIC_CSV_COLUMNS, "created_at", "updated_at", "seller", "ships_from", "allow_offers")

Row = Mapping[Any, Any]


def shop_row(row: Row, *, web_url: str, api_url: str) -> dict[str, Any]:
    """All 39 fields of the shop CSV and the five that the JSON adds, private ones included: callers pick.

    `row` has the columns of a listing, its release and `username`. Prices are exact Decimals; unknown is None.
    """
    listing_id, release_id, master_id = row["listing_id"], row["release_id"], row["master_id"]
    return {
        "artist_names": row["artist"],
        "barcode": row["barcode"],
        "catalog_number": row["catalog_number"],
        "comments": row["comments"],
        "condition": row["condition"],
        "country": row["country"],
        "export_timestamp": row["updated_at"].isoformat(timespec="seconds"),
        "external_id": row["external_id"],
        "format_names": row["format"],
        "format_quantity": row["format_quantity"],
        "genres": row["genres"],
        "image_resource_url": row["image_resource_url"],
        "image_uri": row["image_uri"],
        "label_names": row["label"],
        "listing_id": str(listing_id),
        "location": row["location"],
        "master_id": str(master_id) if master_id else None,
        "master_url": f"{api_url}/masters/{master_id}" if master_id else None,
        "posted": discogs_iso(row["posted_at"]),
        "price_currency": row["price_currency"],
        "price_value": from_minor(row["price_minor"], row["price_currency"]),
        "primary_artist": row["artist"],
        "primary_format": primary_format(row["format"]),
        "primary_label": row["label"],
        "release_community_have": row["community_have"],
        "release_community_want": row["community_want"],
        "release_id": str(release_id),
        "release_resource_url": f"{api_url}/releases/{release_id}",
        "release_title": row["title"],
        "release_uri": f"{web_url}/release/{release_id}",
        "release_year": row["year"],
        "resource_url": f"{api_url}/marketplace/listings/{listing_id}",
        "shipping_currency": row["shipping_currency"],
        "shipping_price": from_minor(row["shipping_minor"], row["shipping_currency"]),
        "sleeve_condition": row["sleeve_condition"],
        "status": row["status"],
        "styles": row["styles"],
        "uri": f"{web_url}/sell/item/{listing_id}",
        "weight": row["weight"],
        "created_at": row["created_at"].isoformat(timespec="seconds"),
        "updated_at": row["updated_at"].isoformat(timespec="seconds"),
        "seller": row["username"],
        "ships_from": row["ships_from"],
        "allow_offers": row["allow_offers"],
    }


def primary_format(text: str | None) -> str | None:
    """The first piece of a Discogs format text. Artists and labels are not cut: a name may hold a comma itself."""
    return text.split(",")[0].strip() or None if text else None
