"""The CSV file that somebody wants of a collection."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from app.core.downloads import ShelfDownload, ShelfProfile
from app.core.query import BadQuery
from app.core.shelf_query import ShelfQuery
from app.errors import CollectionPrivate
from app.formats.album_csv import OWN_FIELDS, PUBLIC_FIELDS, album_row, website_columns, website_row
from app.formats.csv_text import csv_text
from app.services.album_surroundings import present_fields
from app.services.collection_service import CollectionService, FoundAlbums


def whole_question(service: CollectionService, wanted: ShelfDownload, query: ShelfQuery) -> ShelfQuery:
    """The question whose answer the file holds: the website's is of one owner, who asks for it.

    Raises CollectionPrivate for strangers, and BadQuery when the owner must be named.
    """
    if wanted.profile is not ShelfProfile.WEBSITE:
        return query
    with service.opened() as collections:
        state = collections.state.of(query.owner)
        owners = sorted(state.shelves[source].owner for source in state.own)
    if not owners:
        raise CollectionPrivate
    if len(owners) > 1:
        raise BadQuery({"owner": f"must be one of {', '.join(owners)}: the website's file is of one collection"})
    return replace(query, owner=owners[0].casefold())


def file_text(wanted: ShelfDownload, found: FoundAlbums) -> Iterator[bytes]:
    """The text of the file: what it begins with, then one piece per batch."""
    collections = found.collections
    if wanted.profile is ShelfProfile.WEBSITE:
        (source_id,) = found.hits.own
        fields = present_fields(collections.connection, source_id)
        columns, header = website_columns(fields)
        rows = ([website_row(item, fields) for item in batch] for batch in found.batches())
        return csv_text(columns, rows, bom=wanted.has_mark, header=header)
    shown = OWN_FIELDS if found.hits.own else PUBLIC_FIELDS
    return csv_text(shown, ([album_row(item) for item in batch] for batch in found.batches()), bom=wanted.has_mark)
