"""Server-Sent Events: told when something changes, ended when it is over, with few listeners at once."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.api.event_stream import HEARTBEAT_S, KEY, LONGEST_S, MOST_STREAMS, EventStreams
from app.core.outcomes import Outcome
from app.extensions import db, wiring
from app.models import Account
from app.services.jobs_service import JobsService
from app.services.run_ledger import RunLedger
from app.services.web_sessions import WebSessions
from tests.builders import MirrorBuilder
from tests.conftest import FakeClock
from tests.login.conftest import SAME_ORIGIN
from tests.web.back_room import let_in


class Seconds:
    """Time that passes when a stream pauses; what happens then is the test's."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses = 0
        self.happens: dict[int, Callable[[], object]] = {}

    def pause(self, seconds: float) -> None:
        self.now += seconds
        self.pauses += 1
        self.happens.get(self.pauses, lambda: None)()


@pytest.fixture
def seconds(app: Flask) -> Seconds:
    seconds = Seconds()
    app.extensions[KEY] = EventStreams(pause=seconds.pause, monotonic=lambda: seconds.now)
    return seconds


@pytest.fixture
def job_id(app: Flask, mirror: MirrorBuilder) -> Iterator[str]:
    mirror.listing(artist="Nina Simone")
    with app.app_context():
        yield str(JobsService().submit("csv-export", {})["id"])


def events_of(text: str) -> list[tuple[str, str]]:
    """(event, id) of each."""
    return [(event, number) for number, event in re.findall(r"id: (\w+)\nevent: (\w+)\ndata: \{.*\}\n\n", text)]


@pytest.mark.parametrize("has_account", [False, True])
def test_who_logs_out_hears_no_more(
    app: Flask, client: FlaskClient, seconds: Seconds, job_id: str, has_account: bool
) -> None:
    """Nor does an account that is logged in at the same browser hear what was the admin's."""
    let_in(client)
    if has_account:
        with db.engine.connect() as connection:
            account_id = connection.scalars(select(Account.id)).first()
        assert account_id is not None
        client.set_cookie("waxmirror_session", WebSessions.here().open(account_id))
    held = client.get_cookie("waxmirror_admin")
    assert held is not None
    elsewhere = app.test_client()
    elsewhere.set_cookie("waxmirror_admin", held.value)
    seconds.happens = {3: lambda: elsewhere.post("/admin/leave", headers=SAME_ORIGIN)}
    assert client.get(f"/api/jobs/{job_id}/events").text.count("event: progress") == 1
    assert seconds.pauses == 3


def test_a_job_is_told_of_until_it_is_done(
    client: FlaskClient, admin: dict[str, str], seconds: Seconds, job_id: str
) -> None:
    seconds.happens = {3: lambda: JobsService().do_next(threading.Event())}  # type: ignore[arg-type]
    answer = client.get(f"/api/jobs/{job_id}/events", headers=admin)
    assert (answer.status_code, answer.mimetype) == (200, "text/event-stream")
    assert (answer.headers["Cache-Control"], answer.headers["X-Accel-Buffering"]) == ("no-store", "no")
    text = answer.get_data(as_text=True)
    assert text.startswith("retry: 2000\n\n")
    told = events_of(text)
    assert [event for event, _ in told] == ["progress", "end"]
    again = client.get(f"/api/jobs/{job_id}/events", headers=admin | {"Last-Event-ID": told[1][1]})
    assert (again.status_code, again.data) == (204, b""), "the end is known"


def test_what_is_known_is_not_told_again(
    client: FlaskClient, admin: dict[str, str], seconds: Seconds, job_id: str
) -> None:
    seconds.happens = {2: lambda: stopping(True)}
    first = events_of(client.get(f"/api/jobs/{job_id}/events", headers=admin).get_data(as_text=True))
    stopping(False)
    seconds.happens = {seconds.pauses + 2: lambda: JobsService().cancel(job_id)}
    heard = client.get(f"/api/jobs/{job_id}/events", headers=admin | {"Last-Event-ID": first[0][1]})
    assert [event for event, _ in events_of(heard.get_data(as_text=True))] == ["end"]


def stopping(is_so: bool) -> None:
    """The service ends, or is there again."""
    service = wiring().clock_service
    assert service is not None
    service.is_stopping = is_so


def test_silence_is_broken_and_no_stream_lasts_for_ever(
    client: FlaskClient, admin: dict[str, str], seconds: Seconds, job_id: str
) -> None:
    text = client.get(f"/api/jobs/{job_id}/events", headers=admin).get_data(as_text=True)
    assert text.count(": still here\n\n") == LONGEST_S / HEARTBEAT_S - 1
    assert seconds.now == LONGEST_S


def test_a_sync_is_told_of(
    client: FlaskClient, admin: dict[str, str], seconds: Seconds, mirror: MirrorBuilder, clock: FakeClock
) -> None:
    ledger = RunLedger(mirror.engine, clock)
    run_id = ledger.queue(mirror.source_id, trigger="api")
    seconds.happens = {
        1: lambda: ledger.start(run_id),
        2: lambda: ledger.progress(run_id, pages_done=1),
        3: lambda: ledger.close(run_id, Outcome.APPLIED),
    }
    text = client.get("/api/sync/events", headers=admin).get_data(as_text=True)
    assert [event for event, _ in events_of(text)] == ["progress", "progress", "progress", "end"]
    idle = client.get("/api/sync/events", headers=admin).get_data(as_text=True)
    assert [event for event, _ in events_of(idle)] == ["end"], "nothing is at work"


def test_listeners_that_went_make_room_and_more_are_sent_away(
    client: FlaskClient, admin: dict[str, str], seconds: Seconds, job_id: str
) -> None:
    threads = threading.active_count()
    for _ in range(50):
        listening: list[Any] = [client.get(f"/api/jobs/{job_id}/events", headers=admin) for _ in range(MOST_STREAMS)]
        for each in listening:
            assert next(iter(each.response)).startswith(b"retry")
        refused = client.get(f"/api/jobs/{job_id}/events", headers=admin)
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "2")
        assert client.head(f"/api/jobs/{job_id}/events", headers=admin).status_code == 200
        for each in listening:
            each.close()
    assert threading.active_count() == threads


@pytest.mark.parametrize("path", ["/api/jobs/1/events", "/api/sync/events"])
def test_strangers_hear_nothing(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code == 401


def test_of_a_job_nobody_knows_nothing_is_told(client: FlaskClient, admin: dict[str, str], seconds: Seconds) -> None:
    assert client.get(f"/api/jobs/{'0' * 32}/events", headers=admin).status_code == 404
