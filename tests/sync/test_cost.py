"""What a sync may cost: requests, statements, written rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from app.extensions import db
from tests.sync.conftest import Mirror
from tests.sync.memory_shop import MemoryShop


@contextmanager
def counted_statements() -> Iterator[Counter[str]]:
    """The verbs and tables of the statements inside."""
    counted: Counter[str] = Counter()

    def count(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        words = statement.split()
        where = {"INSERT": 2, "UPDATE": 1, "DELETE": 2}.get(words[0])
        counted[f"{words[0]} {words[where]}" if where else words[0]] += 1

    event.listen(db.engine, "before_cursor_execute", count)
    try:
        yield counted
    finally:
        event.remove(db.engine, "before_cursor_execute", count)


def statements_of(mirror: Mirror) -> Counter[str]:
    """The same of one sync."""
    with counted_statements() as counted:
        mirror.sync()
    return counted


def test_a_sync_of_unchanged_data_writes_its_own_run_row_only(mirror: Mirror) -> None:
    mirror.sync()
    written = {what for what in statements_of(mirror) if what.split()[0] in {"INSERT", "UPDATE", "DELETE"}}
    # The emptied stages of the run's own rows are part of ending it.
    stages = {"DELETE staged_listings", "DELETE staged_copies", "DELETE staged_wants"}
    assert written == {"INSERT runs", "UPDATE runs", *stages}


def test_statements_grow_by_a_constant_per_page_and_not_per_listing(mirror: Mirror, shop: MemoryShop) -> None:
    mirror.sync()
    six_pages = statements_of(mirror)["SELECT"]
    for _ in range(562):
        shop.add()
    mirror.sync()
    eleven_pages = statements_of(mirror)["SELECT"]
    # Per page: what the mirror knows of its listings, and whether somebody wants the run to stop.
    assert eleven_pages - six_pages == 2 * 5


def test_requests_are_pages_and_identity_and_at_most_twenty_probes(mirror: Mirror, shop: MemoryShop) -> None:
    mirror.sync()
    for number in list(shop.rows)[:60]:
        shop.remove(number)
    shop.asked.clear()
    done = mirror.sync()
    pages = sum(asked.startswith("page") for asked in shop.asked)
    probes = sum(asked.startswith("listing") for asked in shop.asked)
    assert (pages, shop.asked.count("identity"), probes) == (5 + 1, 1, 20)  # one more: the old last page is gone
    assert done["requests"] == shop.requests
