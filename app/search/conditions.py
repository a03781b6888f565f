"""The parts of a question that SQL answers by itself, exactly alike on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, collate, func, or_, select

from app.core.money import NO_MINOR_UNIT, exponent
from app.core.query import SearchQuery
from app.core.records import FOR_SALE
from app.models import Account, ListingRow, Source

L = ListingRow.__table__.c
Condition = ColumnElement[bool]


def in_shop(sources: Collection[int]) -> Condition:
    """Rows that visitors of these sources' shops may see."""
    return and_(L.removed_at.is_(None), L.status == FOR_SALE, L.source_id.in_(sorted(sources)))


def conditions_of(query: SearchQuery) -> Iterator[Condition]:
    """What SQL can say of the question."""
    yield from word_conditions(query, ListingRow.__table__)
    for token in query.format:
        # Where the listing says nothing itself, its release may: that is seen row by row.
        yield or_(L.format_tokens.contains(f" {token} ", autoescape=True), L.format.is_(None))
    if query.currency is not None:
        yield func.lower(L.price_currency) == query.currency
    yield from range_conditions(query)
    for column, wanted in ((L.condition, query.condition), (L.sleeve_condition, query.sleeve_condition)):
        if wanted is not None:
            yield func.lower(column) == wanted.lower()
    if query.seller is not None:
        yield L.source_id.in_(select(Source.id).join(Account).where(Account.username_key == query.seller))


def described_conditions(query: SearchQuery, table: FromClause) -> Iterator[Condition]:
    """Of what every table of described records has: words, formats, the very year."""
    yield from word_conditions(query, table)
    for token in query.format:
        yield table.c.format_tokens.contains(f" {token} ", autoescape=True)


def word_conditions(query: SearchQuery, table: FromClause) -> Iterator[Condition]:
    """The words and the very year."""
    text = table.c.search_text
    *whole, last = query.words or (None,)
    for word in (*whole, *query.artist, *query.label):
        yield text.contains(f" {word} ", autoescape=True)
    if last is not None:
        yield text.contains(f" {last}", autoescape=True)
    if query.year is not None:
        yield table.c.year == query.year


def range_conditions(query: SearchQuery) -> Iterator[Condition]:
    """From and to: what no index of terms can answer."""
    yield from year_conditions(query, L.year)
    yield from _price_conditions(query)


def one_of(listing_ids: Collection[int] | None) -> Iterator[Condition]:
    """Only these listings; None: whichever."""
    if listing_ids is not None:
        yield L.listing_id.in_(sorted(listing_ids))


def year_conditions(query: SearchQuery, year: ColumnElement[Any]) -> Iterator[Condition]:
    """From and to a year."""
    if query.year_min is not None:
        yield year >= query.year_min
    if query.year_max is not None:
        yield year <= query.year_max


def _price_conditions(query: SearchQuery) -> Iterator[Condition]:
    if query.price_min is not None:
        yield _by_currency(lambda minor: L.price_minor >= minor, query.price_min, ROUND_CEILING)
    if query.price_max is not None:
        yield _by_currency(lambda minor: L.price_minor <= minor, query.price_max, ROUND_FLOOR)


def _by_currency(compare: Any, amount: Decimal, rounding: str) -> Condition:
    """The comparison in minor units, of which the yen has none."""
    whole, parted = (
        int(amount.scaleb(digits).to_integral_value(rounding)) for digits in (exponent("JPY"), exponent("EUR"))
    )
    without_minor = L.price_currency.in_(sorted(NO_MINOR_UNIT))
    return or_(and_(without_minor, compare(whole)), and_(~without_minor, compare(parted)))


def order_of(query: SearchQuery, dialect: str) -> list[ColumnElement[Any]]:
    """The order asked for, unknown values last, and the listing id where all else is equal."""
    name = "posted" if query.sort == "relevance" else query.sort.removeprefix("-")
    column = {
        "posted": L.posted_at,
        "price": L.price_minor,
        "year": L.year,
        "title": func.lower(in_byte_order(L.title, dialect)),
        "artist": in_byte_order(L.search_text, dialect),  # it begins with the folded artist
    }[name]
    keys: list[ColumnElement[Any]] = [column, L.listing_id]
    if name == "price":  # amounts of different currencies cannot be compared
        keys.insert(0, in_byte_order(L.price_currency, dialect))
    if query.sort.startswith("-") or query.sort == "relevance":
        return [*(key.desc().nulls_last() for key in keys[:-1]), keys[-1].desc()]
    return [*(key.asc().nulls_last() for key in keys[:-1]), keys[-1].asc()]


def in_byte_order(column: ColumnElement[Any], dialect: str) -> ColumnElement[Any]:
    """The column in the order of its bytes; PostgreSQL would use its own language's order."""
    return collate(column, "C") if dialect == "postgresql" else column
