"""The shop in numbers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, TypedDict

from sqlalchemy import Connection, Row, func, select

from app.core.money import from_minor
from app.models import FORMAT_SHOWN, ListingRow, ReleaseRow
from app.search.conditions import in_shop
from app.search.plain import LISTINGS_WITH_RELEASES
from app.services.freshness import Freshness, freshness
from app.services.remembered import Remembered
from app.services.shop_state import ShopState, shop_state
from config import Settings

L, R = ListingRow.__table__.c, ReleaseRow.__table__.c
NOTHING_KNOWN = ""
COVERED = {"genres": R.genres, "styles": R.styles, "formats": FORMAT_SHOWN.element, "country": R.country}


class LastSync(TypedDict):
    """How the newest finished sync ended."""

    time: str | None
    outcome: str | None
    reason: str | None


class CurrencyTotal(TypedDict):
    """What is for sale in one currency. Amounts of different currencies are never added up."""

    currency: str
    count: int
    value: Decimal


class SellerTotal(TypedDict):
    """How much one seller offers."""

    seller: str
    count: int


class Coverage(TypedDict):
    """For how many of the listings something is known."""

    known: int
    of: int


class ShopStatistics(TypedDict):
    """`last_updated` is when the mirror's data last changed; `age_seconds` is how long ago all of it was confirmed."""

    total_listings: int
    last_updated: str | None
    last_sync: LastSync | None
    age_seconds: int | None
    stale: bool
    partial: bool
    partial_reason: str | None
    currencies: list[CurrencyTotal]
    without_price: int
    sellers: list[SellerTotal]
    coverage: dict[str, Coverage]


@dataclass(frozen=True, slots=True)
class ShopNumbers:
    """One state of the mirror and how old it is; listings are counted only when they are asked for.

    Valid as long as the connection's transaction lasts.
    """

    connection: Connection
    state: ShopState
    age: Freshness
    remembered: Remembered

    @property
    def key(self) -> tuple[object, ...]:
        """Equal for equal numbers, but for the seconds of their age."""
        age = self.age
        minute = None if age.age_s is None else age.age_s // 60
        return self.state.key, last_sync_of(age.last_sync), minute, age.is_stale, age.partial

    def told(self) -> ShopStatistics:
        """All of them."""
        state, age = self.state, self.age
        rows = self.remembered.get(("totals", state.key), lambda: _totals(self.connection, list(state.sellers)))
        total = sum(row.listings for row in rows)
        return ShopStatistics(
            total_listings=total,
            last_updated=iso(state.changed_at),
            last_sync=last_sync_of(age.last_sync),
            age_seconds=age.age_s,
            stale=age.is_stale,
            partial=age.partial is not None,
            partial_reason=age.partial,
            currencies=_currencies(rows),
            without_price=sum(row.listings - row.priced for row in rows),
            sellers=[
                SellerTotal(seller=name, count=sum(row.listings for row in rows if row.source_id == number))
                for number, name in state.sellers.items()
            ],
            coverage={name: Coverage(known=sum(getattr(row, name) for row in rows), of=total) for name in COVERED},
        )


def numbers_of_shop(connection: Connection, settings: Settings, now: datetime, remembered: Remembered) -> ShopNumbers:
    """The present state of the mirror, of which no listing is read yet."""
    state = shop_state(connection)
    return ShopNumbers(connection, state, freshness(connection, state.sellers, settings, now), remembered)


def statistics_of_shop(
    connection: Connection, settings: Settings, now: datetime, remembered: Remembered
) -> ShopStatistics:
    """All numbers of one state of the mirror."""
    return numbers_of_shop(connection, settings, now, remembered).told()


def iso(moment: datetime | None) -> str | None:
    """ISO 8601 with offset, to the second."""
    return None if moment is None else moment.isoformat(timespec="seconds")


def last_sync_of(run: Row[*tuple[Any, ...]] | None) -> LastSync | None:
    """What the public may know of a sync."""
    return None if run is None else LastSync(time=iso(run.finished_at), outcome=run.outcome, reason=run.reason)


def _totals(connection: Connection, sources: list[int]) -> list[Row[*tuple[Any, ...]]]:
    statement = (
        select(
            L.source_id,
            L.price_currency,
            func.count().label("listings"),
            func.count(L.price_minor).label("priced"),
            func.sum(L.price_minor).label("minor"),
            *(func.count(func.nullif(told, NOTHING_KNOWN)).label(name) for name, told in COVERED.items()),
        )
        .select_from(LISTINGS_WITH_RELEASES)
        .where(in_shop(sources))
        .group_by(L.source_id, L.price_currency)
    )
    return list(connection.execute(statement))


def _currencies(rows: list[Row[*tuple[Any, ...]]]) -> list[CurrencyTotal]:
    names = sorted({row.price_currency for row in rows if row.price_currency is not None})
    return [_total_of(name, [row for row in rows if row.price_currency == name]) for name in names]


def _total_of(currency: str, rows: list[Row[*tuple[Any, ...]]]) -> CurrencyTotal:
    minor = sum(int(row.minor or 0) for row in rows)
    return CurrencyTotal(
        currency=currency,
        count=sum(row.priced for row in rows),
        value=from_minor(minor, currency) or Decimal(0),
    )
