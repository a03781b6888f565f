"""The collection: what somebody owns, to look through, copy by copy, and in numbers."""

from __future__ import annotations

from dataclasses import replace

from app.core.shelf_query import EVERYTHING, ShelfQuery, parse_shelf_query
from app.services.collection_window import CollectionWindow
from app.web.asked import Asked
from app.web.bar_chart import bars_of
from app.web.frame import rendered
from app.web.paging import pages_of
from app.web.price_chart import price_chart

PER_PAGE, MOST_PER_PAGE = 48, 1000
VIEWS = ("grid", "table")
SORTS = (
    ("newest", "Added last"),
    ("oldest", "Added first"),
    ("artist", "Artist, A to Z"),
    ("title", "Title, A to Z"),
    ("-year", "Year, latest first"),
    ("year", "Year, earliest first"),
    ("-rating", "Rating, best first"),
)


def wanted(asked: Asked) -> ShelfQuery:
    """The question of an address, with the page's own size. Raises BadQuery."""
    query = parse_shelf_query((name, text) for name, text in asked.values.items() if name != "view")
    size = query.page_size if "page_size" in asked.values else PER_PAGE
    return replace(query, page_size=min(size, MOST_PER_PAGE))


def collection_text(window: CollectionWindow, asked: Asked, query: ShelfQuery) -> str:
    """The page of the copies that answer. Raises CollectionPrivate when only owners are told that."""
    found = window.found(query)
    total = found.listed()
    return rendered(
        "web/collection.html",
        asked=asked,
        window=window,
        albums=found.items() if total else [],
        facets=found.facets(),
        found={"total": total},
        folders=[each for each in window.folders() if each["id"] != EVERYTHING] if window.is_own else [],
        pages=pages_of(query.page, query.page_size, total),
        sorts=SORTS,
        sort={"-added": "newest", "added": "oldest"}.get(query.sort, query.sort),
        view=asked.get("view") if asked.get("view") in VIEWS else VIEWS[0],
        problems={},
    )


def refused_text(asked: Asked, problems: dict[str, str]) -> str:
    """The page that names the parameters nobody can answer."""
    return rendered("web/collection.html", asked=asked, found=None, pages=None, problems=problems, view=VIEWS[0])


def album_text(window: CollectionWindow, album_id: str) -> str:
    """The page of one copy. Raises AlbumNotFound, AlbumGone."""
    album = window.album(album_id)
    return rendered("web/album.html", window=window, album=album.item, entry=album.entry, known=window.enriched(album))


def numbers_text(window: CollectionWindow) -> str:
    """The page of numbers."""
    numbers = window.statistics()
    total = numbers["have"]
    kinds = [
        ("genre", "Genre", "A record of several genres counts with each.", bars_of(numbers["by_genre"], total)),
        ("style", "Style", "A record of several styles counts with each.", bars_of(numbers["by_style"], total)),
        ("decade", "Decade", "By year of release.", bars_of(numbers["by_decade"], total)),
        ("format", "Format", "By the first format of each record.", bars_of(numbers["by_format"], total)),
        ("rating", "Rating", "As its owner rated it, of five.", bars_of(numbers["by_rating"], total)),
        ("added", "Added", "By the month in which it came.", bars_of(numbers["added_by_month"][-24:], total)),
    ]
    values = [(owner, points, price_chart(points, window.now)) for owner, points in window.values()]
    return rendered("web/collection_stats.html", window=window, numbers=numbers, kinds=kinds, values=values)
