"""What is new in the shop for those who follow it: arrivals, and prices that fell."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Any

import orjson
from sqlalchemy import Connection, Row, func, or_, select

from app.core.money import from_minor
from app.core.price_drops import PriceChange, PriceDrop, price_drops
from app.core.query import SearchQuery
from app.extensions import db, wiring
from app.formats.shop_listing import Item, Shop, public_item
from app.models import Change
from app.models.transactions import read_transaction
from app.search.port import ListingIndex
from app.services.freshness import Freshness, freshness
from app.services.shop_columns import PUBLIC_COLUMNS
from app.services.shop_search import index_of
from app.services.shop_state import ShopState, shop_state
from config import Settings

# The log is read backwards without an index of prices, so its old end is left alone.
LATEST_CHANGES = 100_000
MOST_PRICE_CHANGES = 2_000
C = Change.__table__.c
AnyRow = Row[*tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Arrival:
    """A listing that came into the shop. `updated` is when visitors last saw something happen to it."""

    item: Item
    posted: datetime | None
    updated: datetime


@dataclass(frozen=True, slots=True)
class Reduction:
    """A listing that costs less than before; `seq` is the number of the change that lowered the price."""

    item: Item
    former: Decimal
    seq: int
    at: datetime


@dataclass(frozen=True)
class ShopNews:
    """News of one state of the mirror. Valid inside the `with` that made it."""

    connection: Connection
    settings: Settings
    state: ShopState
    index: ListingIndex
    freshness: Freshness

    def arrivals(self, query: SearchQuery, most: int) -> list[Arrival]:
        """The newest listings that answer the filters of `query`. Two statements."""
        rows = self._rows(replace(query, sort="-posted", limit=most, page=1), among=None)
        seen = self._last_seen([row.listing_id for row in rows])
        return [Arrival(self._item(row), row.posted_at, seen.get(row.listing_id) or row.updated_at) for row in rows]

    def reductions(self, query: SearchQuery, most: int) -> list[Reduction]:
        """The listings that answer the filters of `query` and whose price fell last, the newest first.

        Two statements; the latest 2,000 changes of prices are looked at.
        """
        drops = price_drops(self._price_changes())
        rows = self._rows(replace(query, sort="-posted", limit=None, page=1), among=drops.keys()) if drops else []
        shown = {row.listing_id: row for row in rows}
        still = (drop for number, drop in drops.items() if number in shown and _is_still(drop, shown[number]))
        return [
            Reduction(self._item(shown[drop.listing_id]), drop.former, drop.seq, drop.at)
            for drop in islice(still, most)
        ]

    def _rows(self, query: SearchQuery, *, among: Collection[int] | None) -> list[AnyRow]:
        hits = self.index.find(self.connection, query, sources=self.state.sellers, columns=PUBLIC_COLUMNS, among=among)
        return [row for batch in hits.batches() for row in batch]

    def _item(self, row: AnyRow) -> Item:
        return public_item(row, Shop(self.settings.discogs_web_url, self.settings.discogs_api_url, self.state.sellers))

    def _last_seen(self, listing_ids: Collection[int]) -> Mapping[int, datetime]:
        statement = (
            select(C.item_id, func.max(C.at).label("last"))
            .where(C.item_id.in_(listing_ids), C.public_kind.is_not(None))
            .group_by(C.item_id)
        )
        return {row.item_id: row.last for row in self.connection.execute(statement)}

    def _price_changes(self) -> Iterator[PriceChange]:
        newest = select(func.max(C.seq)).scalar_subquery()
        about_prices = or_(C.fields.contains('"price_value"'), C.fields.contains('"price_currency"'))
        statement = (
            select(C.seq, C.at, C.item_id, C.fields)
            .where(C.seq > newest - LATEST_CHANGES, C.public_kind == "update", about_prices)
            .order_by(C.seq.desc())
            .limit(MOST_PRICE_CHANGES)
        )
        for row in self.connection.execute(statement):
            yield PriceChange(row.seq, row.at, row.item_id, orjson.loads(row.fields))


@contextmanager
def shop_news() -> Iterator[ShopNews]:
    """The news as of now; three statements say which state that is and how old. Needs an application context."""
    settings, now = wiring().settings, wiring().clock()
    with read_transaction(db.engine) as connection:
        state = shop_state(connection)
        index = index_of(state, settings, wiring().remembered)
        yield ShopNews(connection, settings, state, index, freshness(connection, state.sellers.keys(), settings, now))


def _is_still(drop: PriceDrop, row: AnyRow) -> bool:
    """Prices also change where visitors do not see it: between leaving the shop and coming back."""
    return from_minor(row.price_minor, row.price_currency) == drop.price
