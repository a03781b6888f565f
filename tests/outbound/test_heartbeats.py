"""Pings around each scheduled round, whose failure is nobody's but their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import update

from app.extensions import db
from app.jobs.stop import Stop
from app.models import Run
from app.services import heartbeats
from app.services.heartbeats import Heartbeats
from config import Secret, Settings
from tests.builders import MirrorBuilder
from tests.jobs.fakes import HOUR, Bench
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


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = Bench()
    yield bench
    bench.shift.end()


def test_the_rounds_are_those_of_the_schedule(bench: Bench) -> None:
    bench.shift.begin()
    bench.pass_time(HOUR + 1)
    assert len(bench.work.rounds) == len(bench.work.requests) == 2
