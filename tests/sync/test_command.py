"""`flask sync`: what it prints, how it ends, and that it ends its run when it is told to end."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable

import pytest
from click.testing import Result
from flask import Flask

from app.extensions import db, wiring
from app.services.run_ledger import RunLedger
from app.services.sources import Sources
from tests.sync.conftest import Mirror
from tests.sync.memory_shop import MemoryShop

Sync = Callable[..., Result]


@pytest.fixture
def sync(app: Flask, mirror: Mirror) -> Sync:
    return lambda *words: app.test_cli_runner().invoke(args=["sync", *words])


@pytest.fixture
def queued(mirror: Mirror) -> int:
    """A run somebody else has asked for."""
    sources = Sources(db.engine, wiring().clock)
    return RunLedger(db.engine, wiring().clock).queue(sources.inventory_of("example_seller").id, trigger="hourly")


def test_it_says_what_was_done(sync: Sync) -> None:
    done = sync()
    assert done.exit_code == 0
    assert "538 added" in done.stdout
    assert json.loads(sync("--json").stdout)["unchanged"] == 538


@pytest.mark.parametrize("limit", ["0", "-1", "9223372036854775808", "x"])
def test_a_limit_that_cannot_be_is_a_matter_of_usage(sync: Sync, mirror: Mirror, limit: str) -> None:
    assert sync("--limit", limit).exit_code == 2
    assert mirror.runs() == []


def test_the_largest_limit_is_one(sync: Sync) -> None:
    assert sync("--limit", "9223372036854775807").exit_code == 0


class TestJoining:
    def test_it_says_that_the_options_were_not_applied(self, sync: Sync, queued: int) -> None:
        done = sync("--limit", "5", "--force")
        assert done.exit_code == 0
        assert f"joined run {queued}, which was on its way; --limit and --force were not applied" in done.stderr
        assert "538 added" in done.stdout

    def test_one_option_alone(self, sync: Sync, queued: int) -> None:
        assert "; --limit was not applied" in sync("--limit", "5").stderr

    def test_without_options_it_only_says_which(self, sync: Sync, queued: int) -> None:
        assert sync("--json").stderr.splitlines()[-1] == f"joined run {queued}, which was on its way"

    def test_of_its_own_run_it_says_nothing(self, sync: Sync) -> None:
        assert "joined" not in sync("--limit", "5").stderr


class TestBeingToldToEnd:
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_the_run_ends_as_cancelled(self, sync: Sync, mirror: Mirror, shop: MemoryShop, number: int) -> None:
        shop.between = lambda asked: os.kill(os.getpid(), number) if asked == "page 3" else None
        done = sync()
        (run,) = mirror.runs()
        assert done.exit_code == 1
        assert (run.state, run.outcome, run.reason) == ("finished", "cancelled", "cancelled.shutdown")
        assert "inventory: cancelled (cancelled.shutdown)" in done.stdout
        assert "None" not in done.stdout
        assert mirror.rows() == []

    def test_a_run_that_still_waits_ends_too(self, sync: Sync, mirror: Mirror) -> None:
        lock = wiring().locks.try_hold("mirror")
        assert lock is not None
        try:
            signal.signal(signal.SIGALRM, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
            signal.setitimer(signal.ITIMER_REAL, 0.2)
            sync()
        finally:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            lock.release()
        (run,) = mirror.runs()
        assert (run.state, run.outcome) == ("finished", "cancelled")

    def test_the_handlers_of_before_are_put_back(self, sync: Sync) -> None:
        before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
        sync()
        assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_an_import_at_work_is_waited_for_and_not_mistaken_for_a_sync(sync: Sync, mirror: Mirror, queued: int) -> None:
    ledger = RunLedger(db.engine, wiring().clock)
    source_id = ledger.get(queued).source_id
    ledger.request_cancel(queued)
    ledger.queue(source_id, trigger="import", kind="import")
    done = json.loads(sync("--json").stdout)
    assert (done["joined"], done["added"]) == (False, 538)
