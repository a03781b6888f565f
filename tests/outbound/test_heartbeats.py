"""Pings around each scheduled round, whose failure is nobody's but their own."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import update

from app.errors import SyncBusy
from app.extensions import db
from app.jobs.errands import FIRST_BACKUP_AFTER_S
from app.jobs.stop import Stop
from app.models import Run
from app.services import heartbeats
from app.services.heartbeats import Heartbeats
from config import Secret, Settings
from tests.builders import MirrorBuilder
from tests.jobs.fakes import HOUR, Bench, RecordingWork
from tests.receiver import Receiver


@pytest.fixture
def settings(base_settings: Settings, database_url: str, receiver: Receiver) -> Settings:
    names = ("start", "success", "failure")
    addresses = {f"heartbeat_{name}_url": Secret(f"{receiver.url}/ping-canary/{name}?a=b") for name in names}
    return base_settings.replace(database_url=database_url, **addresses)


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeats, "PAUSE_S", 0.0)


def look(app: Flask, pings: Heartbeats) -> None:
    with app.app_context():
        pings.look(Stop())


def end(app: Flask, run_id: int, outcome: str) -> None:
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(update(Run).where(Run.id == run_id).values(state="finished", outcome=outcome))


@pytest.mark.parametrize(
    ("outcome", "ping"),
    [("applied", "success"), ("held", "success"), ("applied_no_removals", "success"), ("failed", "failure")],
)
def test_a_round_is_told_when_it_begins_and_when_its_last_run_ended(
    app: Flask, mirror: MirrorBuilder, receiver: Receiver, outcome: str, ping: str
) -> None:
    done, going = mirror.run(), mirror.run(state="running", outcome=None)
    pings = Heartbeats()
    pings.round_began([done, going])
    look(app, pings)
    look(app, pings)
    assert receiver.paths() == ["/ping-canary/start?a=b"]
    end(app, going, outcome)
    look(app, pings)
    look(app, pings)
    assert receiver.paths() == ["/ping-canary/start?a=b", f"/ping-canary/{ping}?a=b"]


@pytest.mark.parametrize("answers", [[500] * 9, [0] * 9, [302] * 2])
def test_a_ping_that_is_not_taken_is_tried_twice_at_most(
    app: Flask, mirror: MirrorBuilder, receiver: Receiver, answers: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    receiver.answers = list(answers)
    pings = Heartbeats()
    pings.round_began([mirror.run(state="running", outcome=None)])
    look(app, pings)
    look(app, pings)
    assert len(receiver.asked) == (1 if answers[0] == 302 else 2)
    assert "canary" not in caplog.text


def test_without_an_address_nobody_is_asked(app: Flask, mirror: MirrorBuilder, receiver: Receiver) -> None:
    app.extensions["waxmirror"].settings = app.extensions["settings"].replace(
        heartbeat_start_url=None, heartbeat_success_url=None
    )
    pings = Heartbeats()
    pings.round_began([mirror.run()])
    look(app, pings)
    assert receiver.asked == []


def test_a_round_that_finds_another_at_work_is_told_once(app: Flask, mirror: MirrorBuilder, receiver: Receiver) -> None:
    """Of what a person began it tells; of the round before, which is late, it told already."""
    manual = mirror.run(state="running", outcome=None)
    pings = Heartbeats()
    for _ in range(2):
        pings.round_began([manual])
        look(app, pings)
    end(app, manual, "applied")
    look(app, pings)
    assert receiver.paths() == ["/ping-canary/start?a=b", "/ping-canary/success?a=b"]


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = Bench()
    yield bench
    bench.shift.end()


def test_the_rounds_are_those_of_the_schedule(bench: Bench) -> None:
    bench.shift.begin()
    bench.pass_time(HOUR + 1)
    assert len(bench.work.rounds) == len(bench.work.requests) == 2


def test_a_round_that_cannot_begin_is_that_which_keeps_it_waiting(bench: Bench) -> None:
    bench.work.trouble = [SyncBusy(7, 8), SyncBusy(None)]
    bench.shift.begin()
    bench.pass_time(HOUR + 1)
    assert bench.work.rounds == [[7, 8], []]


def test_a_backup_that_takes_long_keeps_no_ping_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, done, pinged = threading.Event(), threading.Event(), threading.Event()

    def back_up(_work: RecordingWork, _stop: Stop) -> float:
        begun.set()
        return float(done.wait(10))

    def ping(_work: RecordingWork, _stop: Stop) -> float:
        if begun.wait(10):
            pinged.set()
        return HOUR

    monkeypatch.setattr(RecordingWork, "back_up_when_due", back_up)
    monkeypatch.setattr(RecordingWork, "ping", ping)
    bench = Bench()
    bench.machine.pass_time(FIRST_BACKUP_AFTER_S)
    bench.shift.begin()
    try:
        assert begun.wait(10)
        assert pinged.wait(10)
    finally:
        done.set()
        bench.shift.end()
