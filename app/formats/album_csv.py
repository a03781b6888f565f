"""Albums as rows of CSV: the documented columns, and those of Discogs' own website (discogs-api: "website's CSV")."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from app.core.times import website_time
from app.formats.album import Item

PUBLIC_FIELDS = (
    "id",
    "release_id",
    "artist",
    "title",
    "label",
    "catalog_number",
    "format",
    "year",
    "genres",
    "styles",
    "country",
    "rating",
    "date_added",
    "master_id",
    "uri",
    "owner",
)
OWN_FIELDS = (*PUBLIC_FIELDS, "folder_id", "folder", "notes")
# Column of the website → field of an album. What follows them are the owner's own fields, named "Collection …".
WEBSITE = {
    "Catalog#": "catalog_number",
    "Artist": "artist",
    "Title": "title",
    "Label": "label",
    "Format": "format",
    "Rating": "rating",
    "Released": "year",
    "release_id": "release_id",
    "CollectionFolder": "folder",
    "Date Added": "date_added",
}
OWN_FIELD = "Collection "


def album_row(item: Item) -> Mapping[str, Any]:
    """An album under OWN_FIELDS: lists are joined, notes are JSON. What its reader may not know is empty."""
    notes = item.get("notes")
    return {
        **{name: item.get(name) for name in OWN_FIELDS},
        "genres": ", ".join(item["genres"]) or None,
        "styles": ", ".join(item["styles"]) or None,
        "notes": orjson.dumps(notes).decode() if notes else None,
    }


def website_columns(fields: Mapping[int, str]) -> tuple[Sequence[str], Sequence[str]]:
    """The keys of a row and the header above them, for an owner with these fields (id → name); names may repeat."""
    own = [str(number) for number in fields]
    return [*WEBSITE, *own], [*WEBSITE, *(OWN_FIELD + name for name in fields.values())]


def website_row(item: Item, fields: Mapping[int, str]) -> Mapping[str, Any]:
    """An album of its owner as the website writes it: no year is 0, a time has no zone."""
    added = item["date_added"]
    noted = {note["field_id"]: note["value"] for note in item["notes"]}
    return {
        **{column: item[name] for column, name in WEBSITE.items()},
        "Released": item["year"] or 0,
        "Date Added": website_time(None if added is None else datetime.fromisoformat(added)),
        **{str(number): noted.get(number) for number in fields},
    }
