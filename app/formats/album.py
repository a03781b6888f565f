"""A copy of a collection as the outside knows it: which fields there are, and which may go out to whom.

The allow-lists stand here alone. A column that is not named here is never shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from app.core.genres import genre_values, listed_values
from app.core.times import discogs_iso

Item = dict[str, Any]


class Shelved(NamedTuple):
    """What a copy is shown from: the columns that are read, in the order in which they are read."""

    source_id: int
    instance_id: int
    release_id: int
    title: str | None
    artist: str | None
    label: str | None
    catalog_number: str | None
    format: str | None
    year: int | None
    genres: str | None
    styles: str | None
    country: str | None
    rating: int | None
    added_at: datetime | None
    thumb: str | None
    cover_image: str | None
    master_id: int | None
    created_at: datetime
    updated_at: datetime
    removed_at: datetime | None
    folder_id: int | None  # private, and so is all that follows
    notes: str | None


@dataclass(frozen=True, slots=True)
class Labels:
    """What the numbers in copies mean: where Discogs lives; by source, who owns it and its folders and fields."""

    web_url: str
    api_url: str
    owners: Mapping[int, str]
    folders: Mapping[tuple[int, int], str]
    fields: Mapping[tuple[int, int], str]


def public_album(row: Shelved, labels: Labels) -> Item:
    """What everybody may know of a copy. Times are text, unknown is None."""
    return {
        "id": str(row.instance_id),
        "release_id": str(row.release_id),
        "title": row.title,
        "artist": row.artist,
        "label": row.label,
        "catalog_number": row.catalog_number,
        "format": row.format,
        "year": row.year,
        "genres": list(genre_values(row.genres)),
        "styles": list(listed_values(row.styles)),
        "country": row.country,
        "rating": row.rating,
        "date_added": discogs_iso(row.added_at),
        "images": _images(row),
        "master_id": None if row.master_id is None else str(row.master_id),
        "uri": f"{labels.web_url}/release/{row.release_id}",
        "resource_url": f"{labels.api_url}/releases/{row.release_id}",
        "owner": labels.owners.get(row.source_id),
        "active": row.removed_at is None,
        "removed_at": _iso(row.removed_at),
        "created_at": _iso(row.created_at),
        "updated_at": _iso(row.updated_at),
    }


def private_album(row: Shelved, labels: Labels, listings: Sequence[Item]) -> Item:
    """All of a copy, for its owner alone; `listings` are those of the shop that are of the same release."""
    folder = None if row.folder_id is None else labels.folders.get((row.source_id, row.folder_id))
    return public_album(row, labels) | {
        "folder_id": row.folder_id,
        "folder": folder,
        "notes": [
            {"field_id": number, "name": labels.fields.get((row.source_id, number)), "value": value}
            for number, value in notes_of(row.notes).items()
        ],
        "listings": list(listings),
    }


def notes_of(notes: str | None) -> dict[int, str]:
    """What the owner noted of a copy, by the id of the field."""
    return {int(number): value for number, value in orjson.loads(notes).items()} if notes else {}


def _images(row: Shelved) -> list[Item]:
    if row.cover_image is None and row.thumb is None:
        return []
    return [
        {
            "type": "primary",
            "uri": row.cover_image or row.thumb,
            "uri150": row.thumb or row.cover_image,
            "source": "discogs",
        }
    ]


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="seconds")
