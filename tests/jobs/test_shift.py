"""What a holder of the lease does with it, on a machine whose clocks jump."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.outcomes import Reason
from app.errors import ConfigurationError, StorageError, SyncBusy
from app.jobs.timetable import PastSync
from tests.jobs.fakes import HOUR, Bench

NewBench = Callable[..., Bench]


@pytest.fixture
def new_bench() -> Iterator[NewBench]:
    benches: list[Bench] = []

    def make(**options: object) -> Bench:
        benches.append(Bench(**options))
        return benches[-1]

    yield make
    for bench in benches:
        bench.shift.end()


@pytest.fixture
def bench(new_bench: NewBench) -> Bench:
    return new_bench()


def test_the_start_brings_one_sync_and_the_log_says_so(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        bench.shift.begin()
    assert [trigger for _, trigger in bench.work.requests] == ["startup"]
    assert caplog.messages == ["Scheduler started. Sync interval: 1 hour(s)", "Running initial Discogs sync..."]


def test_then_one_sync_comes_every_interval(bench: Bench) -> None:
    bench.shift.begin()
    bench.pass_time(3 * HOUR + 5)
    assert bench.times() == [0, HOUR, 2 * HOUR, 3 * HOUR]
    assert [trigger for _, trigger in bench.work.requests[1:]] == ["hourly"] * 3


def test_the_scheduler_never_skips_a_late_run_and_never_stacks_them(bench: Bench) -> None:
    bench.shift.begin()
    assert bench.scheduler.options["misfire_grace_time"] is None
    assert bench.scheduler.options["coalesce"] is True
    assert bench.scheduler.options["max_instances"] == 1


@pytest.mark.parametrize("jump_s", [20, -8, -HOUR, HOUR, -24 * HOUR, 24 * HOUR, 90 * 60, -365 * 24 * HOUR])
@pytest.mark.parametrize("at_minute", [1, 30, 59])
def test_a_clock_that_is_set_neither_skips_nor_doubles_a_sync(bench: Bench, jump_s: float, at_minute: int) -> None:
    bench.shift.begin()
    bench.pass_time(at_minute * 60)
    bench.machine.set_clock(jump_s)
    bench.pass_time(4 * HOUR)
    assert_regular(bench.times(), until=at_minute * 60 + 4 * HOUR)


def test_after_eight_hours_of_sleep_one_sync_comes_right_away(bench: Bench) -> None:
    bench.shift.begin()
    bench.pass_time(600)
    bench.machine.pass_time(8 * HOUR)
    bench.pass_time(HOUR / 2)
    assert len(bench.times()) == 2
    assert bench.times()[1] - (600 + 8 * HOUR) <= 60


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(10, 5400), st.integers(-100_000, 100_000), st.sampled_from([0, 0, 100, 30_000])),
        max_size=5,
    )
)
def test_whatever_the_clock_does_the_interval_is_kept(events: list[tuple[int, int, int]]) -> None:
    bench = Bench()
    bench.shift.begin()
    slept: list[tuple[float, float]] = []
    for awake_s, jump_s, asleep_s in events:
        bench.pass_time(awake_s, step=5)
        bench.machine.set_clock(jump_s)
        bench.machine.pass_time(asleep_s)
        if asleep_s:
            slept.append((bench.machine.elapsed() - bench.work.requests[0][0], asleep_s))
    bench.pass_time(2 * HOUR, step=5)
    bench.shift.end()
    times = bench.times()
    for before, after in pairwise(times):
        asleep = sum(length for woke_at, length in slept if before < woke_at <= after)
        assert after - before <= HOUR + 60 + asleep
        assert after - before >= 0.9 * HOUR


def assert_regular(times: list[float], *, until: float) -> None:
    gaps = [after - before for before, after in zip(times, [*times[1:], until], strict=True)]
    assert max(gaps) <= HOUR + 60
    assert min(gaps[:-1]) >= 0.9 * HOUR


def test_a_sync_that_outlasts_its_interval_delays_the_next_and_says_so(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.shift.begin()
    bench.work.trouble = [SyncBusy(7)]
    with caplog.at_level(logging.INFO):
        bench.pass_time(HOUR + 1)
    assert any("hourly" in message for message in caplog.messages)
    bench.pass_time(HOUR)
    assert bench.times() == [0, HOUR, 2 * HOUR]


def test_a_database_that_refuses_is_asked_again_within_two_minutes(bench: Bench) -> None:
    bench.shift.begin()
    bench.work.trouble = [StorageError(Reason.DB_LOCKED, "database is locked")]
    bench.pass_time(HOUR + 120)
    assert [round(at) for at in bench.times()] == [0, HOUR, HOUR + 60]


def test_a_missing_configuration_is_said_once_and_retried_quietly(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.work.is_configured = False
    bench.work.trouble = [ConfigurationError(["set DISCOGS_SELLER_USERNAME"]) for _ in range(3)]
    with caplog.at_level(logging.INFO):
        bench.shift.begin()
        bench.pass_time(2 * HOUR + 1)
    assert len(bench.times()) == 3
    assert caplog.messages.count("set DISCOGS_SELLER_USERNAME") == 1
    assert "Running initial Discogs sync..." not in caplog.messages


def test_a_take_over_waits_for_the_slot_of_the_one_before(new_bench: NewBench) -> None:
    bench = new_bench(service_age_s=7200.0)
    at = bench.machine.now() - timedelta(minutes=50)
    bench.work.past = [PastSync(at, at, is_start_up=False, was_cut_short=False)]
    bench.shift.begin()
    began_at = bench.machine.elapsed()
    bench.pass_time(HOUR / 2)
    assert [(at - began_at, trigger) for at, trigger in bench.work.requests] == [(600.0, "hourly")]


def test_a_take_over_repeats_what_was_cut_short(new_bench: NewBench) -> None:
    bench = new_bench(service_age_s=7200.0)
    at = bench.machine.now() - timedelta(minutes=1)
    bench.work.past = [PastSync(at, at, is_start_up=True, was_cut_short=True)]
    bench.work.orphans = [3]
    bench.shift.begin()
    assert bench.work.closed == [3]
    assert len(bench.work.requests) == 1


def test_without_automatic_sync_nothing_is_scheduled_but_the_queue_is_worked_off(new_bench: NewBench) -> None:
    bench = new_bench(is_automatic=False)
    bench.work.waiting = [5]
    bench.shift.begin()
    bench.pass_time(2 * HOUR, step=20)
    assert bench.work.requests == []
    assert bench.queue.messages == [5]
    assert not bench.scheduler.running


def test_a_queued_run_that_never_reached_the_queue_is_put_in_again_once(bench: Bench) -> None:
    bench.shift.begin()
    bench.work.waiting = [9]
    bench.pass_time(60)
    assert bench.queue.messages == [9]


def test_orphans_are_closed_while_the_mirror_is_idle_only(bench: Bench) -> None:
    bench.shift.begin()
    bench.work.orphans = [4]
    bench.running = 8
    bench.pass_time(60)
    assert bench.work.closed == []
    bench.running = None
    bench.pass_time(60)
    assert bench.work.closed == [4]


def test_a_worker_that_died_is_replaced(bench: Bench) -> None:
    bench.queue.dies = True
    bench.shift.begin()
    bench.pass_time(16)
    bench.queue.dies = False
    bench.pass_time(16)
    assert bench.queue.workers >= 2


def test_nothing_is_asked_for_once_the_shift_has_ended(bench: Bench) -> None:
    bench.shift.begin()
    bench.shift.end()
    bench.pass_time(2 * HOUR, step=20)
    assert bench.work.requests[1:] == []


class TestWhileTheDatabaseIsAway:
    @pytest.fixture
    def away(self, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
        def refuse(*_arguments: object) -> list[int]:
            raise StorageError(Reason.DB_LOCKED, "database is locked")

        with monkeypatch.context() as patched:
            for name in ("has_sources", "past_syncs", "close_orphans", "abandon"):
                patched.setattr(bench.work, name, refuse, raising=True)
            bench.shift.begin()
            yield bench

    def test_the_first_sync_waits_for_it(self, away: Bench) -> None:
        assert away.work.requests == []
        away.pass_time(61)
        assert len(away.work.requests) == 1

    def test_the_watch_goes_on(self, away: Bench, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.WARNING)
        away.pass_time(31)
        assert "Cannot look after the runs" in caplog.text

    def test_a_run_that_cannot_be_given_up_does_not_hold_up_the_end(
        self, away: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.WARNING)
        monkeypatch.setattr("app.jobs.shift.GIVE_UP_AFTER_S", 0.01)
        away.running = 6
        monkeypatch.setattr(away.shift._consumer, "is_alive", lambda: True)
        away.shift.end()
        assert "Run 6 did not stop in time" in caplog.text


def test_releases_are_read_after_the_first_sync_and_looked_for_again_now_and_then(bench: Bench) -> None:
    bench.shift.begin()
    assert bench.queue.fills == 1
    bench.pass_time(595)
    assert bench.queue.fills == 1
    bench.pass_time(1205)
    assert bench.queue.fills == 4


def test_releases_are_left_alone_for_a_while_after_the_start_and_after_a_run(new_bench: NewBench) -> None:
    bench = new_bench(fill_pause_s=300.0)
    bench.shift.begin()
    bench.pass_time(200)
    bench.shift.run_ended()
    bench.pass_time(290)
    assert bench.queue.fills == 0
    bench.pass_time(20)
    assert bench.queue.fills == 1


def test_without_the_automatic_releases_are_read_after_a_run(new_bench: NewBench) -> None:
    bench = new_bench(is_automatic=False, fill_pause_s=300.0)
    bench.shift.begin()
    bench.pass_time(3600)
    bench.shift.run_ended()
    bench.pass_time(3600)
    assert bench.queue.fills == 1


def test_releases_wait_behind_what_is_queued(bench: Bench) -> None:
    bench.shift.begin()
    bench.queue.enqueue(5)
    bench.pass_time(1200)
    assert bench.queue.fills == 1


def test_without_the_automatic_nobody_reads_releases_unasked(new_bench: NewBench) -> None:
    bench = new_bench(is_automatic=False)
    bench.shift.begin()
    bench.pass_time(3600)
    assert bench.queue.fills == 0
