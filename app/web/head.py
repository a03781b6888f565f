"""What the head of a page tells search engines, feed readers and those who show a link to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Flask, request

from app.api.listings import FILTERS
from app.formats.json_ld import JsonLd, breadcrumbs, product, web_address, website
from app.formats.listing_words import listing_facts, listing_name, price_text
from app.web.asked import Asked
from app.web.here import addresses

FEEDS = (("New arrivals", "/feeds/new.atom"), ("Price drops", "/feeds/price-drops.atom"))
Item = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """`url` is where the page is found for good, None when nobody should; `feeds` are titles with addresses."""

    url: str | None
    is_indexed: bool = True
    kind: str = "website"
    title: str
    description: str = ""
    image: str | None = None
    price: tuple[str, str] | None = None
    feeds: Sequence[tuple[str, str]] = ()
    json_ld: Sequence[JsonLd] = ()


def register(app: Flask) -> None:
    """Make heads known to templates."""
    app.jinja_env.globals.update(head_of_page=head_of_page, head_of_nothing=head_of_nothing)


def head_of_page(shop: str, asked: Asked | None = None) -> Head:
    """Of a page of the shop. Of a filtered one engines are told to follow the links and not to remember it."""
    here = addresses()
    given = asked.values if asked else dict(request.args.items(multi=True))
    filters = [(name, given[name]) for name in FILTERS if given.get(name, "").strip()]
    page = [("page", given["page"])] if given.get("page", "1") != "1" else []
    is_front = request.path == "/" and not filters and not page
    return Head(
        url=here.page(request.path, [*filters, *page]),
        is_indexed=not filters and "sort" not in given and "limit" not in given,
        title=shop,
        description=f"Records for sale at {shop}.",
        feeds=[(name, here.page(path, filters)) for name, path in FEEDS],
        json_ld=[website(name=shop, url=here.page("/"))] if is_front else [],
    )


def head_of_listing(item: Item, shop: str, *, is_current: bool) -> Head:
    """Of the page of a listing for sale. Its price is told only while it is current."""
    here = addresses()
    url = here.listing(item["listing_id"])
    amount, currency = item["price_value"], item["price_currency"]
    has_price = is_current and amount is not None and currency is not None
    facts = listing_facts(item)
    return Head(
        url=url,
        kind="product" if has_price else "website",
        title=listing_name(item),
        description="; ".join([price_text(amount, currency), facts] if has_price and facts else [facts]),
        image=web_address(item["image_uri"]),
        price=(f"{amount:f}", currency) if has_price else None,
        feeds=[(name, here.page(path)) for name, path in FEEDS],
        json_ld=[
            product(item, url=url, is_current=is_current),
            breadcrumbs(item, shop=shop, shop_url=here.page("/"), url=url),
        ],
    )


def head_of_nothing(shop: str) -> Head:
    """Of a page that tells of an error, or of what is gone."""
    return Head(url=None, is_indexed=False, title=shop)
