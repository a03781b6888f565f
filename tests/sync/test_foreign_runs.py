"""Imports and confirmations share the ledger with syncs; nobody may take one for the other."""

from __future__ import annotations

import pytest
from flask import Flask

from app.extensions import db, wiring
from app.services import sync_control
from app.services.discogs_connection import NeverStops
from app.services.run_ledger import RunLedger
from app.services.sources import Sources
from tests.sync.conftest import Mirror
from tests.sync.memory_shop import MemoryShop


@pytest.fixture
def ledger(app: Flask, mirror: Mirror) -> RunLedger:
    return RunLedger(db.engine, wiring().clock)


@pytest.fixture
def source_id(mirror: Mirror) -> int:
    return Sources(db.engine, wiring().clock).inventory_of("example_seller").id


@pytest.mark.parametrize("kind", ["import", "confirmation"])
def test_only_syncs_wait_for_the_queue(ledger: RunLedger, source_id: int, kind: str) -> None:
    ledger.queue(source_id, trigger="import", kind=kind)
    assert sync_control.queued_runs() == []


@pytest.mark.parametrize("kind", ["import", "confirmation"])
def test_a_message_cannot_have_them_done_as_a_sync(
    ledger: RunLedger, source_id: int, shop: MemoryShop, kind: str
) -> None:
    run_id = ledger.queue(source_id, trigger="import", kind=kind)
    sync_control.execute_run(run_id, NeverStops())
    assert shop.asked == []
    assert ledger.get(run_id).outcome == "interrupted"


def test_one_that_was_left_waiting_does_not_block_the_next_sync(
    mirror: Mirror, ledger: RunLedger, source_id: int
) -> None:
    left = ledger.queue(source_id, trigger="import", kind="import")
    done = mirror.sync()
    assert (done["run_id"], done["outcome"], done["added"]) == (left + 1, "applied", 538)


def test_a_queued_sync_is_left_alone(ledger: RunLedger, source_id: int) -> None:
    waiting = ledger.queue(source_id, trigger="hourly")
    assert sync_control.close_orphans() == []
    assert sync_control.queued_runs() == [waiting]
