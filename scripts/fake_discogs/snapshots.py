"""Reads the CSV that Discogs exports, old and new layout, as the listings of a world, and writes it."""

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from .records import Credit, Listing, Release
from .vocabulary import PACIFIC

COLUMNS = [
    "listing_id",
    "artist",
    "title",
    "label",
    "catno",
    "format",
    "release_id",
    "status",
    "price",
    "listed",
    "comments",
    "media_condition",
    "sleeve_condition",
    "accept_offer",
    "external_id",
    "weight",
    "format_quantity",
    "location",
    "quantity",
]


def read(path: Path | str) -> list[Listing]:
    """The listings of an export; skips blank lines and a header line that a spreadsheet sorted into the data."""
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["listing_id"].isdecimal()]
    return [_listing(row) for row in rows]


def write(listings: Iterable[Listing]) -> bytes:
    """The export as Discogs writes it: 19 columns, CRLF, Pacific times, catno and format cut at 50 characters."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows(_row(listing) for listing in listings)
    return out.getvalue().encode("utf-8")


def pacific(moment: datetime) -> str:
    """A moment as Pacific wall time without zone, as exports and their jobs state it."""
    return moment.astimezone(PACIFIC).strftime("%Y-%m-%d %H:%M:%S")


def _listing(row: Mapping[str, str]) -> Listing:
    weight = int(row["weight"] or 0)
    return Listing(
        id=int(row["listing_id"]),
        release=_release(row),
        status=row["status"],
        condition=row["media_condition"],
        sleeve_condition=row["sleeve_condition"],
        comments=row["comments"],
        posted=datetime.fromisoformat(row["listed"]).replace(tzinfo=PACIFIC).astimezone(UTC),
        price=Decimal(row["price"]),
        allow_offers=row["accept_offer"] == "Y",
        weight=weight,
        estimated_weight=weight,
        format_quantity=int(row["format_quantity"] or 1),
        external_id=row["external_id"],
        location=row["location"],
        quantity=int(row.get("quantity") or 1),
    )


def _release(row: Mapping[str, str]) -> Release:
    return Release(
        id=int(row["release_id"]),
        title=row["title"],
        artist=row["artist"],
        label=row["label"],
        catalog_number=row["catno"],
        format=row["format"],
        artists=(Credit(1, row["artist"]),),
        labels=(Credit(1, row["label"], catno=row["catno"]),),
    )


def _row(listing: Listing) -> list[str | int]:
    release = listing.release
    return [
        listing.id,
        # Exports know artists by their proper names: no star for a name variation.
        release.artist.removesuffix("*"),
        release.title,
        release.label[:255],
        release.catalog_number[:50],
        release.format[:50],
        release.id,
        listing.status,
        str(float(listing.price)),
        pacific(listing.posted),
        listing.comments,
        listing.condition,
        listing.sleeve_condition,
        "Y" if listing.allow_offers else "N",
        listing.external_id,
        listing.weight,
        listing.format_quantity,
        listing.location,
        listing.quantity,
    ]
