"""What visitors saw happen to one listing, and which prices they saw; told from the change log."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, TypedDict

import orjson
from sqlalchemy import Connection, Row, or_, select

from app.core.money import from_minor
from app.core.price_history import Happening, PricePoint, price_points
from app.errors import ListingGone, ListingNotFound
from app.extensions import db
from app.models import Change, ListingRow, Source
from app.models.streams import INVENTORY
from app.models.transactions import read_transaction
from app.services.public_changes import PublicChange, public_change
from app.services.shop_presence import absence, is_shown, listing_number
from app.services.shop_state import shop_state

L = ListingRow.__table__.c
AnyRow = Row[*tuple[Any, ...]]
PRESENT = (
    L.listing_id,
    L.source_id,
    L.status,
    L.price_minor,
    L.price_currency,
    L.created_at,
    L.removed_at,
    L.removed_reason,
)
# An hourly repricing for three months; what is older is not told.
MOST_CHANGES = 2000


class History(TypedDict):
    """All of it; `prices` are {"at", "price", "currency"}. The oldest comes first."""

    listing_id: str
    changes: list[PublicChange]
    prices: list[dict[str, datetime | Decimal | str | None]]


class ListingHistory:
    """Reads histories. Needs an application context when it is made, and none afterwards.

    Every question takes at most four statements and raises ListingNotFound for a listing that visitors never saw;
    one that is gone keeps its history.
    """

    def __init__(self) -> None:
        self._engine = db.engine

    def prices(self, listing_id: str | int) -> list[PricePoint]:
        """The prices that were on show, the oldest first, the present or last one at the end."""
        return _prices(*self._read(listing_id))

    def changes(self, listing_id: str | int) -> list[PublicChange]:
        """What visitors saw happen, the oldest first."""
        return _changes(self._read(listing_id)[1])

    def of(self, listing_id: str | int) -> History:
        """Changes and prices, of one state of the mirror."""
        row, log = self._read(listing_id)
        prices = [point._asdict() for point in _prices(row, log)]
        return History(listing_id=str(row.listing_id), changes=_changes(log), prices=prices)

    def _read(self, listing_id: str | int) -> tuple[AnyRow, list[AnyRow]]:
        """The listing, and its newest changes in their order."""
        number = listing_number(str(listing_id))
        with read_transaction(self._engine) as connection:
            row = connection.execute(select(*PRESENT).where(L.listing_id == number)).one_or_none()
            if row is None:
                raise ListingNotFound(str(listing_id))
            state = shop_state(connection)
            if not is_shown(row, state):
                why = absence(connection, row, state)
                if not isinstance(why, ListingGone):
                    raise why
            return row, _log(connection, number)


def prices_of(connection: Connection, row: AnyRow) -> list[PricePoint]:
    """The prices of a listing that visitors saw, in one statement.

    The row has listing_id, created_at, price_minor and price_currency.
    """
    return _prices(row, _log(connection, row.listing_id))


def _log(connection: Connection, number: int) -> list[AnyRow]:
    """What visitors saw, and prices that changed unseen: without these the ones before could not be told."""
    about_prices = Change.fields.contains('"price_', autoescape=True)
    shops = select(Source.id).where(Source.kind == INVENTORY.kind)  # a copy may have the same number
    query = (
        select(Change.seq, Change.at, Change.public_kind, Change.item_id, Change.fields)
        .where(Change.item_id == number, Change.source_id.in_(shops))
        .where(or_(Change.public_kind.is_not(None), about_prices))
        .order_by(Change.seq.desc())
        .limit(MOST_CHANGES)
    )
    return [*connection.execute(query)][::-1]


def _prices(row: AnyRow, log: list[AnyRow]) -> list[PricePoint]:
    happened = [Happening(change.at, change.public_kind, orjson.loads(change.fields)) for change in log]
    present = from_minor(row.price_minor, row.price_currency), row.price_currency
    return price_points(happened, present, since=row.created_at if len(log) < MOST_CHANGES else None)


def _changes(log: list[AnyRow]) -> list[PublicChange]:
    return [public_change(change) for change in log if change.public_kind is not None]
