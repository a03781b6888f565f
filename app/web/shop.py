"""The shop: a grid of covers, to search and to narrow."""

from __future__ import annotations

from dataclasses import replace

from app.core.query import SearchQuery, parse_query
from app.core.text import written
from app.services.shop_window import ShopWindow
from app.web.asked import Asked
from app.web.frame import rendered
from app.web.paging import pages_of

PER_PAGE = 48
MOST_PER_PAGE = 1000  # a page is made in one piece
SORTS = (
    ("newest", "Newest first"),
    ("relevance", "Best match"),
    ("price", "Price, low to high"),
    ("-price", "Price, high to low"),
    ("artist", "Artist, A to Z"),
    ("title", "Title, A to Z"),
    ("-year", "Year, latest first"),
    ("year", "Year, earliest first"),
    ("oldest", "Longest in the shop"),
)


def wanted(asked: Asked) -> SearchQuery:
    """The question of an address, with the page's own limit. Raises BadQuery.

    Who types words wants what fits them best, unless another order is asked for.
    """
    query = parse_query(asked.values.items())
    sort = "relevance" if query.words and "sort" not in asked.values else query.sort
    limit = query.limit if query.limit and "limit" in asked.values else PER_PAGE
    return replace(query, sort=sort, limit=min(limit, MOST_PER_PAGE))


def shop_text(window: ShopWindow, asked: Asked, query: SearchQuery) -> str:
    """The page of the listings that answer."""
    found = window.page(query)
    if found.is_corrected:
        asked = asked.corrected(written(found.query.words))
    limit = query.limit or PER_PAGE
    return rendered(
        "web/shop.html",
        asked=asked,
        found=found,
        pages=pages_of(query.page, limit, found.total),
        sorts=SORTS,
        sort=_chosen_sort(query),
        problems={},
    )


def refused_text(asked: Asked, problems: dict[str, str]) -> str:
    """The page that names the parameters nobody can answer."""
    return rendered("web/shop.html", asked=asked, found=None, pages=None, sorts=SORTS, sort="newest", problems=problems)


def _chosen_sort(query: SearchQuery) -> str:
    """Under which of its names the form shows the order."""
    names = {"-posted": "newest", "posted": "oldest"}
    return names.get(query.sort, query.sort)
