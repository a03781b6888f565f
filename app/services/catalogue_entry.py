"""What the catalogue says of a record in the shop: read from what is kept, asked of nobody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from app.core.release_ages import ReleaseStatus
from app.core.release_records import Release
from app.core.releases import parse_release
from app.formats.packed_json import unpack
from app.services.discogs_connection import image_origins
from app.services.release_store import stored
from config import Settings


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """The release, and when the catalogue said so. `is_gone`: the catalogue does not have it any more."""

    release: Release
    told_at: datetime
    is_gone: bool


def catalogue_entry(connection: Connection, release_id: int, settings: Settings) -> CatalogueEntry | None:
    """The entry of a release in one statement; None when it was never read."""
    row = stored(connection, release_id)
    if row is None or row.body is None or row.fetched_at is None:
        return None
    release = parse_release(unpack(row.body), release_id, image_origins(settings))
    if not isinstance(release, Release):
        return None
    return CatalogueEntry(release, row.fetched_at, is_gone=row.status == ReleaseStatus.GONE)
