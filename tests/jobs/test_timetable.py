"""When syncs are due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from app.jobs.timetable import FirstSync, PastSync, Timetable, first_sync
from tests.jobs.fakes import HOUR, Machine

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def past(minutes_ago: float, *, is_start_up: bool = False, was_cut_short: bool = False) -> PastSync:
    at = NOW - timedelta(minutes=minutes_ago)
    return PastSync(at, at, is_start_up, was_cut_short)


def first(*syncs: PastSync, service_age_s: float = 1800.0) -> FirstSync:
    return first_sync(syncs, now=NOW, interval_s=HOUR, service_age_s=service_age_s)


def test_a_service_syncs_when_it_starts_however_fresh_the_mirror_is() -> None:
    assert first(past(10, is_start_up=True), service_age_s=3.0) == FirstSync(0.0, is_start_up=True)


def test_a_mirror_that_was_never_synced_is_synced_at_once() -> None:
    assert first() == FirstSync(0.0, is_start_up=True)


def test_a_second_worker_of_the_same_start_does_not_repeat_the_start_up_sync() -> None:
    assert first(past(0.5, is_start_up=True), service_age_s=60.0) == FirstSync(HOUR - 30)


def test_a_take_over_keeps_to_the_interval() -> None:
    assert first(past(50)) == FirstSync(600.0)


def test_a_take_over_after_the_slot_has_passed_syncs_at_once() -> None:
    assert first(past(90)) == FirstSync(0.0)


def test_a_take_over_repeats_a_sync_that_was_cut_short() -> None:
    assert first(past(1, was_cut_short=True)) == FirstSync(0.0, is_restart=True)


def test_a_sync_that_takes_every_holder_down_is_not_repeated_without_end() -> None:
    deadly = [past(minutes, was_cut_short=True) for minutes in (1, 2, 3, 4)]
    assert first(*deadly) == FirstSync(HOUR - 60)


@pytest.mark.parametrize("minutes_ago", [-5, -60, -60 * 24 * 365])
def test_a_last_sync_in_the_future_delays_by_no_more_than_one_interval(minutes_ago: float) -> None:
    assert first(past(minutes_ago)) == FirstSync(HOUR)


def test_a_run_that_never_started_counts_from_when_it_was_asked_for() -> None:
    waiting = PastSync(NOW - timedelta(minutes=20), None, is_start_up=False, was_cut_short=False)
    assert first(waiting) == FirstSync(40 * 60.0)


class TestTimetable:
    def test_each_slot_is_taken_once(self) -> None:
        machine = Machine()
        timetable = Timetable(HOUR, machine.elapsed)
        machine.pass_time(HOUR)
        assert [timetable.take_on_schedule(), timetable.take_on_schedule(), timetable.take_overdue()] == [
            True,
            False,
            False,
        ]

    def test_a_call_a_little_early_takes_the_slot(self) -> None:
        machine = Machine()
        timetable = Timetable(HOUR, machine.elapsed)
        machine.pass_time(HOUR - 20)
        assert timetable.take_on_schedule()

    def test_a_call_far_too_early_does_not(self) -> None:
        machine = Machine()
        timetable = Timetable(HOUR, machine.elapsed)
        machine.pass_time(600)
        assert not timetable.take_on_schedule()
        assert timetable.seconds_left() == HOUR - 600

    def test_the_watch_waits_for_the_scheduler_before_it_steps_in(self) -> None:
        machine = Machine()
        timetable = Timetable(HOUR, machine.elapsed)
        machine.pass_time(HOUR + 30)
        assert not timetable.take_overdue()
        machine.pass_time(15)
        assert timetable.take_overdue()
