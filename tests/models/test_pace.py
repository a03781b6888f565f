"""One pace for several processes: never above the limit together, whatever becomes of one of them."""

from __future__ import annotations

import fcntl
import logging
import math
import os
import subprocess
import sys
from array import array
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine

from app.core.pace import PaceState, Told
from app.discogs.throttle import Throttle
from app.extensions import KEY
from app.models import pace as pace_module
from app.models.pace import APART_S, FilePace, Tolerant, pace_for
from config import Settings
from tests.conftest import ROOT
from tests.discogs.conftest import FakeTime

# Tells the moments it was given, by the clock that all callers share; a busy machine may let it go later.
CALLER = """
import sys, time
from collections import Counter
from contextlib import contextmanager
from sqlalchemy import create_engine
from app.discogs.throttle import Throttle
from app.models.pace import pace_for

class Noting:
    def __init__(self, keeper):
        self.keeper, self.seen = keeper, keeper.seen

    @contextmanager
    def held(self):
        with self.keeper.held() as state:
            before = Counter(state.slots)
            yield state
            print(*(Counter(state.slots) - before).elements(), flush=True)

throttle = Throttle(10, keeper=Noting(pace_for(create_engine(sys.argv[1]), "discogs")), window_s=1.0)
for _ in range(12):
    throttle.acquire(lambda seconds, _why: time.sleep(seconds))
"""

moments = st.floats(0, 1e9)


@st.composite
def states(draw: st.DrawFn) -> PaceState:
    """What may come to be: calls of the last hours and of the next ones, and what was said before now."""
    now, near = draw(moments), st.floats(-80_000, 80_000)
    limit = draw(st.integers(1, 1000))
    told = Told(limit, draw(st.integers(0, limit)), now - draw(st.floats(0, 80_000)))
    slots = sorted(now + each for each in draw(st.lists(near, max_size=20)))
    return PaceState(
        now, deque(slots), draw(st.just(-math.inf) | near.map(now.__add__)), draw(st.none() | st.just(told))
    )


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = create_engine(database_url)
    yield engine
    engine.dispose()


def call_at_once(throttle: Throttle) -> float:
    """How long one call would have to wait."""
    waits: list[float] = [0.0]
    throttle.acquire(lambda seconds, _why: waits.append(seconds))
    return waits[-1]


@given(states())
def test_a_state_comes_back_as_it_was_packed(state: PaceState):
    assert PaceState.unpacked(state.packed(), state.now) == state


@given(states(), st.floats(1, 1e8))
def test_a_clock_that_was_set_back_keeps_the_spans(state: PaceState, back: float):
    seen = PaceState.unpacked(state.packed(), state.now - back)
    assert [seen.now - slot for slot in seen.slots] == pytest.approx(
        [state.now - slot for slot in state.slots], abs=1e-5
    )


DAMAGED = [
    array("d", numbers).tobytes()
    for numbers in (
        [0.0] * 120,
        [7.0, 1e9, *[math.nan] * 3],
        [7.0, -math.inf, math.inf, 3.0, 6.0],
        [7.0, -math.inf, 0.0, 0.0, 6.0],
        [7.0, -math.inf, *[math.nan] * 3, math.nan],
        [7.0, -math.inf, *[math.nan] * 3, 1e12],
        [7.0, -math.inf, *[math.nan] * 3, 6.0, 5.0],
        [math.inf, -math.inf, *[math.nan] * 3],
    )
]


@pytest.mark.parametrize("packed", [b"", b"{}", b"\0" * 39, *DAMAGED])
def test_what_is_no_state_tells_of_no_call(packed: bytes):
    assert PaceState.unpacked(packed, 7.0) == PaceState(7.0)


def test_three_processes_together_stay_within_the_limit(database_url: str):
    command = [sys.executable, "-c", CALLER, database_url]
    callers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) for _ in range(3)]
    told = [caller.communicate(timeout=60)[0] for caller in callers]
    assert [caller.returncode for caller in callers] == [0, 0, 0]
    called = sorted(float(line) for each in told for line in each.split())
    assert len(called) == 36
    assert max(sum(start <= each < start + 0.999 for each in called) for start in called) == 10


def test_what_discogs_told_one_holds_for_the_other(engine: Engine):
    here, there = (Throttle(55, keeper=pace_for(engine, "discogs")) for _ in range(2))
    assert call_at_once(here) == 0
    here.pause(40)
    assert 39 < call_at_once(there) <= 40
    here.observe({"x-discogs-ratelimit": "60", "x-discogs-ratelimit-remaining": "31"})
    seen = there.snapshot()
    assert (seen.used, seen.remaining) == (2, 31)
    here.close()
    there.close()


def test_two_applications_on_one_database_share_pace_and_logins(settings: Settings, make_app: Callable[..., Flask]):
    one, other = (make_app(settings.replace(discogs_rate_limit=55)).extensions[KEY] for _ in range(2))
    call_at_once(one.throttle)
    assert other.throttle.snapshot().used == 1
    assert [wired.login_share.take() for wired in (one, other) * 3] == [True] * 5 + [False]


def test_looking_writes_nothing(engine: Engine):
    keeper = pace_for(engine, "discogs")
    call_at_once(throttle := Throttle(55, keeper=keeper))
    before = keeper.seen().packed()[8:]
    assert throttle.snapshot().used == 1
    assert keeper.seen().packed()[8:] == before
    keeper.close()


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\xff" * 40])
def test_a_file_that_holds_no_state_is_begun_anew(tmp_path: Path, content: bytes):
    path = tmp_path / "discogs.pace"
    path.write_bytes(content)
    throttle = Throttle(55, keeper=FilePace(path, FakeTime()))
    assert call_at_once(throttle) == 0
    assert throttle.snapshot().used == 1


class Flaky:
    """A keeper that cannot be had, or cannot be written to, while it is told so."""

    def __init__(self, time: FakeTime, ahead: float = 0.0) -> None:
        self.time, self.ahead = time, ahead
        self.kept = b""
        self.is_lost = self.is_full = False

    @contextmanager
    def held(self) -> Iterator[PaceState]:
        state = self.seen()
        yield state
        if self.is_full:
            raise OSError("no space left")
        self.kept = state.packed()

    def seen(self) -> PaceState:
        if self.is_lost:
            raise OSError("not there")
        return PaceState.unpacked(self.kept, self.time.now + self.ahead)

    def close(self) -> None:
        """Nothing to give back."""


def moments_of_calls(throttle: Throttle, time: FakeTime, times: int) -> list[float]:
    made = []
    for _ in range(times):
        throttle.acquire(lambda seconds, _why: time.sleep(seconds))
        made.append(time.now)
    return made


def most_in_a_window(made: list[float]) -> int:
    return max(sum(start <= each < start + 60 for each in made) for start in made)


@pytest.mark.parametrize("ahead", [0.0, 3600.0, -3600.0])
@pytest.mark.parametrize("trouble", ["is_lost", "is_full"])
def test_what_was_called_apart_counts_before_and_after(trouble: str, ahead: float):
    """Whatever the clock of the others says."""
    time = FakeTime()
    shared = Flaky(time, ahead)
    throttle = Throttle(20, keeper=Tolerant(shared, time))  # type: ignore[arg-type]
    made = moments_of_calls(throttle, time, 8)
    setattr(shared, trouble, True)
    made += moments_of_calls(throttle, time, 25)
    setattr(shared, trouble, False)
    made += moments_of_calls(throttle, time, 25)
    assert most_in_a_window(made) <= 20
    assert made[-1] - made[0] < 58 / 20 * 60 + 60, "nobody waited for nothing"
    everybody = Throttle(20, keeper=Tolerant(shared, time))  # type: ignore[arg-type]
    assert everybody.snapshot().used >= 10


def test_while_it_is_lost_it_is_not_tried_for_each_call():
    time = FakeTime()
    shared = Flaky(time)
    shared.is_lost = True
    tolerant = Tolerant(shared, time)  # type: ignore[arg-type]
    with tolerant.held():
        pass
    shared.is_lost = False
    with tolerant.held():
        pass
    assert shared.kept == b""
    time.now += APART_S
    with tolerant.held():
        pass
    assert shared.kept != b""


def test_who_was_stopped_with_the_file_in_hand_stops_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr(pace_module, "PATIENCE_S", 0.05)
    engine = create_engine(f"sqlite:///{tmp_path / 'mirror.db'}")
    throttle = Throttle(3, keeper=pace_for(engine, "discogs"))
    call_at_once(throttle)
    stopped = os.open(tmp_path / "mirror.db.locks" / "discogs.pace", os.O_RDWR)
    fcntl.flock(stopped, fcntl.LOCK_EX)
    with caplog.at_level(logging.WARNING):
        waits = [call_at_once(throttle) for _ in range(3)]
    assert caplog.text.count("each keeps its own") == 1
    assert waits[-1] > 50, "what it knew of the calls before still counts"
    os.close(stopped)
    engine.dispose()


def test_a_server_that_is_gone_leaves_each_its_own_pace(caplog: pytest.LogCaptureFixture):
    engine = create_engine("postgresql+psycopg://root@127.0.0.1:1/nowhere")
    throttle = Throttle(2, keeper=pace_for(engine, "discogs"))
    with caplog.at_level(logging.WARNING):
        waits = [call_at_once(throttle) for _ in range(3)]
    assert waits[-1] > 50
    assert throttle.snapshot().used >= 2
    assert "each keeps its own" in caplog.text
    throttle.close()
