"""The shop as visitors see it: listings that are for sale now, found, counted and followed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from app.core.outcomes import RemovalReason, removal_reason_of
from app.core.query import SearchQuery
from app.core.records import FOR_SALE
from app.errors import ListingGone, ListingNotFound
from app.extensions import db, wiring
from app.formats.shop_listing import Item, Shop, private_item, public_item
from app.models import Change, ListingRow
from app.models.transactions import read_transaction
from app.search.plain import LISTINGS_WITH_RELEASES, PlainIndex
from app.search.port import Hits, ListingIndex
from app.services.public_changes import ChangePage, changes_after
from app.services.shop_columns import PRIVATE_COLUMNS, PUBLIC_COLUMNS
from app.services.shop_state import ShopState, shop_state
from app.services.shop_statistics import ShopStatistics, statistics_of_shop

L = ListingRow.__table__.c
LARGEST_ID = 2**63 - 1


@dataclass(frozen=True)
class FoundItems:
    """The answer to a question. Valid inside the `with` that made it."""

    hits: Hits
    shop: Shop
    present: Callable[[Row[*tuple[Any, ...]], Shop], Item]

    def total(self) -> int:
        """How many listings answer, on all pages."""
        return self.hits.total()

    def batches(self) -> Iterator[Sequence[Item]]:
        """The page asked for, at most 1,000 listings at a time."""
        for rows in self.hits.batches():
            yield [self.present(row, self.shop) for row in rows]


class InventoryService:
    """Reads the shop. Needs an application context when it is made, and none afterwards."""

    def __init__(self, index: ListingIndex | None = None) -> None:
        self._engine = db.engine
        self._clock = wiring().clock
        self._settings = wiring().settings
        self._index = index or PlainIndex()

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
            hits = self._index.find(connection, query, sources=state.sellers, columns=columns)
            yield FoundItems(hits, self._shop(state), private_item if is_private else public_item)

    def get_all_items(self) -> list[Item]:
        """Every listing for sale, newest first. Prices are Decimal."""
        return self.search_items(SearchQuery())

    def search_items(self, query: SearchQuery) -> list[Item]:
        """The listings that answer `query`, in memory; use `found` for many."""
        with self.found(query) as found:
            return [item for batch in found.batches() for item in batch]

    def get_item_by_listing_id(self, listing_id: str) -> Item:
        """One listing by its Discogs id. Raises ListingNotFound, or ListingGone when it was for sale once."""
        number = int(listing_id) if listing_id.isascii() and listing_id.isdigit() and len(listing_id) < 20 else 0
        if not 0 < number <= LARGEST_ID or listing_id != str(number):
            raise ListingNotFound(listing_id[:40])
        with read_transaction(self._engine) as connection:
            state = shop_state(connection)
            row = connection.execute(
                select(*PUBLIC_COLUMNS, L.removed_at, L.removed_reason)
                .select_from(LISTINGS_WITH_RELEASES)
                .where(L.listing_id == number)
            ).one_or_none()
            if row is None:
                raise ListingNotFound(listing_id)
            if row.removed_at is None and row.status == FOR_SALE and row.source_id in state.sellers:
                return public_item(row, self._shop(state))
            raise _absence(connection, row, state)

    def get_stats(self) -> ShopStatistics:
        """What there is, what it is worth, how old it is."""
        with read_transaction(self._engine) as connection:
            return statistics_of_shop(connection, self._settings, self._clock())

    def changes(self, since: int, limit: int) -> ChangePage:
        """What visitors saw happen after change number `since`, the oldest first."""
        with read_transaction(self._engine) as connection:
            return changes_after(connection, since, limit)

    def _shop(self, state: ShopState) -> Shop:
        return Shop(self._settings.discogs_web_url, self._settings.discogs_api_url, state.sellers)


def _absence(connection: Connection, row: Row[*tuple[Any, ...]], state: ShopState) -> ListingGone | ListingNotFound:
    """Why a row is not shown. What was never shown does not exist: a draft is nobody's business."""
    last_seen = connection.execute(
        select(Change.at, Change.public_kind)
        .where(Change.listing_id == row.listing_id, Change.public_kind.is_not(None))
        .order_by(Change.seq.desc())
        .limit(1)
    ).one_or_none()
    was_for_sale = row.removed_at is not None and row.status == FOR_SALE and row.source_id in state.sellers
    if not was_for_sale and (last_seen is None or last_seen.public_kind != "remove"):
        return ListingNotFound(str(row.listing_id))
    reason = RemovalReason(row.removed_reason) if row.removed_reason else removal_reason_of(row.status)
    removed_at = row.removed_at or (last_seen.at if last_seen else None)
    return ListingGone(str(row.listing_id), removed_at=removed_at, reason=reason)
