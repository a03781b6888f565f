"""A copy that one of our sellers hands to another: both sources stay true."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.errors import PlanChanged
from app.extensions import db, wiring
from app.models import MirrorState
from app.services.discogs_sync_service import DiscogsSyncService
from app.services.sources import Sources
from app.services.statistics import SyncStatistics
from app.services.sync_control import confirm_run
from config import Secret, Settings
from tests.invariants import assert_sound
from tests.sync.conftest import Mirror
from tests.sync.memory_shop import MemoryShop


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.replace(discogs_seller_username=None, discogs_token=Secret("a-token"))


@pytest.fixture
def shop() -> MemoryShop:
    return MemoryShop(30)


@pytest.fixture
def partner(shop: MemoryShop) -> MemoryShop:
    partner = MemoryShop(username="partner", user_id=4711002)
    partner.next_id = 5_000_000_001
    for _ in range(30):
        partner.add()
    return partner


def sync(mirror: Mirror, shop: MemoryShop) -> SyncStatistics:
    mirror.clock.advance(hours=1)
    wiring().connect = shop.connect
    return DiscogsSyncService(token="t", seller_username=shop.username).sync_all_listings()


def hand_over(shop: MemoryShop, partner: MemoryShop) -> int:
    number = next(iter(shop.rows))
    partner.rows[number] = shop.rows.pop(number) | {"seller": {"id": partner.user_id, "username": partner.username}}
    return number


def open_both(mirror: Mirror, shop: MemoryShop, partner: MemoryShop) -> None:
    """A person added the partner, so that both are shown."""
    sync(mirror, shop)
    Sources(db.engine, mirror.clock).inventory_of(partner.username, is_shown=True)
    assert sync(mirror, partner)["outcome"] == "applied"


def version() -> int:
    with db.engine.connect() as connection:
        return int(connection.scalar(select(MirrorState.version)) or 0)


def test_both_sources_stay_true(mirror: Mirror, shop: MemoryShop, partner: MemoryShop) -> None:
    open_both(mirror, shop, partner)
    number, before = hand_over(shop, partner), version()
    assert sync(mirror, partner)["added"] == 1
    assert version() == before + 1
    assert [(change.kind, change.public_kind) for change in mirror.changes() if change.item_id == number] == [
        ("add", "add"),
        ("remove", None),
        ("add", "update"),
    ]
    assert_sound(db.engine)
    done = sync(mirror, shop)
    assert (done["outcome"], done["removed"], done["missing"]) == ("applied", 0, 0)
    assert_sound(db.engine)


def test_a_shop_that_is_not_shown_takes_a_listing_out_of_sight(
    mirror: Mirror, shop: MemoryShop, partner: MemoryShop
) -> None:
    sync(mirror, shop)
    number = hand_over(shop, partner)
    assert sync(mirror, partner)["outcome"] == "held"
    assert [(change.kind, change.public_kind) for change in mirror.changes() if change.item_id == number] == [
        ("add", "add"),
        ("remove", "remove"),
        ("add", None),
    ]
    assert_sound(db.engine)


def test_a_held_run_cannot_remove_what_went_to_another_source(
    mirror: Mirror, shop: MemoryShop, partner: MemoryShop
) -> None:
    open_both(mirror, shop, partner)
    number = hand_over(shop, partner)
    shop.rows.clear()
    held = sync(mirror, shop)
    assert held["outcome"] == "held"
    sync(mirror, partner)
    with pytest.raises(PlanChanged):
        confirm_run(held["run_id"])
    assert number in mirror.live()
    assert_sound(db.engine)
