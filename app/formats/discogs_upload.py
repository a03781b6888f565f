"""Files for the importer of Discogs: what to change of listings, and which to delete.

They hold the seller's own words and no one else's, and these as they are: the importer would take a guard against
formulas for a part of the text. The prices have no currency; it is that of the seller's account.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from app.core.downloads import UploadKind
from app.formats.csv_text import csv_text

# Column of the file → field of a listing. Discogs documents `release_id` as what a change needs and takes `listing_id`.
CHANGE_COLUMNS = {
    "listing_id": "listing_id",
    "release_id": "release_id",
    "price": "price_value",
    "media_condition": "condition",
    "sleeve_condition": "sleeve_condition",
    "comments": "comments",
    "accept_offer": "allow_offers",
    "location": "location",
    "external_id": "external_id",
    "weight": "weight",
    "format_quantity": "format_quantity",
}
DELETE_COLUMNS = {"listing_id": "listing_id"}
YES_OR_NO = {True: "Y", False: "N", None: None}


def upload_text(
    kind: UploadKind, batches: Iterable[Sequence[Mapping[str, Any]]], *, bom: bool = False
) -> Iterator[bytes]:
    """A file of that kind for these listings, with all the fields that only the seller sees."""
    columns = DELETE_COLUMNS if kind is UploadKind.DELETE else CHANGE_COLUMNS
    lines = ([_line(item, columns) for item in batch] for batch in batches)
    return csv_text(tuple(columns), lines, bom=bom, is_guarded=False)


def _line(item: Mapping[str, Any], columns: Mapping[str, str]) -> dict[str, Any]:
    line = {column: item[name] for column, name in columns.items()}
    if "accept_offer" in line:
        line["accept_offer"] = YES_OR_NO[line["accept_offer"]]
    return line
