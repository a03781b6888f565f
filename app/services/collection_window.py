"""What the pages of collections show: everything on a page is of one state, read in one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from app.core.money import from_minor
from app.core.price_history import PricePoint
from app.core.shelf_query import ShelfQuery
from app.formats.album import Item
from app.services.collection_folders import folders_of
from app.services.collection_service import Album, Collections, CollectionService, FoundAlbums, album_of, hits_of
from app.services.collection_state import STRANGER, Viewer
from app.services.collection_statistics import CollectionStatistics, statistics_of_collection
from app.services.collection_values import values_of
from app.services.enriched_page import RecordPage, record_page
from app.services.freshness import freshness
from app.services.shop_state import shop_state
from app.services.shop_window import Notice


@dataclass(frozen=True, slots=True)
class CollectionWindow:
    """One state of the collections that a viewer may see. Valid inside the `with` of `collection_window`."""

    collections: Collections
    viewer: Viewer
    notice: Notice

    @property
    def owners(self) -> list[str]:
        """Whose collections can be seen."""
        return [shelf.owner for _, shelf in sorted(self.collections.state.shelves.items())]

    @property
    def is_own(self) -> bool:
        """Whether the viewer sees any of it as its owner."""
        return bool(self.collections.state.own)

    @property
    def now(self) -> datetime:
        """The moment at which the page is made."""
        return self.collections.wired.clock()

    def found(self, query: ShelfQuery) -> FoundAlbums:
        """The albums that answer. Raises CollectionPrivate when only owners are told that."""
        return FoundAlbums(query, hits_of(self.collections, query), self.collections)

    def folders(self) -> list[Item]:
        """The folders that the viewer may know, counted."""
        return folders_of(self.collections.connection, self.collections.state, self.collections.folders)

    def album(self, album_id: str) -> Album:
        """One copy. Raises AlbumNotFound, AlbumGone."""
        return album_of(self.collections, album_id)

    def enriched(self, album: Album) -> RecordPage:
        """What others know of its release and artist."""
        here, item = self.collections, album.item
        return record_page(here.connection, here.wired.settings, int(item["release_id"]), item["artist"])

    def statistics(self) -> CollectionStatistics:
        """The collections in numbers and bars."""
        here = self.collections
        return statistics_of_collection(here.connection, here.state, here.wired, self.viewer)

    def values(self) -> list[tuple[str, list[PricePoint]]]:
        """By owner, what Discogs estimated the collection to be worth (the median), the oldest first; for owners."""
        shelves = self.collections.state.shelves
        return [
            (shelves[source].owner, points)
            for source in sorted(self.collections.state.own)
            if (points := _worth(self.collections, source))
        ]


@contextmanager
def collection_window(viewer: Viewer = STRANGER) -> Iterator[CollectionWindow]:
    """The collections as they are now. Needs an application context. Raises CollectionPrivate."""
    with CollectionService(viewer).opened() as collections:
        yield CollectionWindow(collections, viewer, _notice(collections))


def _notice(here: Collections) -> Notice:
    """What the page says of its data: whose shop it is in, and how old the collections are."""
    shop = shop_state(here.connection)
    age = freshness(here.connection, here.state.shelves, here.wired.settings, here.wired.clock())
    owners = tuple(shelf.owner for _, shelf in sorted(here.state.shelves.items()))
    return Notice(
        version=here.key,
        sellers=tuple(shop.sellers.values()) or owners,
        web_url=here.wired.settings.discogs_web_url,
        changed_at=here.state.changed_at,
        confirmed_at=age.confirmed_at,
        is_stale=age.is_stale,
        partial=None,
    )


def _worth(here: Collections, source: int) -> list[PricePoint]:
    return [
        PricePoint(then.at, from_minor(then.value.median, then.value.currency), then.value.currency)
        for then in values_of(here.connection, source)
    ]
