"""A person lets a held run's removals go, or says that they shall not."""

from __future__ import annotations

from typing import Any

import pytest

from app.core.outcomes import Reason
from app.errors import NothingMayLeave, RunNotHeld, StorageError, SyncBusy
from app.extensions import db, wiring
from app.services import holds
from app.services.mirror_writer import apply
from app.services.status_service import StatusService
from app.services.sync_control import confirm_run, dismiss_run
from tests.invariants import assert_nothing_at_work, assert_sound
from tests.sync.conftest import Mirror
from tests.sync.memory_shop import MemoryShop


@pytest.fixture
def shop() -> MemoryShop:
    return MemoryShop(60)


@pytest.fixture
def held(mirror: Mirror, shop: MemoryShop) -> int:
    """A run that holds 60 removals back."""
    mirror.sync()
    shop.rows.clear()
    return mirror.sync()["run_id"]


def only_add() -> None:
    wired = wiring()
    wired.settings = wired.settings.replace(inventory_sync_policy="add_only")


def test_it_removes_what_was_held(mirror: Mirror, held: int) -> None:
    confirm_run(held)
    assert mirror.live() == set()


def test_nothing_leaves_a_source_that_only_adds_by_now(mirror: Mirror, held: int) -> None:
    only_add()
    with pytest.raises(NothingMayLeave):
        confirm_run(held)
    assert len(mirror.live()) == 60


@pytest.mark.parametrize("error", [StorageError(Reason.DB_LOCKED), RuntimeError("out of the blue")])
def test_a_confirmation_that_failed_can_be_given_again(
    mirror: Mirror, held: int, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*arguments: Any, **options: Any) -> None:
        apply(*arguments, **options)
        raise error

    monkeypatch.setattr(holds, "apply", fail)
    with pytest.raises(type(error)):
        confirm_run(held)
    assert len(mirror.live()) == 60
    assert_nothing_at_work(db.engine)
    assert [run["id"] for run in StatusService().sync_status()["held_runs"]] == [held]
    monkeypatch.undo()
    confirm_run(held)
    assert mirror.live() == set()
    assert_sound(db.engine)


def test_what_returns_to_a_source_that_only_adds_returns_as_it_was(mirror: Mirror, shop: MemoryShop) -> None:
    mirror.sync()
    number = next(iter(shop.rows))
    before = mirror.listing(number)
    row = shop.rows.pop(number)
    mirror.sync()
    only_add()
    shop.rows[number] = row
    shop.reprice(number, 99.99)
    assert mirror.sync()["restored"] == 1
    assert mirror.listing(number) == before
    assert mirror.sync()["unchanged"] == 60
    assert_sound(db.engine)


def test_what_was_dismissed_stays_and_waits_for_nobody(mirror: Mirror, held: int) -> None:
    dismiss_run(held)
    assert len(mirror.live()) == 60
    assert StatusService().sync_status()["held_runs"] == []
    assert StatusService().run(held)["dismissed_at"] is not None
    for decide in (confirm_run, dismiss_run):
        with pytest.raises(RunNotHeld):
            decide(held)
    assert_nothing_at_work(db.engine)
    assert_sound(db.engine)


def test_after_a_dismissal_the_doubt_begins_from_anew(mirror: Mirror, held: int) -> None:
    dismiss_run(held)
    outcomes = []
    for _ in range(2):
        mirror.clock.advance(hours=1)
        outcomes.append((mirror.sync()["outcome"], len(mirror.live())))
    assert outcomes == [("held", 60), ("applied", 0)], "the first look after it counts as the first"
    assert_sound(db.engine)


def test_without_a_dismissal_the_next_agreeing_look_removes(mirror: Mirror, held: int) -> None:
    mirror.clock.advance(hours=1)
    assert mirror.sync()["outcome"] == "applied"
    assert mirror.live() == set()
    with pytest.raises(RunNotHeld):
        dismiss_run(held)


def test_what_was_dismissed_counts_as_never_missed(mirror: Mirror, shop: MemoryShop) -> None:
    mirror.sync()
    rows = dict(shop.rows)
    shop.rows.clear()
    dismiss_run(mirror.sync()["run_id"])
    number = next(iter(rows))
    assert mirror.row(number).missing_since_run_id is None
    shop.rows |= rows
    mirror.sync()
    assert len(mirror.live()) == 60
    assert_sound(db.engine)


def test_nothing_is_dismissed_while_somebody_writes(mirror: Mirror, held: int) -> None:
    lock = wiring().locks.try_hold("mirror")
    assert lock is not None
    with pytest.raises(SyncBusy):
        dismiss_run(held)
    lock.release()
    dismiss_run(held)
