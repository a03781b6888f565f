"""A sync, end to end against a shop in memory."""

from __future__ import annotations

import pytest

from app.core.outcomes import Reason
from app.errors import DiscogsConnectionError, DiscogsNotFound
from app.services.sync_control import confirm_run
from tests.sync.conftest import Mirror
from tests.sync.memory_shop import MemoryShop


def ids(shop: MemoryShop) -> list[int]:
    return list(shop.rows)


class TestFirstSync:
    def test_it_mirrors_every_listing(self, mirror: Mirror, shop: MemoryShop) -> None:
        done = mirror.sync()
        assert done["outcome"] == "applied"
        assert (done["added"], done["total"]) == (538, 538)
        assert mirror.live() == set(ids(shop))

    def test_it_asks_once_for_identity_and_once_per_page(self, mirror: Mirror, shop: MemoryShop) -> None:
        mirror.sync()
        assert shop.asked == ["identity", "page 1", "page 6", "page 5", "page 4", "page 3", "page 2"]

    def test_every_listing_enters_the_change_log_once(self, mirror: Mirror, shop: MemoryShop) -> None:
        mirror.sync()
        changes = mirror.changes()
        assert [change.kind for change in changes] == ["add"] * 538
        assert {change.item_id for change in changes} == set(ids(shop))

    def test_an_empty_shop_is_mirrored_as_empty(self, mirror: Mirror, shop: MemoryShop) -> None:
        shop.rows.clear()
        assert mirror.sync()["outcome"] == "applied"


class TestSteadySync:
    def test_nothing_new_is_nothing_written(self, mirror: Mirror) -> None:
        mirror.sync()
        before = mirror.rows()
        done = mirror.sync()
        assert (done["unchanged"], done["added"], done["updated"]) == (538, 0, 0)
        assert mirror.rows() == before
        assert len(mirror.changes()) == 538

    def test_the_walk_starts_at_the_end_where_drift_cannot_hide(self, mirror: Mirror, shop: MemoryShop) -> None:
        mirror.sync()
        shop.asked.clear()
        mirror.sync()
        assert shop.asked == ["identity", *(f"page {number}" for number in range(6, 0, -1))]

    def test_one_cent_is_one_update_and_one_change(self, mirror: Mirror, shop: MemoryShop) -> None:
        mirror.sync()
        number = ids(shop)[10]
        shop.reprice(number, 18.51)
        assert mirror.sync()["updated"] == 1
        change = mirror.changes()[-1]
        assert (change.kind, change.item_id) == ("update", number)
        assert change.fields == '{"price_value":["18.50","18.51"]}'

    def test_a_sold_listing_is_an_update_the_visitor_sees_leave(self, mirror: Mirror, shop: MemoryShop) -> None:
        mirror.sync()
        number = ids(shop)[10]
        shop.edit(number, status="Sold")
        done = mirror.sync()
        assert (done["updated"], done["removed"]) == (1, 0)
        assert (mirror.changes()[-1].kind, mirror.changes()[-1].public_kind) == ("update", "remove")

    def test_a_draft_is_mirrored_and_never_seen(self, mirror: Mirror, shop: MemoryShop) -> None:
        mirror.sync()
        number = shop.add(status="Draft")
        mirror.sync()
        assert (mirror.changes()[-1].item_id, mirror.changes()[-1].public_kind) == (number, None)

    def test_counters_alone_are_no_change(self, mirror: Mirror, shop: MemoryShop) -> None:
        mirror.sync()
        for row in shop.rows.values():
            row["release"]["stats"] = {"community": {"in_wantlist": 1000, "in_collection": 1000}}
        assert mirror.sync()["unchanged"] == 538

    def test_two_sellers_listings_are_never_mixed_up(self, mirror: Mirror, shop: MemoryShop) -> None:
        mirror.sync()
        shop.add(seller={"id": 99, "username": "somebody_else"})
        done = mirror.sync()
        assert (done["rejected"], done["added"]) == (1, 0)


class TestRemovals:
    def test_discogs_word_makes_a_tombstone_at_once(self, mirror: Mirror, shop: MemoryShop) -> None:
        mirror.sync()
        gone = ids(shop)[100]
        shop.remove(gone)
        done = mirror.sync()
        assert (done["removed"], done["missing"]) == (1, 0)
        assert mirror.tombstones() == {gone: "deleted"}
        assert mirror.changes()[-1].public_kind == "remove"

    def test_at_most_twenty_are_asked_about_and_the_rest_waits_one_run(self, mirror: Mirror, shop: MemoryShop) -> None:
        mirror.sync()
        gone = ids(shop)[::10]
        for number in gone:
            shop.remove(number)
        shop.asked.clear()
        first = mirror.sync()
        assert (first["removed"], first["missing"]) == (20, 34)
        assert first["detail"] == "34 missing listings wait for a second look"
        assert sum(asked.startswith("listing") for asked in shop.asked) == 20
        second = mirror.sync()
        assert (second["removed"], second["missing"], second["detail"]) == (34, 0, None)
        assert mirror.tombstones().keys() == set(gone)

    def test_a_row_missed_by_drift_that_keeps_the_count_is_not_removed(self, mirror: Mirror, shop: MemoryShop) -> None:
        mirror.sync()
        shop.between = lambda asked: shop.edit(ids(shop)[5]) if asked == "page 3" else None
        done = mirror.sync()
        assert done["removed"] == 0
        assert mirror.live() == set(ids(shop))

    def test_sales_while_reading_remove_nothing_they_did_not_sell(self, mirror: Mirror, shop: MemoryShop) -> None:
        mirror.sync()

        def sell_one(asked: str) -> None:
            if asked.startswith("page"):
                shop.remove(ids(shop)[3])

        shop.between = sell_one
        assert mirror.sync()["outcome"] == "applied_no_removals"
        assert mirror.live() >= set(ids(shop))
        shop.between = lambda asked: None
        mirror.sync()
        assert mirror.live() == set(ids(shop))

    def test_a_listing_that_returns_is_restored_with_its_history(self, mirror: Mirror, shop: MemoryShop) -> None:
        mirror.sync()
        number = ids(shop)[0]
        created = mirror.row(number).created_at
        row = shop.rows.pop(number)
        mirror.sync()
        shop.rows[number] = row
        assert mirror.sync()["restored"] == 1
        assert mirror.row(number).created_at == created
        assert [change.kind for change in mirror.changes() if change.item_id == number] == [
            "add",
            "remove",
            "restore",
        ]

    def test_a_limited_sync_removes_nothing(self, mirror: Mirror, shop: MemoryShop) -> None:
        mirror.sync()
        shop.add()
        done = mirror.sync(limit=5)
        assert (done["outcome"], done["reason"]) == ("applied_no_removals", "page.limit")
        assert len(mirror.live()) == 538

    def test_the_missing_who_come_back_are_forgotten(self, mirror: Mirror, shop: MemoryShop) -> None:
        mirror.sync()
        taken = {number: shop.rows.pop(number) for number in ids(shop)[:30]}
        mirror.sync()
        shop.rows |= taken
        mirror.sync()
        assert all(row.missing_since_run_id is None for row in mirror.rows())


class TestGuard:
    def test_an_empty_answer_is_held_and_everything_stays(self, mirror: Mirror, shop: MemoryShop) -> None:
        mirror.sync()
        shop.rows.clear()
        done = mirror.sync()
        assert (done["outcome"], done["reason"], done["removed"]) == ("held", "guard.empty", 0)
        assert len(mirror.live()) == 538

    def test_a_shop_that_really_sold_out_converges_by_itself(self, mirror: Mirror, shop: MemoryShop) -> None:
        mirror.sync()
        shop.rows.clear()
        assert [mirror.sync()["outcome"] for _ in range(2)] == ["held", "applied"]
        assert mirror.live() == set()
        assert len(mirror.tombstones()) == 538

    def test_a_second_look_within_the_interval_does_not_count(self, mirror: Mirror, shop: MemoryShop) -> None:
        mirror.sync()
        shop.rows.clear()
        mirror.sync()
        mirror.clock.advance(minutes=-50)
        assert mirror.sync()["outcome"] == "held"

    def test_a_held_run_still_adds_and_updates(self, mirror: Mirror, shop: MemoryShop) -> None:
        mirror.sync()
        for number in ids(shop)[:200]:
            shop.remove(number)
        new = shop.add()
        done = mirror.sync()
        assert (done["outcome"], done["reason"], done["added"]) == ("held", "guard.shrink", 1)
        assert new in mirror.live()

    def test_rows_that_come_do_not_talk_the_guard_out_of_its_doubt(self, mirror: Mirror, shop: MemoryShop) -> None:
        mirror.sync()
        for number in ids(shop)[:200]:
            shop.remove(number)
        for _ in range(400):
            shop.add()
        assert mirror.sync()["reason"] == "guard.shrink"
        mirror.clock.advance(minutes=-50)
        done = mirror.sync()
        assert (done["outcome"], done["reason"], done["removed"]) == ("held", "guard.shrink", 0)
        assert mirror.sync()["removed"] == 200
        assert mirror.live() == set(ids(shop))

    def test_a_shop_that_sells_on_while_it_is_held_converges(self, mirror: Mirror, shop: MemoryShop) -> None:
        mirror.sync()
        for number in ids(shop)[:200]:
            shop.remove(number)
        assert mirror.sync()["outcome"] == "held"
        shop.remove(ids(shop)[0])
        done = mirror.sync()
        assert (done["outcome"], done["removed"]) == ("applied", 201)

    def test_what_vanished_since_the_first_look_needs_a_second_of_its_own(
        self, mirror: Mirror, shop: MemoryShop
    ) -> None:
        mirror.sync()
        for number in ids(shop)[:200]:
            shop.remove(number)
        mirror.sync()
        shop.rows.clear()
        done = mirror.sync()
        assert (done["outcome"], done["reason"], done["removed"]) == ("held", "guard.empty", 0)
        assert mirror.sync()["removed"] == 538

    def test_other_eyes_wait_for_a_person_however_often_they_look(self, mirror: Mirror, shop: MemoryShop) -> None:
        mirror.sync()
        hidden = ids(shop)[7]
        shop.has_token = False
        shop.edit(hidden, status="Draft")
        outcomes = [(done["outcome"], done["reason"]) for done in [mirror.sync(), mirror.sync(), mirror.sync()]]
        assert outcomes == [("held", "guard.config")] * 3
        assert "wait for a second" not in str(mirror.runs()[-1].detail)
        confirm_run(mirror.runs()[-1].id)
        assert hidden not in mirror.live()
        assert mirror.sync()["outcome"] == "applied"


class TestFailure:
    @pytest.mark.parametrize("page", [6, 3, 1])
    def test_a_failed_page_changes_nothing(self, mirror: Mirror, shop: MemoryShop, page: int) -> None:
        mirror.sync()
        before = mirror.rows()
        shop.add()
        shop.failures[f"page {page}"] = DiscogsConnectionError(Reason.NET_RESET)
        done = mirror.sync()
        assert (done["outcome"], done["reason"]) == ("failed", "net.reset")
        assert mirror.rows() == before

    def test_a_page_that_is_gone_is_drift(self, mirror: Mirror, shop: MemoryShop) -> None:
        mirror.sync()
        shop.failures["page 3"] = DiscogsNotFound()
        assert mirror.sync()["reason"] == "page.drift"
        assert len(mirror.live()) == 538

    def test_an_unknown_seller_is_named(self, mirror: Mirror, shop: MemoryShop) -> None:
        shop.has_token = False
        shop.username = "another_name"
        done = mirror.sync()
        assert (done["outcome"], done["reason"]) == ("failed", "seller.not_found")
