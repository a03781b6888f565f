"""A run that only adds, whatever the policy of its source says."""

from __future__ import annotations

import pytest

from app.errors import PlanChanged
from app.extensions import db, wiring
from app.models.transactions import read_transaction
from app.services.discogs_connection import NeverStops
from app.services.freshness import freshness
from app.services.shop_state import shop_state
from app.services.sources import Sources
from app.services.status_service import StatusService
from app.services.sync_control import confirm_run, execute_run, request_sync, sources_to_sync
from tests.invariants import assert_sound
from tests.sync.conftest import Mirror
from tests.sync.memory_shop import MemoryShop


def test_nothing_is_changed_or_removed(mirror: Mirror, shop: MemoryShop) -> None:
    mirror.sync()
    before = mirror.rows()
    shop.rows[before[0].listing_id]["comments"] = "another word"
    del shop.rows[before[1].listing_id]
    new = shop.add()
    for _ in range(3):  # the policy of the source would have removed it by now
        (run_id,) = request_sync(trigger="api", kind="inventory", adds_only=True)
        execute_run(run_id, NeverStops())
        mirror.clock.advance(hours=1)
    assert mirror.live() == {row.listing_id for row in before} | {new}
    assert [row for row in mirror.rows() if row.listing_id != new] == before
    (run_id,) = request_sync(trigger="api", kind="inventory")
    execute_run(run_id, NeverStops())
    assert mirror.row(before[0].listing_id).comments == "another word", "a run without that goes by the policy"


def add_only() -> None:
    (run_id,) = request_sync(trigger="api", kind="inventory", adds_only=True)
    execute_run(run_id, NeverStops())


def age_s(mirror: Mirror) -> int | None:
    with read_transaction(db.engine) as connection:
        return freshness(connection, shop_state(connection).sellers, wiring().settings, mirror.clock()).age_s


def held() -> list[int]:
    return [run["id"] for run in StatusService().sync_status()["held_runs"]]


def test_the_first_fill_of_a_shop_tells_its_age(mirror: Mirror) -> None:
    add_only()
    mirror.clock.advance(hours=1)
    assert age_s(mirror) == 3600


def test_what_was_not_updated_does_not_become_young_again(mirror: Mirror) -> None:
    mirror.sync()
    mirror.clock.advance(hours=2)
    add_only()
    assert age_s(mirror) == 7200
    wired = wiring()
    wired.settings = wired.settings.replace(inventory_sync_policy="add_only")
    mirror.sync()
    assert age_s(mirror) == 10800, "nor under a policy that only adds"


def test_what_is_held_stays_held(mirror: Mirror, shop: MemoryShop) -> None:
    mirror.sync()
    shop.rows.clear()
    run = mirror.sync()["run_id"]
    add_only()
    assert held() == [run]
    confirm_run(run)
    assert (held(), mirror.live()) == ([], set())
    assert_sound(db.engine)


def test_what_may_be_back_is_held_no_more(mirror: Mirror, shop: MemoryShop) -> None:
    mirror.sync()
    rows = dict(shop.rows)
    shop.rows.clear()
    run = mirror.sync()["run_id"]
    shop.rows.update(rows)
    add_only()
    assert held() == []
    with pytest.raises(PlanChanged):
        confirm_run(run)


def test_it_is_no_second_look(mirror: Mirror, shop: MemoryShop) -> None:
    mirror.sync()
    shop.rows.clear()
    assert mirror.sync()["outcome"] == "held"
    add_only()
    assert mirror.sync()["outcome"] == "applied", "the look an hour ago agrees, whatever came between"
    assert mirror.live() == set()


def test_it_does_not_settle_with_whose_eyes_the_shop_is_seen(mirror: Mirror) -> None:
    mirror.sync()
    (number,) = sources_to_sync("inventory")
    Sources(db.engine, mirror.clock).update(number, config_digest="somebody else's")
    add_only()
    assert Sources(db.engine, mirror.clock).get(number).config_digest == "somebody else's"
