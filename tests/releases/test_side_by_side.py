"""Releases are kept while a sync writes: neither waits for ever, and the shop shows what both of them know."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from flask import Flask

from app.extensions import db, wiring
from app.services.discogs_sync_service import DiscogsSyncService
from app.services.inventory_service import InventoryService
from app.services.release_cache import ReleaseCache
from config import Secret, Settings
from tests.core.test_releases import body
from tests.invariants import assert_sound
from tests.sync.memory_shop import MemoryShop

TIMES = 12


def begin(app: Flask, work: Callable[[], None], told: list[BaseException]) -> threading.Thread:
    """Do the work in a thread; an error of it is `told`."""

    def run() -> None:
        try:
            with app.app_context():
                work()
        except BaseException as error:
            told.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_a_sync_and_the_reading_of_releases_write_side_by_side(
    settings: Settings, make_app: Callable[[Settings], Flask]
) -> None:
    shop = MemoryShop(30)
    app = make_app(settings.replace(discogs_seller_username=shop.username, discogs_token=Secret("token-of-the-seller")))
    listings = list(shop.rows)
    releases = [row["release"]["id"] for row in shop.rows.values()]
    told: list[BaseException] = []

    def sync() -> None:
        for turn in range(TIMES):
            for number in listings:
                shop.reprice(number, 10.0 + turn)
            DiscogsSyncService().sync_all_listings()

    def read() -> None:
        for turn in range(TIMES):
            shop.catalogue = {number: body(id=number, country=f"Land {turn}") for number in releases}
            for number in releases[:3]:
                ReleaseCache().fetch(number)
            ReleaseCache().fill(yields_to=())

    with app.app_context():
        wiring().connect = shop.connect
        DiscogsSyncService().sync_all_listings()
    threads = [begin(app, work, told) for work in (sync, read)]
    for thread in threads:
        thread.join(120)
    assert not any(thread.is_alive() for thread in threads)
    assert told == []
    with app.app_context():
        assert_sound(db.engine)
        items: list[Any] = list(InventoryService().get_all_items())
        assert {float(item["price_value"]) for item in items} == {10.0 + TIMES - 1}
        first = [item for item in items if int(item["release_id"]) in releases[:3]]
        assert {item["country"] for item in first} == {f"Land {TIMES - 1}"}
        assert all(item["genres"] for item in items)
