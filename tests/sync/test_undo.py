"""A run that went wrong in good faith can be taken back, and the next sync does not fight it in silence."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import event, select, update

from app.core.outcomes import Reason
from app.core.plan import Plan
from app.errors import DiscogsConnectionError, NothingToUndo, RunNotFound, SyncBusy, Unbalanced
from app.extensions import db, wiring
from app.models import ReleaseRow, Source
from app.services.shop_state import shop_state
from app.services.sync_control import confirm_run, request_sync, undo_run
from tests.invariants import assert_sound, live_rows
from tests.sync.conftest import Mirror
from tests.sync.memory_shop import MemoryShop

GONE = 7


@pytest.fixture
def shop() -> MemoryShop:
    """Two pages."""
    return MemoryShop(120)


def ids(shop: MemoryShop) -> list[int]:
    return list(shop.rows)


def removing_run(mirror: Mirror, shop: MemoryShop, *, count: int = GONE) -> tuple[int, list[int]]:
    """A sync that removed the first copies of the shop: its id, and theirs."""
    mirror.sync()
    gone = ids(shop)[:count]
    for number in gone:
        shop.remove(number)
    done = mirror.sync()
    assert done["removed"] == count
    return mirror.runs()[-1].id, gone


def test_what_a_run_removed_is_back_as_it_was(mirror: Mirror, shop: MemoryShop) -> None:
    mirror.sync()
    before, created = live_rows(db.engine), {row.listing_id: row.created_at for row in mirror.rows()}
    run, gone = removing_run(mirror, shop)
    mirror.clock.advance(hours=1)
    undoing_run = undo_run(run)
    assert live_rows(db.engine) == before
    assert {row.listing_id: row.created_at for row in mirror.rows()} == created
    restored = [mirror.row(number) for number in gone]
    assert {(row.removed_reason, row.missing_since_run_id, row.updated_run_id) for row in restored} == {
        (None, None, undoing_run)
    }
    assert_sound(db.engine)


def test_the_undoing_is_a_run_of_its_own_in_the_change_log(mirror: Mirror, shop: MemoryShop) -> None:
    run, gone = removing_run(mirror, shop)
    undoing_run = undo_run(run)
    last = mirror.runs()[-1]
    assert (last.id, last.kind, last.state, last.outcome, last.undoes_run_id) == (
        undoing_run,
        "undo",
        "finished",
        "applied",
        run,
    )
    assert (last.restored, last.unchanged, last.live_before, last.live_after) == (GONE, 0, 113, 120)
    logged = [change for change in mirror.changes() if change.run_id == undoing_run]
    assert {(change.kind, change.public_kind, change.fields) for change in logged} == {("restore", "restore", "{}")}
    assert [change.item_id for change in logged] == sorted(gone)


def test_visitors_see_them_again_and_their_copies_of_the_shop_are_out_of_date(
    app: Flask, mirror: Mirror, shop: MemoryShop
) -> None:
    run, gone = removing_run(mirror, shop)
    client = app.test_client()
    old = client.get("/api/data")
    assert client.get(f"/api/data/{gone[0]}").status_code == 410
    undo_run(run)
    new = client.get("/api/data", headers={"If-None-Match": old.headers["ETag"]})
    assert (new.status_code, len(new.get_json())) == (200, 120)
    assert client.get(f"/api/data/{gone[0]}").get_json()["listing_id"] == str(gone[0])
    assert str(gone[0]) in {found["listing_id"] for found in client.get("/api/search?q=title").get_json()}


def test_counters_keep_the_time_they_were_counted(mirror: Mirror, shop: MemoryShop) -> None:
    run, _ = removing_run(mirror, shop)

    def counted() -> list[object]:
        with db.engine.connect() as connection:
            columns = [ReleaseRow.__table__.c[name] for name in ("release_id", "community_have", "counted_at")]
            return list(connection.execute(select(*columns).order_by(ReleaseRow.release_id)))

    before = counted()
    mirror.clock.advance(hours=1)
    undo_run(run)
    assert counted() == before


def test_what_came_back_or_went_again_since_is_left_alone(mirror: Mirror, shop: MemoryShop) -> None:
    mirror.sync()
    kept = {number: shop.rows[number] for number in ids(shop)[:2]}
    mirror.clock.advance(hours=-1)
    run, gone = removing_run(mirror, shop)
    shop.rows |= kept
    mirror.sync()  # two are back
    again = next(iter(kept))
    shop.remove(again)
    later = mirror.sync()  # and one of them is gone again
    assert later["removed"] == 1
    undo_run(run)
    last = mirror.runs()[-1]
    assert (last.restored, last.unchanged) == (GONE - 2, 2)
    assert "2 came back or were removed anew" in last.detail
    assert mirror.tombstones().keys() == {again}
    assert mirror.live() == {*ids(shop), *gone} - {again}
    assert_sound(db.engine)


def test_a_second_undo_finds_everything_back_and_moves_nothing(mirror: Mirror, shop: MemoryShop) -> None:
    run, _ = removing_run(mirror, shop)
    undo_run(run)
    with db.engine.connect() as connection:
        before = shop_state(connection)
    undo_run(run)
    assert (mirror.runs()[-1].restored, mirror.runs()[-1].unchanged) == (0, GONE)
    with db.engine.connect() as connection:
        assert shop_state(connection) == before
    assert_sound(db.engine)


def test_what_the_run_added_and_changed_stays(mirror: Mirror, shop: MemoryShop) -> None:
    mirror.sync()
    gone, edited = ids(shop)[0], ids(shop)[1]
    shop.remove(gone)
    shop.reprice(edited, 77.25)
    new = shop.add()
    mirror.sync()
    undo_run(mirror.runs()[-1].id)
    assert mirror.row(edited).price_minor == 7725
    assert {gone, new} <= mirror.live()


def test_a_listing_that_was_no_offer_comes_back_unseen(mirror: Mirror, shop: MemoryShop) -> None:
    draft = shop.add(status="Draft")
    mirror.sync()
    shop.remove(draft)
    mirror.sync()
    undo_run(mirror.runs()[-1].id)
    assert [(change.kind, change.public_kind) for change in mirror.changes()[-1:]] == [("restore", None)]
    assert draft in mirror.live()


def test_a_shop_that_is_not_shown_is_restored_in_silence(mirror: Mirror, shop: MemoryShop) -> None:
    run, _ = removing_run(mirror, shop)
    with db.engine.begin() as connection:
        connection.execute(update(Source).values(is_active=False))
    undo_run(run)
    assert {change.public_kind for change in mirror.changes() if change.kind == "restore"} == {None}


class TestTheNextSync:
    def test_rows_that_discogs_shows_again_are_simply_there(self, mirror: Mirror, shop: MemoryShop) -> None:
        mirror.sync()
        kept = dict(shop.rows)
        mirror.clock.advance(hours=-1)
        run, _ = removing_run(mirror, shop)
        undo_run(run)
        shop.rows = kept
        done = mirror.sync()
        assert (done["unchanged"], done["removed"], done["restored"]) == (120, 0, 0)

    def test_an_absence_has_to_be_confirmed_afresh(self, mirror: Mirror, shop: MemoryShop) -> None:
        run, gone = removing_run(mirror, shop)
        undo_run(run)
        shop.asked.clear()
        done = mirror.sync()
        assert {asked for asked in shop.asked if asked.startswith("listing")} == {f"listing {one}" for one in gone}
        assert done["removed"] == GONE
        assert_sound(db.engine)

    def test_absence_twice_before_counts_as_no_absence_after(self, mirror: Mirror, shop: MemoryShop) -> None:
        mirror.sync()
        for number in ids(shop)[:25]:
            shop.remove(number)
        assert [mirror.sync()["removed"] for _ in range(2)] == [20, 5]
        second = mirror.runs()[-1].id
        undo_run(second)
        silence = DiscogsConnectionError(Reason.NET_TIMEOUT)
        shop.failures = {f"listing {number}": silence for number in mirror.live() - set(ids(shop))}
        done = mirror.sync()
        assert (done["removed"], done["missing"]) == (0, 5)

    def test_what_was_held_and_confirmed_before_is_held_again(self, mirror: Mirror, shop: MemoryShop) -> None:
        mirror.sync()
        for number in ids(shop)[:60]:
            shop.remove(number)
        assert mirror.sync()["outcome"] == "held"
        confirming = confirm_run(mirror.runs()[-1].id)
        undo_run(confirming)
        assert len(mirror.live()) == 120
        done = mirror.sync()
        assert (done["outcome"], done["removed"]) == ("held", 0)
        assert_sound(db.engine)


class TestRefusals:
    def test_an_unknown_run(self, mirror: Mirror) -> None:
        with pytest.raises(RunNotFound):
            undo_run(99)

    def test_a_run_that_removed_nothing(self, mirror: Mirror) -> None:
        mirror.sync()
        with pytest.raises(NothingToUndo):
            undo_run(mirror.runs()[-1].id)
        assert len(mirror.runs()) == 1

    def test_an_undoing_has_nothing_to_undo(self, mirror: Mirror, shop: MemoryShop) -> None:
        run, _ = removing_run(mirror, shop)
        undoing_run = undo_run(run)
        with pytest.raises(NothingToUndo):
            undo_run(undoing_run)

    def test_while_somebody_writes(self, mirror: Mirror, shop: MemoryShop) -> None:
        run, _ = removing_run(mirror, shop)
        lock = wiring().locks.try_hold("mirror")
        assert lock is not None
        try:
            with pytest.raises(SyncBusy):
                undo_run(run)
        finally:
            lock.release()
        assert mirror.runs()[-1].id == run

    def test_while_a_sync_waits_for_its_turn(self, mirror: Mirror, shop: MemoryShop) -> None:
        run, _ = removing_run(mirror, shop)
        wiring().enqueue = lambda run_id: None
        queued = request_sync(trigger="api")
        for number in (run, queued[0]):
            with pytest.raises(SyncBusy) as refused:
                undo_run(number)
            assert refused.value.run_id == queued[0]

    def test_a_failure_leaves_everything_as_it_was(
        self, mirror: Mirror, shop: MemoryShop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        run, gone = removing_run(mirror, shop)
        monkeypatch.setattr(Plan, "live_after", property(lambda plan: -1))
        with pytest.raises(Unbalanced):
            undo_run(run)
        monkeypatch.undo()
        assert mirror.tombstones().keys() == set(gone)
        last = mirror.runs()[-1]
        assert (last.kind, last.outcome, last.restored) == ("undo", "failed", 0)
        assert_sound(db.engine)
        undo_run(run)
        assert mirror.tombstones() == {}


def test_a_large_run_is_taken_back_in_few_statements(mirror: Mirror, shop: MemoryShop) -> None:
    small, _ = removing_run(mirror, shop, count=1)
    for number in ids(shop)[:19]:
        shop.remove(number)
    assert mirror.sync()["removed"] == 19
    large = mirror.runs()[-1].id
    counts = []
    for run in (small, large):
        statements: list[str] = []

        def note(_c: object, _cursor: object, statement: str, *_rest: object, kept: list[str] = statements) -> None:
            kept.append(statement)

        event.listen(db.engine, "before_cursor_execute", note)
        undo_run(run)
        event.remove(db.engine, "before_cursor_execute", note)
        counts.append(len(statements))
    assert counts[0] == counts[1] < 60
