"""What the pages of the shop show: everything on a page is of one state of the mirror, read in one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from app.core.price_history import PricePoint
from app.core.query import MOST_RANKED, MOST_WORDS, SearchQuery
from app.core.text import meaningful
from app.errors import ListingGone, ListingNotFound
from app.extensions import Wiring, db, wiring
from app.formats.shop_listing import Item, Shop, public_item
from app.models import ListingRow
from app.models.transactions import read_transaction
from app.search.conditions import in_shop
from app.search.facets import Facets
from app.search.plain import LISTINGS_WITH_RELEASES
from app.search.port import ListingIndex
from app.services.catalogue_entry import CatalogueEntry, catalogue_entry
from app.services.collection_state import is_open_to_strangers
from app.services.enriched_page import RecordPage, record_page
from app.services.freshness import Freshness, freshness
from app.services.listing_history import prices_of
from app.services.shop_charts import ShopCharts, charts_of
from app.services.shop_columns import PUBLIC_COLUMNS
from app.services.shop_facets import best_facets
from app.services.shop_presence import absence, is_shown, listing_number
from app.services.shop_search import index_of
from app.services.shop_state import ShopState, shop_state
from app.services.shop_statistics import ShopStatistics, statistics_of_shop

L = ListingRow.__table__.c
MOST_NEIGHBOURS = 12
# Names that say that there is none: what shares them has nothing in common.
NOBODY = frozenset({"various", "unknown artist", "not on label"})


@dataclass(frozen=True, slots=True)
class Notice:
    """What every page says of its data. `confirmed_at` is None when the whole shop was never read.

    `has_collection`: there is one that everybody may see.
    """

    version: tuple[object, ...]
    sellers: tuple[str, ...]
    web_url: str
    changed_at: datetime | None
    confirmed_at: datetime | None
    is_stale: bool
    partial: str | None
    has_collection: bool = False


@dataclass(frozen=True, slots=True)
class ShopPage:
    """One page of the listings that answer `query`; `total` counts those of all pages.

    `is_corrected`: nothing answers what was asked, so `query` is what was probably meant.
    """

    query: SearchQuery
    items: list[Item]
    total: int
    facets: Facets
    is_corrected: bool

    @property
    def is_too_long_to_rank(self) -> bool:
        """Whether the best match is asked for and the newest come first all the same."""
        return self.query.sort == "relevance" and bool(self.query.words) and self.total > MOST_RANKED


@dataclass(frozen=True, slots=True)
class Seen:
    """A listing as it is, or as it was when it went; `gone` says when and why."""

    item: Item
    gone: ListingGone | None
    row: Row[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What else a visitor of a listing may like, none of it twice."""

    same_release: list[Item]
    same_artist: list[Item]
    same_label: list[Item]


@dataclass(frozen=True, slots=True)
class ShopWindow:
    """One state of the shop. Valid inside the `with` of `shop_window`."""

    connection: Connection
    state: ShopState
    age: Freshness
    wired: Wiring
    has_collection: bool

    @property
    def notice(self) -> Notice:
        """What to say of the data. Costs nothing."""
        return Notice(
            version=self.state.key,
            sellers=tuple(self.state.sellers.values()),
            web_url=self.wired.settings.discogs_web_url,
            changed_at=self.state.changed_at,
            confirmed_at=self.age.confirmed_at,
            is_stale=self.age.is_stale,
            partial=self.age.partial,
            has_collection=self.has_collection,
        )

    @property
    def today(self) -> date:
        """The day (UTC)."""
        return self.wired.clock().date()

    def page(self, query: SearchQuery) -> ShopPage:
        """The listings that answer, or those that answer what was meant when nothing does."""
        facets, answered = best_facets(self.connection, self._index, query, self.state)
        items = self._items(answered) if facets["total"] else []
        return ShopPage(answered, items, facets["total"], facets, answered is not query)

    def listing(self, listing_id: str) -> Seen:
        """One listing, for sale or gone. Raises ListingNotFound for one that visitors never saw."""
        query = _listings(L.removed_at, L.removed_reason).where(L.listing_id == listing_number(listing_id))
        row = self.connection.execute(query).one_or_none()
        if row is None:
            raise ListingNotFound(listing_id)
        why = None if is_shown(row, self.state) else absence(self.connection, row, self.state)
        if isinstance(why, ListingNotFound):
            raise why
        return Seen(public_item(row, self._shop), why, row)

    def prices(self, seen: Seen) -> list[PricePoint]:
        """The prices that were on show, the oldest first."""
        return prices_of(self.connection, seen.row)

    def catalogue(self, seen: Seen) -> CatalogueEntry | None:
        """What the catalogue says of the release, where it was read."""
        return catalogue_entry(self.connection, seen.row.release_id, self.wired.settings)

    def enriched(self, seen: Seen) -> RecordPage:
        """What others know of the release and its artist."""
        return record_page(self.connection, self.wired.settings, seen.row.release_id, seen.row.artist)

    def neighbours(self, seen: Seen) -> Neighbours:
        """Other copies of the release, more of the artist, more of the label; also of a listing that is gone."""
        row = seen.row
        known = {str(row.listing_id)}
        same_release = _others(self._same_release(row.release_id), known)
        same_artist = _others(self._asking("artist", seen.item["primary_artist"], len(known)), known)
        first_label = (row.label or "").partition(", ")[0]
        return Neighbours(same_release, same_artist, _others(self._asking("label", first_label, len(known)), known))

    def charts(self) -> ShopCharts:
        """The shop by kind, and what came and went."""
        return charts_of(self.connection, self.state, self.wired.clock())

    def statistics(self) -> ShopStatistics:
        """The shop in numbers."""
        return statistics_of_shop(self.connection, self.wired.settings, self.wired.clock(), self.wired.remembered)

    def newest(self) -> list[Item]:
        """What came last."""
        return self._items(SearchQuery(limit=MOST_NEIGHBOURS))

    def _items(self, query: SearchQuery) -> list[Item]:
        hits = self._index.find(self.connection, query, sources=self.state.sellers, columns=PUBLIC_COLUMNS)
        return self._presented(row for batch in hits.batches() for row in batch)

    def _same_release(self, release_id: int) -> list[Item]:
        query = _listings().where(in_shop(self.state.sellers), L.release_id == release_id)
        cheapest_first = query.order_by(L.price_currency, L.price_minor, L.listing_id).limit(MOST_NEIGHBOURS + 1)
        return self._presented(self.connection.execute(cheapest_first))

    def _asking(self, field: str, name: str | None, known: int) -> list[Item]:
        """Enough listings with this artist or label that some are left without those known already."""
        wanted = tuple(meaningful(name or ""))[:MOST_WORDS]
        if not wanted or (name or "").casefold() in NOBODY:
            return []
        limit = MOST_NEIGHBOURS + known
        return self._items(
            SearchQuery(artist=wanted, limit=limit) if field == "artist" else SearchQuery(label=wanted, limit=limit)
        )

    def _presented(self, rows: Any) -> list[Item]:
        return [public_item(row, self._shop) for row in rows]

    @property
    def _index(self) -> ListingIndex:
        return index_of(self.state, self.wired.settings, self.wired.remembered)

    @property
    def _shop(self) -> Shop:
        settings = self.wired.settings
        return Shop(settings.discogs_web_url, settings.discogs_api_url, self.state.sellers)


@contextmanager
def shop_window() -> Iterator[ShopWindow]:
    """The shop as it is now. Needs an application context; three statements tell its state and age, and a fourth, where
    a collection is mirrored, whether everybody may see it."""
    wired = wiring()
    with read_transaction(db.engine) as connection:
        state = shop_state(connection)
        age = freshness(connection, state.sellers, wired.settings, wired.clock())
        has_collection = state.has_shelf and is_open_to_strangers(connection, wired.settings)
        yield ShopWindow(connection, state, age, wired, has_collection)


def _listings(*more: Any) -> Select[Any]:
    return select(*PUBLIC_COLUMNS, *more).select_from(LISTINGS_WITH_RELEASES)


def _others(items: Sequence[Item], seen: set[str]) -> list[Item]:
    """Those not seen yet, which are seen from now on."""
    others = [item for item in items if item["listing_id"] not in seen][:MOST_NEIGHBOURS]
    seen.update(item["listing_id"] for item in others)
    return others
