"""Which pages of listings there are, in parts of a bounded size, for search engines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import BigInteger, ColumnElement, func, select

from app.extensions import db, wiring
from app.models import ListingRow
from app.models.transactions import read_transaction
from app.search.conditions import in_shop
from app.services.collection_state import is_open_to_strangers
from app.services.shop_state import ShopState, shop_state

L = ListingRow.__table__.c
BATCH = 2_500


class Part(NamedTuple):
    """A part of the shop: its number, from 1, and when the newest of its listings changed."""

    number: int
    changed_at: datetime


class Mentioned(NamedTuple):
    """A listing for sale and when it changed."""

    listing_id: int
    changed_at: datetime


class ShopSitemap:
    """Reads the listings for sale by their id: new ones come last, so that parts which are full stay as they are.

    Needs an application context when it is made, and none afterwards.
    """

    def __init__(self, part_size: int) -> None:
        self._engine = db.engine
        self._settings = wiring().settings
        self._part_size = part_size

    def state(self) -> ShopState:
        """Which state would be told of now."""
        with read_transaction(self._engine) as connection:
            return shop_state(connection)

    def has_collection(self) -> bool:
        """Whether there is a collection that everybody may see."""
        with read_transaction(self._engine) as connection:
            return is_open_to_strangers(connection, self._settings)

    def parts(self) -> list[Part]:
        """All parts; none when nothing is for sale."""
        with read_transaction(self._engine) as connection:
            place = func.row_number().over(order_by=L.listing_id) - 1
            # Not `//`: that asks for FLOOR, which a SQLite built without mathematics does not have.
            part = place.op("/", precedence=8, return_type=BigInteger())(self._part_size).label("part")
            listed = select(part, L.updated_at).where(in_shop(shop_state(connection).sellers)).subquery()
            statement = (
                select(listed.c.part, func.max(listed.c.updated_at).label("changed_at"))
                .group_by(listed.c.part)
                .order_by(listed.c.part)
            )
            return [Part(row.part + 1, row.changed_at) for row in connection.execute(statement)]

    def first_of(self, number: int) -> int | None:
        """The smallest listing id of a part; None when there is no such part."""
        with read_transaction(self._engine) as connection:
            statement = (
                select(L.listing_id)
                .where(in_shop(shop_state(connection).sellers))
                .order_by(L.listing_id)
                .offset((number - 1) * self._part_size)
                .limit(1)
            )
            found = connection.scalar(statement)
            return None if found is None else int(found)

    def listings_from(self, first: int) -> Iterator[Sequence[Mentioned]]:
        """The listings of the part that begins with `first`, in batches.

        Each batch is read on its own: who reads slowly keeps no transaction open, and one sold meanwhile is left out.
        """
        left = self._part_size
        start: ColumnElement[bool] = L.listing_id >= first
        while left:
            most = min(left, BATCH)
            batch = self._batch(start, most)
            yield batch
            if len(batch) < most:
                return
            left -= most
            start = L.listing_id > batch[-1].listing_id

    def _batch(self, start: ColumnElement[bool], most: int) -> list[Mentioned]:
        with read_transaction(self._engine) as connection:
            statement = (
                select(L.listing_id, L.updated_at)
                .where(in_shop(shop_state(connection).sellers), start)
                .order_by(L.listing_id)
                .limit(most)
            )
            return [Mentioned(*row) for row in connection.execute(statement)]
