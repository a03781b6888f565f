"""A copy somebody owns as a value: what Discogs tells of it, in one fixed order."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple


class Copy(NamedTuple):
    """One owned copy of a release, known by its `instance_id`; several copies may be of one release.

    Genres and styles are joined by a comma and a space. `notes` is JSON text {field id: value} in ascending order of
    the id, so that equal notes are equal texts; strangers are told the notes in public fields only.
    """

    instance_id: int
    release_id: int
    folder_id: int | None = None
    rating: int | None = None  # 1 to 5; None: not rated
    added_at: datetime | None = None  # aware UTC
    notes: str | None = None
    title: str | None = None
    artist: str | None = None
    label: str | None = None
    catalog_number: str | None = None
    format: str | None = None
    year: int | None = None
    genres: str | None = None
    styles: str | None = None
    thumb: str | None = None
    cover_image: str | None = None
    master_id: int | None = None


class Want(NamedTuple):
    """A release somebody wants: at most one row per release and wantlist. Fields are as those of a copy.

    `notes` are told to the owner of the list alone.
    """

    release_id: int
    rating: int | None = None
    added_at: datetime | None = None
    notes: str | None = None
    title: str | None = None
    artist: str | None = None
    label: str | None = None
    catalog_number: str | None = None
    format: str | None = None
    year: int | None = None
    genres: str | None = None
    styles: str | None = None
    thumb: str | None = None
    cover_image: str | None = None
    master_id: int | None = None


class Folder(NamedTuple):
    """A folder of a collection. Folder 0 is all of it, 1 what lies in no folder of the user's own."""

    folder_id: int
    name: str
    copies: int


class CollectionField(NamedTuple):
    """A field in which the user notes something of each copy. Known by its id: names change."""

    field_id: int
    name: str
    kind: str  # dropdown or textarea
    position: int | None
    is_public: bool
    options: tuple[str, ...]  # of a dropdown
    lines: int | None  # of a textarea
