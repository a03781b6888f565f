"""Collections as their visitors may see them: copies found, counted, described. Reads the mirror alone."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, null

from app.core.artist_keys import artist_key
from app.core.enrichment import SubjectKind
from app.core.shelf_query import ShelfQuery
from app.errors import AlbumGone, AlbumNotFound, CollectionPrivate, ListingNotFound
from app.extensions import Wiring, db, wiring
from app.formats.album import Item, Labels, Shelved, private_album, public_album
from app.models import CopyRow, ReleaseRow
from app.models.transactions import read_transaction
from app.search.facets import FACET_COLUMNS, FacetValue, ShelfFacets
from app.search.shelf import CopyHits, rows_of
from app.services.album_surroundings import Names, field_names, folder_names, listings_of
from app.services.artists import artists_of
from app.services.catalogue_entry import CatalogueEntry, catalogue_entry
from app.services.collection_folders import folders_of
from app.services.collection_state import STRANGER, CollectionState, Viewer, collection_state
from app.services.collection_statistics import CollectionStatistics, statistics_of_collection
from app.services.enriched import Fields, of_releases, shown_of
from app.services.enriched_album import enriched_album
from app.services.enrichment_providers import switched_on
from app.services.listing_release import as_told
from app.services.shop_presence import listing_number

C, R = CopyRow.__table__.c, ReleaseRow.__table__.c
COLUMNS: tuple[ColumnElement[Any], ...] = tuple(C[name] if name in C else R[name] for name in Shelved._fields)
# What facets are counted of; a copy has neither a grade of its own nor a price.
DESCRIBED: tuple[ColumnElement[Any], ...] = tuple(
    C[column.name] if column.name in C else R[column.name] if column.name in R else null() for column in FACET_COLUMNS
)


@dataclass(frozen=True)
class Collections:
    """One state of the collections that a viewer may see. Valid inside the `with` that made it."""

    connection: Connection
    state: CollectionState
    wired: Wiring

    @cached_property
    def folders(self) -> Names:
        """Names of the folders that the viewer may know."""
        return folder_names(self.connection, self.state.own)

    @cached_property
    def fields(self) -> Names:
        """Names of the fields that the viewer may know."""
        return field_names(self.connection, self.state.own)

    @property
    def key(self) -> tuple[object, ...]:
        """Equal for equal answers to equal questions, whatever they are about."""
        return self.state.key, tuple(sorted(self.folders.items())), tuple(sorted(self.fields.items()))

    @cached_property
    def labels(self) -> Labels:
        """What numbers in copies mean."""
        settings = self.wired.settings
        owners = {source: shelf.owner for source, shelf in self.state.shelves.items()}
        return Labels(settings.discogs_web_url, settings.discogs_api_url, owners, self.folders, self.fields)

    def items(self, rows: Sequence[Row[*tuple[Any, ...]]], *, with_listings: bool = True) -> list[Item]:
        """Rows of COLUMNS as this viewer may see each of them."""
        copies = [Shelved(*row[: len(Shelved._fields)]) for row in rows]
        own = self.state.own
        releases = {copy.release_id for copy in copies if with_listings and copy.source_id in own}
        listings = listings_of(self.connection, releases, self.labels.web_url) if releases else {}
        known = of_releases(self.connection, {copy.release_id for copy in copies}) if with_listings else {}
        return [
            (
                private_album(copy, self.labels, listings.get(copy.release_id, ()))
                if copy.source_id in own
                else public_album(copy, self.labels)
            )
            | enriched_album(copy, known.get(copy.release_id, {}))
            for copy in copies
        ]

    def pictures_of(self, artists: Collection[str]) -> Mapping[str, Fields]:
        """What is shown of these artists, by their folded names."""
        keys = {key for name in artists if (key := artist_key(name))}
        return shown_of(self.connection, SubjectKind.ARTIST, keys)


@dataclass(frozen=True, slots=True)
class Album:
    """One copy with its release as far as it was read, and the key of the answer."""

    item: Item
    key: tuple[object, ...]
    entry: CatalogueEntry | None


@dataclass(frozen=True)
class FoundAlbums:
    """The answer to a question. Valid inside the `with` that made it."""

    query: ShelfQuery
    hits: CopyHits
    collections: Collections

    @property
    def key(self) -> tuple[object, ...]:
        """Equal for equal answers."""
        return self.collections.key, self.query

    def total(self) -> int:
        """How many albums answer: every one ever seen, unless the question says which."""
        ever, active = self.hits.counts
        return {None: ever, True: active, False: ever - active}[self.query.is_active]

    def listed(self) -> int:
        """How many albums the pages list altogether: what is gone is on none, unless it was asked for."""
        ever, active = self.hits.counts
        return ever - active if self.query.is_active is False else active

    def facets(self) -> ShelfFacets:
        """What the albums of all pages are made of."""
        return shelf_facets(self.hits, self.collections)

    def items(self) -> list[Item]:
        """The albums of the page."""
        return [item for rows in self.hits.batches(COLUMNS) for item in self.collections.items(rows)]

    def batches(self) -> Iterator[list[Item]]:
        """The albums of all pages, at most 1,000 at a time, without the shop's listings of them."""
        for rows in self.hits.batches(COLUMNS, whole=True):
            yield self.collections.items(rows, with_listings=False)

    def envelope(self) -> dict[str, Any]:
        """The page with what leads through the others."""
        size = self.query.page_size
        return {
            "items": self.items(),
            "total": self.total(),
            "active": self.hits.counts.active,
            "page": self.query.page,
            "page_size": size,
            "pages": -(-self.listed() // size),
        }


class CollectionService:
    """Reads collections for one viewer. Needs an application context when it is made, and none afterwards.

    Every method raises CollectionPrivate when a stranger asks and nothing is public.
    """

    def __init__(self, viewer: Viewer = STRANGER) -> None:
        self._engine = db.engine
        self._wired = wiring()
        self._viewer = viewer

    @contextmanager
    def opened(self) -> Iterator[Collections]:
        """One state of what the viewer may see."""
        with read_transaction(self._engine) as connection:
            state = collection_state(connection, self._wired.settings, self._viewer)
            yield Collections(connection, state, self._wired)

    @contextmanager
    def found(self, query: ShelfQuery) -> Iterator[FoundAlbums]:
        """The albums that answer `query`, all of one state. Raises CollectionPrivate when only owners are told that."""
        with self.opened() as collections:
            yield FoundAlbums(query, hits_of(collections, query), collections)

    def album(self, album_id: str) -> Album:
        """One copy by its id. Raises AlbumNotFound, or AlbumGone when it was there once; its owner still sees it."""
        with self.opened() as collections:
            return album_of(collections, album_id)

    def artists(self, query: ShelfQuery) -> list[Item]:
        """Who made the albums that answer `query`, whatever page it asks for, with how many there are."""
        with self.opened() as collections:
            rows = hits_of(collections, query).batches((C.artist, C.release_id), whole=True)
            albums = [(row[0], row[1]) for batch in rows for row in batch]
            return artists_of(albums, collections.pictures_of({artist for artist, _ in albums if artist}))

    def folders(self) -> list[Item]:
        """Folders with the number of copies that lie in each. Strangers know folder 0, which is all of them."""
        with self.opened() as collections:
            return folders_of(collections.connection, collections.state, collections.folders)

    def facets(self, query: ShelfQuery) -> ShelfFacets:
        """What all the albums that answer `query` are made of, whatever page it asks for."""
        with self.opened() as collections:
            return shelf_facets(hits_of(collections, query), collections)

    def missing(self) -> list[FacetValue]:
        """What is not known of how many of the viewer's own albums."""
        with self.opened() as collections:
            return _missing(hits_of(collections, ShelfQuery()), collections)

    def stats(self) -> CollectionStatistics:
        """The collections in numbers and bars."""
        with self.opened() as collections:
            return statistics_of_collection(collections.connection, collections.state, self._wired, self._viewer)


def hits_of(collections: Collections, query: ShelfQuery) -> CopyHits:
    """What answers `query`. Raises CollectionPrivate when only owners are told that, and the viewer is none."""
    if query.is_of_owner and not collections.state.own:
        raise CollectionPrivate
    state = collections.state.of(query.owner)
    return CopyHits(collections.connection, query, state.shelves, state.own)


def shelf_facets(hits: CopyHits, collections: Collections) -> ShelfFacets:
    """The facets of what answers."""
    return ShelfFacets(**hits.facets(DESCRIBED), missing=_missing(hits, collections))


def _missing(hits: CopyHits, collections: Collections) -> list[FacetValue]:
    """Nothing is missing where nobody is asked and nothing was ever told."""
    is_asked_for = collections.state.enrichment_version or switched_on(collections.wired.settings)
    return hits.missing() if collections.state.own and is_asked_for else []


def album_of(collections: Collections, album_id: str) -> Album:
    """What `CollectionService.album` answers, of a state that is there already."""
    try:
        number = listing_number(album_id)
    except ListingNotFound:
        raise AlbumNotFound(album_id[:40]) from None
    own, wired = collections.state.own, collections.wired
    rows = rows_of(collections.connection, number, collections.state.shelves, COLUMNS)
    if not rows:
        raise AlbumNotFound(album_id)
    # The same copy may have been in two collections, one after the other.
    row = min(rows, key=lambda each: (each.removed_at is not None, each.source_id not in own))
    if row.removed_at is not None and row.source_id not in own:
        raise AlbumGone(album_id, removed_at=row.removed_at)
    entry = catalogue_entry(collections.connection, row.release_id, wired.settings)
    told = None if entry is None else as_told(entry, wired.clock())
    item = collections.items([row])[0] | {"release": None if told is None else told.item()}
    return Album(item, (collections.key, None if told is None else told.key), entry)
