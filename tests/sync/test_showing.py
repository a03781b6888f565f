"""The owner hides a shop and shows it again: rows stay as they are, and the ledger balances."""

from __future__ import annotations

import pytest

from app.errors import ShownBySettings, SourceNotFound, SyncBusy
from app.extensions import db, wiring
from app.services.showing import show
from app.services.sync_control import show_source
from tests.invariants import assert_nothing_at_work, assert_sound, live_rows
from tests.sync.conftest import Mirror
from tests.sync.memory_shop import MemoryShop


@pytest.fixture
def shop() -> MemoryShop:
    return MemoryShop(7)


def turn(source_id: int, *, is_shown: bool) -> int | None:
    """As where the settings name somebody else."""
    wired = wiring()
    others = wired.settings.replace(discogs_seller_username=None)
    return show(db.engine, wired.locks, wired.clock, source_id, is_shown=is_shown, settings=others)


def test_no_row_is_touched_and_each_turn_is_a_run(mirror: Mirror) -> None:
    mirror.sync()
    source, before = mirror.runs()[-1].source_id, live_rows(db.engine)
    for is_shown, seen in ((False, "remove"), (True, "add")):
        known = len(mirror.changes())
        run = turn(source, is_shown=is_shown)
        assert {(each.run_id, each.public_kind) for each in mirror.changes()[known:]} == {(run, seen)}
        assert len(mirror.changes()) - known == 7
        assert turn(source, is_shown=is_shown) is None, "it is so already"
        assert live_rows(db.engine) == before
        assert_nothing_at_work(db.engine)
        assert_sound(db.engine)
    assert mirror.sync()["unchanged"] == 7
    assert_sound(db.engine)


def test_what_the_settings_name_is_shown(mirror: Mirror) -> None:
    mirror.sync()
    source = mirror.runs()[-1].source_id
    with pytest.raises(ShownBySettings):
        show_source(source, is_shown=False)
    with pytest.raises(SourceNotFound):
        show_source(999, is_shown=False)


def test_nothing_turns_while_somebody_writes(mirror: Mirror) -> None:
    mirror.sync()
    source = mirror.runs()[-1].source_id
    lock = wiring().locks.try_hold("mirror")
    assert lock is not None
    with pytest.raises(SyncBusy):
        turn(source, is_shown=False)
    lock.release()
