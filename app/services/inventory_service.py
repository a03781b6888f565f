"""The shop as visitors see it: listings that are for sale now, found, counted and followed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Row, select

from app.core.query import SearchQuery
from app.errors import ListingNotFound
from app.extensions import db, wiring
from app.formats.json_listing import json_bytes
from app.formats.shop_listing import Item, Shop, item_of, private_item, public_item
from app.models import ListingRow
from app.models.transactions import read_transaction
from app.search.facets import Facets
from app.search.plain import LISTINGS_WITH_RELEASES
from app.search.port import Hits
from app.search.terms_index import TermsHits
from app.services.corrections import corrections_of, first_answered
from app.services.public_changes import ChangePage, changes_after
from app.services.shop_columns import PRIVATE_COLUMNS, PUBLIC_COLUMNS
from app.services.shop_facets import best_facets, facets_of_state
from app.services.shop_pages import ShopPages, documents_at, shop_pages
from app.services.shop_presence import absence, is_shown, listing_number
from app.services.shop_search import index_of, is_indexed
from app.services.shop_snapshot import Snapshot
from app.services.shop_state import ShopState, shop_state
from app.services.shop_statistics import ShopNumbers, numbers_of_shop

L = ListingRow.__table__.c


@dataclass(frozen=True)
class FoundItems:
    """The answer to a question. Valid inside the `with` that made it."""

    query: SearchQuery
    hits: Hits
    state: ShopState
    shop: Shop
    present: Callable[[Row[*tuple[Any, ...]], Shop], Item]
    find: Callable[[SearchQuery], Hits]
    corrections: Iterable[SearchQuery]
    pages: Callable[[], ShopPages | None]

    @property
    def is_indexed(self) -> bool:
        """Whether documents are there, or have to be made for this answer."""
        return isinstance(self.hits, TermsHits)

    def total(self) -> int:
        """How many listings answer, on all pages."""
        return self.hits.total()

    def batches(self) -> Iterator[Sequence[Item]]:
        """The page asked for, at most 1,000 listings at a time."""
        for rows in self.hits.batches():
            yield [self.present(row, self.shop) for row in rows]

    def items(self) -> Iterator[Sequence[Item]]:
        """What `batches` says, for many: from their documents, where that is all that was asked for."""
        if isinstance(self.hits, TermsHits) and self.present is public_item:
            for batch in self.documents():
                yield list(map(item_of, batch))
        else:
            yield from self.batches()

    def documents(self) -> Iterator[Sequence[bytes]]:
        """The same page, each listing as its public JSON: from the file of the shop where that has it."""
        newest = self.hits.newest() if isinstance(self.hits, TermsHits) else None
        if newest and (documents := documents_at(newest, self.pages())) is not None:
            yield documents
        else:
            yield from self.read()

    def read(self) -> Iterator[Sequence[bytes]]:
        """The same from the database."""
        if isinstance(self.hits, TermsHits):
            yield from self.hits.documents()
        else:
            yield from ([json_bytes(item) for item in batch] for batch in self.batches())

    def corrected(self) -> FoundItems | None:
        """The answer to what was meant, where a word of a question that finds nothing is a slip away from one that
        the shop knows and with which something is found."""
        meant = first_answered(self.corrections, self.find)
        return None if meant is None else replace(self, query=meant[0], hits=meant[1])


class InventoryService:
    """Reads the shop. Needs an application context when it is made, and none afterwards."""

    def __init__(self) -> None:
        self._engine = db.engine
        self._clock = wiring().clock
        self._settings = wiring().settings
        self._remembered = wiring().remembered
        self._latest_pages = wiring().latest_pages

    def state(self) -> ShopState:
        """Which state would be shown now. One statement, no listing."""
        with read_transaction(self._engine) as connection:
            return shop_state(connection)

    @contextmanager
    def found(self, query: SearchQuery, *, is_private: bool = False) -> Iterator[FoundItems]:
        """The listings that answer `query`, all of one state of the mirror, read as they are used.

        With `is_private` each item has the fields that only the seller may see.
        """
        columns = PUBLIC_COLUMNS + PRIVATE_COLUMNS if is_private else PUBLIC_COLUMNS
        with read_transaction(self._engine) as connection:
            state = shop_state(connection)
            index = index_of(state, self._settings, self._remembered)

            def find(asked: SearchQuery) -> Hits:
                return index.find(connection, asked, sources=state.sellers, columns=columns)

            present = private_item if is_private else public_item
            corrections = corrections_of(connection, index, query)

            def pages() -> ShopPages | None:
                return shop_pages(self._settings, state, self._latest_pages)

            yield FoundItems(query, find(query), state, self._shop(state), present, find, corrections, pages)

    def snapshot(self, state: ShopState) -> Snapshot | None:
        """The files of the whole shop, where they are of this very state and making, and whole."""
        pages = shop_pages(self._settings, state, self._latest_pages) if is_indexed(state, self._settings) else None
        return None if pages is None else pages.snapshot

    def facets(self, query: SearchQuery) -> Facets:
        """What all the listings that answer `query` are made of, whatever page it asks for."""
        with read_transaction(self._engine) as connection:
            state = shop_state(connection)
            index = index_of(state, self._settings, self._remembered)
            return facets_of_state(connection, index, query, state)

    def facets_of_best(self, query: SearchQuery) -> tuple[Facets, SearchQuery]:
        """The same of what was meant, where nothing answers; and which question that is."""
        with read_transaction(self._engine) as connection:
            state = shop_state(connection)
            return best_facets(connection, index_of(state, self._settings, self._remembered), query, state)

    def get_all_items(self) -> list[Item]:
        """Every listing for sale, newest first. Prices are Decimal."""
        return self.search_items(SearchQuery())

    def search_items(self, query: SearchQuery) -> list[Item]:
        """The listings that answer `query`, in memory; use `found` for many."""
        with self.found(query) as found:
            return [item for batch in found.batches() for item in batch]

    def get_item_by_listing_id(self, listing_id: str) -> Item:
        """One listing by its Discogs id. Raises ListingNotFound, or ListingGone when it was for sale once."""
        number = listing_number(listing_id)
        with read_transaction(self._engine) as connection:
            state = shop_state(connection)
            row = connection.execute(
                select(*PUBLIC_COLUMNS, L.removed_at, L.removed_reason)
                .select_from(LISTINGS_WITH_RELEASES)
                .where(L.listing_id == number)
            ).one_or_none()
            if row is None:
                raise ListingNotFound(listing_id)
            if is_shown(row, state):
                return public_item(row, self._shop(state))
            raise absence(connection, row, state)

    @contextmanager
    def numbers(self) -> Iterator[ShopNumbers]:
        """What there is, what it is worth, how old it is; its key is there before any listing is read."""
        with read_transaction(self._engine) as connection:
            yield numbers_of_shop(connection, self._settings, self._clock(), self._remembered)

    def changes(self, since: int, limit: int) -> ChangePage:
        """What visitors saw happen after change number `since`, the oldest first."""
        with read_transaction(self._engine) as connection:
            return changes_after(connection, since, limit)

    def _shop(self, state: ShopState) -> Shop:
        return Shop(self._settings.discogs_web_url, self._settings.discogs_api_url, state.sellers)
