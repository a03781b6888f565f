"""A walk over pages that move, whatever lies on them."""

from __future__ import annotations

from app.core.fetch import Complete, Incomplete
from app.core.outcomes import Reason
from app.discogs.answers import ItemPage
from app.discogs.page_walk import PageWalk
from app.errors import DiscogsNotFound


class Shelf:
    """Copies in the order of their adding, 100 a page; what is `between` happens once that page was read."""

    def __init__(self, copies: int) -> None:
        self.copies = list(range(1, copies + 1))
        self.asked: list[int] = []
        self.between: dict[int, int] = {}

    def ask(self, page: int) -> ItemPage:
        self.asked.append(page)
        pages = max(1, -(-len(self.copies) // 100))
        if page > pages:
            raise DiscogsNotFound()
        rows: list[object] = list(self.copies[(page - 1) * 100 : page * 100])
        found = ItemPage(page, pages, 100, len(self.copies), rows, 0)
        if page in self.between:
            self.copies.remove(self.between[page])
        return found


def walked(shelf: Shelf, **memory: int) -> tuple[Complete | Incomplete, list[int]]:
    """What the walk was worth, and the pages it asked for."""
    walk = PageWalk(shelf.ask, things="copies", **memory)
    rows = [row for page in walk.read() for row in page.rows]
    items = frozenset(row for row in rows if isinstance(row, int))
    return walk.fetch(items, unidentified=0, duplicates=len(rows) - len(items)), shelf.asked


def test_the_walk_begins_where_the_last_one_ended():
    shelf = Shelf(240)
    fetch, asked = walked(shelf, expected_pages=3)
    assert isinstance(fetch, Complete)
    assert (fetch.items, asked) == (frozenset(shelf.copies), [3, 2, 1])


def test_without_a_memory_the_first_page_is_read_once():
    fetch, asked = walked(Shelf(240))
    assert isinstance(fetch, Complete)
    assert asked == [1, 3, 2]


def test_a_collection_that_shrank_is_read_from_its_new_end():
    fetch, asked = walked(Shelf(150), expected_pages=3)
    assert isinstance(fetch, Complete)
    assert asked == [3, 1, 2]


def test_what_leaves_meanwhile_makes_the_fetch_incomplete():
    shelf = Shelf(240)
    shelf.between[3] = 120
    fetch, _ = walked(shelf, expected_pages=3)
    assert isinstance(fetch, Incomplete)
    assert (fetch.reason, fetch.detail) == (Reason.PAGE_DRIFT, "240 copies became 239 while reading")


def test_beyond_the_last_page_that_is_shown_nothing_is_asked_for():
    fetch, asked = walked(Shelf(340), last_shown=2, expected_pages=4)
    assert isinstance(fetch, Incomplete)
    assert (fetch.reason, fetch.detail) == (Reason.PAGE_CAP, "Discogs shows strangers 200 of 340 copies")
    assert asked == [2, 1]


def test_a_limit_is_never_complete():
    fetch, asked = walked(Shelf(240), limit=130)
    assert isinstance(fetch, Incomplete)
    assert (fetch.reason, len(fetch.items), asked) == (Reason.PAGE_LIMIT, 130, [1, 2])
