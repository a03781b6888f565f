"""What a set of hits is made of: which fields are counted, and how their texts are taken apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from decimal import Decimal
from heapq import nsmallest
from operator import itemgetter
from typing import Any, NamedTuple, TypedDict

from sqlalchemy import ColumnElement

from app.core.genres import genre_values, listed_values
from app.core.money import from_minor
from app.models import FORMAT_SHOWN, ListingRow, ReleaseRow
from app.search.format_facets import counted_formats

L, R = ListingRow.__table__.c, ReleaseRow.__table__.c
FACET_COLUMNS: tuple[ColumnElement[Any], ...] = (
    L.artist,
    L.label,
    FORMAT_SHOWN,
    L.year,
    L.condition,
    L.sleeve_condition,
    R.genres,
    R.styles,
    R.country,
    L.price_currency,
    L.price_minor,
)
# More values than anybody reads; the most frequent ones are told.
MOST_VALUES = 200


class FacetValue(TypedDict):
    """A value that can be asked for, and how many hits have it."""

    value: str | int
    count: int


class PriceRange(TypedDict):
    """The cheapest and the dearest hit in one currency."""

    currency: str
    count: int
    min: Decimal
    max: Decimal


class Facets(TypedDict):
    """Counts within the hits, the most frequent value first; years in their own order, the latest first."""

    total: int
    artists: list[FacetValue]
    labels: list[FacetValue]
    genres: list[FacetValue]
    styles: list[FacetValue]
    formats: list[FacetValue]
    countries: list[FacetValue]
    years: list[FacetValue]
    conditions: list[FacetValue]
    sleeve_conditions: list[FacetValue]
    prices: list[PriceRange]


class ShelfFacets(Facets):
    """The same of copies, and for their owner what is not known of them."""

    missing: list[FacetValue]


class Counted(NamedTuple):
    """How often each text of a column occurs among the hits, and how many hits a filter finds that is set to a value
    which so many have."""

    texts: Counter[Any]
    asked: Callable[[Any, int], int]


def facets_of(total: int, described: Sequence[Counted], prices: Iterable[PriceRange]) -> Facets:
    """What counts of the described columns, in the order of FACET_COLUMNS, say of `total` hits."""
    values = {name: count(column.texts) for (name, count), column in zip(DESCRIBED, described, strict=True)}
    told = {name: _told(values[name], column) for (name, _), column in zip(DESCRIBED, described, strict=True)}
    years = sorted(values["years"].items(), reverse=True)
    return Facets(
        total=total,
        artists=told["artists"],
        labels=told["labels"],
        genres=told["genres"],
        styles=told["styles"],
        formats=told["formats"],
        countries=told["countries"],
        years=[FacetValue(value=year, count=count) for year, count in years],
        conditions=told["conditions"],
        sleeve_conditions=told["sleeve_conditions"],
        prices=sorted(prices, key=itemgetter("currency")),
    )


def _parts(split: Callable[[Any], Iterable[Any]]) -> Callable[[Counter[Any]], Counter[Any]]:
    def count_parts(counter: Counter[Any]) -> Counter[Any]:
        parts: Counter[Any] = Counter()
        for value, count in counter.items():
            for part in split(value) if value else ():
                parts[part] += count
        return parts

    return count_parts


def _told(values: Counter[Any], column: Counted) -> list[FacetValue]:
    """The most frequent values, each with the number that whoever asks for it finds."""
    frequent = nsmallest(MOST_VALUES, values.items(), key=_order)
    counted = [(value, column.asked(value, count)) for value, count in frequent]
    return [FacetValue(value=value, count=count) for value, count in sorted(counted, key=_order) if count]


def _order(pair: tuple[Any, int]) -> tuple[int, str]:
    return -pair[1], str(pair[0])


def price_range(currency: str, amounts: Collection[int]) -> PriceRange:
    """The range of prices in minor units of one currency; there is at least one."""
    least, most = (from_minor(minor, currency) or Decimal(0) for minor in (min(amounts), max(amounts)))
    return PriceRange(currency=currency, count=len(amounts), min=least, max=most)


def _whole(value: Any) -> tuple[Any, ...]:
    return (value,)


# What the first of FACET_COLUMNS are counted as, and how values are counted of their texts.
DESCRIBED: tuple[tuple[str, Callable[[Counter[Any]], Counter[Any]]], ...] = (
    ("artists", _parts(_whole)),
    ("labels", _parts(listed_values)),
    ("formats", counted_formats),
    ("years", _parts(_whole)),
    ("conditions", _parts(_whole)),
    ("sleeve_conditions", _parts(_whole)),
    ("genres", _parts(genre_values)),
    ("styles", _parts(listed_values)),
    ("countries", _parts(_whole)),
)
