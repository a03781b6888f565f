"""The commands of the release cache."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask

from app.core.outcomes import Outcome
from app.extensions import db, wiring
from app.services.run_ledger import RunLedger
from scripts.fake_discogs import Fault
from tests.releases.conftest import Shelf


def run(app: Flask, *arguments: str) -> Any:
    return app.test_cli_runner().invoke(args=["releases", *arguments])


def test_fill_reads_everything_that_is_due(app: Flask, shelf: Shelf) -> None:
    done = run(app, "fill")
    assert (done.exit_code, done.output) == (0, f"{len(shelf.wanted())} read, 0 gone, 0 without an answer\n")
    again = run(app, "fill")
    assert (again.exit_code, again.output) == (0, "0 read, 0 gone, 0 without an answer\n")


def test_fill_keeps_to_its_limit(app: Flask, shelf: Shelf) -> None:
    assert run(app, "fill", "--limit", "7").output.startswith("7 read")
    assert len(shelf.asked()) == 7


def test_a_run_that_is_only_queued_does_not_hold_the_command_up(app: Flask, shelf: Shelf) -> None:
    source_id = shelf.cache._asker().id  # type: ignore[union-attr]
    RunLedger(db.engine, wiring().clock).queue(source_id, trigger="api")
    assert run(app, "fill", "--limit", "2").exit_code == 0


def test_the_command_waits_for_a_run_at_work(app: Flask, shelf: Shelf) -> None:
    source_id = shelf.cache._asker().id  # type: ignore[union-attr]
    ledger = RunLedger(db.engine, wiring().clock)
    at_work: list[int] = []

    def sync_begins(_number: int, _request: object) -> None:
        if len(shelf.fake.audit) == 2:
            run_id = ledger.queue(source_id, trigger="api")
            ledger.start(run_id)
            at_work.append(run_id)

    shelf.fake.before_request(sync_begins)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("app.cli_sync.SignalStop.wait", lambda _self, _seconds: end(ledger, at_work))
        done = run(app, "fill")
    assert (done.exit_code, done.output) == (0, f"{len(shelf.wanted())} read, 0 gone, 0 without an answer\n")


def end(ledger: RunLedger, runs: list[int]) -> bool:
    """The sync is over when the command looks again."""
    for run_id in runs:
        ledger.close(run_id, Outcome.APPLIED)
    return False


def test_a_discogs_that_refuses_fails_the_command_with_the_reason(app: Flask, shelf: Shelf) -> None:
    shelf.fake.faults.add(Fault("status", path="/releases/*", status=429))
    done = run(app, "fill")
    assert done.exit_code == 1
    assert "429" in done.output


def test_the_numbers_in_words_and_for_machines(app: Flask, shelf: Shelf) -> None:
    run(app, "fill")
    assert f"{len(shelf.wanted())} releases kept" in run(app, "stats").output
    told = json.loads(run(app, "stats", "--json").output)
    assert told["total_cached"] == told["cached_last_week"] == told["wanted"] == len(shelf.wanted())


def test_refresh_reads_one_release_whatever_its_age(app: Flask, shelf: Shelf) -> None:
    number = min(shelf.wanted())
    for _ in range(2):
        done = run(app, "refresh", str(number))
        assert (done.exit_code, done.output) == (0, f"release {number}: known\n")
    assert shelf.asked() == [number, number]


def test_refresh_of_a_release_that_is_gone_says_so(app: Flask, shelf: Shelf) -> None:
    done = run(app, "refresh", "5")
    assert (done.exit_code, done.output) == (1, "release 5: gone\n")
