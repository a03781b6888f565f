"""News of the shop as Atom feeds; each also of what answers a search."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from flask import Response, request
from flask_smorest import Blueprint

from app.api.listings import FILTERS
from app.api.schemas import parameter_docs
from app.api.validators import ASK_EVERY_TIME, answered
from app.core.addresses import Addresses
from app.core.notices import NOT_AFFILIATED, PROVIDED_BY
from app.core.query import PARAMETERS, SearchQuery, parse_query
from app.formats.atom import MIMETYPE, AtomEntry, AtomFeed, atom, stable_id
from app.formats.listing_words import listing_facts, listing_name, not_current, price_text
from app.formats.shop_listing import Item
from app.services.freshness import Freshness
from app.services.shop_news import Arrival, Reduction, ShopNews, shop_news
from app.web.here import addresses

MOST_ENTRIES = 50
BEFORE_ALL = datetime(1970, 1, 1, tzinfo=UTC)
PARAMETER_DOCS = parameter_docs([*FILTERS, "limit"])
ATOM_FEED = {"type": "string"}
blueprint = Blueprint("feeds", __name__, description="News of the shop for feed readers")

Parameters = list[tuple[str, str]]
Entries = Callable[[ShopNews, SearchQuery, Addresses], list[AtomEntry]]


@blueprint.get("/feeds/new.atom")
@blueprint.doc(parameters=PARAMETER_DOCS)
@blueprint.response(200, ATOM_FEED, content_type=MIMETYPE)
def new_arrivals() -> Response:
    """The newest listings that answer the search parameters, at most 50."""
    return _feed("New arrivals", _arrivals)


@blueprint.get("/feeds/price-drops.atom")
@blueprint.doc(parameters=PARAMETER_DOCS)
@blueprint.response(200, ATOM_FEED, content_type=MIMETYPE)
def price_drops() -> Response:
    """The listings that answer the search parameters and became cheaper last, at most 50."""
    return _feed("Price drops", _reductions)


def _feed(name: str, entries: Entries) -> Response:
    """Answered afresh every time: growing old changes what it says, and nothing is written then."""
    query = parse_query(request.args.items(multi=True))
    here = addresses()
    with shop_news() as news:
        age = news.freshness
        asked = (news.state.key, age.is_stale and age.confirmed_at, age.is_stale, here, query)
        make = partial(_written, name, news, query, here, entries)
        return answered(*asked, make=make, cache_control=ASK_EVERY_TIME)


def _written(name: str, news: ShopNews, query: SearchQuery, here: Addresses, entries: Entries) -> Response:
    listed = entries(news, query, here)
    newest = max((entry.updated for entry in listed), default=news.state.changed_at or BEFORE_ALL)
    return Response(b"".join(atom(_about(name, news, here, newest), listed)), mimetype=MIMETYPE)


def _about(name: str, news: ShopNews, here: Addresses, updated: datetime) -> AtomFeed:
    sellers = sorted(news.state.sellers.values())
    asked = _asked()
    shop = " and ".join(sellers) or "the shop"
    wanted = ", ".join(f"{parameter}: {text}" for parameter, text in asked)
    return AtomFeed(
        id=stable_id("waxmirror", request.path, *sellers, *(f"{parameter}={text}" for parameter, text in asked)),
        title=f"{name} – {shop}" + (f" ({wanted})" if wanted else ""),
        subtitle=_warned(PROVIDED_BY, news.freshness),
        author=shop,
        rights=NOT_AFFILIATED,
        url=here.page(request.path, asked),
        page_url=here.page("/", asked),
        updated=updated,
    )


def _asked() -> Parameters:
    """The filters of the request, in the order of the documentation, so that equal questions have equal ids."""
    given = dict(request.args.items(multi=True))
    return [(name, given[name]) for name in PARAMETERS if name in FILTERS and given.get(name, "").strip()]


def _arrivals(news: ShopNews, query: SearchQuery, here: Addresses) -> list[AtomEntry]:
    return [_of_arrival(arrival, news.freshness, here) for arrival in news.arrivals(query, _most(query))]


def _reductions(news: ShopNews, query: SearchQuery, here: Addresses) -> list[AtomEntry]:
    return [_of_reduction(reduction, news.freshness, here) for reduction in news.reductions(query, _most(query))]


def _most(query: SearchQuery) -> int:
    return min(query.limit or MOST_ENTRIES, MOST_ENTRIES)


def _of_arrival(arrival: Arrival, age: Freshness, here: Addresses) -> AtomEntry:
    item = arrival.item
    price = price_text(item["price_value"], item["price_currency"])
    return AtomEntry(
        id=stable_id(item["uri"]),
        title=f"{listing_name(item)} – {price}",
        summary=_summary(item, age),
        url=here.listing(item["listing_id"]),
        updated=arrival.updated,
        published=arrival.posted,
        via=item["uri"],
        image=item["image_uri"],
    )


def _of_reduction(reduction: Reduction, age: Freshness, here: Addresses) -> AtomEntry:
    item, currency = reduction.item, reduction.item["price_currency"]
    now, before = price_text(item["price_value"], currency), price_text(reduction.former, currency)
    return AtomEntry(
        id=stable_id(item["uri"], f"price-drop {reduction.seq}"),
        title=f"{listing_name(item)} – now {now}, before {before}",
        summary=_summary(item, age),
        url=here.listing(item["listing_id"]),
        updated=reduction.at,
        published=reduction.at,
        via=item["uri"],
        image=item["image_uri"],
    )


def _summary(item: Item, age: Freshness) -> str:
    facts = listing_facts(item)
    return _warned(f"{facts}. {PROVIDED_BY}" if facts else PROVIDED_BY, age)


def _warned(text: str, age: Freshness) -> str:
    """Discogs' terms: what is old is never shown as current."""
    return f"{not_current(age.confirmed_at)} {text}" if age.is_stale else text
