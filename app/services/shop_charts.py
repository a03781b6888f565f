"""The shop in charts: what is for sale, by kind, and what came and went, by day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, TypedDict

from sqlalchemy import Case, ColumnElement, Connection, Row, case, func, select

from app.core.conditions import CONDITIONS
from app.core.genres import genre_values
from app.core.money import from_minor
from app.core.outcomes import RemovalReason
from app.core.records import SOLD
from app.extensions import db, wiring
from app.models import FORMAT_SHOWN, Change, ListingRow, ReleaseRow, Run
from app.models.days import day_of
from app.models.told import new_value
from app.models.transactions import read_transaction
from app.search.conditions import in_shop
from app.search.plain import LISTINGS_WITH_RELEASES
from app.services.bars import OTHER, UNKNOWN, Bar, bars_of, by_decade, format_label, longest_first
from app.services.shop_state import ShopState, shop_state

L, R, C = ListingRow.__table__.c, ReleaseRow.__table__.c, Change.__table__.c
DAYS = 90
# In minor units: 5, 10, 20, 50, 100 of a currency with hundredths are 500 … 10,000 yen.
PRICE_STEPS = (500, 1000, 2000, 5000, 10_000)
CAME, WENT = ("add", "restore"), "remove"
ADDED, SALE, OTHERWISE = "added", "sold", "gone"

AnyRow = Row[*tuple[Any, ...]]


class Movement(TypedDict):
    """What came to the shop and what left it on one day (UTC): sold, or gone for another reason or an unknown one."""

    day: str
    added: int
    sold: int
    gone: int


class ShopCharts(TypedDict):
    """Bars by their own order where there is one (decade, condition, price), else the longest first.

    A listing of several genres counts with each. `movements` are the last 90 days, the oldest first, none left out.
    """

    by_genre: list[Bar]
    by_decade: list[Bar]
    by_format: list[Bar]
    by_condition: list[Bar]
    by_price: list[Bar]
    movements: list[Movement]


def shop_charts() -> ShopCharts:
    """All charts of the present state of the mirror. Needs an application context."""
    with read_transaction(db.engine) as connection:
        return charts_of(connection, shop_state(connection), wiring().clock())


def charts_of(connection: Connection, state: ShopState, now: datetime) -> ShopCharts:
    """All charts of one state of the mirror, in six statements."""
    shown = in_shop(state.sellers)
    return ShopCharts(
        by_genre=longest_first(_counted(connection, shown, R.genres), genre_values),
        by_decade=by_decade(_counted(connection, shown, L.year - L.year % 10)),
        by_format=longest_first(_counted(connection, shown, FORMAT_SHOWN), format_label),
        by_condition=_by_condition(_counted(connection, shown, L.condition)),
        by_price=_by_price(_counted(connection, shown, L.price_currency, _price_step())),
        movements=_movements(connection, now),
    )


def _counted(connection: Connection, shown: ColumnElement[bool], *columns: ColumnElement[Any]) -> list[AnyRow]:
    """(values of the columns, number of listings that have them)."""
    query = select(*columns, func.count()).select_from(LISTINGS_WITH_RELEASES).where(shown).group_by(*columns)
    return list(connection.execute(query))


def _by_condition(rows: Iterable[AnyRow]) -> list[Bar]:
    counts: Counter[str] = Counter()
    for condition, count in rows:
        counts[condition or UNKNOWN] += count
    known = [(condition, counts.pop(condition, 0)) for condition in CONDITIONS]
    unknown = counts.pop(UNKNOWN, 0)
    return bars_of([*known, (OTHER, counts.total()), (UNKNOWN, unknown)])


def _price_step() -> Case[int]:
    steps = [(L.price_minor < most, number) for number, most in enumerate(PRICE_STEPS)]
    nobody_knows = L.price_minor.is_(None) | L.price_currency.is_(None)
    return case((nobody_knows, None), *steps, else_=len(PRICE_STEPS))


def _by_price(rows: Iterable[AnyRow]) -> list[Bar]:
    """Every step of each currency that occurs, so that the bars of a currency make a picture."""
    counts = {(currency, step): count for currency, step, count in rows if step is not None}
    unknown = sum(count for _, step, count in rows if step is None)
    bars = [
        Bar(label=_price_label(currency, step), count=counts.get((currency, step), 0))
        for currency in sorted({currency for currency, _ in counts})
        for step in range(len(PRICE_STEPS) + 1)
    ]
    return bars + bars_of([(UNKNOWN, unknown)])


def _price_label(currency: str, step: int) -> str:
    low, high = (f"{from_minor(minor, currency):.0f}" for minor in ((0, *PRICE_STEPS)[step], (*PRICE_STEPS, 0)[step]))
    if step == len(PRICE_STEPS):
        return f"{currency} {low} and more"
    return f"{currency} {low}–{high}" if step else f"{currency} under {high}"


def _movements(connection: Connection, now: datetime) -> list[Movement]:
    today = now.date()
    days = [(today - timedelta(days=ago)).isoformat() for ago in reversed(range(DAYS))]
    counts: Counter[tuple[str, str]] = Counter()
    for day, how, count in connection.execute(_moved(connection, now - timedelta(days=DAYS))):
        counts[day, how] += count
    return [
        Movement(day=day, added=counts[day, ADDED], sold=counts[day, SALE], gone=counts[day, OTHERWISE]) for day in days
    ]


def _moved(connection: Connection, since: datetime) -> Any:
    """(day, how they moved, how many). What the first reading of a shop found counts on the day its seller listed it.

    The log is in order of time: from its end back to `since` no more is read than is counted.
    """
    before = select(C.seq).where(C.at < since).order_by(C.seq.desc()).limit(1).scalar_subquery()
    was_there = Run.live_before == 0
    moment = case((was_there, L.posted_at), else_=C.at)
    day = day_of(moment, connection.dialect.name)
    how = _how(connection.dialect.name)
    return (
        select(day, how, func.count())
        .select_from(Change.__table__.join(Run.__table__, Run.id == C.run_id))
        .outerjoin(ListingRow.__table__, (L.listing_id == C.item_id) & was_there)
        .where(C.seq > func.coalesce(before, 0), C.public_kind.in_((*CAME, WENT)))
        .group_by(day, how)
    )


def _how(dialect: str) -> Case[str]:
    """How a listing moved. What was sold went with its reason, or with the status that its own seller is shown."""
    told_sold = (new_value(C.fields, "removed_reason", dialect) == RemovalReason.SOLD) | (
        new_value(C.fields, "status", dialect) == SOLD
    )
    return case((C.public_kind != WENT, ADDED), (told_sold, SALE), else_=OTHERWISE)
