"""With any number of processes on one database, one of them schedules; another takes over when it dies."""

from __future__ import annotations

import os
import signal
from typing import Any

import pytest

from scripts.fake_discogs import FakeDiscogs
from tests.conftest import TAKE_LEASES_AWAY
from tests.jobs.waiting import until
from tests.system.conftest import Gate, on_both, on_postgresql, syncs
from tests.system.servers import Launcher, Mirror, is_alive

pytestmark = pytest.mark.system
SETTLED_S = 30.0


def is_applied(mirror: Mirror) -> bool:
    runs = mirror.runs()
    return bool(runs) and runs[-1].outcome == "applied"


def outcomes(mirror: Mirror) -> list[Any]:
    return [(run.trigger, run.outcome) for run in mirror.runs()]


@on_both
def test_four_workers_sync_once_at_start(launcher: Launcher, mirror: Mirror, discogs: FakeDiscogs) -> None:
    server = launcher.gunicorn(4).wait_until_up()
    until(lambda: is_applied(mirror), "the start-up sync", SETTLED_S)
    until(lambda: len(server.children()) == 4, "four workers", SETTLED_S)
    until(lambda: server.said().count("Booting worker") == 4, "all have booted")
    assert mirror.live() == 538
    assert syncs(discogs) == 1
    assert server.said().count("Scheduler started. Sync interval: 1 hour(s)") == 1
    assert server.said().count("Running initial Discogs sync...") == 1


def test_workers_without_our_hooks_or_preloaded_behave_alike(
    launcher: Launcher, mirror: Mirror, discogs: FakeDiscogs
) -> None:
    server = launcher.gunicorn(3, "--preload", "--graceful-timeout", "5").wait_until_up()
    until(lambda: is_applied(mirror), "the start-up sync", SETTLED_S)
    assert mirror.running_in() in server.children()
    assert syncs(discogs) == 1
    server.ask_to_end()
    assert server.wait_until_gone() == 0


def test_sync_now_works_in_whichever_worker_it_is_asked(
    launcher: Launcher, mirror: Mirror, discogs: FakeDiscogs
) -> None:
    server = launcher.gunicorn(4).wait_until_up()
    until(lambda: is_applied(mirror), "the start-up sync", SETTLED_S)
    holder = mirror.running_in()
    for number in range(2, 5):
        assert server.post("/api/sync/start", source="inventory").status_code == 202
        until(lambda number=number: len(mirror.runs()) == number and is_applied(mirror), "the sync asked for")
        assert mirror.running_in() == holder
    assert syncs(discogs) == 4


@on_both
def test_another_worker_takes_over_from_a_killed_one(
    launcher: Launcher, mirror: Mirror, discogs: FakeDiscogs, gate: Gate
) -> None:
    server = launcher.gunicorn(4).wait_until_up()
    assert gate.reached.wait(SETTLED_S)
    until(lambda: mirror.running_in() is not None, "the run is at work")
    holder = mirror.running_in()
    assert holder in server.children()
    os.kill(holder, signal.SIGKILL)
    until(lambda: mirror.runs()[0].state == "finished", "the interrupted run is closed", 10.0)
    until(lambda: mirror.running_in() not in {holder, None}, "another worker runs it again", 10.0)
    gate.open()
    until(lambda: is_applied(mirror), "the repeated sync", SETTLED_S)
    assert outcomes(mirror)[0] == ("startup", "interrupted")
    assert len(mirror.runs()) == 2
    assert mirror.live() == 538


@on_postgresql
def test_a_lease_the_database_took_away_is_noticed_and_the_sync_repeated(
    launcher: Launcher, mirror: Mirror, gate: Gate
) -> None:
    launcher.gunicorn(3).wait_until_up()
    assert gate.reached.wait(SETTLED_S)
    until(lambda: mirror.running_in() is not None, "the run is at work")
    assert mirror.rows(TAKE_LEASES_AWAY)
    until(lambda: len(mirror.runs()) == 2, "the sync is begun again", 15.0)
    gate.open()
    until(lambda: is_applied(mirror), "the repeated sync", SETTLED_S)
    assert outcomes(mirror)[0] in {("startup", "cancelled"), ("startup", "interrupted")}
    assert mirror.live() == 538


def test_killing_idle_holders_makes_no_load_on_discogs(
    launcher: Launcher, mirror: Mirror, discogs: FakeDiscogs
) -> None:
    server = launcher.gunicorn(3).wait_until_up()
    until(lambda: is_applied(mirror), "the start-up sync", SETTLED_S)
    for number in range(2, 4):
        holder = mirror.running_in()
        assert holder is not None
        os.kill(holder, signal.SIGKILL)
        until(lambda number=number: server.said().count("Scheduler started") == number, "a take-over", 10.0)
        assert syncs(discogs) == number - 1
        assert server.post("/api/sync/start", source="inventory").status_code == 202  # shows who holds the lease now
        until(lambda number=number: len(mirror.runs()) == number and is_applied(mirror), "the sync asked for")
        assert mirror.running_in() != holder
    assert [trigger for trigger, _ in outcomes(mirror)] == ["startup", "api", "api"]


@on_both
def test_two_servers_on_one_database_have_one_scheduler(
    launcher: Launcher, mirror: Mirror, discogs: FakeDiscogs
) -> None:
    first = launcher.gunicorn(2).wait_until_up()
    until(lambda: is_applied(mirror), "the start-up sync", SETTLED_S)
    second = launcher.gunicorn(2).wait_until_up()
    assert second.post("/api/sync/start").status_code == 202
    until(lambda: len(mirror.runs()) == 2 and is_applied(mirror), "the sync asked of the second server")
    assert mirror.running_in() in first.children()
    assert "Scheduler started" not in second.said()
    first.destroy()
    until(lambda: "Scheduler started" in second.said(), "the second server takes over", 10.0)


def test_a_restart_syncs_again(launcher: Launcher, mirror: Mirror, discogs: FakeDiscogs) -> None:
    for number in (1, 2):
        server = launcher.gunicorn(2).wait_until_up()
        until(lambda number=number: len(mirror.runs()) == number and is_applied(mirror), "a start-up sync", SETTLED_S)
        server.ask_to_end()
        server.wait_until_gone()
    assert outcomes(mirror) == [("startup", "applied")] * 2


def test_the_hourly_sync_comes_by_itself(launcher: Launcher, mirror: Mirror, discogs: FakeDiscogs) -> None:
    launcher.gunicorn(2, SYNC_INTERVAL_HOURS="0.001").wait_until_up()
    until(
        lambda: outcomes(mirror)[:3] == [("startup", "applied"), ("hourly", "applied"), ("hourly", "applied")],
        "a start-up sync and two more",
        SETTLED_S,
    )


def test_a_reload_does_not_double_the_clock(launcher: Launcher, mirror: Mirror, discogs: FakeDiscogs) -> None:
    server = launcher.gunicorn(2).wait_until_up()
    until(lambda: is_applied(mirror), "the start-up sync", SETTLED_S)
    before = server.children()
    server.ask_to_end(signal.SIGHUP)
    until(lambda: server.children() and not server.children() & before, "new workers", SETTLED_S)
    until(lambda: server.said().count("Scheduler started") == 2, "a new worker holds the lease", 10.0)
    assert syncs(discogs) == 1
    assert is_alive(server.pid)
