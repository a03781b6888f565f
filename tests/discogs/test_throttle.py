"""The pace: never above the limit, slower when Discogs says so, not slower for nothing."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.outcomes import Reason
from app.discogs.throttle import OwnPace, StrangersPace, Throttle, ThrottleSnapshot
from app.errors import Cancelled
from tests.discogs.conftest import FakeTime


def told(remaining: object, limit: object = 60) -> Mapping[str, str]:
    return {"x-discogs-ratelimit": str(limit), "x-discogs-ratelimit-remaining": str(remaining)}


def call(throttle: Throttle, time: FakeTime, times: int = 1) -> list[float]:
    """The moments at which so many calls went out, one right after the other."""
    moments = []
    for _ in range(times):
        throttle.acquire(lambda seconds, _why: time.sleep(seconds))
        moments.append(time.now)
    return moments


headers = st.builds(
    told,
    st.one_of(st.integers(-5, 70), st.sampled_from(["", "many", "²", "9" * 400])),
    st.one_of(st.integers(-1, 70), st.just("none")),
)
steps = st.lists(st.tuples(st.floats(0, 90), st.none() | headers, st.sampled_from([0.0, 0.0, 0.0, 30.0])), max_size=80)


@given(st.integers(1, 40), steps)
def test_no_window_ever_holds_more_calls_than_the_limit(limit: int, steps: list[tuple[float, dict[str, str], float]]):
    time = FakeTime()
    throttle = Throttle(limit, keeper=OwnPace(time))
    moments: list[float] = []
    for idle, heard, pause in steps:
        time.now += idle if idle > 60 else 0.0
        moments += call(throttle, time)
        if heard is not None:
            throttle.observe(heard)
        if pause:
            throttle.pause(pause)
    for start in moments:
        assert sum(start <= each < start + 60 for each in moments) <= limit


@given(st.lists(headers, min_size=1, max_size=30))
def test_no_call_waits_longer_than_a_window_and_a_bit(heard: list[dict[str, str]]):
    time = FakeTime()
    throttle = Throttle(55, keeper=OwnPace(time))
    for each in heard:
        call(throttle, time)
        throttle.observe(each)
    assert max(time.waits, default=0.0) <= 61


def test_a_short_burst_goes_out_at_once_and_a_long_one_is_spaced(time: FakeTime):
    moments = call(Throttle(55, keeper=OwnPace(time)), time, 40)
    gaps = [after - before for before, after in pairwise(moments)]
    assert set(gaps[:26]) == {0.0}
    assert gaps[28:] == pytest.approx([60 / 55] * len(gaps[28:]))


def test_a_fast_client_is_not_slowed_by_a_server_that_has_plenty_left(time: FakeTime):
    throttle = Throttle(6000, keeper=OwnPace(time))
    for _ in range(500):
        call(throttle, time)
        throttle.observe(told(60))
    assert time.waits == []


def test_calls_are_spaced_once_half_of_the_servers_window_is_gone(time: FakeTime):
    throttle = Throttle(55, keeper=OwnPace(time))
    call(throttle, time)
    throttle.observe(told(30))
    call(throttle, time)
    assert time.waits == pytest.approx([60 / 55])


def test_a_low_counter_slows_even_a_fast_client_to_the_servers_own_pace(time: FakeTime):
    throttle = Throttle(6000, keeper=OwnPace(time))
    call(throttle, time)
    throttle.observe(told(6))
    call(throttle, time)
    assert time.waits == pytest.approx([1.0])


def test_with_nothing_left_the_next_call_waits_for_the_window_to_move(time: FakeTime):
    throttle = Throttle(55, keeper=OwnPace(time))
    start = call(throttle, time)[0]
    throttle.observe(told(0))
    assert call(throttle, time) == [start + 60]


def test_what_the_server_said_is_forgotten_after_its_window(time: FakeTime):
    throttle = Throttle(55, keeper=OwnPace(time))
    call(throttle, time)
    throttle.observe(told(5))
    time.now += 61
    call(throttle, time, 2)
    assert time.waits == []


@pytest.mark.parametrize(
    "heard",
    [{}, told("soon"), told(""), told(-3), told("1e3"), told(0, 0), told("9" * 5000), {"x-discogs-ratelimit": "60"}],
)
def test_counters_that_make_no_sense_are_ignored(time: FakeTime, heard: dict[str, str]):
    throttle = Throttle(55, keeper=OwnPace(time))
    throttle.observe(heard)
    call(throttle, time, 5)
    assert time.waits == []


def test_a_pause_holds_for_everybody_even_for_who_waits_already(time: FakeTime):
    throttle = Throttle(55, keeper=OwnPace(time))
    throttle.pause(5)

    def wait_while_another_is_throttled(seconds: float, _why: str) -> None:
        if not time.waits:
            throttle.pause(60)
        time.sleep(seconds)

    start = time.now
    throttle.acquire(wait_while_another_is_throttled)
    assert time.now == start + 60


def give_up(_seconds: float, _why: str) -> None:
    raise Cancelled(Reason.NET_DEADLINE)


def test_who_gives_up_delays_nobody(time: FakeTime):
    throttle = Throttle(55, keeper=OwnPace(time))
    throttle.pause(40)
    before = throttle.snapshot()
    for _ in range(300):
        with pytest.raises(Cancelled):
            throttle.acquire(give_up)
    assert throttle.snapshot() == before
    assert call(throttle, time, 2) == [1040.0, 1040.0]


@given(
    st.integers(1, 12), st.lists(st.tuples(st.floats(0, 30), st.booleans(), st.sampled_from([0, 0, 50])), max_size=60)
)
def test_nor_does_a_slot_given_back_let_too_many_through(limit: int, steps: list[tuple[float, bool, int]]):
    time = FakeTime()
    throttle = Throttle(limit, keeper=OwnPace(time))
    moments: list[float] = []
    for idle, gives_up, pause in steps:
        time.now += idle
        if pause:
            throttle.pause(pause)
        if not gives_up:
            moments += call(throttle, time)
            continue
        try:
            throttle.acquire(give_up)
            moments.append(time.now)
        except Cancelled:
            pass
    for start in moments:
        assert sum(start <= each < start + 60 for each in moments) <= limit


def test_threads_share_one_limit():
    throttle, waits = Throttle(10), []
    threads = [
        threading.Thread(target=throttle.acquire, args=(lambda seconds, _why: waits.append(seconds),))
        for _ in range(15)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sum(seconds > 50 for seconds in waits) >= 5


def test_the_snapshot_tells_what_a_status_page_shows(time: FakeTime):
    throttle = Throttle(55, keeper=OwnPace(time))
    call(throttle, time, 3)
    throttle.observe(told(41))
    throttle.pause(12)
    shown = throttle.snapshot()
    assert (shown.used, shown.limit, shown.remaining, shown.waiting_s) == (3, 55, 41, 12)


def test_a_throttle_that_lets_nothing_through_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        Throttle(0)


def test_what_a_stranger_is_told_slows_nobody_down():
    """The smaller limit of who asks without a credential is not that of the others."""
    time = FakeTime()
    shared = Throttle(55, keeper=OwnPace(time))
    strangers = StrangersPace(shared, 24)
    strangers.acquire(lambda seconds, _why: time.sleep(seconds))
    strangers.observe(told(0, limit=25))
    strangers.pause(60)
    assert shared.snapshot() == ThrottleSnapshot(used=1, limit=55, remaining=None, waiting_s=0.0)
    strangers.acquire(lambda seconds, _why: time.sleep(seconds))
    assert time.waits == [60]


def test_a_stranger_waits_until_the_others_left_room():
    time = FakeTime()
    shared = Throttle(6000, keeper=OwnPace(time))
    call(shared, time, 30)
    time.now += 20
    StrangersPace(shared, 24).acquire(lambda seconds, _why: time.sleep(seconds))
    assert time.waits == [40]


def test_a_stranger_for_whom_nobody_leaves_room_asks_all_the_same():
    time = FakeTime()
    shared = Throttle(6000, keeper=OwnPace(time))
    call(shared, time, 30)

    def wait_while_others_call(seconds: float, _why: str) -> None:
        time.sleep(seconds)
        call(shared, time, 30)

    StrangersPace(shared, 24).acquire(wait_while_others_call)
    assert len(time.waits) == 2
